//! Erasing personal values for good (PIPL art. 47). What a position had shown is said beforehand, by the
//! same event that says it is gone, so that every verdict stays what it was; the event is a leaf of the log.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::{Erased, Fact};
use domain::ids::{DeviceId, Digest, EventId, PersonId, WorkOrderId};
use domain::presence::Presence;
use domain::tlog::leaf::LeafKind;
use domain::work_order::WorkOrder;

use super::draft::Draft;
use super::say::say;
use crate::error::ApiError;

/// What is to go, as it was looked up; see [`crate::erasures`].
#[derive(Debug, Clone)]
pub struct EraseRequest {
    pub by: PersonId,
    pub reason: String,
    /// The work order first, then those with a check-in that was judged by a position in it.
    pub parts: Vec<ErasePart>,
    /// How far the chains of the phones that were there had come.
    pub heads: BTreeMap<DeviceId, u64>,
    /// Those of them that were not located since.
    pub unlocated: BTreeSet<DeviceId>,
}

/// One work order's part of it.
#[derive(Debug, Clone)]
pub struct ErasePart {
    pub work_order: WorkOrderId,
    /// What was known of it, per device.
    pub seen: BTreeMap<DeviceId, u64>,
    pub values: Vec<Digest>,
    pub presence: BTreeMap<EventId, Presence>,
}

/// Says and does it, unless anything has changed since it was looked up.
pub(super) fn erase(draft: &mut Draft, request: &EraseRequest) -> Result<(), ApiError> {
    if !is_current(draft, request) {
        return Err(ApiError::conflict(
            "changed_meanwhile",
            "该工单刚刚有新的记录，尚未删除任何内容。请重新提交。",
            "Something new was recorded just now, so nothing was erased. Submit it again.",
        ));
    }
    must_not_be_on_hold(draft, request)?;
    for part in &request.parts {
        let fact = Fact::Erased(Erased {
            values: part.values.clone(),
            presence: part.presence.clone(),
            reason: request.reason.clone(),
        });
        let recorded = say(draft, &part.work_order, &request.by, fact, BTreeMap::new())?;
        draft.log(LeafKind::Erase, Digest(recorded.id.0));
        if let Some(work_order) = draft.work_orders.get_mut(&part.work_order) {
            work_order.apply(&recorded);
        }
        draft.touch(&part.work_order);
        let gone = part.values.iter().map(Digest::to_string);
        draft.commit.erased.extend(gone);
    }
    for dev in &request.unlocated {
        if let Some(device) = draft.devices.get_mut(dev) {
            device.forget_position();
        }
    }
    Ok(())
}

/// What somebody needs stays, and so does what the presence on it rests on.
fn must_not_be_on_hold(draft: &Draft, request: &EraseRequest) -> Result<(), ApiError> {
    let held = request.parts.iter().find(|part| {
        let work_order = draft.work_orders.get(&part.work_order);
        work_order.is_some_and(WorkOrder::is_on_hold)
    });
    match held {
        None => Ok(()),
        Some(part) => Err(ApiError::conflict(
            "on_hold",
            format!(
                "工单 {} 已被保全，其中的个人信息和在场判断所依据的定位都不能删除。请先解除保全。",
                part.work_order
            ),
            format!(
                "Work order {} is on hold: nothing personal in it, and no position its presence rests on, can be erased. Release the hold first.",
                part.work_order
            ),
        )),
    }
}

fn is_current(draft: &Draft, request: &EraseRequest) -> bool {
    let is_as_seen = |part: &ErasePart| {
        let now = draft.work_orders.get(&part.work_order);
        now.is_some_and(|work_order| work_order.heads == part.seen)
    };
    let has_not_moved = |(dev, seq): (&DeviceId, &u64)| {
        let now = draft.devices.get(dev);
        now.is_some_and(|device| device.head().0 == *seq)
    };
    request.parts.iter().all(is_as_seen) && request.heads.iter().all(has_not_moved)
}
