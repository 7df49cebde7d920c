//! Putting a work order on hold, so that nothing personal in it is erased, and taking that off again. Both are
//! facts like any other: signed for whoever said it, a leaf of the log.

use std::collections::BTreeMap;

use domain::event::{Fact, Hold};
use domain::ids::{Digest, PersonId, WorkOrderId};
use domain::tlog::leaf::LeafKind;

use super::draft::Draft;
use super::say::say;
use crate::error::ApiError;

/// Says it, unless it is so already.
pub(super) fn hold(
    draft: &mut Draft,
    id: &WorkOrderId,
    is_on: bool,
    reason: &str,
    by: &PersonId,
) -> Result<(), ApiError> {
    let absent = || ApiError::not_found("工单", "work order", id);
    let work_order = draft.work_orders.get(id).ok_or_else(absent)?;
    if work_order.is_on_hold() == is_on {
        return Err(match is_on {
            true => ApiError::conflict(
                "on_hold",
                "该工单已经处于保全中。",
                "This work order is on hold already.",
            ),
            false => ApiError::conflict(
                "not_on_hold",
                "该工单没有保全，无需解除。",
                "This work order is not on hold, so there is nothing to release.",
            ),
        });
    }
    let hold = Hold {
        reason: reason.to_owned(),
    };
    let fact = match is_on {
        true => Fact::Held(hold),
        false => Fact::Released(hold),
    };
    let recorded = say(draft, id, by, fact, BTreeMap::new())?;
    draft.log(LeafKind::Hold, Digest(recorded.id.0));
    if let Some(work_order) = draft.work_orders.get_mut(id) {
        work_order.apply(&recorded);
    }
    draft.touch(id);
    Ok(())
}
