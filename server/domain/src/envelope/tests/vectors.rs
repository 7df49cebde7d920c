//! The golden cases, made by another program with another library.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::envelope::{Envelope, NotGenuine, PublicKey, Signature, Signer, Verified, open, pae};
use crate::event::Event;
use crate::ids::{DeviceId, Digest, EventId};
use crate::sidecar::Sidecar;

#[derive(Deserialize)]
pub struct Vectors {
    pub server: Server,
    pub phone: Phone,
    pub pae: Vec<Encoding>,
    pub dsse: Dsse,
    pub receipt: Value,
    pub receipt_sm2: Value,
    pub key_record: Value,
    pub accept: Vec<Accepted>,
    pub refuse: Vec<Refused>,
    pub refuse_receipt: Vec<Refused>,
    pub refuse_key_record: Vec<Refused>,
    pub sidecar: Vec<Committed>,
}

#[derive(Deserialize)]
pub struct Server {
    pub seed: String,
    pub raw: String,
    pub spki: String,
    pub dev: DeviceId,
}

#[derive(Deserialize)]
pub struct Phone {
    pub secret: String,
    pub spki: String,
    pub dev: DeviceId,
}

#[derive(Deserialize)]
pub struct Encoding {
    pub r#type: String,
    pub payload: String,
    pub pae: String,
}

#[derive(Deserialize)]
pub struct Dsse {
    pub x: String,
    pub y: String,
    pub sig: String,
}

#[derive(Deserialize)]
pub struct Accepted {
    pub name: String,
    pub envelope: Value,
    pub high_s: String,
    pub id: EventId,
    pub payload: String,
}

#[derive(Deserialize)]
pub struct Refused {
    pub name: String,
    #[serde(default)]
    pub key: String,
    pub envelope: Value,
    pub code: String,
}

#[derive(Deserialize)]
pub struct Committed {
    pub sidecar: Sidecar,
    pub c: Digest,
}

pub fn vectors() -> Vectors {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/envelopes.json"
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

impl Vectors {
    pub fn signer(&self) -> Signer {
        Signer::from_seed(&bytes_of(&self.server.seed).try_into().unwrap())
    }

    pub fn phone_key(&self) -> PublicKey {
        PublicKey::from_base64(&self.phone.spki).unwrap()
    }

    pub fn phone_signed(&self, payload_type: &str, payload: &[u8]) -> Envelope {
        let key = p256::ecdsa::SigningKey::from_slice(&bytes_of(&self.phone.secret)).unwrap();
        let digest = Sha256::digest(pae(payload_type, payload));
        let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
        Envelope {
            payload_type: payload_type.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: vec![Signature {
                keyid: String::new(),
                sig: STANDARD.encode(signature.to_bytes()),
            }],
        }
    }
}

/// Through the wire form, as the server does it.
pub fn opened(envelope: &Value, key: &PublicKey) -> Result<(Verified, Event), NotGenuine> {
    let bytes = serde_json::to_vec(envelope).unwrap();
    open(&Envelope::parse(&bytes)?, key)
}
