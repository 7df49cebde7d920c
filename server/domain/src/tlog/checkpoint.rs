//! Checkpoints (C2SP tlog-checkpoint): name of the log, number of leaves and root, signed as a
//! note. Whether a checkpoint continues an earlier one only [`super::merkle`] can say.

#[cfg(test)]
mod tests;

use std::fmt;

use super::note::{Note, NoteKey, is_key_name};
use super::{LogRefusal, SIZE_MAX, decode_decimal, decode_digest, encode_digest};
use crate::envelope::Signer;
use crate::ids::Digest;

/// A state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log, which is also the name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over all of them.
    pub root: Digest,
}

impl Checkpoint {
    /// Signs it with the log's key.
    pub fn sign(&self, log: &Signer) -> Result<Note, LogRefusal> {
        if !is_key_name(&self.origin) || self.size > SIZE_MAX {
            return Err(LogRefusal::NotACheckpoint);
        }
        let mut note = Note::new(self.to_string())?;
        note.sign(&self.origin, log)?;
        Ok(note)
    }

    /// Reads the text of a note, whoever signed it. Further lines have no meaning here, as they
    /// have none for witnesses and monitors; a signature over the text covers them.
    pub fn parse(text: &str) -> Result<Self, LogRefusal> {
        let read = || {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let origin = lines.next().filter(|origin| is_key_name(origin))?;
            let size = decode_decimal(lines.next()?)?;
            let root = decode_digest(lines.next()?)?;
            lines.all(|line| !line.is_empty()).then(|| Self {
                origin: origin.to_owned(),
                size,
                root,
            })
        };
        read().ok_or(LogRefusal::NotACheckpoint)
    }

    /// Reads the checkpoint of a log that this key signs for.
    pub fn open(note: &Note, log: &NoteKey) -> Result<Self, LogRefusal> {
        note.verify(log)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin == log.name() {
            Ok(checkpoint)
        } else {
            Err(LogRefusal::OtherLog)
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root } = self;
        write!(f, "{origin}\n{size}\n{}\n", encode_digest(*root))
    }
}
