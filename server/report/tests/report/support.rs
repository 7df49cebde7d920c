//! One work order with everything a document can show, taken from the golden cases of the rules
//! and changed at will.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::canonical::digest_of;
use domain::event::{PhotoSlot, PhotoSource};
use domain::geo::{Crs, Fix, FixSource};
use domain::ids::{DeviceId, Digest, EventId, Nonce, OrgId, PersonId};
use domain::interval::Bounds;
use domain::interval::external::External;
use domain::register::{Site, Terminal};
use domain::sidecar::{Salt, Sidecar};
use domain::sla::Policy;
use domain::time::{Interval, Timestamp};
use domain::work_order::*;
use report::{Evidence, SecondSignatures};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The fault report: 2026-11-24 09:00 in Shenzhen.
pub const NINE: i64 = 1_795_482_000_000;
pub const MINUTE: i64 = 60_000;

pub struct Case {
    pub work_order: WorkOrder,
    pub terminal: Terminal,
    pub site: Site,
    pub policy: Policy,
    pub people: BTreeMap<PersonId, String>,
    pub organisations: BTreeMap<OrgId, String>,
    pub photos: BTreeMap<Digest, Vec<u8>>,
    pub sidecars: BTreeMap<Digest, Sidecar>,
    pub erased: BTreeSet<Digest>,
    pub external: BTreeMap<EventId, External>,
    pub approved: BTreeMap<DeviceId, PersonId>,
    pub second: SecondSignatures,
    pub set_aside: usize,
    pub link: String,
}

fn named(vectors: &Value, name: &str) -> Value {
    let cases = vectors["cases"].as_array().unwrap();
    cases
        .iter()
        .find(|case| case["name"] == name)
        .unwrap_or_else(|| panic!("{name}"))
        .clone()
}

impl Case {
    /// A golden case as it stands.
    pub fn golden(name: &str) -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/judgements.json"
        );
        let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let case = named(&vectors, name);
        let people = [
            ("P-0002", "周敏"),
            ("P-0012", "林伟强"),
            ("P-0013", "吴斌"),
            ("P-0031", "陈静"),
        ];
        let organisations = [
            ("O-KEDA", "深圳市科达智服技术有限公司"),
            ("O-FT-HALL", "福田区政务服务中心"),
            ("O-FT-ZWJ", "福田区政务服务和数据管理局"),
        ];
        Self {
            work_order: serde_json::from_value(case["work_order"].clone()).unwrap(),
            terminal: serde_json::from_value(case["terminal"].clone()).unwrap(),
            site: serde_json::from_value(vectors["site"].clone()).unwrap(),
            policy: serde_json::from_value(vectors["policy"].clone()).unwrap(),
            people: people
                .map(|(id, name)| (id.parse().unwrap(), name.to_owned()))
                .into(),
            organisations: organisations
                .map(|(id, name)| (id.parse().unwrap(), name.to_owned()))
                .into(),
            photos: BTreeMap::new(),
            sidecars: BTreeMap::new(),
            erased: BTreeSet::new(),
            external: serde_json::from_value(case["external"].clone()).unwrap(),
            approved: BTreeMap::new(),
            second: SecondSignatures::default(),
            set_aside: 0,
            link: "https://daochang.example/console/work-orders/WO-20261124-0001/evidence".into(),
        }
    }

    /// Arrived in time, repaired, six photos, evaluated with handwriting.
    pub fn typical() -> Self {
        let mut case = Self::golden("in time, repaired and signed");
        let visit = &mut case.work_order.visits[0];
        let at = &mut visit.check_in.at;
        at.bounds = bounds(
            (-60_000, 88 * MINUTE + 3_000),
            (87 * MINUTE + 54_000, 88 * MINUTE + 1_200),
            at,
        );
        at.wall = Timestamp(NINE + 88 * MINUTE);
        visit.check_in.what.fixes = burst(visit.check_in.at.mono);
        case.work_order.photos.clear();
        case.sign("陈静", "13900000031");
        for (number, slot) in [
            PhotoSlot::Scene,
            PhotoSlot::Plate,
            PhotoSlot::Before,
            PhotoSlot::Before,
            PhotoSlot::After,
            PhotoSlot::After,
        ]
        .into_iter()
        .enumerate()
        {
            case.photo(number, slot);
        }
        case
    }

    /// Takes a photo; its bytes are here.
    pub fn photo(&mut self, number: usize, slot: PhotoSlot) -> Digest {
        let (width, height) = if number % 3 == 1 {
            (360, 480)
        } else {
            (480, 360)
        };
        let bytes = picture(number as u32, width, height);
        let sha256 = Digest(Sha256::digest(&bytes).into());
        let visit = &self.work_order.visits[0].check_in;
        let mut at = visit.at.clone();
        at.seq += 1 + number as u64;
        at.wall = Timestamp(at.wall.0 + 45_000 * (1 + number as i64));
        at.event = EventId(sha256.0);
        let what = Photo {
            sha256,
            size: bytes.len() as u64,
            width,
            height,
            slot,
            source: PhotoSource::Camera,
            exif: None,
        };
        let by = visit.by.clone();
        self.work_order.photos.push(Said { at, by, what });
        self.photos.insert(sha256, bytes);
        sha256
    }

    /// Gives the last evaluation its sidecars.
    pub fn sign(&mut self, name: &str, phone: &str) {
        let signer = seal(json!({"name": name, "phone": phone}));
        let ink = seal(ink());
        let evaluation = &mut self.work_order.evaluations.last_mut().unwrap().what;
        evaluation.signer_c = signer.0;
        evaluation.ink_c = ink.0;
        evaluation.tags = vec!["准时到达".into(), "态度好".into()];
        evaluation.remark = "打印机恢复正常，测试打印三次均成功，现场已清理。".into();
        evaluation.shown = digest_of(&evaluation.summary).unwrap();
        self.sidecars.extend([signer, ink]);
    }

    pub fn judged(&self) -> Judgement {
        let around = Surroundings {
            terminal: &self.terminal,
            site: &self.site,
            policy: &self.policy,
            external: &self.external,
            now: self.as_of(),
        };
        judge(&self.work_order, &around)
    }

    pub fn as_of(&self) -> Timestamp {
        Timestamp(NINE + 13 * 60 * MINUTE)
    }

    fn evidence<'a>(
        &'a self,
        judgement: &'a Judgement,
        photos: &'a dyn Fn(Digest) -> Option<Vec<u8>>,
    ) -> Evidence<'a> {
        Evidence {
            work_order: &self.work_order,
            judgement,
            terminal: &self.terminal,
            site: &self.site,
            policy: &self.policy,
            people: &self.people,
            organisations: &self.organisations,
            photos,
            sidecars: &self.sidecars,
            erased: &self.erased,
            external: &self.external,
            approved: &self.approved,
            second: self.second,
            set_aside: self.set_aside,
            as_of: self.as_of(),
            link: &self.link,
        }
    }

    pub fn report(&self) -> Vec<u8> {
        let load = |digest| self.photos.get(&digest).cloned();
        report::evidence_report(&self.evidence(&self.judged(), &load)).unwrap()
    }

    pub fn sheet(&self) -> Vec<u8> {
        let load = |digest| self.photos.get(&digest).cloned();
        report::service_sheet(&self.evidence(&self.judged(), &load)).unwrap()
    }
}

