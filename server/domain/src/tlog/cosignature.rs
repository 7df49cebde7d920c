//! Cosignatures (C2SP tlog-cosignature, Ed25519): a witness says "at this time the largest
//! consistent tree I have seen of this log has this root". Whether it may say so is the
//! witness's own business; here the statement is made and verified.

#[cfg(test)]
mod tests;

use super::note::{KeyKind, Note, NoteKey, NoteSignature};
use super::{LogRefusal, SIZE_MAX};
use crate::envelope::{SIGNATURE_BYTES, Signer};
use crate::time::Timestamp;

/// The latest time that still fits into a [`Timestamp`] all JSON readers keep, seconds.
const SECONDS_MAX: u64 = SIZE_MAX / 1000;

/// Cosigns the text of a checkpoint at whole seconds since 1970; `at` is rounded down.
pub fn cosign(
    text: &str,
    name: &str,
    witness: &Signer,
    at: Timestamp,
) -> Result<NoteSignature, LogRefusal> {
    let key = NoteKey::new(name, KeyKind::Cosignature, witness.public_key())?;
    let seconds = u64::try_from(at.0.div_euclid(1000))
        .ok()
        .filter(|seconds| *seconds <= SECONDS_MAX)
        .ok_or(LogRefusal::NotACheckpoint)?;
    let signature = witness.sign_text(&message(seconds, text));
    let bytes = [seconds.to_be_bytes().as_slice(), &signature].concat();
    Ok(NoteSignature::by(&key, bytes))
}

/// When this witness has cosigned the note, to the second; none if it has not.
pub fn cosigned_at(note: &Note, witness: &NoteKey) -> Result<Option<Timestamp>, LogRefusal> {
    if witness.kind() != KeyKind::Cosignature {
        return Ok(None);
    }
    let Some(line) = note.signature_by(witness)? else {
        return Ok(None);
    };
    let genuine = || {
        let (seconds, signature) = line.bytes.split_first_chunk::<8>()?;
        let seconds = Some(u64::from_be_bytes(*seconds)).filter(|it| *it <= SECONDS_MAX)?;
        let is_genuine = signature.len() == SIGNATURE_BYTES
            && witness
                .public_key()
                .has_signed(&message(seconds, note.text()), signature);
        let ms = i64::try_from(seconds * 1000).ok()?;
        is_genuine.then_some(Timestamp(ms))
    };
    genuine().map(Some).ok_or(LogRefusal::NoteBadSignature)
}

/// What is signed: the whole checkpoint under a header that no note and no envelope begins with.
fn message(seconds: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}
