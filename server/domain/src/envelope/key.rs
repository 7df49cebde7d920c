//! Public keys, each in exactly one accepted spelling: a second DER form of the same key would
//! be a second device. ECDSA P-256 for phones (every browser has it), Ed25519 for the server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{NotGenuine, SIGNATURE_BYTES};
use crate::ids::DeviceId;

/// SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point.
const P256_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Length of an uncompressed point, bytes; its first byte is 4.
const P256_POINT_BYTES: usize = 65;
/// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410), up to the key.
const ED25519_PREFIX: &[u8] = &[
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// With what a key signs; decided by the key, never by the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256; phones.
    P256,
    /// The server.
    Ed25519,
}

/// A key that signatures are checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    P256(Box<p256::ecdsa::VerifyingKey>),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
}

impl PublicKey {
    /// Reads SubjectPublicKeyInfo (DER) as WebCrypto exports it, or a raw 32-byte Ed25519 key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotGenuine> {
        if let Some(point) = bytes.strip_prefix(P256_PREFIX) {
            if point.len() != P256_POINT_BYTES || point[0] != 4 {
                return Err(NotGenuine::NotAKey);
            }
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .map_err(|_| NotGenuine::NotAKey)?;
            return Ok(PublicKey::P256(Box::new(key)));
        }
        let raw = bytes.strip_prefix(ED25519_PREFIX).unwrap_or(bytes);
        let raw: [u8; 32] = raw.try_into().map_err(|_| NotGenuine::NotAKey)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&raw).map_err(|_| NotGenuine::NotAKey)?;
        if key.is_weak() {
            Err(NotGenuine::NotAKey)
        } else {
            Ok(PublicKey::Ed25519(Box::new(key)))
        }
    }

    /// The same from base64 with padding.
    pub fn from_base64(text: &str) -> Result<Self, NotGenuine> {
        Self::from_bytes(&STANDARD.decode(text).map_err(|_| NotGenuine::NotBase64)?)
    }

    /// The key's algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            PublicKey::P256(_) => Algorithm::P256,
            PublicKey::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The 32 bytes of an Ed25519 key; none of a P-256 key.
    pub fn ed25519_bytes(&self) -> Option<[u8; 32]> {
        match self {
            PublicKey::P256(_) => None,
            PublicKey::Ed25519(key) => Some(key.to_bytes()),
        }
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> Vec<u8> {
        match self {
            PublicKey::P256(key) => [P256_PREFIX, key.to_sec1_point(false).as_bytes()].concat(),
            PublicKey::Ed25519(key) => [ED25519_PREFIX, key.as_bytes()].concat(),
        }
    }

    /// SubjectPublicKeyInfo, base64 with padding.
    pub fn spki_base64(&self) -> String {
        STANDARD.encode(self.spki())
    }

    /// The device this key is.
    pub fn device_id(&self) -> DeviceId {
        device_id(&self.spki())
    }

    /// Proof of possession at enrolment: a P-256 signature over these bytes themselves.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = <&[u8; SIGNATURE_BYTES]>::try_from(signature) else {
            return false;
        };
        match self.algorithm() {
            Algorithm::P256 => self.is_p256_signature(&Sha256::digest(message).into(), signature),
            Algorithm::Ed25519 => self.is_ed25519_signature(message, signature),
        }
    }

    /// Low and high s are both genuine: browsers produce both. Hence signatures name nothing.
    pub(super) fn is_p256_signature(
        &self,
        digest: &[u8; 32],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> bool {
        let PublicKey::P256(key) = self else {
            return false;
        };
        p256::ecdsa::Signature::from_slice(signature)
            .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
    }

    pub(super) fn is_ed25519_signature(
        &self,
        message: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> bool {
        let PublicKey::Ed25519(key) = self else {
            return false;
        };
        key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature))
            .is_ok()
    }
}

/// The device a SubjectPublicKeyInfo belongs to: the first 16 bytes of its SHA-256.
pub fn device_id(spki: &[u8]) -> DeviceId {
    let digest: [u8; 32] = Sha256::digest(spki).into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    DeviceId(id)
}
