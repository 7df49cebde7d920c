//! What witnesses outside say of an arrival, as the authorities are shown it.

use api::demo::phone::SimulatedPhone;
use domain::envelope::Envelope;
use domain::event::{Fact, Nothing};
use domain::ids::WorkOrderId;
use domain::interval::UNKNOWN_LATEST;
use domain::time::{Millis, Timestamp};
use serde_json::{Value, json};

use crate::support::actors::CITY;
use crate::support::builders::{accepted, arrive, set_out};
use crate::support::{Hand, TECH, TestApp};

/// What witnesses' and servers' clocks may be wrong by (policy).
const EXTERNAL_EPSILON: i64 = 5_000;

/// A fault is reported and the log published, so that the phone's first receipt names a checkpoint.
async fn reported_to_witnesses(test: &TestApp) -> (WorkOrderId, Hand) {
    test.app.publisher.publish().await.unwrap();
    let id = test.reported().await;
    test.app.publisher.publish().await.unwrap();
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.say(accepted(), &id);
    hand.say(set_out(), &id);
    (id, hand)
}

fn arrival(judgement: &Value) -> Value {
    let clocks = judgement["clocks"].as_array().unwrap();
    let clock = clocks.iter().find(|clock| clock["kind"] == "arrival");
    clock.unwrap().clone()
}

fn doubts(clock: &Value) -> String {
    clock["reasons"].to_string()
}

/// The same on the evidence page, in the list and alone.
async fn shown_everywhere(test: &TestApp, id: &WorkOrderId) -> Value {
    let clock = arrival(&test.judgement(id).await);
    let evidence = arrival(&test.evidence(id).await["judgement"]);
    let list = test.get("/work-orders").by(CITY).ok().await;
    let listed = arrival(&list["items"][0]["judgement"]);
    assert_eq!((&evidence, &listed), (&clock, &clock));
    clock
}

#[tokio::test]
async fn an_arrival_is_in_time_by_the_witnesses_too() {
    let test = TestApp::watched().await;
    let born = test.app.now();
    let (id, mut hand) = reported_to_witnesses(&test).await;
    hand.minutes(60);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    let told = test.app.now();
    let unseen = shown_everywhere(&test, &id).await;
    assert_eq!(unseen["verdicts"]["external"], "cannot_tell", "{unseen}");
    assert_eq!(unseen["ended"]["a"]["latest"], UNKNOWN_LATEST.0);
    test.clock.advance(Millis(2_000));
    test.app.publisher.publish().await.unwrap();
    let clock = shown_everywhere(&test, &id).await;
    assert_eq!(clock["verdicts"]["external"], "met", "{clock}");
    let latest = told + Millis(2_000 + EXTERNAL_EPSILON);
    assert_eq!(clock["ended"]["a"]["latest"], latest.0);
    // The report names the checkpoint before it, so the limit cannot have begun earlier.
    assert_eq!(
        clock["started_external"]["earliest"],
        born.0 - EXTERNAL_EPSILON
    );
}

#[tokio::test]
async fn without_a_witness_nothing_is_said_at_that_grade() {
    let test = TestApp::start().await;
    let (id, mut hand) = reported_to_witnesses(&test).await;
    hand.minutes(60);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    test.app.publisher.publish().await.unwrap();
    let clock = shown_everywhere(&test, &id).await;
    assert_eq!(clock["ended"]["a"], Value::Null);
    assert_eq!(
        (&clock["verdicts"]["external"], &clock["verdict"]),
        (&"cannot_tell".into(), &"met".into())
    );
}

/// The merge delay is ten minutes: at ten the receipt is believed, later it is not. Witnesses tell whole
/// seconds.
#[tokio::test]
async fn a_receipt_that_comes_too_late_into_the_log_proves_no_arrival() {
    for (late_by, verdict) in [(-1_000, "met"), (0, "met"), (1_000, "cannot_tell")] {
        let test = TestApp::watched().await;
        let (id, mut hand) = reported_to_witnesses(&test).await;
        hand.minutes(172);
        arrive(&mut hand, &id);
        hand.sync(&test).await;
        test.clock.advance(Millis(600_000 + late_by));
        test.app.publisher.publish().await.unwrap();
        let clock = shown_everywhere(&test, &id).await;
        assert_eq!(clock["verdict"], verdict, "{late_by} ms: {clock}");
        assert_eq!(
            doubts(&clock).contains("late_logged"),
            late_by > 0,
            "{late_by} ms: {clock}"
        );
    }
}

