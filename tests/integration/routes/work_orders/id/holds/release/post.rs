//! `POST /work-orders/{id}/holds/release`: what is personal may be erased again.

use serde_json::json;

use crate::support::{AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, STRANGERS, TECH, TestApp};

#[tokio::test]
async fn a_hold_is_taken_off_and_remembered() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/holds");
    let body = json!({ "reason": "已结案" });
    let release = test.post(&format!("{path}/release")).by(CITY).json(&body);
    release.clone().is_refused(409, "not_on_hold").await;
    test.post(&path)
        .by(FUTIAN)
        .json(&json!({ "reason": "行政诉讼" }))
        .ok()
        .await;
    let shown = release.clone().ok().await;
    let holds = &shown["work_order"]["holds"];
    assert_eq!(
        (&holds[0]["is_on"], &holds[1]["is_on"]),
        (&true.into(), &false.into())
    );
    assert_eq!(holds[1]["reason"], "已结案");
    release.is_refused(409, "not_on_hold").await;
}

#[tokio::test]
async fn whoever_audits_may_and_nobody_else() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/holds");
    let body = json!({ "reason": "行政诉讼" });
    test.post(&path).by(AUDITOR).json(&body).ok().await;
    let ask = test.post(&format!("{path}/release")).json(&body);
    ask.clone().needs_a_token().await;
    let seeing = [TECH, DESK, BOSS, HALL, HOTLINE];
    ask.clone().is_forbidden_for(&seeing).await;
    ask.is_absent_for(&STRANGERS).await;
    let blank = json!({ "reason": "  " });
    let ask = test.post(&format!("{path}/release")).by(CITY).json(&blank);
    ask.is_refused(422, "reason_missing").await;
}
