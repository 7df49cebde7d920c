//! The receipts that bound a stretch of a chain in time. A receipt is given for whatever hash somebody names,
//! so it counts only if the chain has that very event at that place; a head of another history, or one that
//! somebody made up, says nothing about this one.

use std::collections::BTreeMap;

use store::{ReceiptRow, Store, StoreError};

use crate::intake::past::counting;

/// Receipts looked at in the order of the chain behind a stretch.
const NEXT: usize = 20;
/// How far behind a stretch a receipt may lie and still be looked for: what a phone records in weeks.
pub const REACH: i64 = 1_000;

/// The receipts for heads from `first` to `last`, the next ones behind, and those further behind that were
/// given earlier: after days without network the head that was seen in time is the last of a long backlog.
///
/// # Errors
/// When the store does not answer.
pub async fn covering(
    store: &Store,
    dev: &str,
    first: i64,
    last: i64,
) -> Result<Vec<ReceiptRow>, StoreError> {
    let mut rows = store.receipts_between(dev, first, last).await?;
    rows.extend(store.next_receipts(dev, last + 1, NEXT).await?);
    let mut standing = standing(store, dev, rows).await?;
    let next_ts = standing
        .iter()
        .filter(|row| row.head_seq > last)
        .map(|row| row.ts)
        .min();
    let before = next_ts.unwrap_or(i64::MAX);
    let earlier = store
        .receipts_before(dev, last + 1, last + REACH, before)
        .await?;
    for row in self::standing(store, dev, earlier).await? {
        if !standing.contains(&row) {
            standing.push(row);
        }
    }
    Ok(standing)
}

/// Those whose head the chain has where they say, without those of ambiguous proof codes.
async fn standing(
    store: &Store,
    dev: &str,
    rows: Vec<ReceiptRow>,
) -> Result<Vec<ReceiptRow>, StoreError> {
    let mut seqs: Vec<i64> = rows.iter().map(|row| row.head_seq).collect();
    seqs.dedup();
    let rows = counting(store, rows).await?;
    let events = store.known_events(dev, &seqs).await?;
    let ids: BTreeMap<i64, String> = events.into_iter().map(|row| (row.seq, row.id)).collect();
    Ok(rows
        .into_iter()
        .filter(|row| ids.get(&row.head_seq) == Some(&row.head))
        .collect())
}
