//! Making signed bytes: the server signs itself; a phone is handed the exact bytes to sign,
//! because its key never leaves the browser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Envelope, NotGenuine, PublicKey, Signature, Signed, pae, read};
use crate::canonical::{EVENT_BYTES_MAX, NotCanonical, canonical_of, to_canonical};
use crate::code::CodeSecret;
use crate::event::{EVENT_TYPE, Event};
use crate::ids::{DeviceId, EventId};

/// The server's Ed25519 key.
pub struct Signer {
    key: ed25519_dalek::SigningKey,
    public_key: PublicKey,
}

impl Signer {
    /// The key that grows from these 32 secret bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public_key = PublicKey::Ed25519(Box::new(key.verifying_key()));
        Self { key, public_key }
    }

    /// What others verify with.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The server's own device id, the `dev` of the events it signs.
    pub fn device_id(&self) -> DeviceId {
        self.public_key.device_id()
    }

    /// Signs the canonical form of a value under a payload type.
    pub fn sign(&self, payload_type: &str, value: &Value) -> Result<Envelope, NotGenuine> {
        Ok(self.seal(prepare(payload_type, value)?))
    }

    /// Signs a typed payload under its own type.
    pub fn sign_as<T: Signed>(&self, payload: &T) -> Result<Envelope, NotGenuine> {
        if !payload.is_well_formed() {
            return Err(NotGenuine::Schema);
        }
        Ok(self.seal(prepared(T::PAYLOAD_TYPE, canonical_of(payload)?)?))
    }

    /// The bare signature over a text too small or too plain for an envelope: texts of the log begin
    /// with a name without spaces or with `cosignature/v1`, codes at terminals with `qr1` or `qr2`,
    /// so none of them can ever be taken for another or for an envelope's.
    pub(crate) fn sign_text(&self, text: &[u8]) -> [u8; super::SIGNATURE_BYTES] {
        self.key.sign(text).to_bytes()
    }

    /// From what the secrets behind codes are made while this is the server's first key; it outlives the key.
    pub fn code_secret(&self) -> CodeSecret {
        CodeSecret::of_seed(self.key.as_bytes())
    }

    fn seal(&self, prepared: Prepared) -> Envelope {
        let signature = self.key.sign(&prepared.pae);
        prepared.seal(self.device_id(), &signature.to_bytes())
    }
}

/// Bytes ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub payload_type: String,
    /// The canonical text.
    pub payload: String,
    /// What the signed thing is called.
    pub id: EventId,
    /// The bytes to sign (with SHA-256 for P-256).
    pub pae: Vec<u8>,
}

impl Prepared {
    /// The envelope, once the signature is there.
    pub fn seal(self, dev: DeviceId, signature: &[u8; super::SIGNATURE_BYTES]) -> Envelope {
        Envelope {
            payload_type: self.payload_type,
            payload: STANDARD.encode(&self.payload),
            signatures: vec![Signature {
                keyid: dev.to_string(),
                sig: STANDARD.encode(signature),
            }],
        }
    }
}

/// The bytes to sign for any value.
pub fn prepare(payload_type: &str, value: &Value) -> Result<Prepared, NotGenuine> {
    prepared(payload_type, to_canonical(value)?)
}

/// The bytes to sign for an event, refusing what [`super::open`] would refuse later.
pub fn prepare_event(event: &Value) -> Result<Prepared, NotGenuine> {
    let prepared = prepare(EVENT_TYPE, event)?;
    read::<Event>(event)?;
    Ok(prepared)
}

fn prepared(payload_type: &str, payload: String) -> Result<Prepared, NotGenuine> {
    if payload.len() > EVENT_BYTES_MAX {
        return Err(NotCanonical::TooLarge.into());
    }
    let pae = pae(payload_type, payload.as_bytes());
    let id = EventId(Sha256::digest(&pae).into());
    Ok(Prepared {
        payload_type: payload_type.to_owned(),
        payload,
        id,
        pae,
    })
}
