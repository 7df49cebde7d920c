//! What nobody evaluates closes after three working days, once (A16): also with two servers, also after a
//! restart, and an evaluation that comes later still counts.

use api::rebuild::rebuild;
use api::time_source::TimeSource as _;
use domain::time::{Millis, Timestamp};

use crate::support::builders::hand_over;
use crate::support::links::{link, send, unevaluated};
use crate::support::{Hand, TECH, TestApp};

/// When it closes: Friday at the time at which the server had seen the restoration on Tuesday.
async fn due(test: &TestApp, id: &domain::ids::WorkOrderId) -> Timestamp {
    let judgement = test.judgement(id).await;
    Timestamp(judgement["evaluation_due"]["at"].as_i64().unwrap())
}

fn advance_to(test: &TestApp, at: Timestamp) {
    test.clock.advance(Millis(at.0 - test.clock.now().0));
}

#[tokio::test]
async fn it_closes_a_millisecond_after_its_time_exactly_once() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let due = due(&test, &id).await;
    let days = (due.0 - test.clock.now().0) as f64 / 86_400_000.0;
    assert!((2.9..3.1).contains(&days), "{days}");
    for (at, expected) in [
        (due - Millis(1), 0),
        (due, 0),
        (due + Millis(1), 1),
        (due + Millis(2), 0),
    ] {
        advance_to(&test, at);
        assert_eq!(test.tick(Millis(0)).await, expected, "{at:?}");
    }
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["stage"]["name"], "closed_unevaluated");
    let row = test.store.work_order(id.as_str()).await.unwrap().unwrap();
    assert!(!row.open);
    let closing = test.work_order(&id).await.closings.remove(0);
    assert_eq!((closing.by.as_str(), closing.what.due_at), ("system", due));
}

#[tokio::test]
async fn two_servers_on_one_store_close_it_once() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(unevaluated(&test, &mut hand).await);
    }
    let other = test.again().await.unwrap();
    test.clock.advance(Millis::minutes(8 * 24 * 60));
    let (one, two) = tokio::join!(test.app.timers.settle(), other.timers.settle());
    assert_eq!(one.unwrap() + two.unwrap(), 3);
    for id in &ids {
        assert_eq!(test.work_order(id).await.closings.len(), 1);
    }
    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await;
    let differences = rebuilt.unwrap().differences(&test.store).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
}

#[tokio::test]
async fn an_evaluation_in_time_keeps_it_from_closing_and_a_late_one_counts() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let in_time = unevaluated(&test, &mut hand).await;
    let late = unevaluated(&test, &mut hand).await;
    let path = link(&test, &in_time, TECH).await;
    assert_eq!(send(&test, &path, &[]).await.status, 200);
    // Signed on the phone at once, in a basement; it comes out a week later.
    hand_over(&mut hand, &late);
    test.clock.advance(Millis::minutes(8 * 24 * 60));
    assert_eq!(test.tick(Millis(0)).await, 1);
    assert_eq!(
        test.judgement(&late).await["stage"]["name"],
        "closed_unevaluated"
    );
    hand.sync(&test).await;
    assert_eq!(test.judgement(&late).await["stage"]["name"], "evaluated");
    assert_eq!(
        test.work_order(&late).await.closings.len(),
        1,
        "that it had closed stays on record"
    );
}

#[tokio::test]
async fn what_is_closed_can_still_be_evaluated_through_a_link() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    test.clock.advance(Millis::minutes(8 * 24 * 60));
    assert_eq!(test.tick(Millis(0)).await, 1);
    let path = link(&test, &id, TECH).await;
    assert_eq!(send(&test, &path, &[("resolved", "no")]).await.status, 200);
    assert_eq!(test.judgement(&id).await["stage"]["name"], "reopened");
}
