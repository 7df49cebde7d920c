use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::receipt::{KEY_TYPE, KeyRecord, RECEIPT_TYPE, Receipt, anchor_of};
use crate::sidecar::Sidecar;

#[derive(Deserialize)]
struct Vectors {
    server: Server,
    phone: Phone,
    pae: Vec<Encoding>,
    dsse: Dsse,
    receipt: Value,
    key_record: Value,
    accept: Vec<Accepted>,
    refuse: Vec<Refused>,
    refuse_receipt: Vec<Refused>,
    refuse_key_record: Vec<Refused>,
    sidecar: Vec<Committed>,
}

#[derive(Deserialize)]
struct Server {
    seed: String,
    raw: String,
    spki: String,
    dev: DeviceId,
}

#[derive(Deserialize)]
struct Phone {
    secret: String,
    spki: String,
    dev: DeviceId,
}

#[derive(Deserialize)]
struct Encoding {
    r#type: String,
    payload: String,
    pae: String,
}

#[derive(Deserialize)]
struct Dsse {
    x: String,
    y: String,
    sig: String,
}

#[derive(Deserialize)]
struct Accepted {
    name: String,
    envelope: Value,
    high_s: String,
    id: EventId,
    payload: String,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    #[serde(default)]
    key: String,
    envelope: Value,
    code: String,
}

#[derive(Deserialize)]
struct Committed {
    sidecar: Sidecar,
    c: crate::ids::Digest,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/envelopes.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

impl Vectors {
    fn signer(&self) -> Signer {
        Signer::from_seed(&bytes_of(&self.server.seed).try_into().unwrap())
    }

    fn phone_key(&self) -> PublicKey {
        PublicKey::from_base64(&self.phone.spki).unwrap()
    }

