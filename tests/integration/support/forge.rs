//! Envelopes that no honest app makes: any bytes, any type, signed all the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::pae;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The key of the simulated phone with this secret.
pub fn key_of(secret: u8) -> SigningKey {
    let seed: [u8; 32] = Sha256::digest([b"key".as_slice(), &[secret; 32]].concat()).into();
    SigningKey::from_slice(&seed).unwrap()
}

/// An envelope around exactly these bytes, signed by this key.
pub fn signed(key: &SigningKey, payload_type: &str, payload: &[u8]) -> Value {
    let signature: Signature = key.sign(&pae(payload_type, payload));
    json!({
        "payloadType": payload_type, "payload": STANDARD.encode(payload),
        "signatures": [{ "keyid": "", "sig": STANDARD.encode(signature.to_bytes()) }],
    })
}
