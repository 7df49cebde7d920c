//! Codes that were kept, made ahead of time, copied from elsewhere or taken out of service: each is
//! named, none gives points, and nothing blocks the repair. How good ones count is in [`super::codes`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::code::step::{StepCode, code_at};
use domain::event::{Fact, ScanMethod, Scanned};
use domain::ids::{TerminalId, WorkOrderId};
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::{Leaf, LeafKind};
use serde_json::{Value, json};

use crate::support::actors::{foreign_terminal, neighbour, terminal};
use crate::support::builders::{burst, check_in, repair};
use crate::support::tag::Tag;
use crate::support::{ADMIN, BOSS, HALL, Hand, RIVAL_BOSS, TECH, TestApp};

const BASE: &str = "https://daochang.test";

/// Scans this text, checks in with good readings, delivers; gives factors and doubts, and the result.
async fn arrive_by(test: &TestApp, hand: &mut Hand, text: &str) -> (Vec<String>, String) {
    let id = test.reported().await;
    let scanned = hand.say(read(text), &id);
    let fixes = burst(hand);
    let fact = check_in(hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, &id);
    hand.sync(test).await;
    judged(test, &id).await
}

fn read(text: &str) -> Fact {
    Fact::Scanned(Scanned {
        terminal: Some(terminal()),
        text: text.to_owned(),
        method: ScanMethod::Camera,
    })
}

async fn judged(test: &TestApp, id: &WorkOrderId) -> (Vec<String>, String) {
    let presence = test.judgement(id).await["presence"][0].clone();
    let list = |name: &str| presence[name].as_array().unwrap().clone();
    let factors = list("factors")
        .into_iter()
        .map(|factor| factor["code"].clone());
    let codes = factors.chain(list("doubts"));
    let codes = codes.map(|code| code.as_str().unwrap().to_owned());
    (
        codes.collect(),
        presence["result"].as_str().unwrap().to_owned(),
    )
}

fn is(codes: &[&str], result: &str) -> (Vec<String>, String) {
    let codes = codes.iter().map(|code| (*code).to_owned()).collect();
    (codes, result.to_owned())
}

/// Registers the screen of a terminal; gives the secret that opens the server to it.
async fn screen(test: &TestApp, login: &str, terminal: &TerminalId) -> String {
    let ask = test.post("/kiosks").by(login);
    let opened = ask.json(&json!({ "terminal": terminal })).ok().await;
    let address = opened["address"].as_str().unwrap();
    address.split('#').next_back().unwrap().to_owned()
}

async fn shown(test: &TestApp, terminal: &TerminalId, secret: &str) -> Value {
    let ask = test.post(&format!("/kiosks/{terminal}/code"));
    let ask = ask.header("authorization", &format!("Bearer {secret}"));
    ask.ok().await
}

fn text_of(code: &Value) -> &str {
    code["text"].as_str().unwrap()
}

async fn tag_at(test: &TestApp, uid: &str, terminal: &TerminalId) -> Tag {
    let body = json!({ "tag": uid, "terminal": terminal });
    let opened = test.post("/tags").by(BOSS).json(&body).ok().await;
    let text = |name: &str| opened[name].as_str().unwrap().to_owned();
    Tag::new(uid, &text("meta_key"), &text("file_key"))
}

#[tokio::test]
async fn a_code_of_the_future_gives_nothing() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let secret = screen(&test, BOSS, &terminal()).await;
    let now = test.app.now();
    test.clock.set(now + Millis::minutes(10));
    let code = shown(&test, &terminal(), &secret).await;
    test.clock.set(now);
    let (codes, result) = arrive_by(&test, &mut hand, text_of(&code)).await;
    assert!(
        codes.contains(&"screen_code_ahead".to_owned()),
        "{codes:?} {result}"
    );
    assert!(!codes.contains(&"screen_code".to_owned()), "{codes:?}");
}

#[tokio::test]
async fn a_step_counts_only_where_the_scan_can_have_been() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let secret = screen(&test, BOSS, &terminal()).await;
    let offline = shown(&test, &terminal(), &secret).await["offline"].clone();
    let own = URL_SAFE_NO_PAD.decode(offline["secret"].as_str().unwrap());
    let own = own.unwrap();
    let text = |at: Timestamp| {
        let step = (at.0 / 30_000) as u64;
        let code = code_at(&own, step);
        StepCode {
            terminal: terminal(),
            step,
            code,
        }
        .text(BASE)
    };
    // A receipt just before the scan and one just after it: the step may lie 90 s beside them.
    let fits = is(&["step_code", "gps_inside"], "adequate");
    let apart = is(&["static_code", "gps_inside", "step_apart"], "adequate");
    for (minutes, expected) in [
        (-4, &apart),
        (-1, &fits),
        (0, &fits),
        (1, &fits),
        (4, &apart),
    ] {
        hand.minutes(10);
        hand.sync(&test).await;
        let text = text(test.app.now() + Millis::minutes(minutes));
        let found = arrive_by(&test, &mut hand, &text).await;
        assert_eq!(found, *expected, "{minutes} min from now");
    }
}

