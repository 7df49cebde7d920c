//! `POST /devices`: enrolling a phone.

use domain::envelope::{Envelope, open};
use domain::receipt::KeyRecord;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::{DESK, Hand, MATE, TECH, TestApp};

async fn enrol(test: &TestApp, hand: &Hand) -> Value {
    let enrolment = hand.enrolment(test).await;
    test.post("/devices")
        .by(hand.login)
        .json(&enrolment)
        .ok()
        .await["key_record"]
        .clone()
}

#[tokio::test]
async fn the_key_record_names_key_person_and_time_and_stays_the_same() {
    let test = TestApp::start().await;
    let hand = Hand::stranger(&test, TECH, 1);
    let first = enrol(&test, &hand).await;
    let envelope = Envelope::from_value(first.clone()).unwrap();
    let (_, record) = open::<KeyRecord>(&envelope, test.app.signer.public_key()).unwrap();
    assert_eq!(
        (record.person.as_str(), record.ts),
        ("P-0001", test.app.now())
    );
    assert_eq!(
        record.key().unwrap().spki_base64(),
        hand.phone.public_key().spki_base64()
    );
    test.clock.advance(Millis::minutes(3));
    assert_eq!(
        enrol(&test, &hand).await,
        first,
        "asking again is no second enrolment"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn asking_at_once_is_one_enrolment() {
    // Tasks of their own need something that outlives them.
    let test: &'static TestApp = Box::leak(Box::new(TestApp::start().await));
    for secret in 0..8 {
        let hand = Hand::stranger(test, TECH, secret);
        let mut asking = Vec::new();
        for _ in 0..6 {
            let enrolment = hand.enrolment(test).await;
            asking.push(tokio::spawn(async move {
                test.clock.advance(Millis(1));
                let answer = test.post("/devices").by(TECH).json(&enrolment).ok().await;
                answer["key_record"].clone()
            }));
        }
        let records = futures_util::future::join_all(asking).await;
        let records: Vec<Value> = records.into_iter().map(Result::unwrap).collect();
        assert!(
            records.iter().all(|record| *record == records[0]),
            "one key, one record: {records:#?}"
        );
    }
    let _ = std::fs::remove_dir_all(&test.folder);
}

#[tokio::test]
async fn possession_has_to_be_proven_with_a_fresh_challenge() {
    let test = TestApp::start().await;
    let (hand, other) = (
        Hand::stranger(&test, TECH, 1),
        Hand::stranger(&test, TECH, 2),
    );
    let cases = [
        (
            "another key",
            "spki",
            json!(other.phone.public_key().spki_base64()),
            "possession_not_proven",
        ),
        ("no key", "spki", json!("AAAA"), "possession_not_proven"),
        (
            "the server's kind of key",
            "spki",
            json!(test.app.signer.public_key().spki_base64()),
            "possession_not_proven",
        ),
        (
            "a signature that is none",
            "sig",
            json!("AAAA"),
            "possession_not_proven",
        ),
        (
            "upper-case hex",
            "challenge",
            json!("A".repeat(64)),
            "challenge_expired",
        ),
    ];
    for (name, member, value, code) in cases {
        let mut enrolment = hand.enrolment(&test).await;
        enrolment[member] = value;
        println!("{name}");
        test.post("/devices")
            .by(TECH)
            .json(&enrolment)
            .is_refused(422, code)
            .await;
    }
    let used = hand.enrolment(&test).await;
    test.post("/devices").by(TECH).json(&used).ok().await;
    test.post("/devices")
        .by(TECH)
        .json(&used)
        .is_refused(422, "challenge_expired")
        .await;
    let late = hand.enrolment(&test).await;
    test.clock.advance(Millis(5 * 60_000 + 1));
    test.post("/devices")
        .by(TECH)
        .json(&late)
        .is_refused(422, "challenge_expired")
        .await;
}

#[tokio::test]
async fn a_key_belongs_to_one_person_for_ever() {
    let test = TestApp::start().await;
    enrol(&test, &Hand::stranger(&test, TECH, 1)).await;
    let thief = Hand::stranger(&test, MATE, 1);
    for language in ["zh", "en"] {
        let enrolment = thief.enrolment(&test).await;
        let answer = test
            .post("/devices")
            .by(MATE)
            .header("accept-language", language)
            .json(&enrolment)
            .send()
            .await;
        assert_eq!(
            (answer.status, &answer.as_json()["code"]),
            (409, &json!("key_not_usable"))
        );
    }
}

#[tokio::test]
async fn malformed_bodies_are_named_and_others_have_no_phones() {
    let test = TestApp::start().await;
    let good = Hand::stranger(&test, TECH, 1).enrolment(&test).await;
    for (member, value) in [
        ("spki", json!("x".repeat(201))),
        ("challenge", json!("00")),
        ("sig", json!("x".repeat(101))),
        ("label", json!("字".repeat(61))),
        ("label", Value::Null),
    ] {
        let mut enrolment = good.clone();
        enrolment[member] = value;
        test.post("/devices")
            .by(TECH)
            .json(&enrolment)
            .is_refused(400, "malformed_body")
            .await;
    }
    test.post("/devices")
        .json(&good)
        .is_forbidden_for(&[DESK])
        .await;
}
