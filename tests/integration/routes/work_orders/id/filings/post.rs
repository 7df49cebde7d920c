//! `POST /work-orders/{id}/filings`: the desk tells the authority of a delay.

use api::time_source::TimeSource as _;
use domain::time::Millis;
use domain::tlog::leaf::{Leaf, LeafKind};
use serde_json::{Value, json};

use crate::support::{AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, STRANGERS, TECH, TestApp};

/// A delay of so many hours.
pub fn filing(test: &TestApp, hours: i64) -> Value {
    let expected_at = (test.clock.now() + Millis::minutes(hours * 60)).0;
    json!({ "reason": "weather", "text": "台风红色预警，道路封闭", "expected_at": expected_at })
}

#[tokio::test]
async fn a_delay_stands_beside_the_deadline_and_in_the_log() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/filings");
    let before = test.judgement(&id).await;
    for login in [DESK, BOSS] {
        test.post(&path)
            .by(login)
            .json(&filing(&test, 5))
            .ok()
            .await;
    }
    let shown = test
        .get(&format!("/work-orders/{id}"))
        .by(FUTIAN)
        .ok()
        .await;
    let filings = shown["judgement"]["filings"].as_array().unwrap();
    assert_eq!(filings.len(), 2);
    assert_eq!(filings[0]["in_time"], "met");
    assert_eq!(filings[0]["accepted"], Value::Null);
    let after = test.judgement(&id).await;
    for part in ["clocks", "arrival"] {
        assert_eq!(after[part], before[part], "{part}");
    }

    let leaves = test.store.leaves_from(0, 100).await.unwrap();
    let leaves = leaves
        .iter()
        .map(|row| Leaf::parse(row.data.as_bytes()).unwrap());
    let filed: Vec<Leaf> = leaves.filter(|leaf| leaf.k == LeafKind::Filing).collect();
    assert_eq!(filed.len(), 2);
    assert_eq!(
        filed[0].h.to_string(),
        filings[0]["event"].as_str().unwrap()
    );
}

#[tokio::test]
async fn filing_the_same_twice_is_one_filing() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let body = filing(&test, 5);
    for _ in 0..2 {
        let ask = test.post(&format!("/work-orders/{id}/filings")).by(DESK);
        ask.json(&body).ok().await;
    }
    assert_eq!(test.work_order(&id).await.filings.len(), 1);
}

#[tokio::test]
async fn after_the_deadline_it_says_so() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/filings");
    test.clock.advance(Millis::minutes(3 * 60));
    test.post(&path).by(DESK).json(&filing(&test, 1)).ok().await;
    test.clock.advance(Millis(1));
    test.post(&path).by(DESK).json(&filing(&test, 1)).ok().await;
    let judgement = test.judgement(&id).await;
    let filings = judgement["filings"].as_array().unwrap();
    let in_time: Vec<&Value> = filings.iter().map(|filing| &filing["in_time"]).collect();
    assert_eq!(in_time, ["met", "breached"]);
}

#[tokio::test]
async fn what_is_missing_or_impossible_is_named() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test.post(&format!("/work-orders/{id}/filings")).by(DESK);
    let with = |member: &str, value: Value| {
        let mut body = filing(&test, 5);
        body[member] = value;
        ask.clone().json(&body)
    };
    let now = test.clock.now();
    let month = Millis::minutes(30 * 24 * 60);
    for expected_at in [now, now - Millis(1), now + month + Millis(1)] {
        with("expected_at", json!(expected_at.0))
            .is_refused(422, "expected_at_out_of_range")
            .await;
    }
    for expected_at in [now + Millis(1), now + month] {
        with("expected_at", json!(expected_at.0)).ok().await;
    }
    with("text", json!(" "))
        .is_refused(422, "circumstances_missing")
        .await;
    with("text", json!("字".repeat(2_001)))
        .is_refused(422, "text_too_long")
        .await;
    with("text", json!("字".repeat(2_000))).ok().await;
    with("reason", json!("laziness"))
        .is_refused(400, "malformed_body")
        .await;
    ask.clone()
        .json(&json!({}))
        .is_refused(400, "malformed_body")
        .await;
}

#[tokio::test]
async fn only_the_provider_s_desk_files_and_strangers_do_not_even_see() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test
        .post(&format!("/work-orders/{id}/filings"))
        .json(&filing(&test, 5));
    ask.clone().needs_a_token().await;
    ask.clone()
        .is_forbidden_for(&[TECH, HALL, FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
