//! Who joins a report ("me too", F41), and monitoring that says that its alarm is over. Both are facts of a work
//! order that move none of its clocks, and leaves of the log: whoever joined can prove when.

use std::collections::BTreeMap;

use domain::event::{AlarmCleared, Channel, Commitment, Fact, Joined};
use domain::ids::{Digest, EventId, PersonId, WorkOrderId};
use domain::sidecar::Contact;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use domain::work_order::WorkOrder;
use store::IdempotencyRow;

use super::desk::DeskAnswer;
use super::draft::Draft;
use super::say::{say, seal_sidecar};
use crate::error::ApiError;

/// Somebody else who sees the same fault.
#[derive(Debug, Clone)]
pub struct JoinRequest {
    pub work_order: WorkOrderId,
    pub channel: Channel,
    /// Who writes it down; `public` for the page behind the QR code.
    pub by: PersonId,
    pub text: String,
    pub reporter: Option<Contact>,
    pub occurred_at: Option<Timestamp>,
    /// The same key of the same person joins once.
    pub idempotency_key: Option<String>,
}

/// Monitoring says that an alarm is over.
#[derive(Debug, Clone)]
pub struct ClearRequest {
    pub work_order: WorkOrderId,
    pub by: PersonId,
    pub cleared: AlarmCleared,
}

impl JoinRequest {
    pub(super) fn key(&self) -> Option<(String, String)> {
        let key = self.idempotency_key.clone()?;
        Some((self.by.to_string(), key))
    }
}

/// Joins, once per key. The answer names the event, of which the slip is made.
pub(super) fn join(draft: &mut Draft, request: &JoinRequest) -> Result<DeskAnswer, ApiError> {
    let answer = |event, is_repeat| DeskAnswer {
        work_order: request.work_order.clone(),
        is_repeat,
        event: Some(event),
    };
    let key = request.key();
    if let Some(earlier) = key.as_ref().and_then(|key| draft.idempotent.get(key)) {
        return earlier_join(request, earlier).map(|event| answer(event, true));
    }
    let work_order = known(draft, &request.work_order)?;
    let may = work_order.may_be_joined();
    may.map_err(|code| {
        let words = ApiError::refused(code.code());
        ApiError::conflict(code.code(), words.zh, words.en)
    })?;
    let mut sidecars = BTreeMap::new();
    let reporter = match &request.reporter {
        None => None,
        Some(contact) => {
            let (c, sidecar) = seal_sidecar(contact)?;
            sidecars.insert(c, sidecar);
            Some(Commitment { c })
        }
    };
    let fact = Fact::Joined(Joined {
        channel: request.channel,
        text: request.text.clone(),
        reporter,
        occurred_at: request.occurred_at,
    });
    let event = add(draft, &request.work_order, &request.by, fact, sidecars)?;
    draft.slip(&request.work_order, event);
    // Whoever joins is waiting for the proof that they did.
    draft.is_urgent = true;
    if let Some((person, key)) = key {
        draft.remember(IdempotencyRow {
            person,
            key,
            request: request.work_order.to_string(),
            response: event.to_string(),
            at: draft.now.0,
        });
    }
    Ok(answer(event, false))
}

fn earlier_join(request: &JoinRequest, earlier: &IdempotencyRow) -> Result<EventId, ApiError> {
    if earlier.request != request.work_order.as_str() {
        return Err(ApiError::conflict(
            "idempotency_key_reused",
            "同一个提交编号用在了两份不同的内容上。请刷新页面后重新提交。",
            "The same submission number was used for two different things. Reload and submit again.",
        ));
    }
    let malformed = |_| ApiError::internal("join", "stored event is malformed");
    earlier.response.parse().map_err(malformed)
}

/// Writes down that monitoring says so; true if it had said so of this alarm before.
pub(super) fn clear(draft: &mut Draft, request: &ClearRequest) -> Result<bool, ApiError> {
    let work_order = known(draft, &request.work_order)?;
    if work_order.is_cleared(&request.cleared.alarm) {
        return Ok(true);
    }
    let fact = Fact::AlarmCleared(request.cleared.clone());
    add(
        draft,
        &request.work_order,
        &request.by,
        fact,
        BTreeMap::new(),
    )?;
    Ok(false)
}

fn known<'a>(draft: &'a Draft, wo: &WorkOrderId) -> Result<&'a WorkOrder, ApiError> {
    let found = draft.work_orders.get(wo);
    found.ok_or_else(|| ApiError::not_found("工单", "work order", wo.as_str()))
}

fn add(
    draft: &mut Draft,
    wo: &WorkOrderId,
    by: &PersonId,
    fact: Fact,
    sidecars: BTreeMap<Digest, domain::sidecar::Sidecar>,
) -> Result<EventId, ApiError> {
    let recorded = say(draft, wo, by, fact, sidecars)?;
    draft.log(LeafKind::Fault, Digest(recorded.id.0));
    if let Some(work_order) = draft.work_orders.get_mut(wo) {
        work_order.apply(&recorded);
    }
    draft.touch(wo);
    Ok(recorded.id)
}
