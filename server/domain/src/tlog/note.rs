//! Signed notes (C2SP signed-note): a text and one line per signature. Lines of unknown keys are
//! kept and mean nothing; lines of a key that is asked about must be genuine, and only one. What
//! the text says is [`super::checkpoint`]'s business.

mod key;
#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use self::key::{KeyKind, NoteKey, is_key_name};
use super::{LogRefusal, decode_base64};
use crate::envelope::{SIGNATURE_BYTES, Signer};

/// Largest note, bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Most signatures on a note.
pub const SIGNATURES_MAX: usize = 100;
/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// A text and the signatures that were found under it, genuine or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The number of the key: a hint which key of this name, not a proof.
    pub key_id: [u8; 4],
    /// The signature itself, as its kind defines it.
    pub bytes: Vec<u8>,
}

impl Note {
    /// An unsigned note. The text must end a line and hold no control characters besides.
    pub fn new(text: String) -> Result<Self, LogRefusal> {
        if !text.ends_with('\n') || has_control_characters(&text) {
            return Err(LogRefusal::NotANote);
        }
        if text.len() > NOTE_BYTES_MAX {
            return Err(LogRefusal::NoteTooLarge);
        }
        Ok(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note with at least one signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, LogRefusal> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(LogRefusal::NoteTooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| LogRefusal::NotANote)?;
        // The last empty line is the border: the text may have empty lines of its own.
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(LogRefusal::NotANote)?;
        let signatures = NoteSignature::parse_lines(lines)?;
        if signatures.is_empty() {
            return Err(LogRefusal::NotANote);
        }
        Ok(Self {
            signatures,
            ..Self::new(format!("{text}\n"))?
        })
    }

    /// What is signed, with its last line break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signature lines, in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature; one of the same key that is already there is replaced, because readers
    /// refuse a key that has signed twice.
    pub fn add(&mut self, signature: NoteSignature) {
        let known = self
            .signatures
            .iter_mut()
            .find(|known| known.name == signature.name && known.key_id == signature.key_id);
        match known {
            Some(known) => *known = signature,
            None => self.signatures.push(signature),
        }
    }

    /// Signs the text under a name (kind [`KeyKind::Note`]).
    pub fn sign(&mut self, name: &str, signer: &Signer) -> Result<(), LogRefusal> {
        let key = NoteKey::new(name, KeyKind::Note, signer.public_key())?;
        let bytes = signer.sign_text(self.text.as_bytes()).to_vec();
        self.add(NoteSignature::by(&key, bytes));
        Ok(())
    }

    /// Whether this key, of kind [`KeyKind::Note`], has signed the text.
    pub fn verify(&self, key: &NoteKey) -> Result<(), LogRefusal> {
        let signature = self
            .signature_by(key)?
            .filter(|_| key.kind() == KeyKind::Note)
            .ok_or(LogRefusal::NoteNotSigned)?;
        let is_genuine = signature.bytes.len() == SIGNATURE_BYTES
            && key
                .public_key()
                .has_signed(self.text.as_bytes(), &signature.bytes);
        if is_genuine {
            Ok(())
        } else {
            Err(LogRefusal::NoteBadSignature)
        }
    }

    /// The one line that claims to be by this key, not verified.
    pub(super) fn signature_by(&self, key: &NoteKey) -> Result<Option<&NoteSignature>, LogRefusal> {
        let mut lines = self
            .signatures
            .iter()
            .filter(|line| line.name == key.name() && line.key_id == key.id());
        let line = lines.next();
        match lines.next() {
            None => Ok(line),
            Some(_) => Err(LogRefusal::NoteSignedTwice),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| signature.fmt(f))
    }
}

impl NoteSignature {
    /// The signature line of a key.
    pub(super) fn by(key: &NoteKey, bytes: Vec<u8>) -> Self {
        Self {
            name: key.name().to_owned(),
            key_id: key.id(),
            bytes,
        }
    }

    /// Reads signature lines, as they stand under a note and as a witness answers them.
    pub fn parse_lines(lines: &str) -> Result<Vec<Self>, LogRefusal> {
        if lines.len() > NOTE_BYTES_MAX {
            return Err(LogRefusal::NoteTooLarge);
        }
        let mut signatures = Vec::new();
        for line in lines.split_inclusive('\n') {
            if signatures.len() == SIGNATURES_MAX {
                return Err(LogRefusal::NoteTooLarge);
            }
            signatures.push(Self::parse_line(line).ok_or(LogRefusal::NotANote)?);
        }
        Ok(signatures)
    }

    fn parse_line(line: &str) -> Option<Self> {
        let (name, signature) = line
            .strip_prefix(DASH)?
            .strip_suffix('\n')?
            .split_once(' ')?;
        let signature = decode_base64(signature)?;
        let (key_id, bytes) = signature.split_first_chunk::<4>()?;
        (is_key_name(name) && !bytes.is_empty()).then(|| Self {
            name: name.to_owned(),
            key_id: *key_id,
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = STANDARD.encode([self.key_id.as_slice(), &self.bytes].concat());
        writeln!(f, "{DASH}{} {signature}", self.name)
    }
}

fn has_control_characters(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20 && byte != b'\n')
}
