//! The end of a chain as it was before a request. A receipt given for a head that had not arrived (by
//! head sync, by somebody's scan, by telephone) reaches back behind the request that brings the head's
//! event: what came earlier is bounded again. Only as much is read as it can reach; without such a
//! receipt, nothing.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::ids::{EventId, WorkOrderId};
use domain::interval::{Bounded, Bounds, Carry, Link, Seen, UNKNOWN_EARLIEST, UNKNOWN_LATEST};
use domain::receipt::{Via, anchor_of};
use domain::relay::RelayCode;
use domain::server_keys::ServerKeys;
use domain::time::{Interval, Timestamp};
use store::{EventRow, ReceiptRow, Store, StoreError};

use crate::register::corrupt;

/// Events read at a time, the most a phone sends at once.
const PAGE: i64 = 200;

/// New bounds of events.
pub type Rebound = BTreeMap<EventId, Bounds>;

/// See the module.
#[derive(Debug, Default)]
pub struct Past {
    /// What was known before the first of the events.
    pub before: Carry,
    /// In order, as they were bounded on arrival.
    pub events: Vec<Bounded>,
    /// The work orders they were folded into.
    pub folded: BTreeMap<EventId, WorkOrderId>,
}

impl Past {
    /// The events up to this head, back to the last one whose latest moment is not after `reach`.
    pub async fn load(
        store: &Store,
        dev: &str,
        head_seq: i64,
        reach: Timestamp,
        server: &ServerKeys,
    ) -> Result<Self, StoreError> {
        let mut past = Self::default();
        let mut to = head_seq;
        while to >= 1 {
            let from = (to - PAGE + 1).max(1);
            let rows = store.chain(dev, from, to).await?;
            let mut page = Vec::with_capacity(rows.len());
            for row in &rows {
                let (event, wo) = read(row, server)?;
                past.folded.extend(wo.map(|wo| (event.link.id, wo)));
                page.push(event);
            }
            let end = page
                .iter()
                .rposition(|event| event.bounds.b.latest <= reach);
            let behind = end.map_or(0, |at| at + 1);
            past.events.splice(0..0, page.drain(behind..));
            if let Some(last) = page.last() {
                past.before = Carry::after(last);
                break;
            }
            to = from - 1;
        }
        Ok(past)
    }

    /// Puts an event behind the others, as it arrived.
    pub fn push(&mut self, link: Link, bounds: Bounds, wo: Option<WorkOrderId>) {
        self.folded.extend(wo.map(|wo| (link.id, wo)));
        self.events.push(Bounded { link, bounds });
    }

    /// The first place in the chain that is known here.
    pub fn first_seq(&self) -> Option<u64> {
        self.events.first().map(|event| event.link.seq)
    }
}

fn read(row: &EventRow, server: &ServerKeys) -> Result<(Bounded, Option<WorkOrderId>), StoreError> {
    let event: Event =
        serde_json::from_str(&row.payload).map_err(|error| corrupt("event", &error.to_string()))?;
    let id = row.id.parse().map_err(|_| corrupt("event", "id"))?;
    let arrived = row.bounds.as_deref().map(serde_json::from_str);
    let unknown = Interval {
        earliest: UNKNOWN_EARLIEST,
        latest: UNKNOWN_LATEST,
    };
    let bounds = arrived
        .transpose()
        .map_err(|error| corrupt("event", &error.to_string()))?
        .unwrap_or(Bounds {
            b: unknown,
            c: unknown,
            clock_conflict: false,
        });
    let link = Link {
        seq: event.seq,
        id,
        sid: event.sid,
        mono: event.mono,
        anchor_ts: anchor_of(&event, server).unwrap_or(None),
    };
    let wo = event.wo.filter(|_| row.refused.is_none());
    Ok((Bounded { link, bounds }, wo))
}

/// A receipt as far as time is concerned. It says nothing before its head stands in the chain.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    pub head_seq: u64,
    pub head: EventId,
    pub ts: Timestamp,
    pub via: Via,
}

impl Given {
    /// Reads it from the store.
    pub fn of(row: &ReceiptRow) -> Result<Self, StoreError> {
        let via = serde_json::from_value(row.via.as_str().into());
        Ok(Self {
            head_seq: row.head_seq as u64,
            head: row.head.parse().map_err(|_| corrupt("receipt", "head"))?,
            ts: Timestamp(row.ts),
            via: via.map_err(|_| corrupt("receipt", "via"))?,
        })
    }

    /// What it says about time.
    pub fn seen(&self) -> Seen {
        Seen {
            head_seq: self.head_seq,
            ts: self.ts,
        }
    }
}

/// These receipts without those of a proof code that events of two histories match: it counts for none.
pub async fn counting(
    store: &Store,
    receipts: Vec<ReceiptRow>,
) -> Result<Vec<ReceiptRow>, StoreError> {
    let mut kept = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        if !is_void(store, &receipt).await? {
            kept.push(receipt);
        }
    }
    Ok(kept)
}

/// Whether it is the receipt of a proof code that events of two histories match.
pub async fn is_void(store: &Store, receipt: &ReceiptRow) -> Result<bool, StoreError> {
    if receipt.via != Via::RelayCode.name() {
        return Ok(false);
    }
    let head = receipt.head.parse();
    let code = RelayCode::of(head.map_err(|_| corrupt("receipt", "head"))?);
    Ok(store.relay_matches(code.as_str()).await?.len() > 1)
}

/// Those receipts whose heads are among these events.
pub fn seen_of<'a>(
    given: impl IntoIterator<Item = &'a Given>,
    events: impl IntoIterator<Item = (u64, EventId)>,
) -> Vec<Seen> {
    let places: BTreeMap<u64, EventId> = events.into_iter().collect();
    given
        .into_iter()
        .filter(|given| places.get(&given.head_seq) == Some(&given.head))
        .map(Given::seen)
        .collect()
}
