//! Facts as the app would record them, and whole stretches of an ordinary visit.

use api::demo::phone::Said;
use domain::canonical::digest_of;
use domain::event::{
    CheckedIn, Evaluated, Fact, Mode, NoFix, Noted, Nothing, PhotoSlot, PhotoSource, PhotoTaken,
    RepairClass, Responded, ResponseKind, ScanMethod, Scanned, WorkRecorded,
};
use domain::fault::FaultCode;
use domain::geo::{Crs, Fix, FixSource};
use domain::ids::{Digest, TerminalId, WorkOrderId};
use domain::time::Millis;
use domain::work_order::hand_over_summary;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::actors::{self, HALL, PLACE_E7, SITE_NAME};
use super::hand::Hand;
use super::test_app::TestApp;

pub fn note(text: &str) -> Fact {
    Fact::Noted(Noted {
        text: text.to_owned(),
    })
}

pub fn accepted() -> Fact {
    Fact::Responded(Responded {
        how: ResponseKind::Accepted,
        person: None,
    })
}

pub fn set_out() -> Fact {
    Fact::SetOut(Nothing {})
}

pub fn left_site() -> Fact {
    Fact::LeftSite(Nothing {})
}

pub fn restored() -> Fact {
    Fact::Restored(Nothing {})
}

pub fn work() -> Fact {
    Fact::WorkRecorded(WorkRecorded {
        mode: Mode::OnSite,
        fault: FaultCode::Hw1,
        repair_class: RepairClass::Ordinary,
        cause: "内存条松动".to_owned(),
        action: "重新插拔并压力测试".to_owned(),
        parts: Vec::new(),
    })
}

pub fn scan(terminal: &TerminalId) -> Fact {
    let text = format!("https://daochang.test/t/{terminal}");
    Fact::Scanned(Scanned {
        terminal: Some(terminal.clone()),
        text,
        method: ScanMethod::Camera,
    })
}

/// A photo of these bytes as the camera made it.
pub fn photo(bytes: &[u8]) -> Fact {
    Fact::PhotoTaken(PhotoTaken {
        sha256: Digest(Sha256::digest(bytes).into()),
        size: bytes.len() as u64,
        width: 64,
        height: 48,
        slot: PhotoSlot::Before,
        source: PhotoSource::Camera,
        exif: None,
    })
}

/// Five readings, three seconds apart, which tremble by a metre or two around the terminal.
pub fn burst(hand: &mut Hand) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for reading in 0..5 {
        hand.pass(Millis(3_000));
        let clock = hand.phone.clock();
        fixes.push(Fix {
            lat_e7: PLACE_E7.0 + reading * 90,
            lng_e7: PLACE_E7.1 - reading * 70,
            acc_cm: 1_500 - reading * 100,
            ts: clock.wall,
            mono: clock.mono,
            src: FixSource::Gnss,
            crs: Crs::Wgs84,
        });
    }
    fixes
}

/// A check-in resting on this scan, with these readings.
pub fn check_in(
    hand: &mut Hand,
    terminal: &TerminalId,
    scan: Option<&Said>,
    fixes: Option<&[Fix]>,
) -> Fact {
    let fixes = fixes.map(|fixes| hand.set_aside(serde_json::to_value(fixes).unwrap()));
    Fact::CheckedIn(CheckedIn {
        terminal: terminal.clone(),
        scan: scan.map(|said| said.id),
        no_fix: fixes.is_none().then_some(NoFix::Indoors),
        fixes,
        reason: None,
    })
}

/// Scans and checks in at the terminal with good readings.
pub fn arrive(hand: &mut Hand, id: &WorkOrderId) -> Said {
    let terminal = actors::terminal();
    let scanned = hand.say(scan(&terminal), id);
    let fixes = burst(hand);
    let fact = check_in(hand, &terminal, Some(&scanned), Some(&fixes));
    hand.say(fact, id)
}

/// Checks in, repairs and restores: half an hour.
pub fn repair(hand: &mut Hand, id: &WorkOrderId) {
    arrive(hand, id);
    hand.minutes(25);
    hand.say(work(), id);
    hand.minutes(4);
    hand.say(restored(), id);
}

/// Handwriting of some size.
pub fn ink() -> Value {
    json!({
        "width": 360, "height": 200,
        "strokes": [[{ "x": 20, "y": 30, "t": 0 }, { "x": 90, "y": 120, "t": 180 }, { "x": 160, "y": 40, "t": 320 }]],
    })
}

/// The site manager reads the summary on this phone, rates and signs.
pub fn evaluation(hand: &mut Hand, id: &WorkOrderId) -> Evaluated {
    let summary = hand_over_summary(&hand.known[id], hand.phone.device(), SITE_NAME).unwrap();
    let signer = json!({ "name": format!("{HALL} 先生"), "phone": actors::phone_number(HALL) });
    Evaluated {
        shown: digest_of(&summary).unwrap(),
        summary,
        stars: 5,
        resolved: true,
        tags: vec!["响应及时".to_owned()],
        remark: "很好".to_owned(),
        unit: "福田区政务服务中心".to_owned(),
        signer: hand.set_aside(signer),
        signer_person: Some(actors::person(HALL).parse().unwrap()),
        ink: hand.set_aside(ink()),
        link: None,
    }
}

/// Hands the phone over and has it signed.
pub fn hand_over(hand: &mut Hand, id: &WorkOrderId) -> Said {
    let evaluated = evaluation(hand, id);
    hand.say(Fact::Evaluated(Box::new(evaluated)), id)
}

/// A work order from report to signature.
pub async fn finished(test: &TestApp, hand: &mut Hand) -> WorkOrderId {
    let id = test.reported().await;
    hand.learn(test, &id).await;
    hand.say(accepted(), &id);
    hand.minutes(20);
    repair(hand, &id);
    hand_over(hand, &id);
    hand.say(left_site(), &id);
    hand.pass(Millis::minutes(5));
    hand.sync(test).await;
    id
}
