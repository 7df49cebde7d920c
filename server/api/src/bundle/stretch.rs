//! How much of a phone's chain a bundle needs: from the receipt before the work order's first event
//! (a lower bound in time), before the phone's last known position (for the speed between them) and before
//! the page was loaded (for the build of the app that ran), to the receipt that covers the last event and was given first (an upper bound).

use std::collections::BTreeMap;

use domain::event::{Event, Fact};
use domain::ids::Digest;
use domain::interval::Bounds;
use domain::sla::policy::PresencePolicy;
use domain::time::Timestamp;
use domain::work_order::Recorded;
use serde_json::Value;
use store::{EventRow, ReceiptRow, Store, StoreError};

use super::gather::broken;
use crate::covering::covering;
use crate::error::ApiError;
use crate::intake::past::counting;
use crate::page_loads::page_loads;

/// Events read at a time on the way back.
const PAGE: i64 = 200;
/// How far back the phone's last position is looked for; beyond it a bundle says that it is missing.
const BACK_MAX: i64 = 4_000;

/// Events and receipts of one phone that go into a bundle.
pub(super) struct Stretch {
    pub events: Vec<EventRow>,
    /// Each confirms one of the events; none of a proof code that counts for nothing.
    pub receipts: Vec<ReceiptRow>,
}

/// The stretch around these events, which are all of the work order's.
pub(super) async fn around(
    store: &Store,
    dev: &str,
    own: &[&EventRow],
    points: &PresencePolicy,
) -> Result<Stretch, ApiError> {
    let seqs = || own.iter().map(|row| row.seq);
    let (first, last) = (seqs().min().unwrap_or(1), seqs().max().unwrap_or(1));
    let to = confirmed_end(store, dev, last).await?;
    let mut from = beginning(store, dev, first, Some(points)).await?;
    let device = dev.parse().map_err(|_| broken("device"))?;
    for load in page_loads(store, device, own).await? {
        if let Some((seq, _)) = load.started.filter(|(seq, _)| *seq < from) {
            from = beginning(store, dev, seq, None).await?;
        }
    }
    let events = store.chain(dev, from, to).await?;
    let receipts = store.receipts_between(dev, from, to).await?;
    let mut receipts = counting(store, receipts).await?;
    receipts.retain(|receipt| {
        events
            .iter()
            .any(|event| event.seq == receipt.head_seq && event.id == receipt.head)
    });
    Ok(Stretch { events, receipts })
}

/// Where the receipt stands that bounds the last event from above, which need not be the next one: after
/// days without network the head that was seen in time is the last of a long backlog. `last` itself if
/// none does yet.
async fn confirmed_end(store: &Store, dev: &str, last: i64) -> Result<i64, StoreError> {
    let receipts = covering(store, dev, last, last).await?;
    let first_given = receipts.iter().min_by_key(|row| (row.ts, row.head_seq));
    Ok(first_given.map_or(last, |row| row.head_seq))
}

/// Where the stretch begins: an acknowledged receipt, or the enrolment. With `points`, not before the phone's
/// last position.
async fn beginning(
    store: &Store,
    dev: &str,
    first: i64,
    points: Option<&PresencePolicy>,
) -> Result<i64, ApiError> {
    let mut end = first;
    let mut is_located = points.is_none();
    while end > 1 {
        let page = store.chain(dev, (end - PAGE).max(1), end - 1).await?;
        for row in page.iter().rev().filter(|row| row.refused.is_none()) {
            let event = read(row)?;
            if let Some(points) = points.filter(|_| !is_located) {
                is_located = first - row.seq > BACK_MAX
                    || is_located_check_in(store, &event, row, points).await?;
            }
            if is_located && matches!(event.fact, Fact::SyncAcknowledged(_)) {
                return Ok(row.seq);
            }
        }
        end = page.first().map_or(1, |row| row.seq);
    }
    Ok(1)
}

async fn is_located_check_in(
    store: &Store,
    event: &Event,
    row: &EventRow,
    points: &PresencePolicy,
) -> Result<bool, ApiError> {
    let Fact::CheckedIn(check_in) = &event.fact else {
        return Ok(false);
    };
    let recorded = Recorded {
        event: event.clone(),
        id: row.id.parse().map_err(|_| damaged(row))?,
        // Where it was, not when, is asked here.
        bounds: Bounds::exactly(Timestamp(row.received_at)),
        sidecars: sidecars(store, event).await?,
        prior: None,
    };
    Ok(recorded.visit(check_in, None).best_fix(points).is_some())
}

async fn sidecars(store: &Store, event: &Event) -> Result<BTreeMap<Digest, Value>, StoreError> {
    let names: Vec<String> = event
        .fact
        .commitments()
        .iter()
        .map(Digest::to_string)
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = store.sidecars(&names).await?;
    let read = |row: &store::SidecarRow| {
        Some((row.c.parse().ok()?, serde_json::from_str(&row.value).ok()?))
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// The event of a row.
pub(super) fn read(row: &EventRow) -> Result<Event, ApiError> {
    serde_json::from_str(&row.payload).map_err(|_| damaged(row))
}

fn damaged(row: &EventRow) -> ApiError {
    ApiError::internal(
        "bundle",
        format!("event {} of {} is damaged", row.seq, row.dev),
    )
}
