//! `POST /work-orders/{id}/joins`: somebody else reports the same fault (F41).

use domain::time::Millis;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    self, AUDITOR, CITY, DESK, FUTIAN, HALL, HOTLINE, STRANGERS, TECH, TestApp, person,
};

fn caller() -> Value {
    json!({ "text": "我也打不开", "reporter_name": "李先生", "reporter_phone": "13800138001" })
}

#[tokio::test]
async fn it_is_counted_has_a_slip_of_its_own_and_moves_no_clock() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let before = test.judgement(&id).await;
    test.clock.advance(Millis::minutes(3));
    let path = format!("/work-orders/{id}/joins");
    let mut slips = Vec::new();
    for (login, channel) in [
        (HOTLINE, "hotline"),
        (DESK, "dispatcher"),
        (HALL, "inspector"),
    ] {
        let answer = test.post(&path).by(login).json(&caller()).ok().await;
        assert_eq!(answer["work_order"], id.as_str());
        slips.push(answer["slip"]["code"].as_str().unwrap().to_owned());
        let joins = test.work_order(&id).await.joins;
        let last = joins.last().unwrap();
        assert_eq!(json!(last.what.channel), channel);
        assert_eq!(last.by.as_str(), person(login));
        assert_eq!(answer["slip"]["event"], last.at.event.to_string());
    }
    slips.dedup();
    assert_eq!(slips.len(), 3);
    let shown = test.get(&format!("/work-orders/{id}")).by(CITY).ok().await;
    assert!(
        !shown.to_string().contains("13800138001"),
        "contacts stay sealed"
    );
    let after = test.judgement(&id).await;
    for (before, after) in before["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .zip(after["clocks"].as_array().unwrap())
    {
        assert_eq!(
            (&before["due_at"], &before["started"]),
            (&after["due_at"], &after["started"])
        );
    }
    assert_eq!(test.get("/work-orders").by(CITY).ok().await["total"], 1);
}

#[tokio::test]
async fn the_same_key_joins_once_and_only_where_it_joined() {
    let test = TestApp::start().await;
    let (id, other) = (test.reported().await, test.reported().await);
    let ask = |id: &domain::ids::WorkOrderId| {
        test.post(&format!("/work-orders/{id}/joins"))
            .by(HOTLINE)
            .header("idempotency-key", "call-7")
            .json(&caller())
    };
    let first = ask(&id).ok().await;
    assert_eq!(ask(&id).ok().await, first);
    assert_eq!(test.work_order(&id).await.joins.len(), 1);
    ask(&other).is_refused(409, "idempotency_key_reused").await;
    let both = futures_util::future::join_all((0..6).map(|_| ask(&id).ok())).await;
    assert!(both.iter().all(|answer| *answer == first));
}

#[tokio::test]
async fn the_evidence_verifies_with_it() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    test.post(&format!("/work-orders/{id}/joins"))
        .by(HOTLINE)
        .json(&caller())
        .ok()
        .await;
    let evidence = test.evidence(&id).await;
    assert_eq!(evidence["work_order"]["joins"].as_array().unwrap().len(), 1);
    let event = &evidence["work_order"]["joins"][0]["at"]["event"];
    let numbers = test
        .store
        .leaf_numbers(&[event.as_str().unwrap()])
        .await
        .unwrap();
    assert!(numbers[0].is_some(), "whoever joined can prove when");
}

#[rstest]
#[case::text_too_long("text", json!("字".repeat(2_001)), 422, "text_too_long")]
#[case::text_far_too_long("text", json!("字".repeat(4_001)), 400, "malformed_body")]
#[case::name_too_long("reporter_name", json!("名".repeat(61)), 422, "contact_too_long")]
#[case::from_the_future("occurred_at", json!(support::START.0 + 1), 422, "occurred_in_the_future")]
#[tokio::test]
async fn bad_members_are_named(
    #[case] member: &str,
    #[case] value: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut wrong = caller();
    wrong[member] = value;
    let ask = test.post(&format!("/work-orders/{id}/joins")).by(DESK);
    ask.json(&wrong).is_refused(status, code).await;
    assert!(test.work_order(&id).await.joins.is_empty());
}

#[tokio::test]
async fn who_may_report_may_join_and_nobody_else() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test
        .post(&format!("/work-orders/{id}/joins"))
        .json(&caller());
    ask.clone().needs_a_token().await;
    ask.clone()
        .is_forbidden_for(&[TECH, FUTIAN, CITY, AUDITOR])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
