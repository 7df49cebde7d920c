//! Chains that break, repeat, split and mend.

use domain::event::{AppStarted, Fact};
use serde_json::{Value, json};

use crate::support::builders::{accepted, note, restored};
use crate::support::hand::{batch, statuses};
use crate::support::{Hand, MATE, TECH, TestApp};

async fn send(test: &TestApp, body: &Value) -> Value {
    test.post("/sync/events").by(TECH).json(body).ok().await
}

#[tokio::test]
async fn the_same_batch_twice_changes_once() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(accepted(), &id);
    hand.say(note("备注"), &id);
    let push = hand.pushing(&test);
    let first = push.clone().ok().await;
    let row = test.store.work_order(id.as_str()).await.unwrap().unwrap();
    hand.minutes(1);
    // As after an answer that was lost on the way: the phone cannot know, and sends again.
    let second = push.ok().await;
    assert_eq!(
        (statuses(&first), statuses(&second)),
        (vec!["accepted"; 2], vec!["duplicate"; 2])
    );
    assert_eq!(second["expected_seq"], first["expected_seq"]);
    assert!(
        second["receipt"].is_object(),
        "the phone still gets what it was owed"
    );
    assert_eq!(
        test.store.work_order(id.as_str()).await.unwrap().unwrap(),
        row,
        "one change"
    );
}

#[tokio::test]
async fn what_was_refused_is_refused_again_when_the_answer_was_lost() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(restored(), &id);
    hand.say(note("接着记"), &id);
    let push = hand.pushing(&test);
    let (first, second) = (push.clone().ok().await, push.ok().await);
    assert_eq!(statuses(&first), ["quarantined", "accepted"]);
    assert_eq!(statuses(&second), ["quarantined", "duplicate"]);
    assert_eq!(
        first["outcomes"][0], second["outcomes"][0],
        "with the same reason"
    );
    assert_eq!(test.quarantine(TECH).await.len(), 1);
}

#[tokio::test]
async fn a_refused_event_keeps_its_place_and_the_chain_goes_on() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(restored(), &id);
    hand.is_set_aside(&test, "nothing_recorded").await;
    hand.say(note("接着记"), &id);
    hand.sync(&test).await;
    let evidence = test.evidence(&id).await;
    let refused = evidence["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["t"] == "restored")
        .unwrap();
    assert_eq!(refused["refused"]["code"], "nothing_recorded");
    assert_eq!(
        evidence["quarantined"][0]["reason"]["code"],
        "nothing_recorded"
    );
    assert_eq!(evidence["judgement"]["stage"]["name"], "assigned");
}

#[tokio::test]
async fn a_gap_waits_and_closes_when_the_missing_ones_come() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for text in ["一", "二", "三"] {
        hand.say(note(text), &id);
    }
    let outbox = hand.phone.take_outbox();
    let expected = hand.phone.head().seq - 2;
    let later = send(&test, &batch(&outbox.envelopes[1..], &outbox.sidecars)).await;
    assert_eq!(statuses(&later), ["gap", "gap"]);
    assert_eq!(
        (
            &later["expected_seq"],
            &later["outcomes"][0]["problem"]["code"]
        ),
        (&json!(expected), &json!("gap"))
    );
    let all = send(&test, &batch(&outbox.envelopes, &outbox.sidecars)).await;
    assert_eq!(statuses(&all), ["accepted"; 3]);
    assert!(
        test.quarantine(TECH).await.is_empty(),
        "a gap is no refusal"
    );
    assert_eq!(test.work_order(&id).await.notes.len(), 3);
}

#[tokio::test]
async fn events_out_of_order_are_taken_as_far_as_they_follow() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for text in ["一", "二", "三"] {
        hand.say(note(text), &id);
    }
    let mut outbox = hand.phone.take_outbox();
    outbox.envelopes.reverse();
    let body = batch(&outbox.envelopes, &outbox.sidecars);
    assert_eq!(
        statuses(&send(&test, &body).await),
        ["gap", "gap", "accepted"]
    );
    assert_eq!(
        statuses(&send(&test, &body).await),
        ["gap", "accepted", "duplicate"]
    );
    assert_eq!(
        statuses(&send(&test, &body).await),
        ["accepted", "duplicate", "duplicate"]
    );
}

#[tokio::test]
async fn a_copied_key_forks_the_chain_and_both_sides_are_kept() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let mut copy = note("副本的记录");
    let original = hand.say(note("原件的记录"), &id);
    let mut forked = original.event.clone();
    std::mem::swap(&mut forked.fact, &mut copy);
    let forked = hand.phone.seal(forked);
    hand.sync(&test).await;
    let answer = send(
        &test,
        &batch(std::slice::from_ref(&forked.envelope), &Default::default()),
    )
    .await;
    assert_eq!(
        (statuses(&answer), &answer["outcomes"][0]["problem"]["code"]),
        (vec!["quarantined"], &json!("fork"))
    );
    let kept = test.quarantine(TECH).await;
    assert_eq!(
        (&kept[0]["event"], &kept[0]["envelope"]),
        (&json!(forked.id.to_string()), &forked.envelope.to_value())
    );
    let evidence = test.evidence(&id).await;
    assert_eq!(evidence["quarantined"][0]["reason"]["code"], "fork");
    assert_eq!(test.work_order(&id).await.notes.len(), 1);
    hand.say(note("继续"), &id);
    hand.sync(&test).await;
}

#[tokio::test]
async fn an_event_that_names_another_predecessor_is_a_fork_too() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let said = hand.say(note("记录"), &id);
    let mut other = said.event.clone();
    other.prev = said.id;
    let other = hand.phone.seal(other);
    let answer = send(&test, &batch(&[other.envelope], &Default::default())).await;
    assert_eq!(answer["outcomes"][0]["problem"]["code"], "fork");
    hand.push(&test).await;
    assert_eq!(test.work_order(&id).await.notes.len(), 1);
}

#[tokio::test]
async fn the_first_place_of_a_chain_cannot_be_taken_twice() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let first = hand.phone.say(
        Fact::AppStarted(AppStarted {
            build: "x".to_owned(),
        }),
        None,
    );
    hand.phone.take_outbox();
    for seq in [1, 2] {
        let mut again = first.event.clone();
        again.seq = seq;
        let again = hand.phone.seal(again);
        let answer = send(&test, &batch(&[again.envelope], &Default::default())).await;
        assert_eq!(answer["outcomes"][0]["problem"]["code"], "fork", "{seq}");
    }
}

#[tokio::test]
async fn another_persons_token_does_not_deliver_my_chain() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(note("我的"), &id);
    let outbox = hand.phone.take_outbox();
    let body = batch(&outbox.envelopes, &outbox.sidecars);
    let answer = test.post("/sync/events").by(MATE).json(&body).ok().await;
    assert_eq!(answer["outcomes"][0]["problem"]["code"], "unknown_device");
    assert!(
        answer["receipt"].is_null(),
        "no receipt for somebody else's chain"
    );
    assert_eq!(statuses(&send(&test, &body).await), ["accepted"]);
}
