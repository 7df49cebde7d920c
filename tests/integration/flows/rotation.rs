//! The server and its log change their keys: what was signed before still verifies under the trust file of
//! the first day, work goes on across the change, and the old keys are worth nothing any more.

use api::bundle::trust::of_the_server;
use api::codes::secrets;
use api::keys;
use api::rebuild::rebuild;
use domain::ids::WorkOrderId;
use domain::relay::RelayCode;
use domain::server_keys::KeyUse;
use domain::time::Millis;
use domain::tlog::note::Note;
use serde_json::{Value, json};
use verify::{Exit, FindingCode, Report, Severity, Trust, verify};

use super::log::findings;
use crate::support::actors::CITY;
use crate::support::builders::{accepted, arrive, hand_over, left_site, repair, set_out};
use crate::support::{HOTLINE, Hand, MATE, TECH, TestApp};

/// The trust file that was handed out on the first day, as it was written down.
fn first_day(test: &TestApp) -> Trust {
    let text = serde_json::to_string(&of_the_server(&test.app)).unwrap();
    Trust::parse(text.as_bytes()).unwrap()
}

/// The trust file of now, with the changes.
fn of_now(test: &TestApp) -> Trust {
    let changes = test.app.signer.changes().iter();
    of_the_server(&test.app).with_key_changes(changes.map(|it| it.envelope.clone()).collect())
}

async fn exported(test: &TestApp, id: &WorkOrderId) -> Vec<u8> {
    let path = format!("/work-orders/{id}/bundle");
    let answer = test.get(&path).by(CITY).send().await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
    answer.bytes
}

/// Everything is proved, and the bundle tells of so many changes.
#[track_caller]
fn assert_proved(bundle: &[u8], trust: &Trust, changes: usize) {
    let report = verify(bundle, Some(trust));
    assert_eq!(wrong(&report), [], "{:#?}", report.findings);
    assert_eq!(report.exit, Exit::Proved);
    let told = report.findings.iter();
    let told = told.filter(|finding| finding.code == FindingCode::KeyChanged);
    assert_eq!(told.count(), changes);
}

fn wrong(report: &Report) -> Vec<FindingCode> {
    let grave = report
        .findings
        .iter()
        .filter(|it| it.severity > Severity::Note);
    grave.map(|finding| finding.code).collect()
}

/// Reported and on the way.
async fn begun(test: &TestApp) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.minutes(4);
    hand.say(accepted(), &id);
    hand.say(set_out(), &id);
    hand.sync(test).await;
    (id, hand)
}

async fn ended(test: &TestApp, hand: &mut Hand, id: &WorkOrderId) {
    hand.minutes(30);
    repair(hand, id);
    hand_over(hand, id);
    hand.say(left_site(), id);
    hand.sync(test).await;
}

