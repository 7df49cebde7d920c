//! The operator moves a site, widens its fence or exchanges its managers after the fact (attack 10): the
//! report has bound the site's record, and the verdict stays.

use api::bundle::trust::of_the_server;
use domain::ids::WorkOrderId;
use domain::time::Millis;
use rstest::rstest;
use serde_json::{Value, json};
use store::SiteRow;
use verify::{Exit, Report, verify};

use super::log::findings;
use crate::support::actors::sites;
use crate::support::builders::{accepted, arrive, hand_over, repair, set_out};
use crate::support::{CITY, Hand, TECH, TestApp};

/// How wide the fence of the tests' site is in its first version, and then: too wide to be true.
const WIDE_CM: i64 = 2_000_000;

/// The site's next version, with this member changed.
fn changed(member: &str, value: Value) -> SiteRow {
    let mut row = sites().remove(0);
    let mut doc: Value = serde_json::from_str(&row.doc).unwrap();
    doc[member] = value;
    row.version = 2;
    row.doc = doc.to_string();
    row
}

async fn put(test: &TestApp, row: SiteRow) {
    test.store.put_sites(vec![row]).await.unwrap();
    test.app.reload_register().await.unwrap();
}

/// A technician accepts the work order and checks in.
async fn visited(test: &TestApp, id: &WorkOrderId) -> Hand {
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, id).await;
    hand.say(set_out(), id);
    hand.minutes(30);
    arrive(&mut hand, id);
    hand.sync(test).await;
    hand
}

async fn bundle(test: &TestApp, id: &WorkOrderId) -> Report {
    let path = format!("/work-orders/{id}/bundle");
    let answer = test.get(&path).by(CITY).send().await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
    verify(&answer.bytes, Some(&of_the_server(&test.app)))
}

/// The fence by which the first visit was judged.
async fn radius(test: &TestApp, id: &WorkOrderId) -> i64 {
    test.judgement(id).await["presence"][0]["radius_cm"]
        .as_i64()
        .unwrap()
}

#[rstest]
#[case::before_the_report(-1, true)]
#[case::at_the_same_moment_before_it(0, true)]
#[case::at_the_same_moment_after_it(0, false)]
#[case::after_it(1, false)]
#[tokio::test]
async fn the_fence_is_the_one_of_the_moment_of_the_report(#[case] ms: i64, #[case] is_first: bool) {
    let test = TestApp::watched().await;
    let widened = changed("radius_cm", json!(WIDE_CM));
    let id = if is_first {
        put(&test, widened).await;
        test.clock.advance(Millis(-ms));
        test.reported().await
    } else {
        let id = test.reported().await;
        test.clock.advance(Millis(ms));
        put(&test, widened).await;
        id
    };
    visited(&test, &id).await;
    assert_eq!(radius(&test, &id).await == WIDE_CM, is_first);
    let version = test.work_order(&id).await.site_version;
    assert_eq!(version, Some(if is_first { 2 } else { 1 }));
    let report = bundle(&test, &id).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    let judged = serde_json::to_value(report.judgement.unwrap()).unwrap();
    assert_eq!(judged, test.judgement(&id).await);
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn page_verdict_and_documents_rest_on_the_site_of_the_report() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    let before = test.evidence(&id).await["site"].clone();
    put(&test, changed("radius_cm", json!(WIDE_CM))).await;
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    assert_eq!(test.evidence(&id).await["site"], before);
    let logged = test.store.verdicts_of(id.as_str()).await.unwrap();
    let statement: Value = serde_json::from_str(&logged[0].statement).unwrap();
    assert_ne!(statement["judgement"]["presence"][0]["radius_cm"], WIDE_CM);
    let path = format!("/work-orders/{id}/report.pdf");
    assert_eq!(test.get(&path).by(CITY).send().await.status, 200);
}

#[tokio::test]
async fn a_manager_of_the_report_may_sign_after_others_have_taken_over() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    put(&test, changed("managers", json!([]))).await;
    hand.say(accepted(), &id);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.evaluations.len(), 1);
    let report = bundle(&test, &id).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
}

#[tokio::test]
async fn projections_made_again_are_born_at_the_site_of_the_report() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    assert!(test.work_order(&id).await.site_version.is_some());
    put(&test, changed("unit", json!("O-ELSEWHERE"))).await;
    let again = api::rebuild::rebuild(&test.store, test.app.signer.keys()).await;
    let differences = again.unwrap().differences(&test.store).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
}

#[tokio::test]
async fn a_record_changed_without_a_new_version_is_named_by_fsck() {
    let test = TestApp::watched().await;
    test.reported().await;
    assert_eq!(findings(&test).await, []);
    let mut widened = changed("radius_cm", json!(WIDE_CM));
    widened.version = 1;
    put(&test, widened).await;
    let found = findings(&test).await;
    let whats: Vec<&str> = found.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(whats, ["was changed without a new version"], "{found:?}");
    let site = &sites()[0].id;
    assert_eq!(found[0].place, format!("site {site} version 1"));
}