fn interval((earliest, latest): (i64, i64)) -> Interval {
    Interval {
        earliest: Timestamp(NINE + earliest),
        latest: Timestamp(NINE + latest),
    }
}

/// The bounds of a moment by receipts and by the phone's timer, milliseconds after nine.
pub fn bounds(b: (i64, i64), c: (i64, i64), like: &Moment) -> Bounds {
    Bounds {
        b: interval(b),
        c: interval(c),
        ..like.bounds
    }
}

pub fn burst(mono: i64) -> Vec<Fix> {
    [
        (340, 210, 3_800, 11_000),
        (-520, 160, 2_400, 7_000),
        (160, -220, 1_600, 4_000),
        (90, 120, 1_200, 1_500),
    ]
    .map(|(north, east, acc_cm, before)| Fix {
        lat_e7: 225_430_000 + north,
        lng_e7: 1_140_580_000 + east,
        acc_cm,
        ts: Timestamp(NINE + 88 * MINUTE - before),
        mono: mono - before,
        src: FixSource::Gnss,
        crs: Crs::Wgs84,
    })
    .to_vec()
}

pub fn seal(value: Value) -> (Digest, Sidecar) {
    let sidecar = Sidecar {
        salt: Salt(Nonce([7; 16])),
        value,
    };
    (sidecar.commitment().unwrap(), sidecar)
}

/// Something like two letters written by hand.
pub fn ink() -> Value {
    let stroke = |points: &[(i32, i32)]| -> Vec<Value> {
        points
            .iter()
            .enumerate()
            .map(|(n, (x, y))| json!({"x": x, "y": y, "t": n * 16}))
            .collect()
    };
    json!({"width": 320, "height": 160, "strokes": [
        stroke(&[(40, 40), (70, 38), (100, 36), (82, 60), (60, 90), (48, 120)]),
        stroke(&[(70, 66), (76, 90), (80, 124), (78, 132), (70, 126)]),
        stroke(&[(64, 84), (90, 80), (112, 78)]),
        stroke(&[(160, 40), (158, 70), (150, 110), (144, 132)]),
        stroke(&[(150, 62), (190, 56), (230, 52), (236, 60), (232, 100), (226, 130), (214, 120)]),
        stroke(&[(176, 84), (204, 80)]),
        stroke(&[(174, 104), (206, 100)]),
        stroke(&[(260, 130)]),
    ]})
}

/// A picture with something to see on it.
pub fn picture(seed: u32, width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (
            x as i64 - i64::from(width / 2),
            y as i64 - i64::from(height / 2),
        );
        let ring = (dx * dx + dy * dy) as u64 / 2_000 % 3;
        let tone = (x * 97 / width + y * 53 / height + seed * 31) as u8;
        image::Rgb([
            tone.wrapping_add(90),
            tone.wrapping_add(60 + ring as u8 * 25),
            120 + ring as u8 * 30,
        ])
    });
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 85)
        .encode_image(&picture)
        .unwrap();
    jpeg
}

/// What the file says, by poppler's `pdftotext` without spaces; none where it is not installed.
pub fn text_of(pdf: &[u8]) -> Option<String> {
    // Tests run side by side, and some look at the same bytes.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("daochang-report-{}-{number}.pdf", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, pdf).unwrap();
    let run = Command::new("pdftotext")
        .arg("-raw")
        .arg(&path)
        .arg("-")
        .output();
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8(run.ok()?.stdout).unwrap();
    Some(
        text.chars()
            .filter(|letter| !letter.is_whitespace())
            .collect(),
    )
}
