//! The second signatures (SM2): every receipt and checkpoint that was given while a key for them was recorded
//! (`sm2.json`) has one, and every one that is there is a recorded key's.

use domain::envelope::Envelope;
use domain::receipt::Receipt;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::note::Note;
use gm::envelope::Second;
use store::{CheckpointRow, StoreError};
use verify::SecondKeys;

use super::{Checked, Subject};
use crate::log::publisher::CHECKPOINT;

/// Checkpoints read at a time.
const PAGE: usize = 200;

const MISSING: &str = "its second signature (SM2) is missing";
const NOT_GENUINE: &str = "its second signature (SM2) is of no key recorded for that time";

/// The second signature of a receipt that the server has given.
pub(super) fn check_receipt(
    subject: &Subject<'_>,
    checked: &mut Checked,
    place: &str,
    envelope: &Envelope,
    receipt: &Receipt,
) {
    let keys = SecondKeys::of(subject.sm2);
    let second = keys.receipt(envelope, receipt.ts);
    // At the instant of a change both keys, or none, may have signed.
    let second = second.or_else(|| match gm::envelope::second(envelope, keys.all()) {
        Second::Absent => None,
        found => Some(found),
    });
    match second {
        None => {}
        Some(Second::Genuine) => checked.signed_twice += 1,
        Some(Second::Absent) => checked.find(place, MISSING),
        Some(Second::NotGenuine) => checked.find(place, NOT_GENUINE),
    }
}

/// The checkpoints in the database, and the one that is published.
pub(super) async fn check_checkpoints(
    subject: &Subject<'_>,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    if subject.sm2.is_empty() {
        return Ok(());
    }
    let mut from = 0;
    loop {
        let page = subject.store.checkpoints_from(from, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        from = last.size + 1;
        for row in page {
            let place = format!("checkpoint {}", row.size);
            check_checkpoint(subject, checked, &place, &row).await?;
        }
    }
    check_published(subject, checked).await
}

/// What readers get is a row of the database, but lies in a file of its own.
async fn check_published(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let Some(bytes) = subject.blobs.log_files().read(CHECKPOINT).await? else {
        return Ok(());
    };
    let note = Note::parse(&bytes);
    let size = note.map(|note| Checkpoint::parse(note.text()).map(|it| it.size));
    // What cannot be read is named elsewhere.
    let (Ok(Ok(size)), Ok(note)) = (size, String::from_utf8(bytes.to_vec())) else {
        return Ok(());
    };
    let Some(row) = subject.store.checkpoint(size as i64).await? else {
        return Ok(());
    };
    let row = CheckpointRow { note, ..row };
    check_checkpoint(subject, checked, CHECKPOINT, &row).await
}

async fn check_checkpoint(
    subject: &Subject<'_>,
    checked: &mut Checked,
    place: &str,
    row: &CheckpointRow,
) -> Result<(), StoreError> {
    let Ok(note) = Note::parse(row.note.as_bytes()) else {
        checked.find(place, "its note cannot be read");
        return Ok(());
    };
    let leaf = subject.store.leaves_from(row.size - 1, 1).await?;
    let after = leaf.first().map(|leaf| Timestamp(leaf.ts));
    let seen_at = row.witnessed_at.map(Timestamp);
    match SecondKeys::of(subject.sm2).checkpoint(&note, after, seen_at) {
        Ok(None) => {}
        Ok(Some(true)) => checked.signed_twice += 1,
        Ok(Some(false)) => checked.find(place, MISSING),
        Err(code) => checked.find(place, format!("its second signature (SM2): {code}")),
    }
    Ok(())
}
