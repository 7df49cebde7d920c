//! What scanned codes prove: the server finds out and says so in its own chain, and everybody
//! computes the same points from that.

use api::codes::secrets;
use domain::code::label;
use domain::code::step::{StepCode, code_at};
use domain::event::{Fact, ScanMethod, Scanned};
use domain::ids::{TerminalId, WorkOrderId};
use domain::register::Terminal;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::actors::{neighbour, terminal};
use crate::support::builders::{burst, check_in};
use crate::support::tag::Tag;
use crate::support::{ADMIN, BOSS, HALL, Hand, MATE, TECH, TestApp};

const BASE: &str = "https://daochang.test";

fn read(text: &str, terminal: Option<TerminalId>) -> Fact {
    Fact::Scanned(Scanned {
        terminal,
        text: text.to_owned(),
        method: ScanMethod::Camera,
    })
}

/// Scans this text and checks in with good readings; everything is delivered.
async fn arrive_by(test: &TestApp, hand: &mut Hand, id: &WorkOrderId, text: &str) {
    let scanned = hand.say(read(text, Some(terminal())), id);
    let fixes = burst(hand);
    let fact = check_in(hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, id);
    hand.sync(test).await;
}

async fn presence(test: &TestApp, id: &WorkOrderId) -> Value {
    test.judgement(id).await["presence"][0].clone()
}

