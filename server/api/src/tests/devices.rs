//! A phone proves that it holds a key, gets a key record, and may be revoked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::{Envelope, PublicKey, open};
use domain::receipt::KeyRecord;
use domain::time::Millis;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use poem::http::StatusCode;
use serde_json::{Value, json};
use store::{Commit, ReceiptRow};

use crate::testing::{START, TestApp, json_of, signed_in};

struct Phone {
    key: SigningKey,
    token: String,
}

impl Phone {
    async fn of(test: &TestApp, login: &str, secret: u8) -> Self {
        let key = SigningKey::from_slice(&[secret; 32]).unwrap();
        Self {
            key,
            token: test.token(login).await,
        }
    }

    fn public(&self) -> PublicKey {
        PublicKey::P256(Box::new(*self.key.verifying_key()))
    }

    fn dev(&self) -> String {
        self.public().device_id().to_string()
    }

    async fn challenge(&self, test: &TestApp) -> String {
        let answer = signed_in(test.client.post("/api/v1/devices/challenge"), &self.token)
            .send()
            .await;
        answer.assert_status_is_ok();
        json_of(answer).await["challenge"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn answer_to(&self, challenge: &str) -> Value {
        let bytes: domain::ids::Digest = challenge.parse().unwrap();
        let signature: Signature = self.key.sign(&bytes.0);
        json!({
            "spki": self.public().spki_base64(), "challenge": challenge,
            "sig": STANDARD.encode(signature.to_bytes()), "label": "手机",
        })
    }

    async fn send(&self, test: &TestApp, body: &Value) -> (StatusCode, Value) {
        let request = signed_in(test.client.post("/api/v1/devices"), &self.token).body_json(body);
        let answer = request.send().await;
        (answer.0.status(), json_of(answer).await)
    }

    async fn enrol(&self, test: &TestApp) -> (StatusCode, Value) {
        let challenge = self.challenge(test).await;
        self.send(test, &self.answer_to(&challenge)).await
    }
}

async fn revoke(test: &TestApp, login: &str, dev: &str, effective_at: Option<i64>) -> StatusCode {
    let token = test.token(login).await;
    let body = json!({ "reason": "遗失", "effective_at": effective_at });
    let request = test
        .client
        .post(format!("/api/v1/devices/{dev}/revocation"))
        .body_json(&body);
    signed_in(request, &token).send().await.0.status()
}

#[tokio::test]
async fn the_key_record_is_the_servers_word_about_this_key_and_person() {
    let test = TestApp::start().await;
    let phone = Phone::of(&test, "tech", 1).await;
    let (status, enrolled) = phone.enrol(&test).await;
    assert_eq!(status, StatusCode::OK, "{enrolled}");
    let envelope: Envelope = serde_json::from_value(enrolled["key_record"].clone()).unwrap();
    let (_, record) = open::<KeyRecord>(&envelope, test.app.signer.public_key()).unwrap();
    assert_eq!(record.person.as_str(), "P-0001");
    assert_eq!(record.dev.to_string(), phone.dev());
    assert_eq!(
        (record.spki, record.ts),
        (phone.public().spki_base64(), START)
    );
}

#[tokio::test]
async fn asking_again_with_the_same_key_gives_the_same_record() {
    let test = TestApp::start().await;
    let phone = Phone::of(&test, "tech", 1).await;
    let (_, first) = phone.enrol(&test).await;
    test.clock.advance(Millis(60_000));
    let (status, second) = phone.enrol(&test).await;
    assert_eq!((status, second), (StatusCode::OK, first));
}

#[tokio::test]
async fn a_challenge_is_good_once_for_its_person_and_for_five_minutes() {
    let test = TestApp::start().await;
    let phone = Phone::of(&test, "tech", 1).await;
    let thief = Phone::of(&test, "rival", 2).await;
    let overheard = phone.challenge(&test).await;
    assert_eq!(
        thief.send(&test, &thief.answer_to(&overheard)).await.1["code"],
        "challenge_expired"
    );
    let challenge = phone.challenge(&test).await;
    assert_eq!(
        phone.send(&test, &phone.answer_to(&challenge)).await.0,
        StatusCode::OK
    );
    assert_eq!(
        phone.send(&test, &phone.answer_to(&challenge)).await.1["code"],
        "challenge_expired"
    );
    let late = phone.challenge(&test).await;
    test.clock.advance(Millis(5 * 60_000 + 1));
    assert_eq!(
        phone.send(&test, &phone.answer_to(&late)).await.1["code"],
        "challenge_expired"
    );
}

#[tokio::test]
async fn possession_must_be_proven_with_a_key_of_the_right_kind() {
    let test = TestApp::start().await;
    let phone = Phone::of(&test, "tech", 1).await;
    let other = Phone::of(&test, "tech", 2).await;
    let server_key = test.app.signer.public_key().spki_base64();
    let cases: [(&str, &str, Value); 5] = [
        ("another key", "spki", other.public().spki_base64().into()),
        ("not a key", "spki", "AAAA".into()),
        ("not base64", "spki", "***".into()),
        ("an Ed25519 key", "spki", server_key.into()),
        ("a short signature", "sig", STANDARD.encode([1; 63]).into()),
    ];
    for (name, member, value) in cases {
        let challenge = phone.challenge(&test).await;
        let mut body = phone.answer_to(&challenge);
        body[member] = value;
        let (status, problem) = phone.send(&test, &body).await;
        assert_eq!(
            (status, &problem["code"]),
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!("possession_not_proven")
            ),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_person() {
    let test = TestApp::start().await;
    Phone::of(&test, "tech", 1).await.enrol(&test).await;
    let (status, problem) = Phone::of(&test, "mate", 1).await.enrol(&test).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("key_not_usable"))
    );
}

#[tokio::test]
async fn only_technicians_enrol_phones() {
    let test = TestApp::start().await;
    let token = test.token("boss").await;
    let answer = signed_in(test.client.post("/api/v1/devices/challenge"), &token)
        .send()
        .await;
    answer.assert_status(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn everybody_sees_the_phones_in_their_care() {
    let test = TestApp::start().await;
    let phone = Phone::of(&test, "tech", 1).await;
    phone.enrol(&test).await;
    for (login, expected) in [
        ("tech", 1),
        ("mate", 0),
        ("boss", 1),
        ("rival", 0),
        ("admin", 1),
        ("hotline", 0),
    ] {
        let token = test.token(login).await;
        let answer = signed_in(test.client.get("/api/v1/devices"), &token)
            .send()
            .await;
        let devices = json_of(answer).await;
        assert_eq!(devices.as_array().unwrap().len(), expected, "{login}");
    }
}

#[tokio::test]
async fn a_revocation_reaches_back_to_the_last_receipt_and_no_further() {
    let test = TestApp::start().await;
    let phone = Phone::of(&test, "tech", 1).await;
    phone.enrol(&test).await;
    let dev = phone.dev();
    test.clock.advance(Millis::minutes(10));
    receipt(&test, &dev, START.0 + 300_000).await;
    let now = test.app.now().0;
    assert_eq!(
        revoke(&test, "boss", &dev, Some(START.0 + 299_999)).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        revoke(&test, "boss", &dev, Some(now + 1)).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        revoke(&test, "rival", &dev, None).await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        revoke(&test, "boss", &dev, Some(START.0 + 300_000)).await,
        StatusCode::NO_CONTENT
    );
    let row = test.app.store.device(&dev).await.unwrap().unwrap();
    assert_eq!(
        (row.revoked_at, row.revoked_reason.as_deref()),
        (Some(START.0 + 300_000), Some("遗失"))
    );
    assert_eq!(
        revoke(&test, "boss", &dev, None).await,
        StatusCode::NO_CONTENT,
        "again changes nothing"
    );
    assert_eq!(test.app.store.device(&dev).await.unwrap().unwrap(), row);
    // The revocation ended the session; whoever signs in again still cannot use the key.
    let phone = Phone::of(&test, "tech", 1).await;
    let (status, problem) = phone.enrol(&test).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("key_not_usable"))
    );
}

async fn receipt(test: &TestApp, dev: &str, ts: i64) {
    let row = ReceiptRow {
        dev: dev.to_owned(),
        head_seq: 1,
        head: "00".repeat(32),
        nonce: None,
        ts,
        via: "sync".to_owned(),
        envelope: "{}".to_owned(),
    };
    let expected_n = test.app.store.head().await.unwrap();
    let commit = Commit {
        expected_n,
        receipts: vec![row],
        ..Commit::default()
    };
    test.app.store.commit(commit).await.unwrap();
}
