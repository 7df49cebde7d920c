//! Proofs that a leaf is in the log, in the form that anybody's tools read (C2SP tlog-proof).

use domain::tlog::note::Note;
use domain::tlog::proof::LogProof;

use crate::error::ApiError;
use crate::state::App;

/// The proof of the leaf at this place, with the size of the checkpoint it leads to; none while it is not
/// published. The leaf itself is in `extra`.
///
/// # Errors
/// When store or files do not answer, or what they hold cannot be read.
pub async fn proof_of(app: &App, number: u64) -> Result<Option<(u64, LogProof)>, ApiError> {
    let leaf = app.store.leaves_from(number as i64, 1).await?.pop();
    let (Some(leaf), Some((row, hashes))) = (leaf, app.publisher.prove(number).await?) else {
        return Ok(None);
    };
    let checkpoint = Note::parse(row.note.as_bytes())
        .map_err(|_| ApiError::internal("log", "a checkpoint is damaged"))?;
    let proof = LogProof {
        extra: Some(leaf.data.into_bytes()),
        index: number,
        hashes,
        checkpoint,
    };
    Ok(Some((row.size.unsigned_abs(), proof)))
}
