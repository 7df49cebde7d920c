//! A phone of the tests with its key and its chain.

use domain::envelope::{Envelope, PublicKey, prepare_event};
use domain::event::Event;
use domain::ids::{DeviceId, Digest, EventId, PersonId, SessionId};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{NINE, base64};

/// A phone with its chain.
pub struct Phone {
    key: SigningKey,
    pub dev: DeviceId,
    pub person: PersonId,
    /// The page load; another one after a reload.
    pub sid: SessionId,
    /// How far the wall clock is ahead of the truth, milliseconds.
    pub wall_ahead: i64,
    /// How far the monotonic clock has fallen behind, milliseconds: it stops while a phone sleeps.
    pub mono_behind: i64,
    /// The rules that its events name.
    pub pol: Option<Digest>,
    pub(super) seq: u64,
    pub(super) head: EventId,
}

impl Phone {
    pub fn new(seed: u8, person: &str) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let dev = PublicKey::P256(Box::new(*key.verifying_key())).device_id();
        Self {
            key,
            dev,
            person: person.parse().unwrap(),
            sid: SessionId([5; 8]),
            wall_ahead: 0,
            mono_behind: 0,
            pol: None,
            seq: 0,
            head: EventId::GENESIS,
        }
    }

    /// Goes on after this event of its own.
    pub fn continue_from(&mut self, envelope: &[u8]) {
        let payload = base64(&Envelope::parse(envelope).unwrap().payload);
        let event: Value = serde_json::from_slice(&payload).unwrap();
        self.seq = event["seq"].as_u64().unwrap();
        self.head = domain::envelope::event_id(&payload);
    }

    /// What its monotonic clock says at an instant.
    pub(super) fn mono(&self, at: i64) -> i64 {
        at - NINE + 3_600_000 - self.mono_behind
    }

    /// Where its chain ends.
    pub fn head(&self) -> (u64, EventId) {
        (self.seq, self.head)
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey::P256(Box::new(*self.key.verifying_key()))
    }
}

pub(super) fn signed_by(phone: &Phone, event: &Event) -> Envelope {
    let prepared = prepare_event(&serde_json::to_value(event).unwrap()).unwrap();
    let signature: p256::ecdsa::Signature = phone
        .key
        .sign_prehash(&Sha256::digest(&prepared.pae))
        .unwrap();
    prepared.seal(phone.dev, &signature.to_bytes().into())
}