#[tokio::test]
async fn codes_of_other_terminals_contradict() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let next_door = screen(&test, BOSS, &neighbour()).await;
    let elsewhere = screen(&test, RIVAL_BOSS, &foreign_terminal()).await;
    let tag = tag_at(&test, "04de5f1eacc041", &neighbour()).await;
    let near = shown(&test, &neighbour(), &next_door).await;
    let contradicted = is(&["gps_inside", "other_terminal_code"], "contradicted");
    let found = arrive_by(&test, &mut hand, text_of(&near)).await;
    assert_eq!(found, contradicted, "the screen next door");
    let far = shown(&test, &foreign_terminal(), &elsewhere).await;
    let found = arrive_by(&test, &mut hand, text_of(&far)).await;
    assert_eq!(found, contradicted, "the screen of another site");
    let found = arrive_by(&test, &mut hand, &tag.tapped(3)).await;
    assert_eq!(found, contradicted, "the tag next door");
}

#[tokio::test]
async fn a_code_with_another_name_in_it_is_forged() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let secret = screen(&test, BOSS, &neighbour()).await;
    let near = shown(&test, &neighbour(), &secret).await;
    let renamed = text_of(&near).replace(neighbour().as_str(), terminal().as_str());
    let forged = is(&["gps_inside", "code_forged"], "weak");
    assert_eq!(arrive_by(&test, &mut hand, &renamed).await, forged);
    let own = screen(&test, BOSS, &terminal()).await;
    let code = shown(&test, &terminal(), &own).await;
    let as_managers = format!("{}&m=P-0031", text_of(&code));
    assert_eq!(arrive_by(&test, &mut hand, &as_managers).await, forged);
}

#[tokio::test]
async fn a_manager_code_is_used_up_as_well() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let ask = test.post(&format!("/terminals/{}/manager-code", terminal()));
    let code = ask.by(HALL).ok().await;
    let found = arrive_by(&test, &mut hand, text_of(&code)).await;
    assert_eq!(found, is(&["manager_phone", "gps_inside"], "adequate"));
    let found = arrive_by(&test, &mut hand, text_of(&code)).await;
    let replayed = is(&["gps_inside", "code_replayed"], "contradicted");
    assert_eq!(found, replayed);
}

#[tokio::test]
async fn a_counter_that_goes_back_on_one_phone_was_kept() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let tag = tag_at(&test, "04de5f1eacc040", &terminal()).await;
    let kept = tag.tapped(61);
    let found = arrive_by(&test, &mut hand, &tag.tapped(62)).await;
    assert_eq!(found, is(&["tap", "gps_inside"], "strong"));
    let found = arrive_by(&test, &mut hand, &kept).await;
    assert_eq!(found, is(&["gps_inside", "tap_kept"], "contradicted"));
    let found = arrive_by(&test, &mut hand, &tag.tapped(63)).await;
    assert_eq!(found, is(&["tap", "gps_inside"], "strong"));
}

#[tokio::test]
async fn a_bad_code_blocks_no_repair() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = test.reported().await;
    hand.learn(&test, &id).await;
    hand.say(read(&format!("{BASE}/n?e=00&c=00")), &id);
    repair(&mut hand, &id);
    hand.sync(&test).await;
    assert_eq!(test.quarantine(BOSS).await, Vec::<Value>::new());
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.restored.len(), 1);
    assert_eq!(work_order.codes.len(), 1, "and the finding is kept");
}

#[tokio::test]
async fn what_codes_are_judged_by_is_logged_when_it_comes_and_when_it_goes() {
    let test = TestApp::start().await;
    let labels = async || {
        let rows = test.store.leaves_from(0, 200).await.unwrap();
        let kinds = rows
            .iter()
            .map(|row| Leaf::parse(row.data.as_bytes()).unwrap().k);
        kinds.filter(|kind| *kind == LeafKind::Label).count()
    };
    assert_eq!(labels().await, 0);
    let reason = json!({ "reason": "整卷丢失" });
    let run = json!({ "provider": null, "note": "" });
    test.post("/label-runs").by(ADMIN).json(&run).ok().await;
    assert_eq!(labels().await, 1, "a print run");
    let revocation = test.post("/label-runs/1/revocation").by(ADMIN);
    revocation.json(&reason).ok().await;
    assert_eq!(labels().await, 2, "its end");
    screen(&test, BOSS, &terminal()).await;
    assert_eq!(labels().await, 3, "a screen");
    screen(&test, BOSS, &terminal()).await;
    assert_eq!(labels().await, 5, "its end and the next one");
    tag_at(&test, "04de5f1eacc040", &terminal()).await;
    let revocation = test.post("/tags/04de5f1eacc040/revocation").by(BOSS);
    revocation.json(&reason).ok().await;
    assert_eq!(labels().await, 7, "a tag, and its end");
}
