//! `GET /work-orders/{id}/bundle`: the evidence as one file that proves itself without the server.

use api::bundle::trust::of_the_server;
use poem::http::Method;
use serde_json::Value;
use verify::{Exit, FindingCode, Report, Trust, verify};

use crate::support::builders::{accepted, hand_over, left_site, note, photo, repair};
use crate::support::photos::{jpeg, name_of};
use crate::support::{
    AUDITOR, Answer, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, STRANGERS, TECH, TestApp,
};

async fn exported(test: &TestApp, id: &domain::ids::WorkOrderId) -> Answer {
    let answer = test
        .get(&format!("/work-orders/{id}/bundle"))
        .by(CITY)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
    answer
}

fn verified(test: &TestApp, bundle: &[u8]) -> Report {
    verify(bundle, Some(&of_the_server(&test.app)))
}

fn codes(report: &Report) -> Vec<FindingCode> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn a_whole_visit_verifies_offline_with_the_verdicts_the_server_shows() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    hand.say(photo(&jpeg(1)), &id);
    hand.sync(&test).await;
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.say(left_site(), &id);
    hand.sync(&test).await;

    let report = verified(&test, &exported(&test, &id).await.bytes);
    assert_eq!(report.exit, Exit::Missing);
    assert_eq!(codes(&report), [FindingCode::PhotoAbsent]);

    let path = format!("/evidence/{}", name_of(&jpeg(1)));
    test.ask(Method::PUT, &path)
        .by(TECH)
        .photo(&jpeg(1))
        .ok()
        .await;
    let answer = exported(&test, &id).await;
    assert_eq!(answer.header("content-type"), "application/zip");
    let name = format!("attachment; filename=\"evidence-{id}.zip\"");
    assert_eq!(answer.header("content-disposition"), name);
    assert_eq!(
        answer.header("content-length"),
        answer.bytes.len().to_string()
    );
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let report = verified(&test, &answer.bytes);
    assert_eq!(report.findings, []);
    assert_eq!(report.exit, Exit::Proved);
    assert_eq!(report.counts.photos, 1);
    assert_eq!(report.logged_verdicts.len(), 1);
    let recomputed = serde_json::to_value(report.judgement.unwrap()).unwrap();
    assert_eq!(recomputed, test.judgement(&id).await);

    let files = verify::container::read(&answer.bytes).unwrap();
    let inside = files.iter().find(|file| file.name == "report.pdf");
    let path = format!("/work-orders/{id}/report.pdf");
    let alone = test.get(&path).by(CITY).send().await.bytes;
    assert!(inside.is_some_and(|file| file.bytes == alone));
}

#[tokio::test]
async fn only_the_stretch_that_is_needed_goes_out_and_refused_events_are_called_so() {
    let test = TestApp::watched().await;
    let before = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &before).await;
    repair(&mut hand, &before);
    hand.say(left_site(), &before);
    hand.sync(&test).await;
    for number in 0..12 {
        hand.minutes(3);
        hand.say(note(&format!("第 {number} 条")), &before);
        hand.sync(&test).await;
    }
    let id = test.reported().await;
    hand.learn(&test, &id).await;
    hand.minutes(30);
    hand.say(accepted(), &id);
    hand.sync(&test).await;
    hand.say(left_site(), &id);
    hand.is_set_aside(&test, "not_checked_in").await;

    let report = verified(&test, &exported(&test, &id).await.bytes);
    assert_eq!(report.findings, []);
    let aside: Vec<&str> = report
        .events
        .iter()
        .filter_map(|e| e.set_aside.as_deref())
        .collect();
    assert_eq!(aside, ["not_checked_in"]);
}

#[tokio::test]
async fn a_work_order_nobody_has_touched_is_a_bundle_too() {
    let test = TestApp::watched().await;
    let id = test.report(MATE).await;
    let report = verified(&test, &exported(&test, &id).await.bytes);
    assert_eq!(report.findings, []);
    let verdict = |clock: &domain::sla::clock::Clock| serde_json::to_value(clock.verdict).unwrap();
    let verdicts: Vec<Value> = report
        .judgement
        .unwrap()
        .clocks
        .iter()
        .map(verdict)
        .collect();
    assert!(
        verdicts.iter().all(|verdict| verdict == "running"),
        "{verdicts:?}"
    );
}

#[tokio::test]
async fn only_who_may_read_the_evidence_gets_the_bundle() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    let ask = test.get(&format!("/work-orders/{id}/bundle"));
    ask.clone().needs_a_token().await;
    for login in [TECH, DESK, BOSS, HALL, FUTIAN, CITY, AUDITOR] {
        assert_eq!(ask.clone().by(login).send().await.status, 200, "{login}");
    }
    ask.clone().is_forbidden_for(&[HOTLINE]).await;
    ask.is_absent_for(&STRANGERS).await;
    test.get("/work-orders/WO-20200101-0001/bundle")
        .is_absent_for(&[CITY])
        .await;
}

#[tokio::test]
async fn without_a_witness_the_bundle_is_intact_and_says_what_is_missing() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    hand.sync(&test).await;
    let bundle = exported(&test, &id).await.bytes;
    let report = verified(&test, &bundle);
    assert_eq!(report.exit, Exit::Missing);
    assert_eq!(codes(&report), [FindingCode::NoExternalTime]);
    assert!(report.counts.logged > 5, "{:?}", report.counts);

    let of_another = Trust::in_key(domain::envelope::Signer::from_seed(&[77; 32]).public_key());
    assert_eq!(verify(&bundle, Some(&of_another)).exit, Exit::False);
    assert_eq!(verify(&bundle, None).exit, Exit::Missing);
}

/// `cargo test --workspace --test integration a_large_bundle -- --ignored --nocapture`
#[tokio::test]
#[ignore = "a measurement"]
async fn a_large_bundle_takes_less_than_five_seconds_to_make_and_to_verify() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    for number in 0..20_u32 {
        let picture: Vec<u8> = (0..3_000_000_u32)
            .map(|at| ((at ^ number).wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        hand.say(photo(&picture), &id);
        let name = name_of(&picture);
        test.blobs.put(&name, picture.into()).await.unwrap();
        for note_number in 0..11 {
            hand.say(note(&format!("第 {number}-{note_number} 条")), &id);
        }
        hand.minutes(1);
        hand.sync(&test).await;
        test.app.publisher.publish().await.unwrap();
    }
    let started = std::time::Instant::now();
    let bundle = exported(&test, &id).await.bytes;
    let made = started.elapsed();
    let started = std::time::Instant::now();
    let report = verified(&test, &bundle);
    let verified = started.elapsed();
    println!(
        "{} bytes, {:?}: made in {made:?}, verified in {verified:?}",
        bundle.len(),
        report.counts
    );
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    assert!(report.counts.events >= 280 && bundle.len() > 60_000_000);
}

#[tokio::test]
async fn a_revoked_phones_bundle_tells_when_its_key_ended() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    hand.sync(&test).await;
    hand.minutes(5);
    let path = format!("/devices/{}/revocation", hand.dev());
    let body = serde_json::json!({ "reason": "手机遗失" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    let report = verified(&test, &exported(&test, &id).await.bytes);
    assert_eq!(report.findings, []);
    assert_eq!(report.revocations.len(), 1);
}
