//! An evaluation through a link, from the page to the bundle, the documents and the rebuilt projections:
//! everywhere it says whose word it is.

use api::bundle::trust::of_the_server;
use api::rebuild::rebuild;
use domain::time::Millis;
use verify::{Exit, verify};

use super::log::findings;
use crate::support::links::{link, send, unevaluated};
use crate::support::{CITY, Hand, TECH, TestApp};

async fn verified(test: &TestApp, id: &domain::ids::WorkOrderId) -> verify::Report {
    test.app.publisher.publish().await.unwrap();
    let bundle = test
        .get(&format!("/work-orders/{id}/bundle"))
        .by(CITY)
        .send()
        .await;
    assert_eq!(bundle.status, 200, "{}", bundle.as_text());
    verify(&bundle.bytes, Some(&of_the_server(&test.app)))
}

#[tokio::test]
async fn a_bundle_proves_it_and_says_what_it_does_not_prove() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    test.clock.advance(Millis::minutes(30));
    assert_eq!(send(&test, &path, &[]).await.status, 200);
    test.clock.advance(Millis::minutes(30));
    let report = verified(&test, &id).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    let told = report.text();
    for said in ["不证明提交人是谁、在哪里", "whoever had the link sent it"] {
        assert!(told.contains(said), "{told}");
    }
    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await;
    let differences = rebuilt.unwrap().differences(&test.store).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn a_closing_is_proved_as_well() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    test.clock.advance(Millis::minutes(8 * 24 * 60));
    test.tick(Millis(0)).await;
    let report = verified(&test, &id).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    let judgement = serde_json::to_value(report.judgement.unwrap()).unwrap();
    assert_eq!(judgement["stage"]["name"], "closed_unevaluated");
}
