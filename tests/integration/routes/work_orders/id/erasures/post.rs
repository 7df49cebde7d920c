//! `POST /work-orders/{id}/erasures`: letting personal values go for good.

use domain::ids::WorkOrderId;
use serde_json::json;

use crate::support::builders::finished;
use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp,
};

fn path(id: &WorkOrderId) -> String {
    format!("/work-orders/{id}/erasures")
}

#[tokio::test]
async fn the_answer_is_the_work_order_without_them() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let body = json!({ "what": ["position", "position"], "reason": " 保存期满 " });
    let shown = test.post(&path(&id)).by(FUTIAN).json(&body).ok().await;
    let erasure = &shown["work_order"]["erasures"][0];
    assert_eq!(erasure["reason"], "保存期满");
    assert_eq!(erasure["values"].as_array().unwrap().len(), 1);
    let check_in = &shown["work_order"]["visits"][0]["check_in"];
    assert_eq!(check_in["fixes"], json!([]));
    assert_eq!(check_in["fixes_c"], erasure["values"][0]);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_finished_is_not_erased() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let open = test.reported().await;
    let position = json!({ "what": ["position"], "reason": "保存期满" });
    let ask = test.post(&path(&open)).by(CITY).json(&position);
    ask.is_refused(409, "work_order_open").await;
    // Nobody had left a name with this report.
    let reporter = json!({ "what": ["reporter"], "reason": "保存期满" });
    let ask = test.post(&path(&id)).by(CITY).json(&reporter);
    ask.is_refused(409, "nothing_to_erase").await;
}

#[tokio::test]
async fn blanks_are_no_reason() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let body = json!({ "what": ["ink"], "reason": "   " });
    let ask = test.post(&path(&id)).by(CITY).json(&body);
    ask.is_refused(422, "reason_missing").await;
}

#[tokio::test]
async fn malformed_bodies_are_named() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    for body in [
        json!({}),
        json!({ "what": [], "reason": "保存期满" }),
        json!({ "what": ["photos"], "reason": "保存期满" }),
        json!({ "what": ["ink"] }),
        json!({ "what": ["ink"], "reason": "x" }),
        json!({ "what": ["ink"], "reason": "字".repeat(301) }),
    ] {
        let ask = test.post(&path(&id)).by(CITY).json(&body);
        ask.is_refused(400, "malformed_body").await;
    }
}

#[tokio::test]
async fn seeing_is_not_erasing_and_strangers_do_not_even_see() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let body = json!({ "what": ["position"], "reason": "保存期满" });
    let ask = test.post(&path(&id)).json(&body);
    ask.clone().needs_a_token().await;
    let seeing = [TECH, DESK, BOSS, HALL, AUDITOR, HOTLINE];
    ask.clone().is_forbidden_for(&seeing).await;
    ask.is_absent_for(&STRANGERS).await;
}
