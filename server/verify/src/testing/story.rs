//! The day of the tests: a report, an assignment, and one phone from enrolment to hand-over.

use domain::canonical::digest_of;
use domain::envelope::Signer;
use domain::event::*;
use domain::fault::FaultCode;
use domain::receipt::KeyRecord;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::city::{photo_bytes, reported, site, terminal};
use super::{HERE, MINUTE, NINE, Phone, Sample, server, wo};
use crate::manifest::sha256;

/// The whole story, not yet sealed.
pub fn sample() -> Sample {
    sample_of(server())
}

pub fn sample_of(server: Signer) -> Sample {
    day(Sample::new(server))
}

/// The story of a server that signs with SM2 too.
pub fn sample_sm2() -> Sample {
    day(Sample::new(server()).signing_twice())
}

/// The day, on whatever log there is.
pub fn day(s: Sample) -> Sample {
    day_with(s, None, |_| {})
}

/// The day, with a phone that somebody approved, or not, and with what happens at two minutes past nine,
/// when the work order is assigned.
pub fn day_with(mut s: Sample, approver: Option<&str>, what: impl FnOnce(&mut Sample)) -> Sample {
    s.surroundings();
    let mut lin = Phone::new(0x11, "P-0012");
    let at = Timestamp(NINE - 60 * MINUTE);
    let first = KeyRecord::new(&lin.public_key(), lin.person.clone(), at);
    let record = match approver {
        Some(by) => first.approved(by.parse().unwrap()),
        None => first,
    };
    s.enrols_by(&mut lin, &record);
    s.syncs(&mut lin, NINE - 5 * MINUTE);
    s.desk(NINE, "P-0002", reported());
    let to_lin = Assigned {
        technician: lin.person.clone(),
        reason: None,
    };
    s.desk(NINE + MINUTE, "P-0002", Fact::Assigned(to_lin));
    what(&mut s);
    visit(&mut s, &mut lin);
    s.syncs(&mut lin, NINE + 80 * MINUTE);
    s.state_verdict(NINE + 90 * MINUTE);
    s
}

fn visit(s: &mut Sample, lin: &mut Phone) {
    let at = |minutes: i64| NINE + minutes * MINUTE;
    let it = || Some(wo());
    let how = ResponseKind::Accepted;
    s.says(
        lin,
        at(3),
        it(),
        Fact::Responded(Responded { how, person: None }),
    );
    s.syncs(lin, at(4));
    s.says(lin, at(5), it(), Fact::SetOut(Nothing {}));
    let check_in = s.arrives(lin, at(30), HERE, 40);
    s.photographs(lin, at(40));
    let photo = photo_bytes();
    let cause = "卡纸".to_owned();
    let action = "清理纸道".to_owned();
    let work = s.says(
        lin,
        at(60),
        it(),
        Fact::WorkRecorded(WorkRecorded {
            mode: Mode::OnSite,
            fault: FaultCode::Hw2,
            repair_class: RepairClass::Ordinary,
            cause: cause.clone(),
            action: action.clone(),
            parts: Vec::new(),
        }),
    );
    let restored = s.says(lin, at(61), it(), Fact::Restored(Nothing {}));
    let summary = Summary {
        wo: wo(),
        terminal: terminal().id,
        site_name: site().name,
        technician: lin.person.clone(),
        fault: FaultCode::Hw2,
        mode: Mode::OnSite,
        repair_class: RepairClass::Ordinary,
        cause,
        action,
        parts: Vec::new(),
        arrived_wall: Some(Timestamp(at(31))),
        restored_wall: Timestamp(at(61)),
        photos: vec![sha256(&photo)],
        work,
        restored,
        check_in: Some(check_in),
    };
    let signer = s.seal(json!({ "name": "陈静", "phone": "13900000031" }));
    let points: Vec<Value> = (0..6)
        .map(|n| json!({"x": 20 + n * 30, "y": 40 + (n % 2) * 25, "t": n * 16}))
        .collect();
    let ink = s.seal(json!({"width": 320, "height": 160, "strokes": [points]}));
    s.says(
        lin,
        at(63),
        it(),
        Fact::Evaluated(Box::new(Evaluated {
            shown: digest_of(&summary).unwrap(),
            summary,
            stars: 5,
            resolved: true,
            tags: Vec::new(),
            remark: String::new(),
            unit: "福田区行政服务大厅".into(),
            signer,
            signer_person: Some("P-0031".parse().unwrap()),
            ink,
            link: None,
        })),
    );
    s.says(lin, at(64), it(), Fact::LeftSite(Nothing {}));
}
