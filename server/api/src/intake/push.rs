//! A batch of a phone's events. Each is placed in the chain and bounded in time, then taken by the
//! rules ([`super::take`]); the answer says of each what became of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::chain::{ChainHead, ChainLink, Placement, place};
use domain::ids::{DeviceId, Digest, EventId, PersonId, WorkOrderId};
use domain::interval::{Bounds, Link, Seen};
use domain::receipt::Via;
use domain::sidecar::Sidecar;

use super::carry::tolerance_at;
use super::codes;
use super::draft::Draft;
use super::head::{Head, give_receipt};
use super::open::{Incoming, Opened};
use super::past::{Rebound, seen_of};
use super::relay::bind;
use super::take::{quarantine, take};
use super::verdict::conclude;
use crate::error::ApiError;

/// What a phone sends in one request.
pub struct PushRequest {
    pub dev: DeviceId,
    pub person: PersonId,
    pub events: Vec<Incoming>,
    /// By commitment; verified against it here.
    pub sidecars: BTreeMap<Digest, Sidecar>,
}

/// What became of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Accepted,
    Duplicate,
    Quarantined,
    Gap,
}

/// The answer for one event, in the order of the request.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub id: Option<EventId>,
    pub seq: Option<u64>,
    pub status: Status,
    /// Why, for `Quarantined` and `Gap`.
    pub code: Option<&'static str>,
}

/// The answer for a batch.
#[derive(Debug, Clone)]
pub struct PushAnswer {
    /// Envelope of the receipt for the chain head, none while the chain is empty.
    pub receipt: Option<String>,
    pub outcomes: Vec<Outcome>,
    /// The next sequence number the chain waits for.
    pub expected_seq: u64,
}

pub(super) fn push(draft: &mut Draft, request: &PushRequest) -> Result<PushAnswer, ApiError> {
    let mut batch = Batch::place(draft, request);
    let bounds = batch.bound(draft, request.dev);
    for (following, (link, bounds)) in batch.following.iter().zip(bounds) {
        let Some(opened) = request.events[*following].opened() else {
            continue;
        };
        let code = take(draft, request, opened, bounds);
        if let Some(device) = draft.devices.get_mut(&request.dev) {
            let wo = opened.event.wo.clone().filter(|_| code.is_none());
            device.past.push(link, bounds, wo);
        }
        if code.is_none() {
            codes::verify(draft, opened, bounds)?;
        }
        let status = if code.is_some() {
            Status::Quarantined
        } else {
            Status::Accepted
        };
        batch.outcomes[*following] = Some(Outcome {
            id: Some(opened.id),
            seq: Some(opened.event.seq),
            status,
            code,
        });
        if let Some(code) = code {
            quarantine(draft, request, &request.events[*following], code);
        }
    }
    let outcomes = batch.outcomes.into_iter().flatten().collect();
    // How far somebody else's chain has come is none of the sender's business.
    let own = draft
        .devices
        .get(&request.dev)
        .filter(|device| device.row.person == request.person.as_str());
    let (seq, id) = own.map_or((0, EventId::GENESIS), |device| device.head());
    let head = Head {
        dev: request.dev,
        head_seq: seq,
        head: id,
    };
    let receipt = (seq > 0).then(|| give_receipt(draft, head, None, Via::Sync));
    Ok(PushAnswer {
        receipt,
        outcomes,
        expected_seq: seq + 1,
    })
}

/// The batch after placing: which events follow the chain, and answers for the rest.
struct Batch<'a> {
    request: &'a PushRequest,
    following: Vec<usize>,
    outcomes: Vec<Option<Outcome>>,
}

impl<'a> Batch<'a> {
    fn place(draft: &mut Draft, request: &'a PushRequest) -> Self {
        let mut batch = Self {
            request,
            following: Vec::new(),
            outcomes: Vec::new(),
        };
        for (index, incoming) in request.events.iter().enumerate() {
            let outcome = match &incoming.verdict {
                Err(code) => Some((Status::Quarantined, Some(*code))),
                Ok(opened) => batch.place_one(draft, opened, index),
            };
            // A gap is no refusal: the phone keeps the event and sends it again.
            if let Some((Status::Quarantined, Some(code))) = outcome {
                quarantine(draft, request, incoming, code);
            }
            batch.outcomes.push(outcome.map(|(status, code)| Outcome {
                id: incoming.id,
                seq: incoming.seq,
                status,
                code,
            }));
        }
        batch
    }

    /// None if it follows the chain and is to be judged by the rules.
    fn place_one(
        &mut self,
        draft: &mut Draft,
        opened: &Opened,
        index: usize,
    ) -> Option<(Status, Option<&'static str>)> {
        let device = draft.devices.get_mut(&opened.event.dev)?;
        let (seq, id) = device.head();
        let link = ChainLink::of(&opened.event, opened.id);
        let placement = place(ChainHead { seq, id }, &link, |seq| {
            device.known.get(&seq).copied()
        });
        match placement {
            Placement::Follows => {
                device.advance(link.seq, link.id);
                self.following.push(index);
                None
            }
            // Whoever lost the first answer must still learn of a refusal.
            Placement::Duplicate => Some(match device.refused.get(&link.seq) {
                Some(code) => (Status::Quarantined, Some(*code)),
                None => (Status::Duplicate, None),
            }),
            Placement::Gap { .. } => Some((Status::Gap, placement.code())),
            Placement::Fork(_) => Some((Status::Quarantined, placement.code())),
        }
    }

    /// Bounds of the following events: not later than now, or than an earlier receipt that
    /// already covered them by their head's hash. Such a receipt reaches back behind this request.
    fn bound(&self, draft: &mut Draft, dev: DeviceId) -> Vec<(Link, Bounds)> {
        let links: Vec<Link> = self
            .following
            .iter()
            .filter_map(|index| self.request.events[*index].opened())
            .map(|opened| Link {
                seq: opened.event.seq,
                id: opened.id,
                sid: opened.event.sid,
                mono: opened.event.mono,
                anchor_ts: opened.anchor.unwrap_or(None),
            })
            .collect();
        for link in &links {
            bind(draft, dev, link.seq, link.id);
        }
        let tolerance = tolerance_at(&draft.register, draft.now);
        let (Some(last), Some(device)) = (links.last(), draft.devices.get_mut(&dev)) else {
            return Vec::new();
        };
        let known = device.past.events.iter().map(|event| &event.link);
        let places = known.chain(&links).map(|link| (link.seq, link.id));
        let mut seen = seen_of(&device.given, places);
        seen.push(Seen {
            head_seq: last.seq,
            ts: draft.now,
        });
        let (bounds, rebound) = device.carry.bound(&device.past, &links, &seen, tolerance);
        retime(draft, dev, &rebound);
        links.into_iter().zip(bounds).collect()
    }
}

/// Puts events that stand already between their new bounds.
pub(super) fn retime(draft: &mut Draft, dev: DeviceId, rebound: &Rebound) {
    if rebound.is_empty() {
        return;
    }
    let Some(device) = draft.devices.get(&dev) else {
        return;
    };
    let folded = &device.past.folded;
    let touched: BTreeSet<WorkOrderId> = rebound
        .keys()
        .filter_map(|id| folded.get(id).cloned())
        .collect();
    for wo in touched {
        if let Some(work_order) = draft.work_orders.get_mut(&wo) {
            work_order.rebound(rebound);
            let was_concluded = !work_order.evaluations.is_empty();
            draft.touch(&wo);
            // What was said of it before is no longer what the server would say.
            if was_concluded {
                conclude(draft, &wo);
            }
        }
    }
}
