//! `POST /devices`: enrolling a phone.

use domain::envelope::{Envelope, open};
use domain::receipt::KeyRecord;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::{ADMIN, BOSS, DESK, Hand, MATE, SecondPhone, TECH, TestApp};

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

/// Everybody asks with the same key at once; gives what each was told.
async fn asked_at_once(test: &'static TestApp, secret: u8) -> Vec<Value> {
    let hand = Hand::stranger(test, TECH, secret);
    let mut asking = Vec::new();
    for _ in 0..6 {
        let enrolment = hand.enrolment(test).await;
        asking.push(tokio::spawn(async move {
            test.clock.advance(Millis(1));
            test.post("/devices").by(TECH).json(&enrolment).ok().await
        }));
    }
    let told = futures_util::future::join_all(asking).await;
    told.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn asking_at_once_is_one_enrolment() {
    for _ in 0..4 {
        // Tasks of their own need something that outlives them.
        let test: &'static TestApp = Box::leak(Box::new(TestApp::start().await));
        let first = asked_at_once(test, 1).await;
        assert!(first[0]["key_record"].is_object(), "{first:#?}");
        assert!(first.iter().all(|told| *told == first[0]), "{first:#?}");
        // A second phone waits, with one salt whoever asks.
        let second = asked_at_once(test, 2).await;
        assert_eq!(second[0]["standing"], "waiting", "{second:#?}");
        assert!(second.iter().all(|told| *told == second[0]), "{second:#?}");
        let rows = test.store.enrolments_of("P-0001").await.unwrap();
        assert_eq!(rows.len(), 1);
        let _ = std::fs::remove_dir_all(&test.folder);
    }
}

/// Two phones of somebody who has none yet: one is the first, whichever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_first_phones_one_waits() {
    for _ in 0..8 {
        let test: &'static TestApp = Box::leak(Box::new(TestApp::start().await));
        let mut asking = Vec::new();
        for secret in [1, 2] {
            let enrolment = Hand::stranger(test, TECH, secret).enrolment(test).await;
            let ask = test.post("/devices").by(TECH).json(&enrolment).ok();
            asking.push(tokio::spawn(ask));
        }
        let told = futures_util::future::join_all(asking).await;
        let told: Vec<Value> = told.into_iter().map(Result::unwrap).collect();
        let waiting = told.iter().filter(|told| told["standing"] == "waiting");
        assert_eq!(waiting.count(), 1, "{told:#?}");
        assert_eq!(test.store.devices_of("P-0001").await.unwrap().len(), 1);
        let _ = std::fs::remove_dir_all(&test.folder);
    }
}

#[tokio::test]
async fn a_second_phone_waits_without_a_key_record_and_without_a_leaf() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let before = test.store.log_tail().await.unwrap();
    let hand = Hand::stranger(&test, TECH, 2);
    let enrolment = hand.enrolment(&test).await;
    let answer = test.post("/devices").by(TECH).json(&enrolment).send().await;
    assert_eq!(answer.status, 202);
    let told = answer.as_json();
    assert_eq!(told["standing"], "waiting");
    assert_eq!(told["why"]["code"], "another_phone_in_use");
    assert_eq!(told["spki"], enrolment["spki"]);
    assert_eq!(told["asked_at"], test.app.now().0);
    assert!(told["key_record"].is_null());
    assert!(test.store.device(&hand.dev()).await.unwrap().is_none());
    assert_eq!(test.store.log_tail().await.unwrap(), before);
    let number = hand.check_number(&told);
    assert!(
        !told.to_string().contains(&number),
        "the phone is not told its number, it computes it"
    );
    test.clock.advance(Millis::minutes(3));
    assert_eq!(
        hand.ask(&test).await,
        told,
        "asking again is no second request"
    );
    // Somebody else cannot ask for the key that waits.
    let thief = Hand::stranger(&test, MATE, 2);
    let stolen = thief.enrolment(&test).await;
    let asking = test.post("/devices").by(MATE).json(&stolen).send().await;
    assert_eq!(
        (asking.status, &asking.as_json()["code"]),
        (409, &json!("key_not_usable"))
    );
}

#[tokio::test]
async fn three_may_wait_at_once_and_the_fourth_is_told_what_to_do() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let mut waiting = Vec::new();
    for secret in 2..5 {
        waiting.push(SecondPhone::asks(&test, secret).await);
        test.clock.advance(Millis(1));
    }
    for _ in 0..2 {
        let fourth = Hand::stranger(&test, TECH, 9).enrolment(&test).await;
        let asking = test.post("/devices").by(TECH).json(&fourth).send().await;
        assert_eq!(
            (asking.status, &asking.as_json()["code"]),
            (409, &json!("too_many_enrolments"))
        );
    }
    assert_eq!(test.store.enrolments_of("P-0001").await.unwrap().len(), 3);
    // A colleague's requests are counted on their own.
    Hand::enrolled(&test, MATE, 11).await;
    let mate = Hand::stranger(&test, MATE, 12).ask(&test).await;
    assert_eq!(mate["standing"], "waiting");
    // An answer makes room, and so does time.
    waiting[0].refusing(&test, "不认识").by(DESK).ok().await;
    SecondPhone::asks(&test, 9).await;
    test.clock.advance(Millis(72 * 3_600_000 - 3));
    assert_eq!(waiting[1].told(&test).await["standing"], "waiting");
    test.clock.advance(Millis(1));
    assert_eq!(waiting[1].told(&test).await["standing"], "expired");
    SecondPhone::asks(&test, 10).await;
}

/// A key asks once: what was refused or has expired stays so, and the phone makes another.
#[tokio::test]
async fn an_expired_request_is_told_as_expired() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    test.clock.advance(Millis(72 * 3_600_000));
    assert_eq!(second.hand.ask(&test).await["standing"], "expired");
    assert!(
        test.store
            .device(&second.hand.dev())
            .await
            .unwrap()
            .is_none()
    );
    SecondPhone::asks(&test, 3).await;
}

#[tokio::test]
async fn who_revoked_the_phone_before_decides_whether_the_next_one_waits() {
    for (login, why) in [(BOSS, None), (ADMIN, None), (TECH, Some("phone_given_up"))] {
        let test = TestApp::start().await;
        let first = Hand::enrolled(&test, TECH, 1).await;
        let path = format!("/devices/{}/revocation", first.dev());
        let body = json!({ "reason": "遗失" });
        test.post(&path).by(login).json(&body).ok().await;
        test.sign_in_again(TECH).await;
        let told = Hand::stranger(&test, TECH, 2).ask(&test).await;
        assert_eq!(told["key_record"].is_object(), why.is_none(), "{login}");
        assert_eq!(told["why"]["code"].as_str(), why, "{login}");
    }
}

/// Otherwise whoever was told to wait could wait for the first phone to be lost, and ask with another key.
#[tokio::test]
async fn while_one_waits_every_other_waits_too() {
    let test = TestApp::start().await;
    let first = Hand::enrolled(&test, TECH, 1).await;
    SecondPhone::asks(&test, 2).await;
    let path = format!("/devices/{}/revocation", first.dev());
    let body = json!({ "reason": "遗失" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    test.sign_in_again(TECH).await;
    let third = SecondPhone::asks(&test, 3).await;
    assert_eq!(third.waiting["why"]["code"], "another_phone_waits");
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
