//! `POST /work-orders/{id}/takeover`: a leader takes over what has gone up.

use domain::time::Millis;
use serde_json::json;

use crate::support::{AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, STRANGERS, TECH, TestApp};

#[tokio::test]
async fn before_it_has_gone_up_there_is_nothing_to_take_over() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test
        .post(&format!("/work-orders/{id}/takeover"))
        .by(BOSS)
        .json(&json!({ "clock": "response" }));
    test.tick(Millis::minutes(60)).await;
    ask.clone().is_refused(409, "not_escalated").await;
    test.tick(Millis(1)).await;
    ask.clone().ok().await;
    ask.clone().ok().await;
    assert_eq!(test.work_order(&id).await.takeovers.len(), 1);
    ask.json(&json!({ "clock": "repair" }))
        .is_refused(409, "not_escalated")
        .await;
}

#[tokio::test]
async fn a_dispatcher_who_was_not_told_is_no_leader() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.tick(Millis::minutes(61)).await;
    let ask = test.post(&format!("/work-orders/{id}/takeover")).by(DESK);
    ask.json(&json!({ "clock": "response" }))
        .is_refused(409, "not_the_leader")
        .await;
}

#[tokio::test]
async fn what_is_malformed_is_named() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.tick(Millis::minutes(61)).await;
    let ask = test.post(&format!("/work-orders/{id}/takeover")).by(BOSS);
    let long = json!({ "clock": "response", "text": "字".repeat(2_001) });
    ask.clone()
        .json(&long)
        .is_refused(422, "text_too_long")
        .await;
    for body in [json!({}), json!({ "clock": "lunch" })] {
        ask.clone()
            .json(&body)
            .is_refused(400, "malformed_body")
            .await;
    }
    let full = json!({ "clock": "response", "text": "字".repeat(2_000) });
    ask.json(&full).ok().await;
}

#[tokio::test]
async fn only_the_provider_takes_over_and_strangers_do_not_even_see() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.tick(Millis::minutes(61)).await;
    let ask = test
        .post(&format!("/work-orders/{id}/takeover"))
        .json(&json!({ "clock": "response" }));
    ask.clone().needs_a_token().await;
    ask.clone()
        .is_forbidden_for(&[TECH, HALL, FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
