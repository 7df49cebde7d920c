//! `POST /sync/events`: the form of a batch. What its events say is in `flows`.

use serde_json::{Value, json};

use crate::support::builders::{accepted, note};
use crate::support::hand::{batch, statuses};
use crate::support::{BOSS, CITY, DESK, HALL, Hand, TECH, TestApp};

#[tokio::test]
async fn every_event_gets_an_outcome_and_the_chain_a_receipt() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(accepted(), &id);
    hand.say(note("备注"), &id);
    let head = hand.phone.head();
    let answer = hand.pushing(&test).ok().await;
    assert_eq!(statuses(&answer), ["accepted", "accepted"]);
    assert_eq!(answer["outcomes"][1]["id"], head.id.to_string());
    assert_eq!(answer["expected_seq"], head.seq + 1);
    assert!(answer["receipt"].is_object());
    assert_eq!(test.judgement(&id).await["stage"]["name"], "responded");
}

#[tokio::test]
async fn one_to_two_hundred_events_fit() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for number in 0..201 {
        hand.say(note(&format!("第 {number} 条")), &id);
    }
    let outbox = hand.phone.take_outbox();
    let send = |count: usize| {
        test.post("/sync/events")
            .by(TECH)
            .json(&batch(&outbox.envelopes[..count], &outbox.sidecars))
    };
    send(0).is_refused(422, "batch_size").await;
    send(201).is_refused(422, "batch_size").await;
    assert_eq!(statuses(&send(200).ok().await), ["accepted"; 200]);
}

#[tokio::test]
async fn malformed_bodies_are_named() {
    let test = TestApp::start().await;
    for body in [
        "{",
        "{}",
        "[]",
        r#"{"events":{}}"#,
        r#"{"events":[NaN]}"#,
        r#"{"events":[1],"sidecars":[]}"#,
    ] {
        test.post("/sync/events")
            .by(TECH)
            .text(body)
            .is_refused(400, "malformed_body")
            .await;
    }
    let body = format!("{{\"events\":[\"{}\"]}}", "x".repeat(2 * 1024 * 1024));
    test.post("/sync/events")
        .by(TECH)
        .text(&body)
        .is_refused(413, "too_large")
        .await;
}

#[tokio::test]
async fn what_is_no_envelope_at_all_is_kept_and_named() {
    let test = TestApp::start().await;
    let nonsense = [
        Value::Null,
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
        json!({ "payloadType": "x", "payload": "", "signatures": [], "more": 1 }),
    ];
    let answer = test
        .post("/sync/events")
        .by(TECH)
        .json(&json!({ "events": nonsense }))
        .ok()
        .await;
    for outcome in answer["outcomes"].as_array().unwrap() {
        assert_eq!(
            (&outcome["status"], &outcome["problem"]["code"]),
            (&json!("quarantined"), &json!("not_an_envelope"))
        );
    }
    assert_eq!(test.quarantine(TECH).await.len(), nonsense.len());
}

#[tokio::test]
async fn only_technicians_record_work() {
    let test = TestApp::start().await;
    test.post("/sync/events")
        .json(&json!({ "events": [{}] }))
        .is_forbidden_for(&[DESK, BOSS, HALL, CITY])
        .await;
}
