//! What the log and its witnesses say about when the events of a work order happened: the input of
//! grade A and the check on grade B ([`domain::interval::external`]). Gathered for the moments that
//! clocks run between, from rows that were verified when they came in.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use domain::envelope::Envelope;
use domain::event::{Event, Fact};
use domain::ids::{DeviceId, EventId};
use domain::interval::external::{External, Logged, Witnessed, external};
use domain::receipt::{CheckpointRef, RECEIPT_TYPE, Receipt};
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::work_order::WorkOrder;
use store::{EventRow, ReceiptRow, Store, StoreError, WitnessedRow};

use crate::covering::covering;
use crate::register::corrupt;
use crate::state::App;

/// Events read at a time when looking along a chain.
const STEP: i64 = 60;
/// How often a chain is read on; a phone that recorded more between two syncs loses a bound, not a day.
const STEPS_MAX: i64 = 40;

/// A receipt, or a report, and the checkpoint it names.
struct Anchor {
    logged: Logged,
    cp: Option<CheckpointRef>,
}

/// Looks up what is known from outside; remembers checkpoints, because work orders on one page share them.
pub struct Outside<'a> {
    app: &'a App,
    /// By leaf, the first that covers it.
    covering: HashMap<u64, Option<Witnessed>>,
    /// By size.
    named: HashMap<u64, Option<Witnessed>>,
}

impl<'a> Outside<'a> {
    /// Knows nothing yet.
    pub fn new(app: &'a App) -> Self {
        Self {
            app,
            covering: HashMap::new(),
            named: HashMap::new(),
        }
    }

    /// What is known from outside about each moment that a clock of this work order runs between.
    /// Empty as long as no witness has seen the log.
    ///
    /// # Errors
    /// When the store does not answer or a row in it cannot be read.
    pub async fn of(
        &mut self,
        work_order: &WorkOrder,
        policy: &Policy,
    ) -> Result<BTreeMap<EventId, External>, StoreError> {
        if self.app.log.latest_external().is_none() {
            return Ok(BTreeMap::new());
        }
        let mut chains: BTreeMap<DeviceId, BTreeMap<u64, EventId>> = BTreeMap::new();
        for moment in work_order.clock_moments() {
            let chain = chains.entry(moment.dev).or_default();
            chain.insert(moment.seq, moment.event);
        }
        let mut known = BTreeMap::new();
        for (dev, events) in chains {
            let seqs: Vec<u64> = events.keys().copied().collect();
            let anchors = if self.app.signer.keys().is_server(dev) {
                reports(&self.app.store, &dev.to_string(), &seqs).await?
            } else {
                receipts(&self.app.store, &dev.to_string(), &seqs).await?
            };
            let witnessed = self.witnessed(&anchors).await?;
            let logged: Vec<Logged> = anchors.iter().map(|anchor| anchor.logged).collect();
            let found = external(&seqs, &logged, &witnessed, &policy.external_tolerance());
            known.extend(events.into_values().zip(found));
        }
        Ok(known)
    }

    /// The checkpoints that matter to these anchors: the first that covers each, the one each names, and
    /// the latest, by which it shows that something was never covered.
    async fn witnessed(&mut self, anchors: &[Anchor]) -> Result<Vec<Witnessed>, StoreError> {
        let store = &self.app.store;
        let latest = self.app.log.latest_external().map_or(0, |cp| cp.size);
        let mut witnessed = Vec::new();
        let named = anchors.iter().filter_map(|anchor| Some(anchor.cp?.size));
        for size in named.chain([latest]) {
            if let Entry::Vacant(unknown) = self.named.entry(size) {
                let row = store.witnessed(size as i64).await?;
                unknown.insert(row.map(read_witnessed).transpose()?);
            }
            witnessed.extend(self.named[&size]);
        }
        for leaf in anchors.iter().map(|anchor| anchor.logged.leaf) {
            if let Entry::Vacant(unknown) = self.covering.entry(leaf) {
                let row = store.first_witnessed(leaf as i64).await?;
                unknown.insert(row.map(read_witnessed).transpose()?);
            }
            witnessed.extend(self.covering[&leaf]);
        }
        Ok(witnessed)
    }
}

fn read_witnessed(row: WitnessedRow) -> Result<Witnessed, StoreError> {
    let note = row.note.parse();
    Ok(Witnessed {
        size: row.size.unsigned_abs(),
        note: note.map_err(|_| corrupt("witnessed", "note"))?,
        at: Timestamp(row.at),
    })
}

