//! The work order moves to somebody else while the first one is already repairing offline.

use serde_json::json;

use crate::support::builders::{accepted, arrive, hand_over, note, repair, work};
use crate::support::{DESK, Hand, MATE, TECH, TestApp, person};

async fn reassign(test: &TestApp, id: &domain::ids::WorkOrderId) {
    let body = json!({ "technician": person(MATE), "reason": "联系不上" });
    test.post(&format!("/work-orders/{id}/assignment"))
        .by(DESK)
        .json(&body)
        .ok()
        .await;
}

#[tokio::test]
async fn what_the_first_one_did_offline_is_kept_and_counts() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    hand.minutes(40);
    repair(&mut hand, &id);
    reassign(&test, &id).await;
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["stage"]["name"], "evaluated");
    assert_eq!(judgement["arrival"]["verdict"], "met");
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.technician().unwrap().as_str(), person(MATE));
    assert_eq!(work_order.work[0].by.as_str(), person(TECH));
    assert!(test.quarantine(TECH).await.is_empty());
    let heard = test.get("/sync/changes?cursor=0").by(TECH).ok().await;
    assert_eq!(
        heard["changes"][0]["work_order"]["assignments"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn two_technicians_at_once_both_leave_their_record() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut first = Hand::ready(&test, TECH, 1).await;
    let mut second = Hand::ready(&test, MATE, 2).await;
    reassign(&test, &id).await;
    for hand in [&mut first, &mut second] {
        hand.learn(&test, &id).await;
        arrive(hand, &id);
        hand.say(work(), &id);
    }
    second.sync(&test).await;
    first.sync(&test).await;
    let work_order = test.work_order(&id).await;
    assert_eq!((work_order.visits.len(), work_order.work.len()), (2, 2));
    let mut by: Vec<&str> = work_order
        .work
        .iter()
        .map(|work| work.by.as_str())
        .collect();
    by.sort_unstable();
    assert_eq!(by, [person(TECH), person(MATE)]);
}

#[tokio::test]
async fn two_phones_of_one_person_have_two_chains() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut old = Hand::ready(&test, TECH, 1).await;
    let mut new = Hand::ready(&test, TECH, 2).await;
    old.say(note("旧手机"), &id);
    new.say(note("新手机"), &id);
    new.sync(&test).await;
    old.sync(&test).await;
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.notes.len(), 2);
    assert_eq!(work_order.heads.len(), 3, "two phones and the desk");
    assert_ne!(work_order.notes[0].at.dev, work_order.notes[1].at.dev);
}
