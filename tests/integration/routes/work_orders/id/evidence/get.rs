//! `GET /work-orders/{id}/evidence`: everything an authority needs to judge for itself.

use domain::envelope::{Envelope, PublicKey, event_id, open};
use domain::event::EVENT_TYPE;
use domain::receipt::{KeyRecord, Receipt};
use domain::server_keys::ServerKeys;
use serde_json::{Value, json};

use crate::support::builders::{accepted, hand_over, left_site, photo, repair};
use crate::support::photos::{jpeg, name_of};
use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp,
};

/// A visit from acceptance to signature, delivered, with a photo that is not sent yet.
async fn visited(test: &TestApp) -> (domain::ids::WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.say(accepted(), &id);
    hand.say(photo(&jpeg(1)), &id);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.say(left_site(), &id);
    hand.sync(test).await;
    (id, hand)
}

fn find<'a>(list: &'a Value, t: &str) -> &'a Value {
    list.as_array()
        .unwrap()
        .iter()
        .find(|event| event["t"] == t)
        .unwrap()
}

/// The phone asks for a receipt of its head first. Until what that covers arrives, a reader is told that it is missing.
#[tokio::test]
async fn what_has_a_receipt_and_has_not_arrived_is_named_until_it_has() {
    let test = TestApp::start().await;
    let (id, mut hand) = visited(&test).await;
    let owed = async || test.evidence(&id).await["devices"][0]["owed"].clone();
    assert_eq!(owed().await, Value::Null);
    hand.say(left_site(), &id);
    hand.head(&test).await;
    let since = test.app.now().0;
    test.clock.advance(domain::time::Millis::minutes(5));
    hand.head(&test).await;
    // The departure and two requests for a receipt.
    assert_eq!(owed().await, json!({ "events": 3, "since": since }));
    hand.push(&test).await;
    assert_eq!(owed().await, Value::Null);
}

#[tokio::test]
async fn a_reader_can_verify_every_signature_link_and_receipt() {
    let test = TestApp::start().await;
    let (id, hand) = visited(&test).await;
    let evidence = test.evidence(&id).await;
    let server = PublicKey::from_base64(evidence["server_key"].as_str().unwrap()).unwrap();
    let record = Envelope::from_value(evidence["devices"][0]["key_record"].clone()).unwrap();
    let (_, record) = open::<KeyRecord>(&record, &server).unwrap();
    assert_eq!(record.dev, hand.phone.device());
    let key = record.key().unwrap();
    let mut before: Option<(Value, Value)> = None;
    let own: Vec<&Value> = evidence["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["dev"] == hand.dev())
        .collect();
    assert!(own.len() > 8);
    for event in own {
        let payload = event["payload"].as_str().unwrap();
        assert_eq!(event_id(payload.as_bytes()).to_string(), event["id"]);
        let envelope = json!({
            "payloadType": EVENT_TYPE, "payload": base64(payload),
            "signatures": [{ "keyid": "", "sig": event["sig"] }],
        });
        let envelope = Envelope::from_value(envelope).unwrap();
        envelope
            .open_unverified(EVENT_TYPE)
            .unwrap()
            .verify(&key)
            .unwrap();
        let said: Value = serde_json::from_str(payload).unwrap();
        if let Some((seq, id)) = &before {
            assert_eq!(
                (said["seq"].as_u64(), &said["prev"]),
                (seq.as_u64().map(|seq| seq + 1), id)
            );
        }
        before = Some((said["seq"].clone(), event["id"].clone()));
    }
    let receipts = evidence["receipts"].as_array().unwrap();
    assert!(!receipts.is_empty());
    for receipt in receipts {
        let envelope = Envelope::from_value(receipt["envelope"].clone()).unwrap();
        let opened = Receipt::open(&envelope, &ServerKeys::of(&server)).unwrap();
        assert_eq!(
            (opened.dev, json!(opened.head_seq)),
            (hand.phone.device(), receipt["head_seq"].clone())
        );
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn it_shows_bounds_presence_ink_signer_and_which_photos_are_there() {
    let test = TestApp::start().await;
    let (id, _) = visited(&test).await;
    let evidence = test.evidence(&id).await;
    let check_in = find(&evidence["events"], "checked_in");
    let bounds = &check_in["bounds"]["b"];
    assert!(bounds["earliest"].as_i64().unwrap() <= bounds["latest"].as_i64().unwrap());
    assert_eq!(evidence["judgement"]["presence"][0]["proximity"], "inside");
    assert_eq!(evidence["judgement"]["arrival"]["verdict"], "met");
    assert_eq!(
        evidence["ink"][0]["value"]["strokes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(evidence["signers"][0]["value"]["name"], "hall 先生");
    assert_eq!(evidence["people"]["P-0001"]["name"], "tech 先生");
    let sha256 = name_of(&jpeg(1));
    assert_eq!(
        (
            &evidence["photos"][0]["sha256"],
            &evidence["photos"][0]["stored"]
        ),
        (&json!(sha256), &json!(false))
    );
    let path = format!("/evidence/{sha256}");
    test.ask(poem::http::Method::PUT, &path)
        .by(TECH)
        .photo(&jpeg(1))
        .ok()
        .await;
    assert_eq!(test.evidence(&id).await["photos"][0]["stored"], true);
}

#[tokio::test]
async fn the_hotline_sees_the_work_order_but_not_its_evidence() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test.get(&format!("/work-orders/{id}/evidence"));
    for login in [TECH, DESK, BOSS, HALL, FUTIAN, CITY, AUDITOR] {
        ask.clone().by(login).ok().await;
    }
    ask.clone().is_forbidden_for(&[HOTLINE]).await;
    ask.is_absent_for(&STRANGERS).await;
    test.get("/work-orders/WO-20200101-0001/evidence")
        .is_absent_for(&[CITY])
        .await;
}
