//! Personal values beside the chain: positions, a drawn signature, names and phones. The chain
//! holds only their salted hash, so that they can be erased (PIPL 47) while the event, its
//! signature and every verdict stay. What a position proves is [`crate::presence`]'s business.

mod ink;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use self::ink::{Ink, POINTS_MAX, Point, SIDE_MAX, STROKES_MAX};
use crate::canonical::{NotCanonical, canonical_of, parse_canonical, to_canonical};
use crate::geo::Fix;
use crate::ids::{Digest, Nonce};

/// Largest canonical sidecar, bytes; holds the longest allowed signature.
pub const SIDECAR_BYTES_MAX: usize = 768 * 1024;
/// Most readings in the burst of one check-in.
pub const FIXES_MAX: usize = 500;
/// Longest name, characters.
pub const NAME_CHARS_MAX: usize = 60;
/// Longest phone number, characters.
pub const PHONE_CHARS_MAX: usize = 30;

/// Sixteen random bytes, so that nobody can find a name by hashing guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Salt(pub Nonce);

/// A value with its salt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    pub salt: Salt,
    pub value: Value,
}

/// Why a sidecar is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSidecar {
    /// Its bytes or its value are not canonical.
    NotCanonical(NotCanonical),
    /// It is not what the event committed to.
    OtherValue,
    /// It is not of the kind that belongs here.
    WrongKind,
    /// More strokes, points, readings or characters than allowed.
    TooMuch,
}

impl BadSidecar {
    /// The stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            BadSidecar::NotCanonical(reason) => reason.code(),
            BadSidecar::OtherValue => "sidecar_other_value",
            BadSidecar::WrongKind => "sidecar_wrong_kind",
            BadSidecar::TooMuch => "sidecar_too_much",
        }
    }
}

impl From<NotCanonical> for BadSidecar {
    fn from(reason: NotCanonical) -> Self {
        BadSidecar::NotCanonical(reason)
    }
}

/// What people read for each code that [`crate::canonical::TEXTS`] does not have.
pub const TEXTS: &[(&str, &str, &str)] = &[
    (
        "sidecar_other_value",
        "附带的内容（定位、签名或联系人）与记录中的承诺值不符，未被接收。请重新同步；如仍出现，请重新操作。",
        "The attached value (position, signature or contact) is not the one the record committed to. Sync again; if it comes back, do the step again.",
    ),
    (
        "sidecar_wrong_kind",
        "附带的内容格式不符，未被接收。请更新应用后重新操作。",
        "The attached value is not of the expected kind. Update the app and do the step again.",
    ),
    (
        "sidecar_too_much",
        "附带的内容过多（签名笔画、定位点或文字超出上限），未被接收。请清空后重新填写或签名。",
        "The attached value is too big (strokes, positions or text beyond the limit). Clear it and write or sign again.",
    ),
];

/// What an event commits to: SHA-256 of the salt followed by the canonical value.
pub fn commit(salt: Salt, value: &Value) -> Result<Digest, NotCanonical> {
    Ok(commit_text(salt, &to_canonical(value)?))
}

fn commit_text(salt: Salt, canonical: &str) -> Digest {
    let mut hash = Sha256::new();
    hash.update(salt.0.0);
    hash.update(canonical.as_bytes());
    Digest(hash.finalize().into())
}

impl Sidecar {
    /// Reads the stored text: a canonical `{salt, value}`.
    pub fn parse(text: &[u8]) -> Result<Self, BadSidecar> {
        let value = parse_canonical(text, SIDECAR_BYTES_MAX)?;
        serde_json::from_value(value).map_err(|_| BadSidecar::WrongKind)
    }

    /// The text to store and send.
    pub fn text(&self) -> Result<String, NotCanonical> {
        let text = canonical_of(self)?;
        if text.len() > SIDECAR_BYTES_MAX {
            Err(NotCanonical::TooLarge)
        } else {
            Ok(text)
        }
    }

    /// What an event commits to.
    pub fn commitment(&self) -> Result<Digest, NotCanonical> {
        commit(self.salt, &self.value)
    }

    /// Whether it is the value that was committed to.
    pub fn verify(&self, commitment: Digest) -> Result<(), BadSidecar> {
        let canonical = to_canonical(&self.value)?;
        if canonical.len() > SIDECAR_BYTES_MAX {
            return Err(NotCanonical::TooLarge.into());
        }
        if commit_text(self.salt, &canonical) == commitment {
            Ok(())
        } else {
            Err(BadSidecar::OtherValue)
        }
    }

    /// The value as the positions of a check-in.
    pub fn fixes(&self) -> Result<Vec<Fix>, BadSidecar> {
        let fixes: Vec<Fix> = self.read()?;
        if fixes.len() > FIXES_MAX {
            Err(BadSidecar::TooMuch)
        } else {
            Ok(fixes)
        }
    }

    /// The value as a drawn signature within its limits.
    pub fn ink(&self) -> Result<Ink, BadSidecar> {
        let ink: Ink = self.read()?;
        if ink.is_within_limits() {
            Ok(ink)
        } else {
            Err(BadSidecar::TooMuch)
        }
    }

    /// The value as a person to reach.
    pub fn contact(&self) -> Result<Contact, BadSidecar> {
        let contact: Contact = self.read()?;
        let is_too_long = contact.name.chars().count() > NAME_CHARS_MAX
            || contact.phone.chars().count() > PHONE_CHARS_MAX;
        if is_too_long {
            Err(BadSidecar::TooMuch)
        } else {
            Ok(contact)
        }
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, BadSidecar> {
        T::deserialize(&self.value).map_err(|_| BadSidecar::WrongKind)
    }
}

/// Who signed for the work, or who reported the fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub phone: String,
}