    fn phone_signed(&self, payload_type: &str, payload: &[u8]) -> Envelope {
        let key = p256::ecdsa::SigningKey::from_slice(&bytes_of(&self.phone.secret)).unwrap();
        let digest = Sha256::digest(pae(payload_type, payload));
        let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
        Envelope {
            payload_type: payload_type.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: vec![Signature { keyid: String::new(), sig: STANDARD.encode(signature.to_bytes()) }],
        }
    }
}

fn opened(envelope: &Value, key: &PublicKey) -> Result<(Verified, Event), NotGenuine> {
    let bytes = serde_json::to_vec(envelope).unwrap();
    open(&Envelope::parse(&bytes)?, key)
}

#[test]
fn the_encoding_that_is_signed_is_that_of_dsse() {
    for case in vectors().pae {
        assert_eq!(pae(&case.r#type, case.payload.as_bytes()), case.pae.as_bytes());
    }
}

#[test]
fn the_signature_of_the_dsse_text_verifies() {
    let dsse = vectors().dsse;
    let p256_spki = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let key = PublicKey::from_bytes(&bytes_of(&format!("{p256_spki}04{}{}", dsse.x, dsse.y))).unwrap();
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
        assert_eq!((verified.id, event_id(case.payload.as_bytes())), (case.id, case.id), "{}", case.name);
        assert_eq!(event.dev, vectors.phone.dev);
        let prepared = prepare_event(&verified.value).expect(&case.name);
        assert_eq!((prepared.id, prepared.payload.as_str()), (case.id, case.payload.as_str()));
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
        let key = if case.key == "server" { vectors.signer().public_key().clone() } else { vectors.phone_key() };
        let refused = opened(&case.envelope, &key).expect_err(&case.name);
        assert_eq!(refused.code(), case.code, "{}", case.name);
    }
    for case in &vectors.refuse_receipt {
        let envelope = Envelope::from_value(case.envelope.clone()).unwrap();
        let refused = Receipt::open(&envelope, vectors.signer().public_key()).expect_err(&case.name);
        assert_eq!(refused.code(), case.code, "{}", case.name);
    }
    for case in &vectors.refuse_key_record {
        let envelope = Envelope::from_value(case.envelope.clone()).unwrap();
        let refused = KeyRecord::open(&envelope, vectors.signer().public_key()).expect_err(&case.name);
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
    for bytes in [EVENT_BYTES_MAX + 1, EVENT_BYTES_MAX + 4, EVENT_BYTES_MAX * 2] {
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
    let code = |envelope: Envelope| open::<Event>(&envelope, &vectors.phone_key()).unwrap_err().code();
    assert_eq!(code(envelope(b"{\"a\":\xff}", "other")), "not_utf8");
    assert_eq!(code(envelope(b"{\"b\":1, \"a\":1,\"a\":1.0}", "other")), "duplicate_key");
    assert_eq!(code(envelope(b"{\"b\":1,\"a\":1}", "other")), "not_canonical");
    assert_eq!(code(envelope(b"{\"a\":1}", "other")), "wrong_type");
    assert_eq!(code(envelope(b"{\"a\":1}", EVENT_TYPE)), "bad_signature");
    assert_eq!(code(vectors.phone_signed(EVENT_TYPE, b"{\"a\":1}")), "schema");
}

#[test]
fn the_key_id_decides_nothing() {
    let vectors = vectors();
    let mut envelope = vectors.accept[0].envelope.clone();
    for keyid in ["", "another", &"f".repeat(32)] {
        envelope["signatures"][0]["keyid"] = keyid.into();
        assert!(opened(&envelope, &vectors.phone_key()).is_ok(), "{keyid:?}");
    }
    envelope["signatures"][0].as_object_mut().unwrap().remove("keyid");
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
    assert_eq!(Envelope::parse(doubled.as_bytes()).unwrap_err().code(), "duplicate_key");
    let huge = format!("{}{text}", " ".repeat(ENVELOPE_BYTES_MAX));
    assert_eq!(Envelope::parse(huge.as_bytes()).unwrap_err().code(), "too_large");
}

#[test]
fn the_server_signs_exactly_what_another_program_signs() {
    let vectors = vectors();
    let signer = vectors.signer();
    assert_eq!(signer.device_id(), vectors.server.dev);
    for spelling in [&vectors.server.raw, &vectors.server.spki] {
        assert_eq!(&PublicKey::from_base64(spelling).unwrap(), signer.public_key());
    }
    for (payload_type, expected) in [(RECEIPT_TYPE, &vectors.receipt), (KEY_TYPE, &vectors.key_record)] {
        let expected = Envelope::from_value(expected.clone()).unwrap();
        let value = serde_json::from_slice(&STANDARD.decode(&expected.payload).unwrap()).unwrap();
        assert_eq!(signer.sign(payload_type, &value).unwrap(), expected);
        assert_eq!(Envelope::from_value(expected.to_value()).unwrap(), expected);
        assert_eq!(serde_json::to_value(&expected).unwrap(), expected.to_value());
    }
    let receipt = Receipt::open(&Envelope::from_value(vectors.receipt.clone()).unwrap(), signer.public_key()).unwrap();
    assert_eq!(receipt.sign(&signer).unwrap().to_value(), vectors.receipt);
    let key_record = KeyRecord::open(&Envelope::from_value(vectors.key_record).unwrap(), signer.public_key()).unwrap();
    assert_eq!(KeyRecord::new(&key_record.key().unwrap(), key_record.person.clone(), key_record.ts), key_record);
}

#[test]
fn only_own_records_of_the_server_anchor_an_event() {
    let vectors = vectors();
    let signer = vectors.signer();
    let event = |place: usize| opened(&vectors.accept[place].envelope, &vectors.phone_key()).unwrap().1;
    let server = signer.public_key();
    let enrolled_at = anchor_of(&event(0), server).unwrap().unwrap();
    let acknowledged_at = anchor_of(&event(1), server).unwrap().unwrap();
    assert_eq!((acknowledged_at - enrolled_at).0, 2000);
    assert_eq!(anchor_of(&event(2), server), Ok(None));

    let other_server = Signer::from_seed(&[9; 32]);
    assert_eq!(anchor_of(&event(1), other_server.public_key()).unwrap_err().code(), "bad_signature");
    let other_phone = Event { dev: signer.device_id(), ..event(1) };
    assert_eq!(anchor_of(&other_phone, server).unwrap_err().code(), "other_chain");
    let before_its_own_head = Event { seq: 1, ..event(1) };
    assert_eq!(anchor_of(&before_its_own_head, server).unwrap_err().code(), "other_chain");
    let other_person = Event { by: "P-0013".parse().unwrap(), ..event(0) };
    assert_eq!(anchor_of(&other_person, server).unwrap_err().code(), "other_chain");
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
    for wrong in [&spki[..90], &longer, &off_curve, &hybrid, &spki[26..], &[], &[0; 32], &[0; 31]] {
        assert_eq!(PublicKey::from_bytes(wrong).err(), Some(NotGenuine::NotAKey), "{wrong:?}");
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
    let receipt = Receipt::open(&Envelope::from_value(vectors.receipt).unwrap(), signer.public_key()).unwrap();
    assert_eq!(Receipt { v: 2, ..receipt }.sign(&signer).unwrap_err().code(), "schema");
    assert_eq!(signer.sign("x", &json!(1.5)).unwrap_err().code(), "not_an_integer");
}

#[test]
fn every_reason_has_words_in_both_languages() {
    use NotGenuine::*;
    for reason in [NotAnEnvelope, SignatureCount, NotBase64, WrongType, BadSignature, Schema, NotAKey] {
        let (_, zh, en) = TEXTS.iter().find(|(code, ..)| *code == reason.code()).expect(reason.code());
        assert!(!zh.is_ascii() && en.is_ascii(), "{}", reason.code());
    }
}
