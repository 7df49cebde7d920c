//! A lost phone: what it recorded before the revocation counts, what it records after does not.

use domain::time::Millis;
use serde_json::json;

use crate::support::builders::note;
use crate::support::{BOSS, Hand, MATE, TECH, TestApp};

async fn revoke(test: &TestApp, hand: &Hand, effective_at: Option<i64>) {
    let path = format!("/devices/{}/revocation", hand.dev());
    let body = json!({ "reason": "遗失", "effective_at": effective_at });
    test.post(&path).by(BOSS).json(&body).ok().await;
    test.sign_in_again(TECH).await;
}

/// Whoever found the phone has its session, and must not enrol another key with it.
#[tokio::test]
async fn the_sessions_of_its_person_end_with_it() {
    let test = TestApp::start().await;
    let hand = Hand::ready(&test, TECH, 1).await;
    let path = format!("/devices/{}/revocation", hand.dev());
    let body = json!({ "reason": "遗失" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    for (path, login, status) in [
        ("/devices/challenge", TECH, 401),
        ("/devices/challenge", MATE, 200),
    ] {
        assert_eq!(
            test.post(path).by(login).send().await.status,
            status,
            "{login}"
        );
    }
    test.sign_in_again(TECH).await;
    Hand::ready(&test, TECH, 2).await;
}

#[tokio::test]
async fn what_arrives_before_counts_and_what_arrives_after_is_set_aside() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(note("吊销之前"), &id);
    hand.sync(&test).await;
    hand.minutes(10);
    revoke(&test, &hand, None).await;
    hand.minutes(10);
    hand.say(note("吊销之后"), &id);
    hand.is_set_aside(&test, "revoked_key").await;
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.notes.len(), 1);
    let evidence = test.evidence(&id).await;
    assert_eq!(evidence["quarantined"][0]["reason"]["code"], "revoked_key");
    assert_eq!(evidence["devices"][0]["revoked_reason"], "遗失");
}

/// The head was receipted before the phone was lost; its events arrive after the revocation.
#[tokio::test]
async fn what_a_receipt_confirmed_before_counts_even_if_it_arrives_after() {
    for effective_after_ms in [0, 1, 999, 60_000] {
        let test = TestApp::start().await;
        let id = test.reported().await;
        let mut hand = Hand::ready(&test, TECH, 1).await;
        hand.say(note("回执之前"), &id);
        hand.head(&test).await;
        let receipted_at = test.app.now().0;
        hand.minutes(10);
        revoke(&test, &hand, Some(receipted_at + effective_after_ms)).await;
        hand.minutes(10);
        for outcome in hand.push(&test).await {
            assert_eq!(
                outcome["status"], "accepted",
                "{effective_after_ms} ms after: {outcome}"
            );
        }
        assert_eq!(test.work_order(&id).await.notes.len(), 1);
    }
}

#[tokio::test]
async fn an_older_phone_stays_valid_when_a_newer_one_is_revoked() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut old = Hand::ready(&test, TECH, 1).await;
    let new = Hand::ready(&test, TECH, 2).await;
    revoke(&test, &new, None).await;
    test.clock.advance(Millis::minutes(1));
    old.phone.pass(Millis::minutes(1));
    old.say(note("旧手机"), &id);
    old.sync(&test).await;
    assert_eq!(test.work_order(&id).await.notes.len(), 1);
}
