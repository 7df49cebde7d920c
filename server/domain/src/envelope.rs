//! Signed bytes: DSSE envelopes with exactly one signature over `PAE(type, payload)`. The type is
//! under the signature, so a receipt can never pass as an event; the very bytes that were
//! verified are the bytes that are parsed. Who owns a key and whether the event fits its chain
//! is not decided here ([`crate::chain`], [`crate::refusal`]).
//!
//! A receipt, and nothing else, may carry a second signature over the same bytes, for readers who
//! ask for another algorithm (SM2). Its length is checked here and nothing more: this crate also runs
//! on phones, which neither need nor know that algorithm.
//!
//! Checks run in one order everywhere: size, base64, UTF-8, JSON and duplicate keys, canonical
//! spelling, payload type, signature, form.

mod key;
mod not_genuine;
mod signer;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use self::key::{Algorithm, PublicKey, device_id};
pub use self::not_genuine::{NotGenuine, TEXTS};
pub use self::signer::{Prepared, Signer, prepare, prepare_event};
use crate::canonical::{self, EVENT_BYTES_MAX, NotCanonical};
use crate::event::{EVENT_TYPE, Event};
use crate::ids::{DeviceId, EventId};
use crate::receipt::RECEIPT_TYPE;

/// Largest envelope around a payload of [`EVENT_BYTES_MAX`], bytes.
pub const ENVELOPE_BYTES_MAX: usize = EVENT_BYTES_MAX / 3 * 4 + 1024;
/// Length of a signature of either algorithm, bytes: r‖s, or R‖S.
pub const SIGNATURE_BYTES: usize = 64;

/// A signed payload as it travels and as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Envelope {
    pub payload_type: String,
    /// The canonical bytes, base64 with padding.
    pub payload: String,
    /// Exactly one, or two under a receipt, of which only the first is verified here.
    pub signatures: Vec<Signature>,
}

/// A signature of an [`Envelope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Not under the signature, so nothing may ever be decided by it.
    #[serde(default)]
    pub keyid: String,
    /// r‖s of ECDSA and SM2 or R‖S of EdDSA, 64 bytes, base64 with padding.
    pub sig: String,
}

/// A payload that is signed: its type, and what its form alone demands.
pub trait Signed: Serialize + DeserializeOwned {
    /// The payload type under the signature.
    const PAYLOAD_TYPE: &'static str;
    /// Whether the values that the types leave open are sensible, above all the version.
    fn is_well_formed(&self) -> bool;
}

impl Signed for Event {
    const PAYLOAD_TYPE: &'static str = EVENT_TYPE;
    fn is_well_formed(&self) -> bool {
        self.v == 1 && self.seq >= 1 && self.mono >= 0
    }
}

/// Most signatures on a payload of this type. Decided by the type that is expected, never by the one
/// that is claimed.
fn signatures_max(expected_type: &str) -> usize {
    if expected_type == RECEIPT_TYPE { 2 } else { 1 }
}

/// The bytes that are really signed: `DSSEv1 <length> <type> <length> <payload>`.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The name of an event: SHA-256 of what was signed, never of the signature.
pub fn event_id(payload: &[u8]) -> EventId {
    EventId(Sha256::digest(pae(EVENT_TYPE, payload)).into())
}

impl Envelope {
    /// Reads the wire form. Its spelling is free, its meaning must be single.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotGenuine> {
        Self::from_value(canonical::parse_strict(bytes, ENVELOPE_BYTES_MAX)?)
    }

    /// Reads an envelope that lies inside another signed value.
    pub fn from_value(value: Value) -> Result<Self, NotGenuine> {
        serde_json::from_value(value).map_err(|_| NotGenuine::NotAnEnvelope)
    }

    /// The envelope as a JSON value, to embed it or to send it.
    pub fn to_value(&self) -> Value {
        serde_json::json!({
            "payloadType": self.payload_type,
            "payload": self.payload,
            "signatures": self.signatures.iter()
                .map(|signature| serde_json::json!({ "keyid": signature.keyid, "sig": signature.sig }))
                .collect::<Vec<_>>(),
        })
    }

    /// The bytes under every signature here.
    pub fn signed_bytes(&self) -> Result<Vec<u8>, NotGenuine> {
        let payload = STANDARD
            .decode(&self.payload)
            .map_err(|_| NotGenuine::NotBase64)?;
        Ok(pae(&self.payload_type, &payload))
    }

    /// What the signed thing is called: SHA-256 of the signed bytes. Says nothing of who signed.
    pub fn id(&self) -> Result<EventId, NotGenuine> {
        Ok(EventId(Sha256::digest(self.signed_bytes()?).into()))
    }

    /// Every check that needs no key. The result says what the envelope claims, to find the key
    /// by; nothing in it is proven until [`Unverified::verify`].
    pub fn open_unverified(&self, expected_type: &str) -> Result<Unverified, NotGenuine> {
        if self.payload.len() > EVENT_BYTES_MAX.div_ceil(3) * 4 {
            return Err(NotCanonical::TooLarge.into());
        }
        let [signature, further @ ..] = self.signatures.as_slice() else {
            return Err(NotGenuine::SignatureCount);
        };
        if self.signatures.len() > signatures_max(expected_type) {
            return Err(NotGenuine::SignatureCount);
        }
        let payload = STANDARD
            .decode(&self.payload)
            .map_err(|_| NotGenuine::NotBase64)?;
        let signature = decode_signature(&signature.sig)?;
        for further in further {
            decode_signature(&further.sig)?;
        }
        let value = canonical::parse_canonical(&payload, EVENT_BYTES_MAX)?;
        if self.payload_type != expected_type {
            return Err(NotGenuine::WrongType);
        }
        let digest = Sha256::digest(pae(expected_type, &payload)).into();
        Ok(Unverified {
            id: EventId(digest),
            payload,
            value,
            signature,
            payload_type: self.payload_type.clone(),
        })
    }
}

