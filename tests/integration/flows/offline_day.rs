//! A day without network: what the head's receipt proves, and what it cannot.

use domain::ids::WorkOrderId;
use domain::time::Millis;
use serde_json::json;

use crate::support::builders::{accepted, hand_over, left_site, note, repair, set_out};
use crate::support::{Hand, TECH, TestApp};

const THREE_DAYS: Millis = Millis::minutes(3 * 24 * 60);

/// Accepts at 09:04 online, then works offline; `notes` make the day longer.
async fn a_day_of_work(test: &TestApp, secret: u8, notes: usize) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, secret).await;
    hand.learn(test, &id).await;
    hand.minutes(4);
    hand.say(accepted(), &id);
    hand.sync(test).await;
    hand.say(set_out(), &id);
    hand.minutes(60);
    repair(&mut hand, &id);
    for number in 0..notes {
        hand.say(note(&format!("第 {number} 条")), &id);
    }
    hand_over(&mut hand, &id);
    hand.say(left_site(), &id);
    (id, hand)
}

#[tokio::test]
async fn with_its_head_receipted_in_time_events_of_three_days_later_meet_the_limit() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    hand.minutes(10);
    hand.head(&test).await;
    hand.sleep(THREE_DAYS);
    for outcome in hand.push(&test).await {
        assert_eq!(outcome["status"], "accepted", "{outcome}");
    }
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "met", "{judgement}");
    assert_eq!(judgement["stage"]["name"], "evaluated");
}

#[tokio::test]
async fn without_a_head_the_same_events_cannot_tell() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "cannot_tell");
    let clock = judgement["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|clock| clock["kind"] == "arrival")
        .unwrap()
        .clone();
    assert_eq!(clock["verdicts"]["server"], "cannot_tell");
    assert!(
        clock["reasons"]
            .as_array()
            .unwrap()
            .contains(&json!("end_unsure")),
        "{clock}"
    );
}

#[tokio::test]
async fn a_head_that_the_chain_never_reaches_proves_nothing() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    let outbox = hand.phone.take_outbox();
    hand.minutes(5);
    // Receipted, but what is pushed later is another history behind the same predecessor.
    hand.head(&test).await;
    hand.phone.take_outbox();
    hand.sleep(THREE_DAYS);
    let body = crate::support::hand::batch(&outbox.envelopes, &outbox.sidecars);
    test.post("/sync/events").by(TECH).json(&body).ok().await;
    assert_eq!(
        test.judgement(&id).await["arrival"]["verdict"],
        "cannot_tell"
    );
}

/// A head reaches back behind the request that brings it.
#[tokio::test]
async fn of_several_requests_days_later_those_before_the_head_meet_the_limit_too() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 210).await;
    hand.minutes(10);
    hand.head(&test).await;
    hand.sleep(THREE_DAYS);
    hand.push(&test).await;
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "met", "{judgement}");
    assert_eq!(judgement["stage"]["name"], "evaluated");
}

/// More events than fit into one request: the later ones must not look earlier than the ones
/// before them, or the manager's signature would seem older than the work it is about.
#[tokio::test]
async fn a_day_of_several_requests_keeps_its_order() {
    let test = TestApp::start().await;
    for notes in [194, 210, 430] {
        let (id, mut hand) = a_day_of_work(&test, notes as u8, notes).await;
        hand.minutes(10);
        hand.head(&test).await;
        hand.sleep(Millis::minutes(20));
        for outcome in hand.push(&test).await {
            assert_eq!(outcome["status"], "accepted", "{outcome}");
            // Requests follow each other, they do not arrive together.
            test.clock.advance(Millis(40));
        }
        assert_eq!(
            test.judgement(&id).await["stage"]["name"],
            "evaluated",
            "{notes} notes"
        );
        let work_order = test.work_order(&id).await;
        let restored = work_order.restored[0].at.bounds.b.latest;
        assert!(
            work_order.evaluations[0].at.bounds.b.latest >= restored,
            "{notes} notes"
        );
    }
}
