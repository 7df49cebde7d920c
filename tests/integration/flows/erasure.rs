//! Erasing personal values: they are gone, everything else stands as it stood.

use api::bundle::trust::of_the_server;
use api::rebuild::rebuild;
use domain::ids::WorkOrderId;
use serde_json::{Value, json};
use verify::{Exit, FindingCode, Report, verify};

use super::log::findings;
use crate::support::actors::PLACE_E7;
use crate::support::builders::{accepted, arrive, finished};
use crate::support::{CITY, Hand, TECH, TestApp};

const ALL: [&str; 4] = ["position", "ink", "signer", "reporter"];

async fn erase(test: &TestApp, id: &WorkOrderId, what: &[&str]) {
    let body = json!({ "what": what, "reason": "保存期满" });
    test.post(&format!("/work-orders/{id}/erasures"))
        .by(CITY)
        .json(&body)
        .ok()
        .await;
}

/// Whether the page still has the handwriting, and whoever signed.
fn kept(evidence: &Value) -> (bool, bool) {
    let has = |what: &str| {
        evidence[what]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| !one["value"].is_null())
    };
    (has("ink"), has("signers"))
}

async fn bundle(test: &TestApp, id: &WorkOrderId) -> Report {
    test.app.publisher.publish().await.unwrap();
    let path = format!("/work-orders/{id}/bundle");
    let bytes = test.get(&path).by(CITY).send().await.bytes;
    verify(&bytes, Some(&of_the_server(&test.app)))
}

fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<&str> = report
        .findings
        .iter()
        .map(|found| found.code.code())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

async fn must_come_out_identical(test: &TestApp) {
    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await.unwrap();
    assert_eq!(
        rebuilt.differences(&test.store).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(findings(test).await, []);
}

#[tokio::test]
async fn what_is_erased_is_gone_and_every_verdict_stays() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let next = finished(&test, &mut hand).await;
    assert_eq!(bundle(&test, &id).await.exit, Exit::Proved);
    let before = (test.judgement(&id).await, test.judgement(&next).await);
    let prior = |work_order: &domain::work_order::WorkOrder| {
        work_order.visits[0].check_in.what.prior.is_some()
    };
    assert!(prior(&test.work_order(&next).await));

    erase(&test, &id, &ALL).await;

    let work_order = test.work_order(&id).await;
    assert!(work_order.visits[0].check_in.what.fixes.is_empty());
    assert_eq!(work_order.erasures[0].what.values.len(), 3);
    assert!(
        !prior(&test.work_order(&next).await),
        "a copy of the position went too"
    );
    let evidence = test.evidence(&id).await;
    assert_eq!(kept(&evidence), (false, false));
    let reading = (PLACE_E7.0 + 90).to_string();
    assert!(!evidence.to_string().contains(&reading));
    for c in &work_order.erasures[0].what.values {
        assert_eq!(test.store.sidecars(&[&c.to_string()]).await.unwrap(), []);
    }
    let after = (test.judgement(&id).await, test.judgement(&next).await);
    assert_eq!(after, before, "not one word of a judgement changed");
    must_come_out_identical(&test).await;
}

#[tokio::test]
async fn the_bundle_says_what_was_erased_and_still_proves_the_rest() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let next = finished(&test, &mut hand).await;
    erase(&test, &id, &ALL).await;
    let report = bundle(&test, &id).await;
    assert_eq!(report.exit, Exit::Missing, "{:#?}", report.findings);
    assert_eq!(codes(&report), ["sidecar_erased"]);
    let judged = serde_json::to_value(report.judgement.unwrap()).unwrap();
    assert_eq!(judged["presence"], test.judgement(&id).await["presence"]);
    // The next one was judged by where the phone had been: that, too, is kept.
    let report = bundle(&test, &next).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
}

#[tokio::test]
async fn a_phone_whose_last_position_was_erased_goes_on_from_nowhere() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let first = finished(&test, &mut hand).await;
    let second = finished(&test, &mut hand).await;
    erase(&test, &second, &["position"]).await;
    let third = finished(&test, &mut hand).await;
    let visit = &test.work_order(&third).await.visits[0];
    assert_eq!(visit.check_in.what.prior, None);
    must_come_out_identical(&test).await;
    let report = bundle(&test, &third).await;
    assert_eq!(
        codes(&report),
        ["earlier_position_absent"],
        "{:#?}",
        report.findings
    );
    // Erasing the first changes nothing for those after the second.
    erase(&test, &first, &["position"]).await;
    must_come_out_identical(&test).await;
}

#[tokio::test]
async fn one_sort_at_a_time_and_each_only_once() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    erase(&test, &id, &["ink"]).await;
    assert_eq!(kept(&test.evidence(&id).await), (false, true));
    let path = format!("/work-orders/{id}/erasures");
    let again = json!({ "what": ["ink"], "reason": "保存期满" });
    let again = test.post(&path).by(CITY).json(&again);
    again.clone().is_refused(409, "nothing_to_erase").await;
    erase(&test, &id, &["ink", "signer"]).await;
    assert_eq!(test.work_order(&id).await.erasures.len(), 2);
    must_come_out_identical(&test).await;
}

#[tokio::test]
async fn a_record_that_comes_in_between_is_not_overlooked() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let next = test.reported().await;
    hand.learn(&test, &next).await;
    hand.say(accepted(), &next);
    hand.minutes(10);
    arrive(&mut hand, &next);
    // Both wait at the door together; whichever comes first, nothing of the position stays behind.
    let path = format!("/work-orders/{id}/erasures");
    let body = json!({ "what": ["position"], "reason": "保存期满" });
    let erasing = test.post(&path).by(CITY).json(&body).ok();
    let pushing = hand.pushing(&test).ok();
    let (_, _): (Value, Value) = tokio::join!(erasing, pushing);
    let work_order = test.work_order(&next).await;
    assert_eq!(work_order.visits[0].check_in.what.prior, None);
    must_come_out_identical(&test).await;
    assert!(!bundle(&test, &next).await.has(FindingCode::VerdictDiffers));
}
