//! The place of the tests: one terminal, its site, the people, a photo, a fault.

use domain::actor::Role;
use domain::canonical::digest_of;
use domain::event::{Channel, Fact, Reported};
use domain::fault::{FaultCode, Level};
use domain::ids::TerminalId;
use domain::register::{Manager, Site, Terminal};
use domain::sla::policy::Policy;

use crate::evidence::{People, Person};

pub fn terminal() -> Terminal {
    Terminal {
        id: TerminalId::from_serial(&"FT".parse().unwrap(), 1234),
        site: "S-FT-01".parse().unwrap(),
        model: "ZT-200".into(),
        name: "一号自助终端".into(),
        version: 3,
        lat_e7: 225_430_000,
        lng_e7: 1_140_580_000,
        radius_cm: None,
        provider: "O-KEDA".parse().unwrap(),
        authority: "O-FT-ZWJ".parse().unwrap(),
    }
}

pub fn site() -> Site {
    Site {
        id: "S-FT-01".parse().unwrap(),
        district: "FT".parse().unwrap(),
        name: "福田区行政服务大厅".into(),
        address: "深南大道".into(),
        lat_e7: 225_430_000,
        lng_e7: 1_140_580_000,
        radius_cm: Some(15_000),
        phone: "0755-00000000".into(),
        hours: "周一至周五".into(),
        managers: vec![Manager {
            person: "P-0031".parse().unwrap(),
            name: "陈静".into(),
        }],
        unit: "O-FT-HALL".parse().unwrap(),
    }
}

pub(super) fn people() -> People {
    let person = |name: &str, org: &str, role, phone: Option<&str>| Person {
        name: name.into(),
        org: org.parse().unwrap(),
        org_name: org.into(),
        phone: phone.map(str::to_owned),
        role,
    };
    People::from([
        (
            "P-0002".parse().unwrap(),
            person("周敏", "O-KEDA", Role::Dispatcher, None),
        ),
        (
            "P-0012".parse().unwrap(),
            person("林志强", "O-KEDA", Role::Technician, Some("13800000012")),
        ),
    ])
}

pub fn photo_bytes() -> Vec<u8> {
    (0..600_u32).map(|n| (n * 7 % 251) as u8).collect()
}

pub fn reported() -> Fact {
    Fact::Reported(Reported {
        terminal: terminal().id,
        fault: FaultCode::Hw2,
        level: Level::General,
        channel: Channel::Hotline,
        text: "打印机无响应".into(),
        reporter: None,
        occurred_at: None,
        policy: Policy::v2024_10().digest(),
        terminal_version: 3,
        site_version: Some(1),
        terminal_record: digest_of(&terminal()).ok(),
        site_record: digest_of(&site()).ok(),
        cp: None,
    })
}
