//! `POST /devices/{dev}/revocation`: nothing a phone signs after this counts.

use serde_json::{Value, json};

use crate::support::{ADMIN, BOSS, DESK, HOTLINE, Hand, MATE, RIVAL_BOSS, TECH, TestApp};

fn body(effective_at: Option<i64>) -> Value {
    json!({ "reason": "遗失", "effective_at": effective_at })
}

#[tokio::test]
async fn it_takes_effect_between_the_last_receipt_and_now() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let last_receipt = test.app.now().0;
    hand.minutes(10);
    let path = format!("/devices/{}/revocation", hand.dev());
    for wrong in [last_receipt - 1, test.app.now().0 + 1, i64::MIN, i64::MAX] {
        test.post(&path)
            .by(BOSS)
            .json(&body(Some(wrong)))
            .is_refused(422, "revocation_not_possible_then")
            .await;
    }
    assert_eq!(
        test.post(&path)
            .by(BOSS)
            .json(&body(Some(last_receipt)))
            .send()
            .await
            .status,
        204
    );
    let row = test.store.device(&hand.dev()).await.unwrap().unwrap();
    assert_eq!(
        (row.revoked_at, row.revoked_reason.as_deref()),
        (Some(last_receipt), Some("遗失"))
    );
    assert_eq!(
        test.post(&path)
            .by(BOSS)
            .json(&body(None))
            .send()
            .await
            .status,
        204
    );
    assert_eq!(
        test.store.device(&hand.dev()).await.unwrap().unwrap(),
        row,
        "the first word counts"
    );
}

#[tokio::test]
async fn a_phone_that_is_not_in_ones_care_is_absent() {
    let test = TestApp::start().await;
    let hand = Hand::ready(&test, TECH, 1).await;
    let path = format!("/devices/{}/revocation", hand.dev());
    test.post(&path)
        .json(&body(None))
        .is_absent_for(&[MATE, RIVAL_BOSS, DESK, HOTLINE])
        .await;
    for dev in ["0".repeat(32), "x".to_owned(), "%20".to_owned()] {
        test.post(&format!("/devices/{dev}/revocation"))
            .json(&body(None))
            .is_absent_for(&[ADMIN])
            .await;
    }
    assert!(
        test.store
            .device(&hand.dev())
            .await
            .unwrap()
            .unwrap()
            .revoked_at
            .is_none()
    );
}

#[tokio::test]
async fn it_wants_a_reason() {
    let test = TestApp::start().await;
    let hand = Hand::ready(&test, TECH, 1).await;
    let path = format!("/devices/{}/revocation", hand.dev());
    for wrong in [
        json!({}),
        json!({ "reason": "" }),
        json!({ "reason": "字".repeat(301) }),
        json!({ "reason": "x", "effective_at": "now" }),
    ] {
        test.post(&path)
            .by(BOSS)
            .json(&wrong)
            .is_refused(400, "malformed_body")
            .await;
    }
}