/// Payload of a checked form and spelling whose signature has not been looked at.
#[derive(Debug, Clone)]
pub struct Unverified {
    id: EventId,
    payload: Vec<u8>,
    value: Value,
    signature: [u8; SIGNATURE_BYTES],
    payload_type: String,
}

impl Unverified {
    /// SHA-256 of what would be signed; true whoever signed it.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// Whose key it claims to be signed by.
    pub fn claimed_dev(&self) -> Option<DeviceId> {
        self.value.get("dev")?.as_str()?.parse().ok()
    }

    /// Which place in the chain it claims.
    pub fn claimed_seq(&self) -> Option<u64> {
        self.value.get("seq")?.as_u64()
    }

    /// The unproven content, for the quarantine list.
    pub fn claimed_value(&self) -> &Value {
        &self.value
    }

    /// The signature check. The key must come from the register, never from the envelope.
    pub fn verify(self, key: &PublicKey) -> Result<Verified, NotGenuine> {
        match key.algorithm() {
            Algorithm::P256 => {
                let id = self.id.0;
                self.verify_with(|_, signature| key.is_p256_signature(&id, signature))
            }
            Algorithm::Ed25519 => {
                self.verify_with(|signed, signature| key.is_ed25519_signature(signed, signature))
            }
        }
    }

    /// The same with other arithmetic: `is_genuine` is given the signed bytes and the signature. A
    /// server has faster code for its processor than a crate that also runs in browsers; it must
    /// accept exactly what [`Unverified::verify`] accepts.
    pub fn verify_with(
        self,
        is_genuine: impl FnOnce(&[u8], &[u8; SIGNATURE_BYTES]) -> bool,
    ) -> Result<Verified, NotGenuine> {
        if is_genuine(&pae(&self.payload_type, &self.payload), &self.signature) {
            Ok(Verified {
                id: self.id,
                payload: self.payload,
                value: self.value,
            })
        } else {
            Err(NotGenuine::BadSignature)
        }
    }
}

/// A payload proven to be signed by the key that was asked for.
#[derive(Debug, Clone)]
pub struct Verified {
    /// SHA-256 of the signed bytes.
    pub id: EventId,
    /// The signed bytes; what is stored.
    pub payload: Vec<u8>,
    /// The same, read.
    pub value: Value,
}

impl Verified {
    /// The payload as its type; see [`read`].
    pub fn read<T: Signed>(&self) -> Result<T, NotGenuine> {
        read(&self.value)
    }
}

/// A value as its type. It is serialised back and compared, so that a member this version does
/// not know is refused at every level instead of being silently dropped.
pub fn read<T: Signed>(value: &Value) -> Result<T, NotGenuine> {
    let read = T::deserialize(value).map_err(|_| NotGenuine::Schema)?;
    let back = serde_json::to_value(&read).map_err(|_| NotGenuine::Schema)?;
    if back == *value && read.is_well_formed() {
        Ok(read)
    } else {
        Err(NotGenuine::Schema)
    }
}

/// All checks in order: the proven payload and what it says.
pub fn open<T: Signed>(envelope: &Envelope, key: &PublicKey) -> Result<(Verified, T), NotGenuine> {
    let verified = envelope.open_unverified(T::PAYLOAD_TYPE)?.verify(key)?;
    let read = verified.read()?;
    Ok((verified, read))
}

/// The bytes of a signature in its one length.
pub fn decode_signature(text: &str) -> Result<[u8; SIGNATURE_BYTES], NotGenuine> {
    if text.len() > SIGNATURE_BYTES * 2 {
        return Err(NotGenuine::BadSignature);
    }
    let bytes = STANDARD.decode(text).map_err(|_| NotGenuine::NotBase64)?;
    bytes.try_into().map_err(|_| NotGenuine::BadSignature)
}
