//! Proof codes that were told by telephone. A code waits, with the time of the call, for the event whose
//! id begins with it; all of them are kept in memory (a hotline hears few), so that looking costs an
//! arriving event nothing. If events of two histories match one code, it counts for none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::{DeviceId, EventId, PersonId};
use domain::receipt::Via;
use domain::relay::RelayCode;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use store::{RelayCodeRow, RelayMatchRow, StoreError};

use super::draft::Draft;
use super::head::{Head, give_told_receipt};
use super::past::seen_of;
use super::push::retime;
use crate::error::ApiError;
use crate::register::corrupt;

/// A code somebody told.
#[derive(Debug, Clone)]
pub struct RelayCodeRequest {
    pub code: RelayCode,
    /// Who typed it.
    pub by: PersonId,
}

/// When it was told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayCodeAnswer {
    pub ts: Timestamp,
    /// It was known already; the first time stands.
    pub is_repeat: bool,
}

/// A code that an arriving event matches.
#[derive(Debug, Clone)]
pub struct Told {
    pub code: RelayCode,
    pub ts: Timestamp,
    /// Where the log says that it was told.
    pub leaf: u64,
    /// Other events that match it too.
    pub others: Vec<Other>,
}

/// Another event of the same code.
#[derive(Debug, Clone)]
pub struct Other {
    pub dev: String,
    pub head: String,
}

impl Other {
    /// Its chain.
    pub fn parse_dev(&self) -> Result<DeviceId, StoreError> {
        self.dev.parse().map_err(|_| corrupt("relay_match", "dev"))
    }
}

/// When a code was told first, and the place of that in the log.
#[derive(Debug, Clone, Copy)]
struct First {
    ts: Timestamp,
    leaf: u64,
}

/// All codes there are.
#[derive(Debug, Clone, Default)]
pub struct RelayCodes {
    last_number: i64,
    first: HashMap<RelayCode, First>,
}

impl RelayCodes {
    /// The code of this event, if it was told.
    pub fn told(&self, id: EventId) -> Option<Told> {
        if self.first.is_empty() {
            return None;
        }
        let code = RelayCode::of(id);
        self.first.get(&code).map(|first| Told {
            code,
            ts: first.ts,
            leaf: first.leaf,
            others: Vec::new(),
        })
    }

    fn add(&mut self, row: &RelayCodeRow) -> Result<(), StoreError> {
        let code =
            RelayCode::try_from(row.code.clone()).map_err(|code| corrupt("relay_code", code))?;
        self.first.entry(code).or_insert(First {
            ts: Timestamp(row.ts),
            leaf: row.leaf.unsigned_abs(),
        });
        self.last_number = row.number;
        Ok(())
    }
}

/// [`RelayCodes`] as this process has read them; others may add to them.
#[derive(Debug, Default)]
pub struct KnownRelayCodes(Mutex<Arc<RelayCodes>>);

impl KnownRelayCodes {
    /// The number of the last code that is known.
    pub fn last_number(&self) -> i64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last_number
    }

    /// All codes there are, now that these came after the known ones.
    pub fn with(&self, rows: &[RelayCodeRow]) -> Result<Arc<RelayCodes>, StoreError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What another turn has learned meanwhile is among these rows once more.
        let last_number = known.last_number;
        let mut fresh = rows
            .iter()
            .filter(|row| row.number > last_number)
            .peekable();
        if fresh.peek().is_some() {
            let codes = Arc::make_mut(&mut known);
            for row in fresh {
                codes.add(row)?;
            }
        }
        Ok(Arc::clone(&known))
    }
}

/// Keeps a code with the time of the call.
pub(super) fn relay_code(
    draft: &mut Draft,
    request: &RelayCodeRequest,
) -> Result<RelayCodeAnswer, ApiError> {
    if let Some(first) = draft.relay_codes.first.get(&request.code) {
        return Ok(RelayCodeAnswer {
            ts: first.ts,
            is_repeat: true,
        });
    }
    let row = RelayCodeRow {
        number: draft.relay_codes.last_number + 1,
        code: request.code.to_string(),
        ts: draft.now.0,
        leaf: draft.next_leaf() as i64,
        by: request.by.to_string(),
    };
    let codes = Arc::make_mut(&mut draft.relay_codes);
    codes
        .add(&row)
        .map_err(|error| ApiError::internal("relay code", error))?;
    draft.commit.relay_codes.push(row);
    draft.log(LeafKind::Relay, request.code.record_digest(draft.now));
    draft.is_urgent = true;
    Ok(RelayCodeAnswer {
        ts: draft.now,
        is_repeat: false,
    })
}

/// An event has taken its place in a chain: if its code was told, the time of the call is its
/// receipt, unless the code is another event's too.
pub(super) fn bind(draft: &mut Draft, dev: DeviceId, seq: u64, id: EventId) {
    let told = draft
        .devices
        .get(&dev)
        .and_then(|device| device.told.get(&id))
        .cloned();
    let Some(told) = told else { return };
    draft.commit.relay_matches.push(RelayMatchRow {
        code: told.code.to_string(),
        dev: dev.to_string(),
        seq: seq as i64,
        head: id.to_string(),
    });
    if told.others.is_empty() {
        let head = Head {
            dev,
            head_seq: seq,
            head: id,
        };
        give_told_receipt(draft, head, told.ts, told.leaf);
        return;
    }
    tracing::error!(code = %told.code, %dev, "ALARM: a proof code matches events of two histories");
    for other in &told.others {
        withdraw(draft, other);
    }
}

/// Takes back what the code's receipt has done to the bounds of another chain.
fn withdraw(draft: &mut Draft, other: &Other) {
    let (Ok(dev), Ok(head)) = (other.dev.parse::<DeviceId>(), other.head.parse::<EventId>()) else {
        return;
    };
    let tolerance = super::carry::tolerance_at(&draft.register, draft.now);
    let Some(device) = draft.devices.get_mut(&dev) else {
        return;
    };
    device
        .given
        .retain(|given| given.via != Via::RelayCode || given.head != head);
    let events = device
        .past
        .events
        .iter()
        .map(|event| (event.link.seq, event.link.id));
    let seen = seen_of(&device.given, events);
    let rebound = device.carry.bound_without(&device.past, &seen, tolerance);
    device.mark();
    retime(draft, dev, &rebound);
}
