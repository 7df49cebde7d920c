mod made_by_the_server;
mod vectors;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::vectors::{bytes_of, opened, vectors};
use super::*;
use crate::receipt::{KeyRecord, Receipt};
use crate::server_keys::ServerKeys;

#[test]
fn the_encoding_that_is_signed_is_that_of_dsse() {
    for case in vectors().pae {
        assert_eq!(
            pae(&case.r#type, case.payload.as_bytes()),
            case.pae.as_bytes()
        );
    }
}

#[test]
fn the_signature_of_the_dsse_text_verifies() {
    let dsse = vectors().dsse;
    let p256_spki = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let key =
        PublicKey::from_bytes(&bytes_of(&format!("{p256_spki}04{}{}", dsse.x, dsse.y))).unwrap();
    let signature = STANDARD.decode(&dsse.sig).unwrap();
    let message = pae("http://example.com/HelloWorld", b"hello world");
    assert!(key.has_signed(&message, &signature));
    assert!(!key.has_signed(b"hello world", &signature));
}

#[test]
fn genuine_events_open_and_keep_their_bytes() {
    let vectors = vectors();
    for case in &vectors.accept {
        let (verified, event) = opened(&case.envelope, &vectors.phone_key()).expect(&case.name);
        assert_eq!(verified.payload, case.payload.as_bytes(), "{}", case.name);
        assert_eq!(
            (verified.id, event_id(case.payload.as_bytes())),
            (case.id, case.id),
            "{}",
            case.name
        );
        assert_eq!(event.dev, vectors.phone.dev);
        let prepared = prepare_event(&verified.value).expect(&case.name);
        assert_eq!(
            (prepared.id, prepared.payload.as_str()),
            (case.id, case.payload.as_str())
        );
    }
}

#[test]
fn the_mirrored_signature_verifies_with_the_same_id() {
    let vectors = vectors();
    for case in &vectors.accept {
        let mut mirrored = case.envelope.clone();
        assert_ne!(mirrored["signatures"][0]["sig"], case.high_s.as_str());
        mirrored["signatures"][0]["sig"] = case.high_s.as_str().into();
        let (verified, _) = opened(&mirrored, &vectors.phone_key()).expect(&case.name);
        assert_eq!(verified.id, case.id, "{}", case.name);
    }
}

#[test]
fn every_tampering_is_refused_with_its_reason() {
    let vectors = vectors();
    assert!(vectors.refuse.len() >= 40);
    for case in &vectors.refuse {
        let key = if case.key == "server" {
            vectors.signer().public_key().clone()
        } else {
            vectors.phone_key()
        };
        let refused = opened(&case.envelope, &key).expect_err(&case.name);
        assert_eq!(refused.code(), case.code, "{}", case.name);
    }
    let server = ServerKeys::of(vectors.signer().public_key());
    for case in &vectors.refuse_receipt {
        let envelope = Envelope::from_value(case.envelope.clone()).unwrap();
        let refused = Receipt::open(&envelope, &server).expect_err(&case.name);
        assert_eq!(refused.code(), case.code, "{}", case.name);
    }
    for case in &vectors.refuse_key_record {
        let envelope = Envelope::from_value(case.envelope.clone()).unwrap();
        let refused = KeyRecord::open(&envelope, &server).expect_err(&case.name);
        assert_eq!(refused.code(), case.code, "{}", case.name);
    }
}

#[test]
fn the_largest_payload_opens_and_one_byte_more_does_not() {
    let vectors = vectors();
    let payload_of = |bytes: usize| {
        let mut event: Value = serde_json::from_str(&vectors.accept[2].payload).unwrap();
        event["body"]["text"] = "".into();
        let bare = canonical::to_canonical(&event).unwrap().len();
        event["body"]["text"] = "x".repeat(bytes - bare).into();
        canonical::to_canonical(&event).unwrap()
    };
    let largest = vectors.phone_signed(EVENT_TYPE, payload_of(EVENT_BYTES_MAX).as_bytes());
    opened(&largest.to_value(), &vectors.phone_key()).unwrap();
    for bytes in [
        EVENT_BYTES_MAX + 1,
        EVENT_BYTES_MAX + 4,
        EVENT_BYTES_MAX * 2,
    ] {
        let larger = vectors.phone_signed(EVENT_TYPE, payload_of(bytes).as_bytes());
        let refused = opened(&larger.to_value(), &vectors.phone_key()).unwrap_err();
        assert_eq!(refused.code(), "too_large", "{bytes}");
        assert!(prepare_event(&serde_json::from_str(&payload_of(bytes)).unwrap()).is_err());
    }
}

#[test]
fn the_first_failing_check_names_the_reason() {
    let vectors = vectors();
    let envelope = |payload: &[u8], payload_type: &str| {
        let mut envelope = vectors.phone_signed(payload_type, payload);
        envelope.signatures[0].sig = STANDARD.encode([1; SIGNATURE_BYTES]);
        envelope
    };
    let code = |envelope: Envelope| {
        open::<Event>(&envelope, &vectors.phone_key())
            .unwrap_err()
            .code()
    };
    assert_eq!(code(envelope(b"{\"a\":\xff}", "other")), "not_utf8");
    assert_eq!(
        code(envelope(b"{\"b\":1, \"a\":1,\"a\":1.0}", "other")),
        "duplicate_key"
    );
    assert_eq!(
        code(envelope(b"{\"b\":1,\"a\":1}", "other")),
        "not_canonical"
    );
    assert_eq!(code(envelope(b"{\"a\":1}", "other")), "wrong_type");
    assert_eq!(code(envelope(b"{\"a\":1}", EVENT_TYPE)), "bad_signature");
    assert_eq!(
        code(vectors.phone_signed(EVENT_TYPE, b"{\"a\":1}")),
        "schema"
    );
}

#[test]
fn the_key_id_decides_nothing() {
    let vectors = vectors();
    let mut envelope = vectors.accept[0].envelope.clone();
    for keyid in ["", "another", &"f".repeat(32)] {
        envelope["signatures"][0]["keyid"] = keyid.into();
        assert!(opened(&envelope, &vectors.phone_key()).is_ok(), "{keyid:?}");
    }
    envelope["signatures"][0]
        .as_object_mut()
        .unwrap()
        .remove("keyid");
    assert!(opened(&envelope, &vectors.phone_key()).is_ok());
}

#[test]
fn an_unverified_envelope_tells_what_it_claims() {
    let vectors = vectors();
    let envelope = Envelope::from_value(vectors.accept[2].envelope.clone()).unwrap();
    let unverified = envelope.open_unverified(EVENT_TYPE).unwrap();
    assert_eq!(unverified.claimed_dev(), Some(vectors.phone.dev));
    assert_eq!(unverified.claimed_seq(), Some(3));
    assert_eq!(unverified.id(), vectors.accept[2].id);
}

#[test]
fn an_envelope_with_a_duplicate_key_outside_is_refused() {
    let vectors = vectors();
    let text = serde_json::to_string(&vectors.accept[2].envelope).unwrap();
    assert!(Envelope::parse(text.as_bytes()).is_ok());
    let doubled = text.replacen('{', "{\"payload\":\"e30=\",", 1);
    assert_eq!(
        Envelope::parse(doubled.as_bytes()).unwrap_err().code(),
        "duplicate_key"
    );
    let huge = format!("{}{text}", " ".repeat(ENVELOPE_BYTES_MAX));
    assert_eq!(
        Envelope::parse(huge.as_bytes()).unwrap_err().code(),
        "too_large"
    );
}
