//! `GET /work-orders/{id}/bundle`: the evidence as one file that proves itself without the server.

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
    verify(bundle, Some(&Trust::in_key(test.app.signer.public_key())))
}

/// What every bundle lacks while nothing outside the server is part of it.
fn more_than_always(report: &Report) -> Vec<&verify::Finding> {
    let always = [FindingCode::NoExternalTime, FindingCode::RegisterNotLogged];
    report
        .findings
        .iter()
        .filter(|finding| !always.contains(&finding.code))
        .collect()
}

#[tokio::test]
async fn a_whole_visit_verifies_offline_with_the_verdicts_the_server_shows() {
    let test = TestApp::start().await;
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
    let found = more_than_always(&report);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].code, FindingCode::PhotoAbsent);

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
    assert_eq!(more_than_always(&report), Vec::<&verify::Finding>::new());
    assert_eq!(report.counts.photos, 1);
    let recomputed = serde_json::to_value(report.judgement.unwrap()).unwrap();
    assert_eq!(recomputed, test.judgement(&id).await);
}

#[tokio::test]
async fn only_the_stretch_that_is_needed_goes_out_and_refused_events_are_called_so() {
    let test = TestApp::start().await;
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
    hand.say(left_site(), &id);
    hand.sync(&test).await;

    let report = verified(&test, &exported(&test, &id).await.bytes);
    assert_eq!(more_than_always(&report), Vec::<&verify::Finding>::new());
    let aside: Vec<&str> = report
        .events
        .iter()
        .filter_map(|e| e.set_aside.as_deref())
        .collect();
    assert_eq!(aside, ["not_checked_in"]);
}

#[tokio::test]
async fn a_work_order_nobody_has_touched_is_a_bundle_too() {
    let test = TestApp::start().await;
    let id = test.report(MATE).await;
    let report = verified(&test, &exported(&test, &id).await.bytes);
    assert_eq!(more_than_always(&report), Vec::<&verify::Finding>::new());
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
    let test = TestApp::start().await;
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
