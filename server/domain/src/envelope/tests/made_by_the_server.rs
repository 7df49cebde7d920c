use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::vectors::{opened, vectors};
use crate::envelope::{Envelope, NotGenuine, PublicKey, Signer, TEXTS, device_id, prepare_event};
use crate::event::{Event, Fact};
use crate::receipt::{KEY_TYPE, KeyRecord, RECEIPT_TYPE, Receipt, anchor_of};
use crate::server_keys::ServerKeys;

#[test]
fn the_server_signs_exactly_what_another_program_signs() {
    let vectors = vectors();
    let signer = vectors.signer();
    assert_eq!(signer.device_id(), vectors.server.dev);
    for spelling in [&vectors.server.raw, &vectors.server.spki] {
        assert_eq!(
            &PublicKey::from_base64(spelling).unwrap(),
            signer.public_key()
        );
    }
    for (payload_type, expected) in [
        (RECEIPT_TYPE, &vectors.receipt),
        (KEY_TYPE, &vectors.key_record),
    ] {
        let expected = Envelope::from_value(expected.clone()).unwrap();
        let value = serde_json::from_slice(&STANDARD.decode(&expected.payload).unwrap()).unwrap();
        assert_eq!(signer.sign(payload_type, &value).unwrap(), expected);
        assert_eq!(Envelope::from_value(expected.to_value()).unwrap(), expected);
        assert_eq!(
            serde_json::to_value(&expected).unwrap(),
            expected.to_value()
        );
    }
    let receipt = Receipt::open(
        &Envelope::from_value(vectors.receipt.clone()).unwrap(),
        &ServerKeys::of(signer.public_key()),
    )
    .unwrap();
    assert_eq!(receipt.sign(&signer).unwrap().to_value(), vectors.receipt);
    let key_record = KeyRecord::open(
        &Envelope::from_value(vectors.key_record).unwrap(),
        &ServerKeys::of(signer.public_key()),
    )
    .unwrap();
    assert_eq!(
        KeyRecord::new(
            &key_record.key().unwrap(),
            key_record.person.clone(),
            key_record.ts
        ),
        key_record
    );
}