#[tokio::test]
async fn a_report_is_dated_by_the_checkpoints_around_it() {
    let test = TestApp::watched().await;
    test.app.publisher.publish().await.unwrap();
    let before = test.app.now();
    test.clock.advance(Millis::minutes(3));
    let id = test.reported().await;
    test.clock.advance(Millis::minutes(1));
    test.app.publisher.publish().await.unwrap();
    let after = test.app.now();
    let clock = shown_everywhere(&test, &id).await;
    let started = &clock["started_external"];
    let of = |end: &str| Timestamp(started[end].as_i64().unwrap());
    assert_eq!(of("earliest"), before - Millis(EXTERNAL_EPSILON));
    assert_eq!(of("latest"), after + Millis(EXTERNAL_EPSILON));
}

/// A phone that records for days between two syncs still knows after which receipt it did.
#[tokio::test]
async fn the_receipt_before_a_long_time_without_network_is_found() {
    let test = TestApp::watched().await;
    let (id, mut hand) = reported_to_witnesses(&test).await;
    let seen = test.app.now();
    for _ in 0..450 {
        hand.say(set_out(), &id);
    }
    hand.minutes(60);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    test.app.publisher.publish().await.unwrap();
    let clock = shown_everywhere(&test, &id).await;
    assert_eq!(
        clock["ended"]["a"]["earliest"],
        seen.0 - EXTERNAL_EPSILON,
        "{clock}"
    );
}

/// The head that was seen in time is the last of a backlog of three requests; the receipts of the first
/// ones, days later, are not what counts.
#[tokio::test]
async fn the_head_of_a_long_backlog_bounds_its_first_event_by_the_witnesses_too() {
    let test = TestApp::watched().await;
    let (id, mut hand) = reported_to_witnesses(&test).await;
    hand.minutes(60);
    arrive(&mut hand, &id);
    for _ in 0..450 {
        hand.say(set_out(), &id);
    }
    hand.minutes(10);
    hand.head(&test).await;
    test.app.publisher.publish().await.unwrap();
    let seen = test.app.now();
    hand.sleep(Millis::minutes(3 * 24 * 60));
    hand.push(&test).await;
    test.app.publisher.publish().await.unwrap();
    let clock = shown_everywhere(&test, &id).await;
    assert_eq!(clock["verdicts"]["external"], "met", "{clock}");
    assert_eq!(clock["ended"]["a"]["latest"], seen.0 + EXTERNAL_EPSILON);
}

/// A receipt is given for any hash: one that the chain never had there, or lost to another history,
/// bounds nothing.
#[tokio::test]
async fn a_receipt_for_another_history_is_no_witness() {
    let test = TestApp::watched().await;
    let (id, mut hand) = reported_to_witnesses(&test).await;
    hand.minutes(60);
    arrive(&mut hand, &id);
    let outbox = hand.phone.take_outbox();
    let asked = hand.phone.request_sync();
    let body = json!({ "envelope": asked.envelope.to_value() });
    test.post("/sync/head").by(TECH).json(&body).ok().await;
    test.app.publisher.publish().await.unwrap();
    hand.sleep(Millis::minutes(3 * 24 * 60));
    let mut event = asked.event.clone();
    event.fact = Fact::Resumed(Nothing {});
    let mut other = outbox.envelopes.clone();
    other.push(hand.phone.seal(event).envelope);
    let body = crate::support::hand::batch(&other, &outbox.sidecars);
    test.post("/sync/events").by(TECH).json(&body).ok().await;
    test.app.publisher.publish().await.unwrap();
    let clock = shown_everywhere(&test, &id).await;
    assert_eq!(clock["verdicts"]["external"], "cannot_tell", "{clock}");
}

/// A phone gets a receipt of a head that its chain never has, at a place it reaches later, and embeds it:
/// that proves what came after it, and nothing of what came before.
#[tokio::test]
async fn an_embedded_receipt_of_a_made_up_head_is_no_witness() {
    let test = TestApp::watched().await;
    let (id, mut hand) = reported_to_witnesses(&test).await;
    let (person, wall) = (hand.phone.person().clone(), hand.phone.clock().wall);
    let mut twin = SimulatedPhone::new(person, [1; 32], wall);
    for _ in 0..40 {
        twin.say(set_out(), Some(&id));
    }
    let made_up = twin.request_sync();
    let body = json!({ "envelope": made_up.envelope.to_value() });
    let answer = test.post("/sync/head").by(TECH).json(&body).ok().await;
    let receipt = Envelope::from_value(answer["receipt"].clone()).unwrap();
    test.app.publisher.publish().await.unwrap();
    hand.sleep(Millis::minutes(3 * 24 * 60));
    arrive(&mut hand, &id);
    for _ in 0..60 {
        hand.say(set_out(), &id);
    }
    hand.phone.acknowledge(&receipt);
    for outcome in hand.push(&test).await {
        assert_eq!(outcome["status"], "accepted", "{outcome}");
    }
    test.app.publisher.publish().await.unwrap();
    let clock = shown_everywhere(&test, &id).await;
    assert_eq!(clock["verdicts"]["external"], "cannot_tell", "{clock}");
}
