//! Verifier keys: the text `name+number+key` with which people hand on whom they trust. The
//! number is derived from name, kind and key, so a slip of the pen does not go unnoticed.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::LogRefusal;
use crate::envelope::PublicKey;
use crate::tlog::decode_base64;

/// Longest name of a key, bytes.
const NAME_BYTES_MAX: usize = 255;
/// Longest verifier key, bytes: name, number, kind and key.
const KEY_BYTES_MAX: usize = NAME_BYTES_MAX + 64;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// The text of a note; logs.
    Note,
    /// A checkpoint with the time at which it was seen; witnesses.
    Cosignature,
}

impl KeyKind {
    /// The byte that stands for it in a verifier key.
    const fn byte(self) -> u8 {
        match self {
            KeyKind::Note => 0x01,
            KeyKind::Cosignature => 0x04,
        }
    }
}

/// A named Ed25519 key that signs notes or cosigns checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    kind: KeyKind,
    key: PublicKey,
    id: [u8; 4],
}

impl NoteKey {
    /// Names a key.
    pub fn new(name: &str, kind: KeyKind, key: &PublicKey) -> Result<Self, LogRefusal> {
        let bytes = key
            .ed25519_bytes()
            .filter(|_| is_key_name(name))
            .ok_or(LogRefusal::NotAVerifierKey)?;
        let hash = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', kind.byte()])
            .chain_update(bytes)
            .finalize();
        Ok(Self {
            name: name.to_owned(),
            kind,
            key: key.clone(),
            id: [hash[0], hash[1], hash[2], hash[3]],
        })
    }

    /// Whose key it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Its number.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The key itself.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.id;
        let mut key = vec![self.kind.byte()];
        key.extend(self.key.ed25519_bytes().iter().flatten());
        write!(
            f,
            "{}+{a:02x}{b:02x}{c:02x}{d:02x}+{}",
            self.name,
            STANDARD.encode(key)
        )
    }
}

impl FromStr for NoteKey {
    type Err = LogRefusal;

    fn from_str(text: &str) -> Result<Self, LogRefusal> {
        let read = || {
            // Names have no plus sign, base64 may.
            let (name, rest) = text.split_once('+')?;
            let (_, key) = rest.split_once('+')?;
            let key = decode_base64(key)?;
            let (kind, key) = key.split_first()?;
            let kind = [KeyKind::Note, KeyKind::Cosignature]
                .into_iter()
                .find(|known| known.byte() == *kind)?;
            let key: &[u8; 32] = key.try_into().ok()?;
            Self::new(name, kind, &PublicKey::from_bytes(key).ok()?).ok()
        };
        let key = (text.len() <= KEY_BYTES_MAX).then(read).flatten();
        // Also the number must be the right one, and everything in its one spelling.
        key.filter(|key| key.to_string() == text)
            .ok_or(LogRefusal::NotAVerifierKey)
    }
}

/// Whether a key or a log may be called so: no spaces, no plus sign, no control characters.
pub fn is_key_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control() || letter == '+')
}
