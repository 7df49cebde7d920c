//! Stories for tests: one work order, told fact by fact by the desk and two phones. Here are the
//! people and places of every story; [`Story`] tells them.

mod story;

use serde_json::{Value, json};

pub use self::story::Story;
use crate::geo::{Crs, Fix, FixSource};
use crate::ids::*;
use crate::interval::{Bounds, UNKNOWN_EARLIEST, UNKNOWN_LATEST};
use crate::register::{Manager, Site, Terminal};
use crate::sidecar::{Salt, commit};
use crate::time::{Interval, Timestamp};

/// The fault report: Tuesday 2026-11-24, 09:00 in Shenzhen.
pub const NINE: i64 = 1_795_482_000_000;
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Desk,
    Lin,
    Wu,
}

impl Who {
    pub fn dev(self) -> DeviceId {
        DeviceId([[0xd0, 0xaa, 0xbb][self as usize]; 16])
    }

    pub fn person(self) -> PersonId {
        ["P-0002", "P-0012", "P-0013"][self as usize]
            .parse()
            .unwrap()
    }

    pub fn sid(self) -> SessionId {
        SessionId([self as u8 + 1; 8])
    }
}

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

pub fn other_terminal() -> TerminalId {
    TerminalId::from_serial(&"NS".parse().unwrap(), 777)
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
        hours: "周一至周五 9:00–18:00".into(),
        managers: vec![Manager {
            person: "P-0031".parse().unwrap(),
            name: "陈静".into(),
        }],
        unit: "O-FT-HALL".parse().unwrap(),
    }
}

pub fn exactly(ms: i64) -> Bounds {
    between(ms, ms)
}

/// Both grades the same, milliseconds after nine.
pub fn between(earliest_ms: i64, latest_ms: i64) -> Bounds {
    let span = Interval {
        earliest: Timestamp(NINE + earliest_ms),
        latest: Timestamp(NINE + latest_ms),
    };
    Bounds {
        b: span,
        c: span,
        clock_conflict: false,
    }
}

/// No receipt covers it.
pub fn unknown() -> Bounds {
    let span = Interval {
        earliest: UNKNOWN_EARLIEST,
        latest: UNKNOWN_LATEST,
    };
    Bounds {
        b: span,
        c: span,
        clock_conflict: false,
    }
}

/// A good reading so many metres north of the terminal, so many milliseconds before the check-in.
pub fn fix(check_in_mono: i64, north_m: i64, acc_cm: i64, before_ms: i64) -> Fix {
    Fix {
        lat_e7: 225_430_000 + north_m * 90,
        lng_e7: 1_140_580_000,
        acc_cm,
        ts: Timestamp(NINE - HOUR + check_in_mono - before_ms),
        mono: check_in_mono - before_ms,
        src: FixSource::Gnss,
        crs: Crs::Wgs84,
    }
}

pub fn burst(check_in_mono: i64, north_m: i64) -> Vec<Fix> {
    [(0, 2_100, 9_000), (1, 1_200, 5_000), (2, 1_500, 1_000)]
        .map(|(more_m, acc_cm, before_ms)| fix(check_in_mono, north_m + more_m, acc_cm, before_ms))
        .to_vec()
}

/// The commitment a test's sidecar gets; one salt for all, so that the vectors are reproducible.
pub fn seal(value: &Value) -> Digest {
    commit(Salt(Nonce([7; 16])), value).unwrap()
}

pub fn ink() -> Value {
    let points: Vec<Value> = (0..6)
        .map(|n| json!({"x": 20 + n * 30, "y": 40 + (n % 2) * 25, "t": n * 16}))
        .collect();
    json!({"width": 320, "height": 160, "strokes": [points]})
}
