//! Proofs as files (C2SP tlog-proof): a leaf's number, the way up to the root, and the checkpoint
//! with its signatures. Enough to convince somebody who is offline and holds only the keys.

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::Checkpoint;
use super::merkle::{self, PROOF_HASHES_MAX};
use super::note::{NOTE_BYTES_MAX, Note, NoteKey};
use super::{LogRefusal, SIZE_MAX, decode_base64, decode_decimal, decode_digest, encode_digest};
use crate::ids::Digest;

/// Most bytes of extra data.
pub const EXTRA_BYTES_MAX: usize = 4 * 1024;
/// Largest proof, bytes: a note, the hashes and the extra data.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 16 * 1024;
/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// That a leaf is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// Not authenticated by anything; nothing may be decided by it.
    pub extra: Option<Vec<u8>>,
    /// Number of the leaf, from 0.
    pub index: u64,
    /// The hashes from the leaf's neighbour to below the root.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint they lead to.
    pub checkpoint: Note,
}

impl LogProof {
    /// Reads the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, LogRefusal> {
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(LogRefusal::NotALogProof);
        }
        let read = || {
            // No line before the checkpoint is empty, so the first empty line is the border.
            let (head, checkpoint) = std::str::from_utf8(bytes).ok()?.split_once("\n\n")?;
            let mut lines = head.split('\n').peekable();
            lines.next().filter(|header| *header == HEADER)?;
            let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
                Some(extra) => {
                    lines.next();
                    Some(decode_base64(extra).filter(|extra| extra.len() <= EXTRA_BYTES_MAX)?)
                }
                None => None,
            };
            let index = decode_decimal(lines.next()?.strip_prefix("index ")?)?;
            let hashes: Vec<Digest> = lines
                .take(PROOF_HASHES_MAX + 1)
                .map(decode_digest)
                .collect::<Option<_>>()?;
            let is_short = hashes.len() <= PROOF_HASHES_MAX && index < SIZE_MAX;
            is_short.then_some((extra, index, hashes, checkpoint))
        };
        let (extra, index, hashes, checkpoint) = read().ok_or(LogRefusal::NotALogProof)?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: Note::parse(checkpoint.as_bytes())?,
        })
    }

    /// The checkpoint, if this log signed it and the leaf with this hash is in it, at
    /// [`LogProof::index`].
    pub fn verify(&self, leaf_hash: Digest, log: &NoteKey) -> Result<Checkpoint, LogRefusal> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        let Checkpoint { size, root, .. } = checkpoint;
        if merkle::verify_inclusion(leaf_hash, self.index, size, root, &self.hashes) {
            Ok(checkpoint)
        } else {
            Err(LogRefusal::NotInLog)
        }
    }
}

/// The hashes of a consistency proof as a file: one a line, base64, as witnesses are sent them.
pub fn write_hashes(hashes: &[Digest]) -> String {
    let lines = hashes.iter().map(|hash| encode_digest(*hash) + "\n");
    lines.collect()
}

/// Reads what [`write_hashes`] writes, and nothing else.
pub fn read_hashes(bytes: &[u8]) -> Result<Vec<Digest>, LogRefusal> {
    let read = || {
        let text = std::str::from_utf8(bytes).ok()?;
        let hashes: Vec<Digest> = text
            .split_terminator('\n')
            .take(PROOF_HASHES_MAX + 1)
            .map(decode_digest)
            .collect::<Option<_>>()?;
        let is_it = hashes.len() <= PROOF_HASHES_MAX && write_hashes(&hashes) == text;
        is_it.then_some(hashes)
    };
    read().ok_or(LogRefusal::NotALogProof)
}

impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", encode_digest(*hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
