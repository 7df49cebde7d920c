//! `POST /sync/head`: a receipt for the chain head, before anything else is sent.

use domain::envelope::Envelope;
use domain::receipt::Receipt;
use domain::time::Millis;
use serde_json::json;

use crate::support::builders::note;
use crate::support::{BOSS, DESK, Hand, MATE, TECH, TestApp};

#[tokio::test]
async fn the_receipt_binds_the_head_to_the_servers_time_before_any_event_came() {
    let test = TestApp::start().await;
    let mut hand = Hand::enrolled(&test, TECH, 1).await;
    hand.minutes(7);
    let receipt = hand.head(&test).await;
    let receipt = Receipt::open(&receipt, test.app.signer.keys()).unwrap();
    let head = hand.phone.head();
    assert!(receipt.is_about(hand.phone.device(), head.seq, head.id));
    assert_eq!(receipt.ts, test.app.now());
    assert!(receipt.nonce.is_some());
    let kept = test.store.receipts_of_device(&hand.dev()).await.unwrap();
    assert_eq!(kept.len(), 1, "written before it left");
}

#[tokio::test]
async fn asking_again_gives_a_later_receipt_for_the_same_head() {
    let test = TestApp::start().await;
    let mut hand = Hand::enrolled(&test, TECH, 1).await;
    let request = hand.phone.request_sync();
    let body = json!({ "envelope": request.envelope.to_value() });
    for minutes in [0, 5] {
        test.clock.advance(Millis::minutes(minutes));
        let answer = test.post("/sync/head").by(TECH).json(&body).ok().await;
        let receipt = Envelope::from_value(answer["receipt"].clone()).unwrap();
        let receipt = Receipt::open(&receipt, test.app.signer.keys()).unwrap();
        assert_eq!((receipt.head, receipt.ts), (request.id, test.app.now()));
    }
}

#[tokio::test]
async fn only_a_genuine_sync_request_of_ones_own_phone_gets_one() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = test.reported().await;
    let noted = json!({ "envelope": hand.say(note("备注"), &id).envelope.to_value() });
    test.post("/sync/head")
        .by(TECH)
        .json(&noted)
        .is_refused(422, "not_a_sync_request")
        .await;
    let request = hand.phone.request_sync();
    let good = json!({ "envelope": request.envelope.to_value() });
    test.post("/sync/head")
        .by(MATE)
        .json(&good)
        .is_refused(422, "unknown_device")
        .await;
    let mut stranger = Hand::stranger(&test, TECH, 2);
    let strange = json!({ "envelope": stranger.phone.request_sync().envelope.to_value() });
    test.post("/sync/head")
        .by(TECH)
        .json(&strange)
        .is_refused(422, "unknown_device")
        .await;
    let forger = Hand::stranger(&test, TECH, 2);
    let mut forged = forger.phone.seal(request.event).envelope.to_value();
    forged["signatures"][0]["keyid"] = json!(hand.dev());
    test.post("/sync/head")
        .by(TECH)
        .json(&json!({ "envelope": forged }))
        .is_refused(422, "bad_signature")
        .await;
    test.post("/sync/head")
        .json(&good)
        .is_forbidden_for(&[DESK, BOSS])
        .await;
}

#[tokio::test]
async fn a_revoked_phone_gets_none() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let path = format!("/devices/{}/revocation", hand.dev());
    test.post(&path)
        .by(BOSS)
        .json(&json!({ "reason": "遗失" }))
        .ok()
        .await;
    test.sign_in_again(TECH).await;
    hand.minutes(1);
    let body = json!({ "envelope": hand.phone.request_sync().envelope.to_value() });
    test.post("/sync/head")
        .by(TECH)
        .json(&body)
        .is_refused(422, "revoked_key")
        .await;
}

#[tokio::test]
async fn malformed_bodies_are_named() {
    let test = TestApp::start().await;
    test.post("/sync/head")
        .by(TECH)
        .text("[]")
        .is_refused(400, "malformed_body")
        .await;
    test.post("/sync/head")
        .by(TECH)
        .text("{\"envelope\":")
        .is_refused(400, "malformed_body")
        .await;
    for nonsense in [
        json!(null),
        json!(7),
        json!({}),
        json!({ "payloadType": "x", "payload": "", "signatures": [], "more": 1 }),
    ] {
        let ask = test
            .post("/sync/head")
            .by(TECH)
            .json(&json!({ "envelope": nonsense }));
        ask.is_refused(422, "not_an_envelope").await;
    }
    test.post("/sync/head")
        .by(TECH)
        .text(&"x".repeat(101 * 1024))
        .is_refused(413, "too_large")
        .await;
}