/// A record from before there were approvals stays what it was, byte for byte; of one with an approval every
/// byte is signed, and "nobody" has one spelling.
#[test]
fn a_key_record_says_who_approved_the_phone_or_nothing() {
    let vectors = vectors();
    let signer = vectors.signer();
    let server = ServerKeys::of(signer.public_key());
    let first = Envelope::from_value(vectors.key_record.clone()).unwrap();
    let record = KeyRecord::open(&first, &server).unwrap();
    assert_eq!(record.approved_by, None);
    assert_eq!(record.sign(&signer).unwrap(), first);

    let approved = record.clone().approved("P-0004".parse().unwrap());
    let envelope = approved.sign(&signer).unwrap();
    let payload = STANDARD.decode(&envelope.payload).unwrap();
    let payload = String::from_utf8(payload).unwrap();
    assert!(
        payload.starts_with(r#"{"alg":"p256","approved_by":"P-0004","dev":"#),
        "{payload}"
    );
    assert_eq!(KeyRecord::open(&envelope, &server), Ok(approved));
    let mut value: Value = serde_json::from_str(&payload).unwrap();
    for wrong in [
        json!(null),
        json!(""),
        json!(7),
        json!(["P-0004"]),
        json!(record.person),
    ] {
        value["approved_by"] = wrong.clone();
        let envelope = signer.sign(KEY_TYPE, &value).unwrap();
        let refused = KeyRecord::open(&envelope, &server).unwrap_err();
        assert_eq!(refused, NotGenuine::Schema, "{wrong}");
    }
}

#[test]
fn a_receipt_may_carry_one_further_signature_and_means_the_same() {
    let vectors = vectors();
    let server = vectors.signer();
    let one = Envelope::from_value(vectors.receipt).unwrap();
    let two = Envelope::from_value(vectors.receipt_sm2).unwrap();
    assert_eq!((one.signatures.len(), two.signatures.len()), (1, 2));
    let server = ServerKeys::of(server.public_key());
    let read = |envelope: &Envelope| Receipt::open(envelope, &server).unwrap();
    assert_eq!(read(&one), read(&two));
    assert_eq!(one.id(), two.id(), "signatures name nothing");
    assert_eq!(two.signed_bytes(), one.signed_bytes());
    assert_eq!(Envelope::from_value(two.to_value()).unwrap(), two);
}

#[test]
fn an_event_acknowledges_a_receipt_with_two_signatures_as_it_does_one_with_one() {
    let vectors = vectors();
    let mut event = opened(&vectors.accept[1].envelope, &vectors.phone_key())
        .unwrap()
        .1;
    let signer = vectors.signer();
    let server = ServerKeys::of(signer.public_key());
    let before = anchor_of(&event, &server).unwrap();
    let Fact::SyncAcknowledged(acknowledged) = &mut event.fact else {
        panic!("{event:?}")
    };
    acknowledged.receipt = vectors.receipt_sm2;
    assert!(before.is_some());
    assert_eq!(anchor_of(&event, &server), Ok(before));
    prepare_event(&serde_json::to_value(&event).unwrap()).unwrap();
}

#[test]
fn only_own_records_of_the_server_anchor_an_event() {
    let vectors = vectors();
    let signer = vectors.signer();
    let event = |place: usize| {
        opened(&vectors.accept[place].envelope, &vectors.phone_key())
            .unwrap()
            .1
    };
    let server = &ServerKeys::of(signer.public_key());
    let enrolled_at = anchor_of(&event(0), server).unwrap().unwrap();
    let acknowledged_at = anchor_of(&event(1), server).unwrap().unwrap();
    assert_eq!((acknowledged_at - enrolled_at).0, 2000);
    assert_eq!(anchor_of(&event(2), server), Ok(None));

    let other_server = Signer::from_seed(&[9; 32]);
    assert_eq!(
        anchor_of(&event(1), &ServerKeys::of(other_server.public_key()))
            .unwrap_err()
            .code(),
        "bad_signature"
    );
    let other_phone = Event {
        dev: signer.device_id(),
        ..event(1)
    };
    assert_eq!(
        anchor_of(&other_phone, server).unwrap_err().code(),
        "other_chain"
    );
    let before_its_own_head = Event { seq: 1, ..event(1) };
    assert_eq!(
        anchor_of(&before_its_own_head, server).unwrap_err().code(),
        "other_chain"
    );
    let other_person = Event {
        by: "P-0013".parse().unwrap(),
        ..event(0)
    };
    assert_eq!(
        anchor_of(&other_person, server).unwrap_err().code(),
        "other_chain"
    );
}

#[test]
fn a_key_has_one_accepted_spelling() {
    let vectors = vectors();
    let spki = vectors.phone_key().spki();
    assert_eq!(STANDARD.encode(&spki), vectors.phone.spki);
    assert_eq!(device_id(&spki), vectors.phone.dev);
    let mut off_curve = spki.clone();
    off_curve[90] ^= 1;
    let mut hybrid = spki.clone();
    hybrid[26] = 6;
    let longer = [spki.as_slice(), &[0]].concat();
    for wrong in [
        &spki[..90],
        &longer,
        &off_curve,
        &hybrid,
        &spki[26..],
        &[],
        &[0; 32],
        &[0; 31],
    ] {
        assert_eq!(
            PublicKey::from_bytes(wrong).err(),
            Some(NotGenuine::NotAKey),
            "{wrong:?}"
        );
    }
}

#[test]
fn commitments_are_those_of_another_program() {
    for case in vectors().sidecar {
        assert_eq!(case.sidecar.commitment(), Ok(case.c));
        assert_eq!(case.sidecar.verify(case.c), Ok(()));
    }
}

#[test]
fn nothing_malformed_gets_signed() {
    let vectors = vectors();
    let mut event: Value = serde_json::from_str(&vectors.accept[2].payload).unwrap();
    event["body"]["lang"] = json!("zh");
    assert_eq!(prepare_event(&event).unwrap_err().code(), "schema");
    let signer = vectors.signer();
    let receipt = Receipt::open(
        &Envelope::from_value(vectors.receipt).unwrap(),
        &ServerKeys::of(signer.public_key()),
    )
    .unwrap();
    assert_eq!(
        Receipt { v: 2, ..receipt }
            .sign(&signer)
            .unwrap_err()
            .code(),
        "schema"
    );
    assert_eq!(
        signer.sign("x", &json!(1.5)).unwrap_err().code(),
        "not_an_integer"
    );
}

#[test]
fn every_reason_has_words_in_both_languages() {
    use NotGenuine::*;
    for reason in [
        NotAnEnvelope,
        SignatureCount,
        NotBase64,
        WrongType,
        BadSignature,
        Schema,
        KeyNotYet,
        KeyReplaced,
        NotAKey,
    ] {
        let (_, zh, en) = TEXTS
            .iter()
            .find(|(code, ..)| *code == reason.code())
            .unwrap_or_else(|| panic!("{}", reason.code()));
        assert!(!zh.is_ascii() && en.is_ascii(), "{}", reason.code());
    }
}
