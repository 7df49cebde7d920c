//! `POST /work-orders/{id}/filings/{event}/answer`: the authority accepts or refuses, once.

use domain::ids::WorkOrderId;
use serde_json::{Value, json};

use super::post_work_orders_id_filings::filing;
use crate::support::{AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, STRANGERS, TECH, TestApp};

/// A work order with a filing, and where it is answered.
async fn filed(test: &TestApp) -> (WorkOrderId, String) {
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/filings");
    let shown = test.post(&path).by(DESK).json(&filing(test, 5)).ok().await;
    let event = shown["judgement"]["filings"][0]["event"].as_str().unwrap();
    (id, format!("{path}/{event}/answer"))
}

#[tokio::test]
async fn the_authority_of_the_district_or_of_the_city_answers_and_the_result_stays() {
    let test = TestApp::start().await;
    for (login, accepted) in [(FUTIAN, true), (CITY, false)] {
        let (id, path) = filed(&test).await;
        let before = test.judgement(&id).await;
        let body = json!({ "accepted": accepted, "text": "已核实" });
        let shown = test.post(&path).by(login).json(&body).ok().await;
        assert_eq!(shown["judgement"]["filings"][0]["accepted"], accepted);
        let after = test.judgement(&id).await;
        for part in ["clocks", "arrival"] {
            assert_eq!(after[part], before[part], "{part}");
        }
    }
}

#[tokio::test]
async fn an_answer_is_not_changed_and_the_same_again_is_harmless() {
    let test = TestApp::start().await;
    let (id, path) = filed(&test).await;
    let ask = test.post(&path).by(FUTIAN);
    let body = json!({ "accepted": true });
    ask.clone().json(&body).ok().await;
    ask.clone().json(&body).ok().await;
    let other = json!({ "accepted": false, "text": "不属实" });
    ask.json(&other).is_refused(409, "filing_answered").await;
    assert_eq!(test.work_order(&id).await.filing_answers.len(), 1);
}

#[tokio::test]
async fn a_refusal_needs_words_and_a_filing_must_be_there() {
    let test = TestApp::start().await;
    let (id, path) = filed(&test).await;
    let ask = test.post(&path).by(FUTIAN);
    let refusal = |text: String| {
        ask.clone()
            .json(&json!({ "accepted": false, "text": text }))
    };
    refusal(" ".to_owned())
        .is_refused(422, "reason_missing")
        .await;
    refusal("字".repeat(2_001))
        .is_refused(422, "text_too_long")
        .await;
    ask.clone()
        .json(&json!({}))
        .is_refused(400, "malformed_body")
        .await;
    for event in ["0".repeat(64), "nonsense".to_owned()] {
        let path = format!("/work-orders/{id}/filings/{event}/answer");
        let body: Value = json!({ "accepted": true });
        let ask = test.post(&path).by(FUTIAN).json(&body);
        ask.is_refused(404, "not_found").await;
    }
}

#[tokio::test]
async fn nobody_else_answers() {
    let test = TestApp::start().await;
    let (_, path) = filed(&test).await;
    let ask = test.post(&path).json(&json!({ "accepted": true }));
    ask.clone().needs_a_token().await;
    ask.clone()
        .is_forbidden_for(&[TECH, DESK, BOSS, HALL, AUDITOR, HOTLINE])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