fn codes(presence: &Value) -> Vec<&str> {
    let factors = presence["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|factor| factor["code"].as_str().unwrap());
    let doubts = presence["doubts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|doubt| doubt.as_str().unwrap());
    factors.chain(doubts).collect()
}

async fn open_run(test: &TestApp) {
    test.post("/label-runs")
        .by(ADMIN)
        .json(&json!({ "provider": null, "note": "" }))
        .ok()
        .await;
}

/// A label as the sheet prints it.
fn label_of(test: &TestApp, terminal: &TerminalId, run: u32) -> String {
    let register = test.app.register();
    let terminal: &Terminal = &register.terminals[terminal];
    label::text(
        BASE,
        terminal,
        run,
        &secrets::label_signer(test.app.signer.codes(), run),
    )
}

#[tokio::test]
async fn a_signed_label_is_worth_more_than_a_number() {
    let test = TestApp::start().await;
    open_run(&test).await;
    let (plain, signed) = (test.reported().await, test.reported().await);
    let mut hand = Hand::ready(&test, TECH, 1).await;
    arrive_by(
        &test,
        &mut hand,
        &plain,
        &format!("{BASE}/t/{}", terminal()),
    )
    .await;
    hand.minutes(10);
    arrive_by(&test, &mut hand, &signed, &label_of(&test, &terminal(), 1)).await;
    let (plain, signed) = (
        presence(&test, &plain).await,
        presence(&test, &signed).await,
    );
    assert_eq!(
        (codes(&plain), &plain["points"]),
        (vec!["static_code", "gps_inside"], &json!(40))
    );
    assert_eq!(
        (codes(&signed), &signed["points"]),
        (vec!["signed_label", "gps_inside"], &json!(45))
    );
}

#[tokio::test]
async fn the_finding_is_a_signed_fact_of_the_server_and_survives_a_rebuild() {
    let test = TestApp::start().await;
    open_run(&test).await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    arrive_by(&test, &mut hand, &id, &label_of(&test, &terminal(), 1)).await;
    let evidence = test.evidence(&id).await;
    let events = evidence["events"].as_array().unwrap();
    let said = events
        .iter()
        .filter(|event| event["t"] == "code_verified")
        .count();
    assert_eq!(said, 1);
    assert_eq!(test.work_order(&id).await.codes.len(), 1);
    let rebuilt = api::rebuild::rebuild(&test.store, test.app.signer.keys())
        .await
        .unwrap();
    assert_eq!(
        rebuilt.differences(&test.store).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_stale_label_warns_and_a_revoked_one_gives_nothing() {
    let test = TestApp::start().await;
    open_run(&test).await;
    let old = label_of(&test, &terminal(), 1);
    let (before, stale, after) = (
        test.reported().await,
        test.reported().await,
        test.reported().await,
    );
    let mut hand = Hand::ready(&test, TECH, 1).await;
    arrive_by(&test, &mut hand, &before, &old).await;
    open_run(&test).await;
    hand.minutes(10);
    arrive_by(&test, &mut hand, &stale, &old).await;
    hand.minutes(10);
    test.post("/label-runs/1/revocation")
        .by(ADMIN)
        .json(&json!({ "reason": "整卷丢失" }))
        .ok()
        .await;
    hand.minutes(10);
    arrive_by(&test, &mut hand, &after, &old).await;
    assert_eq!(
        codes(&presence(&test, &before).await),
        ["signed_label", "gps_inside"]
    );
    assert_eq!(
        codes(&presence(&test, &stale).await),
        ["signed_label", "gps_inside", "label_stale"]
    );
    let after = presence(&test, &after).await;
    assert_eq!(
        (codes(&after), &after["points"]),
        (vec!["gps_inside", "label_revoked"], &json!(30))
    );
}

#[tokio::test]
async fn forged_and_foreign_labels_are_named() {
    let test = TestApp::start().await;
    open_run(&test).await;
    let good = label_of(&test, &terminal(), 1);
    let other_run = good.replace("?k=1&", "?k=7&");
    let forged =
        label_of(&test, &neighbour(), 1).replace(neighbour().as_str(), terminal().as_str());
    let cut_off = &good[..good.len() - 3];
    let next_door = label_of(&test, &neighbour(), 1);
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for (text, doubt) in [
        (other_run.as_str(), "code_unknown"),
        (&forged, "code_forged"),
        (cut_off, "code_forged"),
        (&next_door, "other_terminal_code"),
    ] {
        let id = test.reported().await;
        hand.minutes(10);
        arrive_by(&test, &mut hand, &id, text).await;
        let presence = presence(&test, &id).await;
        assert_eq!(codes(&presence), ["gps_inside", doubt], "{text}");
        assert_eq!(
            presence["result"] == "contradicted",
            doubt == "other_terminal_code",
            "{presence}"
        );
    }
}

#[tokio::test]
async fn the_sheet_prints_labels_of_the_current_run() {
    let test = TestApp::start().await;
    let sheet = async || {
        crate::support::Ask::new(&test, poem::http::Method::GET, "/labels".to_owned())
            .by(BOSS)
            .send()
            .await
            .as_text()
    };
    assert!(sheet().await.contains("2 张没有签名"));
    open_run(&test).await;
    let signed = sheet().await;
    assert!(!signed.contains("没有签名") && signed.contains("第 1 批"));
    // Version 8 has 49 modules and a quiet zone of four on either side.
    assert!(
        signed.contains("viewBox=\"0 0 57 57\""),
        "{}",
        &signed[..3_000.min(signed.len())]
    );
}

async fn screen(test: &TestApp) -> (String, Value) {
    let opened = test
        .post("/kiosks")
        .by(BOSS)
        .json(&json!({ "terminal": terminal() }))
        .ok()
        .await;
    let secret = opened["address"]
        .as_str()
        .unwrap()
        .split('#')
        .next_back()
        .unwrap()
        .to_owned();
    let code = shown(test, &secret).await;
    (secret, code)
}

async fn shown(test: &TestApp, secret: &str) -> Value {
    let ask = test.post(&format!("/kiosks/{}/code", terminal()));
    ask.header("authorization", &format!("Bearer {secret}"))
        .ok()
        .await
}

#[tokio::test]
async fn a_fresh_code_of_the_screen_is_strong_and_bounds_the_scan_from_below() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.sleep(Millis::minutes(90));
    let (_, code) = screen(&test).await;
    arrive_by(&test, &mut hand, &id, code["text"].as_str().unwrap()).await;
    let presence = presence(&test, &id).await;
    assert_eq!(
        (codes(&presence), &presence["result"]),
        (vec!["screen_code", "gps_inside"], &json!("strong"))
    );
    let scan = &test.work_order(&id).await.scans[0];
    assert_eq!(
        scan.at.bounds.b.earliest.0,
        code["made_at"].as_i64().unwrap() - 1_000
    );
}

#[tokio::test]
async fn a_code_is_good_for_one_scan_and_for_a_minute() {
    let test = TestApp::start().await;
    let (first, second, late) = (
        test.reported().await,
        test.reported().await,
        test.reported().await,
    );
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let (secret, code) = screen(&test).await;
    arrive_by(&test, &mut hand, &first, code["text"].as_str().unwrap()).await;
    // The receipt of the first visit bounds the second scan of the same code, which is also too old.
    hand.minutes(1);
    arrive_by(&test, &mut hand, &second, code["text"].as_str().unwrap()).await;
    let again = presence(&test, &second).await;
    assert_eq!(
        (codes(&again), &again["result"]),
        (vec!["gps_inside", "code_replayed"], &json!("contradicted"))
    );
    let code = shown(&test, &secret).await;
    hand.pass(Millis(62_500));
    arrive_by(&test, &mut hand, &late, code["text"].as_str().unwrap()).await;
    assert_eq!(
        codes(&presence(&test, &late).await),
        ["static_code", "gps_inside", "screen_code_old"]
    );
}

#[tokio::test]
async fn the_same_phone_may_read_a_code_again_at_once() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let (_, code) = screen(&test).await;
    let text = code["text"].as_str().unwrap();
    hand.say(read(text, Some(terminal())), &id);
    hand.pass(Millis(20_000));
    arrive_by(&test, &mut hand, &id, text).await;
    assert_eq!(
        codes(&presence(&test, &id).await),
        ["screen_code", "gps_inside"]
    );
}

#[tokio::test]
async fn a_label_and_the_managers_own_phone_are_strong_together() {
    let test = TestApp::start().await;
    open_run(&test).await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(
        read(&label_of(&test, &terminal(), 1), Some(terminal())),
        &id,
    );
    let code = test
        .post(&format!("/terminals/{}/manager-code", terminal()))
        .by(HALL)
        .ok()
        .await;
    hand.pass(Millis(10_000));
    arrive_by(&test, &mut hand, &id, code["text"].as_str().unwrap()).await;
    let presence = presence(&test, &id).await;
    assert_eq!(
        codes(&presence),
        ["signed_label", "manager_phone", "gps_inside"]
    );
    assert_eq!(
        (&presence["points"], &presence["result"]),
        (&json!(70), &json!("strong"))
    );
}

#[tokio::test]
async fn a_step_without_network_counts_where_it_fits() {
    let test = TestApp::start().await;
    let (fits, apart, forged, retired) = (
        test.reported().await,
        test.reported().await,
        test.reported().await,
        test.reported().await,
    );
    let mut hand = Hand::ready(&test, TECH, 1).await;
    screen(&test).await;
    let secret = secrets::step_secret(test.app.signer.codes(), &terminal(), 1);
    let text = |at_ms: i64, secret: &[u8]| {
        let step = (at_ms / 30_000) as u64;
        StepCode {
            terminal: terminal(),
            step,
            code: code_at(secret, step),
        }
        .text(BASE)
    };
    let now = |test: &TestApp| test.app.now().0;
    arrive_by(&test, &mut hand, &fits, &text(now(&test), &secret)).await;
    hand.minutes(10);
    arrive_by(
        &test,
        &mut hand,
        &apart,
        &text(now(&test) - 13 * 60_000, &secret),
    )
    .await;
    hand.minutes(10);
    arrive_by(&test, &mut hand, &forged, &text(now(&test), &[9; 32])).await;
    test.post(&format!("/kiosks/{}/revocation", terminal()))
        .by(BOSS)
        .json(&json!({ "reason": "停用" }))
        .ok()
        .await;
    hand.minutes(10);
    arrive_by(&test, &mut hand, &retired, &text(now(&test), &secret)).await;
    assert_eq!(
        codes(&presence(&test, &fits).await),
        ["step_code", "gps_inside"]
    );
    // Thirteen minutes before, and the receipt of the visit before lies in between.
    assert_eq!(
        codes(&presence(&test, &apart).await),
        ["static_code", "gps_inside", "step_apart"]
    );
    assert_eq!(
        codes(&presence(&test, &forged).await),
        ["gps_inside", "code_forged"]
    );
    assert_eq!(
        codes(&presence(&test, &retired).await),
        ["gps_inside", "code_out_of_service"]
    );
}

async fn tag(test: &TestApp) -> Tag {
    let body = json!({ "tag": "04de5f1eacc040", "terminal": terminal() });
    let opened = test.post("/tags").by(BOSS).json(&body).ok().await;
    let text = |name: &str| opened[name].as_str().unwrap().to_owned();
    Tag::new("04de5f1eacc040", &text("meta_key"), &text("file_key"))
}

/// A phone does not know where a tag hangs.
fn tapped(tag: &Tag, counter: u32) -> Fact {
    read(&tag.tapped(counter), None)
}

/// Taps and checks in; nothing is delivered yet.
fn arrive_by_tap(hand: &mut Hand, id: &WorkOrderId, fact: Fact) {
    let scanned = hand.say(fact, id);
    let fixes = burst(hand);
    let fact = check_in(hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, id);
}

#[tokio::test]
async fn a_tap_is_strong_and_good_once() {
    let test = TestApp::start().await;
    let (first, second) = (test.reported().await, test.reported().await);
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let tag = tag(&test).await;
    arrive_by_tap(&mut hand, &first, tapped(&tag, 61));
    hand.sync(&test).await;
    hand.minutes(30);
    arrive_by_tap(&mut hand, &second, tapped(&tag, 61));
    hand.sync(&test).await;
    let (first, second) = (
        presence(&test, &first).await,
        presence(&test, &second).await,
    );
    assert_eq!(
        (codes(&first), &first["result"]),
        (vec!["tap", "gps_inside"], &json!("strong"))
    );
    assert_eq!(
        (codes(&second), &second["result"]),
        (vec!["gps_inside", "code_replayed"], &json!("contradicted"))
    );
}

#[tokio::test]
async fn a_later_tap_of_another_phone_bounds_an_offline_one() {
    let test = TestApp::start().await;
    let (offline, online) = (test.reported().await, test.reported().await);
    let (mut first, mut second) = (
        Hand::ready(&test, TECH, 1).await,
        Hand::ready(&test, MATE, 2).await,
    );
    let tag = tag(&test).await;
    arrive_by_tap(&mut first, &offline, tapped(&tag, 61));
    first.minutes(20);
    arrive_by_tap(&mut second, &online, tapped(&tag, 62));
    second.sync(&test).await;
    let bound = test.app.now().0 + 1_000;
    first.sleep(Millis::minutes(60 * 9));
    first.sync(&test).await;
    let judged = test.judgement(&offline).await;
    assert_eq!(
        codes(&judged["presence"][0]),
        ["tap", "gps_inside"],
        "a lower counter is no offence"
    );
    let arrival = judged["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|clock| clock["kind"] == "arrival")
        .unwrap();
    assert_eq!(
        (&arrival["ended"]["b"]["latest"], &arrival["verdict"]),
        (&json!(bound), &json!("met"))
    );
    let rebuilt = api::rebuild::rebuild(&test.store, test.app.signer.keys())
        .await
        .unwrap();
    assert_eq!(
        rebuilt.differences(&test.store).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_tap_that_was_kept_is_exposed_whatever_arrives_first() {
    let test = TestApp::start().await;
    let (kept, honest) = (test.reported().await, test.reported().await);
    let (mut cheat, mut mate) = (
        Hand::ready(&test, TECH, 1).await,
        Hand::ready(&test, MATE, 2).await,
    );
    let tag = tag(&test).await;
    let in_the_morning = tapped(&tag, 61);
    arrive_by_tap(&mut mate, &honest, tapped(&tag, 62));
    let seen = mate.head(&test).await;
    cheat.minutes(60);
    // A receipt on the way proves that what follows is later than the mate's tap.
    cheat.sync(&test).await;
    arrive_by_tap(&mut cheat, &kept, in_the_morning);
    cheat.sync(&test).await;
    assert_eq!(
        codes(&presence(&test, &kept).await),
        ["tap", "gps_inside"],
        "nothing speaks against it yet"
    );
    mate.phone.acknowledge(&seen);
    mate.sync(&test).await;
    let exposed = presence(&test, &kept).await;
    assert_eq!(
        (codes(&exposed), &exposed["result"]),
        (vec!["gps_inside", "tap_kept"], &json!("contradicted"))
    );
}

#[tokio::test]
async fn tags_that_are_unknown_forged_or_out_of_service_give_nothing() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let tag = tag(&test).await;
    let good = tag.tapped(70);
    let (head, last) = good.split_at(good.len() - 1);
    let forged = format!("{head}{}", if last == "0" { "1" } else { "0" });
    for (text, doubt) in [
        (forged.as_str(), "code_forged"),
        (&good[..good.len() - 2], "code_forged"),
    ] {
        let id = test.reported().await;
        arrive_by_tap(&mut hand, &id, read(text, None));
        hand.sync(&test).await;
        assert_eq!(
            codes(&presence(&test, &id).await),
            ["gps_inside", doubt],
            "{text}"
        );
        hand.minutes(5);
    }
    test.post("/tags/04de5f1eacc040/revocation")
        .by(BOSS)
        .json(&json!({ "reason": "脱落" }))
        .ok()
        .await;
    hand.minutes(5);
    let id = test.reported().await;
    arrive_by_tap(&mut hand, &id, tapped(&tag, 71));
    hand.sync(&test).await;
    assert_eq!(
        codes(&presence(&test, &id).await),
        ["gps_inside", "code_out_of_service"]
    );
}