#[tokio::test]
async fn a_work_order_begun_before_and_ended_after_is_proved_under_the_first_trust_file() {
    let mut test = TestApp::watched().await;
    let trust = first_day(&test);
    let (id, mut hand) = begun(&test).await;
    test.change_key(KeyUse::Server).await;
    ended(&test, &mut hand, &id).await;
    let bundle = exported(&test, &id).await;
    assert_proved(&bundle, &trust, 1);
    assert_proved(&bundle, &of_now(&test), 1);
    assert_eq!(of_the_server(&test.app), trust);
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn a_bundle_from_before_verifies_after_and_so_does_a_new_one_of_the_same_work_order() {
    let mut test = TestApp::watched().await;
    let trust = first_day(&test);
    let (id, mut hand) = begun(&test).await;
    ended(&test, &mut hand, &id).await;
    let before = exported(&test, &id).await;
    test.change_key(KeyUse::Server).await;
    test.change_key(KeyUse::Log).await;
    test.change_key(KeyUse::Server).await;
    for trust in [&trust, &of_now(&test)] {
        assert_proved(&before, trust, 0);
        assert_proved(&exported(&test, &id).await, trust, 3);
    }
}

#[tokio::test]
async fn a_phone_that_was_away_brings_what_it_recorded_before() {
    let mut test = TestApp::watched().await;
    let trust = first_day(&test);
    let (id, mut hand) = begun(&test).await;
    hand.minutes(30);
    repair(&mut hand, &id);
    test.change_key(KeyUse::Server).await;
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    assert_proved(&exported(&test, &id).await, &trust, 1);
}

#[tokio::test]
async fn a_code_that_was_told_before_the_change_still_bounds_what_comes_after_it() {
    let mut test = TestApp::watched().await;
    let trust = first_day(&test);
    let (id, mut hand) = begun(&test).await;
    hand.minutes(30);
    arrive(&mut hand, &id);
    let code = RelayCode::of(hand.phone.head().id);
    let body = json!({ "code": code.grouped() });
    test.post("/relay-codes").by(HOTLINE).json(&body).ok().await;
    let told = test.app.now();
    test.change_key(KeyUse::Server).await;
    hand.minutes(600);
    hand.sync(&test).await;
    let bounds = test.work_order(&id).await.visits[0].check_in.at.bounds;
    assert!(bounds.b.latest <= told + Millis(2_000), "{bounds:?}");
    assert_proved(&exported(&test, &id).await, &trust, 1);
}

#[tokio::test]
async fn a_phone_enrolled_after_the_change_is_like_any_other() {
    let mut test = TestApp::watched().await;
    let trust = first_day(&test);
    test.change_key(KeyUse::Server).await;
    let (id, mut hand) = begun(&test).await;
    ended(&test, &mut hand, &id).await;
    assert_proved(&exported(&test, &id).await, &trust, 1);
}

#[tokio::test]
async fn a_process_that_still_has_the_old_key_gives_no_receipt_and_says_nothing() {
    let mut test = TestApp::watched().await;
    let (id, mut hand) = begun(&test).await;
    let old = std::sync::Arc::clone(&test.app);
    test.change_key(KeyUse::Server).await;
    let new = std::mem::replace(&mut test.app, old);
    let client = poem::EndpointExt::boxed(api::routes::routes(&test.app));
    let new_client = std::mem::replace(&mut test.client, poem::test::TestClient::new(client));
    let envelope = hand.phone.request_sync().envelope;
    let body = json!({ "envelope": envelope.to_value() });
    let answer = test.post("/sync/head").by(TECH).json(&body).send().await;
    assert_eq!(answer.status, 503, "{}", answer.as_text());
    let report =
        json!({ "terminal": crate::support::actors::terminal(), "fault": "HW-1", "text": "蓝屏" });
    let path = "/reports";
    let answer = test
        .post(path)
        .by(crate::support::DESK)
        .json(&report)
        .send()
        .await;
    assert_eq!(answer.status, 503, "{}", answer.as_text());
    (test.app, test.client) = (new, new_client);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.responses.len(), 1);
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn labels_screens_and_tags_outlive_the_key() {
    let mut test = TestApp::watched().await;
    let terminal = crate::support::actors::terminal();
    let secrets = |test: &TestApp| {
        let codes = test.app.signer.codes();
        (
            secrets::label_signer(codes, 3).device_id(),
            secrets::kiosk_token(codes, &terminal, 1),
            secrets::step_secret(codes, &terminal, 2),
            secrets::tag_meta_key(codes),
            secrets::tag_master_key(codes),
        )
    };
    let before = secrets(&test);
    test.change_key(KeyUse::Server).await;
    test.change_key(KeyUse::Server).await;
    assert_eq!(secrets(&test), before);
    // Without its file they cannot be made again, and nobody makes others by mistake.
    std::fs::remove_file(test.data().join("codes.key")).unwrap();
    let changes = keys::changes(&test.store).await.unwrap();
    let lost = keys::ring(&test.data(), changes).err().unwrap();
    assert!(lost.to_string().contains("codes.key"), "{lost}");
    assert!(!test.data().join("codes.key").exists());
}

#[tokio::test]
async fn projections_come_out_the_same() {
    let mut test = TestApp::watched().await;
    let (id, mut hand) = begun(&test).await;
    test.change_key(KeyUse::Server).await;
    ended(&test, &mut hand, &id).await;
    test.report(MATE).await;
    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await.unwrap();
    let differing = rebuilt.differences(&test.store).await.unwrap();
    assert_eq!(differing, Vec::<String>::new());
}

#[tokio::test]
async fn phones_and_readers_are_told_of_the_change() {
    let mut test = TestApp::watched().await;
    let first = test.app.signer.public_key().spki_base64();
    let held = test.change_key(KeyUse::Server).await;
    let kit = test.get("/kit").by(TECH).ok().await;
    assert_eq!(kit["server_key"], first);
    assert_eq!(kit["key_changes"], json!([held.envelope.to_value()]));
    let state = test.get("/log").ok().await;
    let from = held.change.from.0;
    let of_server: Vec<Value> = state["keys"].as_array().unwrap()[..2].to_vec();
    assert_eq!(
        of_server,
        [
            json!({"kind": "server", "key": first, "from": null, "until": from}),
            json!({"kind": "server", "key": held.change.new, "from": from, "until": null}),
        ]
    );
    let page = String::from_utf8(test.file("/log?lang=zh").await).unwrap();
    for words in [&first, &held.change.new, "停用于", "启用于"] {
        assert!(
            page.contains(words.replace('+', "&#43;").as_str()) || page.contains(words),
            "{words}"
        );
    }
}

mod of_the_log {
    use super::*;

    async fn signatures(test: &TestApp) -> usize {
        let note = Note::parse(&test.file("/log/checkpoint").await).unwrap();
        let of_the_log = note
            .signatures()
            .iter()
            .filter(|line| line.name == "daochang.test/log");
        of_the_log.count()
    }

    #[tokio::test]
    async fn both_keys_sign_until_the_overlap_is_ended() {
        let mut test = TestApp::watched().await;
        let trust = first_day(&test);
        let (id, mut hand) = begun(&test).await;
        test.app.publisher.publish().await.unwrap();
        assert_eq!(signatures(&test).await, 1);
        let first = test.app.publisher.identity().verifier_key();
        test.change_key(KeyUse::Log).await;
        assert_eq!(test.app.log.alarm(), None);
        test.app.publisher.publish().await.unwrap();
        assert_eq!(signatures(&test).await, 2);
        let note = Note::parse(&test.file("/log/checkpoint").await).unwrap();
        note.verify(&first).unwrap();
        note.verify(&test.app.publisher.identity().verifier_key())
            .unwrap();
        ended(&test, &mut hand, &id).await;
        assert_proved(&exported(&test, &id).await, &trust, 1);

        std::fs::remove_file(test.data().join("log.key.former")).unwrap();
        test.restart().await;
        test.report(MATE).await;
        test.app.publisher.publish().await.unwrap();
        assert_eq!(signatures(&test).await, 1);
        let note = Note::parse(&test.file("/log/checkpoint").await).unwrap();
        assert!(note.verify(&first).is_err());
        assert_proved(&exported(&test, &id).await, &trust, 1);
        assert_eq!(findings(&test).await, []);
    }

    #[tokio::test]
    async fn a_server_that_starts_with_the_old_key_is_stopped() {
        let mut test = TestApp::watched().await;
        begun(&test).await;
        let data = test.data();
        let old = std::fs::read(data.join("log.key")).unwrap();
        test.change_key(KeyUse::Log).await;
        std::fs::write(data.join("log.key"), old).unwrap();
        let changes = keys::changes(&test.store).await.unwrap();
        let identity = api::log::Identity::load(&data).unwrap();
        let refused = identity.with_changes(&changes).err().unwrap().to_string();
        assert!(refused.contains("log.key"), "{refused}");
    }

    #[tokio::test]
    async fn a_process_that_still_has_the_old_key_publishes_nothing() {
        let mut test = TestApp::watched().await;
        begun(&test).await;
        let old = std::sync::Arc::clone(&test.app);
        test.change_key(KeyUse::Log).await;
        test.report(MATE).await;
        let refused = old.publisher.publish().await.unwrap_err().to_string();
        assert!(refused.contains("log_key_replaced"), "{refused}");
        test.app.publisher.publish().await.unwrap();
        assert_eq!(findings(&test).await, []);
    }
}
