//! `POST /work-orders/{id}/holds`: nothing personal may be erased from now on.

use domain::tlog::leaf::{Leaf, LeafKind};
use serde_json::json;

use crate::support::builders::finished;
use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp,
};

#[tokio::test]
async fn who_and_why_is_signed_and_logged() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/holds");
    let body = json!({ "reason": " 行政诉讼 " });
    let shown = test.post(&path).by(AUDITOR).json(&body).ok().await;
    let hold = &shown["work_order"]["holds"][0];
    assert_eq!(
        (&hold["is_on"], &hold["reason"]),
        (&true.into(), &"行政诉讼".into())
    );
    let rows = test.store.leaves_from(0, 1_000).await.unwrap();
    let leaves = rows
        .iter()
        .map(|row| Leaf::parse(row.data.as_bytes()).unwrap());
    let logged: Vec<String> = leaves
        .filter(|leaf| leaf.k == LeafKind::Hold)
        .map(|leaf| leaf.h.to_string())
        .collect();
    assert_eq!(json!(logged), json!([hold["at"]["event"]]));
    // Twice is once.
    let again = test.post(&path).by(FUTIAN).json(&body);
    again.is_refused(409, "on_hold").await;
}

#[tokio::test]
async fn blanks_and_other_bodies_are_refused() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/holds");
    let ask = test.post(&path).by(CITY).json(&json!({ "reason": "   " }));
    ask.is_refused(422, "reason_missing").await;
    for body in [
        json!({}),
        json!({ "reason": "x" }),
        json!({ "reason": "字".repeat(301) }),
    ] {
        let ask = test.post(&path).by(CITY).json(&body);
        ask.is_refused(400, "malformed_body").await;
    }
}

#[tokio::test]
async fn whoever_audits_may_and_nobody_else() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = finished(&test, &mut hand).await;
    let body = json!({ "reason": "行政诉讼" });
    let ask = test.post(&format!("/work-orders/{id}/holds")).json(&body);
    ask.clone().needs_a_token().await;
    let seeing = [TECH, DESK, BOSS, HALL, HOTLINE];
    ask.clone().is_forbidden_for(&seeing).await;
    ask.is_absent_for(&STRANGERS).await;
}