/// The receipts of a phone that cover these places of its chain, and those its chain embeds before.
async fn receipts(store: &Store, dev: &str, seqs: &[u64]) -> Result<Vec<Anchor>, StoreError> {
    let (first, last) = ends(seqs);
    let mut anchors = Vec::new();
    for row in covering(store, dev, first, last).await? {
        anchors.push(anchor_of_receipt(&read_receipt(&row)?, None));
    }
    let mut to = last;
    for _ in 0..STEPS_MAX {
        let from = (to - STEP).max(1);
        let rows = store.chain(dev, from, to).await?;
        let mut is_before_all = false;
        for row in rows.iter().filter(|row| row.t == "sync_acknowledged") {
            if let Some(receipt) = embedded(row)? {
                anchors.push(anchor_of_receipt(&receipt, Some(row.seq.unsigned_abs())));
                is_before_all |= row.seq <= first;
            }
        }
        if is_before_all || from == 1 {
            break;
        }
        to = from - 1;
    }
    Ok(anchors)
}

/// The reports on the server's own chain that stand at these places, or next after them.
async fn reports(store: &Store, dev: &str, seqs: &[u64]) -> Result<Vec<Anchor>, StoreError> {
    let (mut from, last) = ends(seqs);
    let mut anchors = Vec::new();
    for _ in 0..STEPS_MAX {
        let rows = store.chain(dev, from, from + STEP - 1).await?;
        let is_end = (rows.len() as i64) < STEP;
        let mut reports: Vec<_> = rows.iter().filter(|row| row.t == "reported").collect();
        // The first one at or after the last place covers it; later ones add nothing.
        let covering = reports.iter().position(|row| row.seq >= last);
        reports.truncate(covering.map_or(reports.len(), |place| place + 1));
        let ids: Vec<&str> = reports.iter().map(|row| row.id.as_str()).collect();
        let leaves = store.leaf_numbers(&ids).await?;
        for (row, leaf) in reports.iter().zip(leaves) {
            anchors.extend(anchor_of_report(row, leaf)?);
        }
        from += STEP;
        if is_end || covering.is_some() {
            break;
        }
    }
    Ok(anchors)
}

/// First and last place of a rising list that is not empty.
fn ends(seqs: &[u64]) -> (i64, i64) {
    let of = |seq: Option<&u64>| seq.map_or(1, |seq| *seq as i64);
    (of(seqs.first()), of(seqs.last()))
}

fn anchor_of_receipt(receipt: &Receipt, embedded_at: Option<u64>) -> Anchor {
    Anchor {
        logged: Logged {
            // One that is only embedded is no latest moment for anything: a phone can ask for a receipt of
            // any head, also one that its chain never has.
            head_seq: embedded_at.map_or(receipt.head_seq, |_| 0),
            ts: receipt.ts,
            leaf: receipt.leaf,
            note: receipt.cp.map(|cp| cp.note),
            embedded_at,
        },
        cp: receipt.cp,
    }
}

fn anchor_of_report(row: &EventRow, leaf: Option<i64>) -> Result<Option<Anchor>, StoreError> {
    let event = read_event(row)?;
    let (Fact::Reported(report), Some(leaf)) = (&event.fact, leaf) else {
        return Ok(None);
    };
    Ok(Some(Anchor {
        logged: Logged {
            head_seq: event.seq,
            ts: event.wall,
            leaf: leaf.unsigned_abs(),
            note: report.cp.map(|cp| cp.note),
            embedded_at: Some(event.seq),
        },
        cp: report.cp,
    }))
}

fn read_event(row: &EventRow) -> Result<Event, StoreError> {
    serde_json::from_str(&row.payload).map_err(|error| corrupt("event", &error.to_string()))
}

fn read_receipt(row: &ReceiptRow) -> Result<Receipt, StoreError> {
    let envelope = Envelope::parse(row.envelope.as_bytes());
    envelope
        .and_then(|envelope| opened(&envelope))
        .map_err(|reason| corrupt("receipt", reason.code()))
}

/// The receipt that a `sync_acknowledged` embeds. One that was refused proves nothing.
fn embedded(row: &EventRow) -> Result<Option<Receipt>, StoreError> {
    let event = read_event(row)?;
    let Fact::SyncAcknowledged(acknowledged) = event.fact else {
        return Ok(None);
    };
    if row.refused.is_some() {
        return Ok(None);
    }
    Envelope::from_value(acknowledged.receipt)
        .and_then(|envelope| opened(&envelope))
        .map(Some)
        .map_err(|reason| corrupt("event", reason.code()))
}

/// Its signature was verified when it came in, and `daochang fsck` verifies it again.
fn opened(envelope: &Envelope) -> Result<Receipt, domain::envelope::NotGenuine> {
    let unverified = envelope.open_unverified(RECEIPT_TYPE)?;
    domain::envelope::read(unverified.claimed_value())
}
