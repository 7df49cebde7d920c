//! What the site manager is shown before signing (9.4), derived from the facts of the phone in
//! hand alone, so that phone and server derive the very same text and its hash binds both.

use super::state::WorkOrder;
use crate::event::{Mode, Summary};
use crate::ids::DeviceId;
use crate::refusal::RefusalCode;

/// The summary of this device's work on the order. Refused until work is recorded and the
/// service restored: there is nothing to evaluate before. Work recorded after a "not solved"
/// needs a restoration of its own.
pub fn hand_over_summary(
    work_order: &WorkOrder,
    dev: DeviceId,
    site_name: &str,
) -> Result<Summary, RefusalCode> {
    let own = work_order.work.iter().rev().find(|work| work.at.dev == dev);
    let restored = work_order
        .restored
        .iter()
        .rev()
        .find(|restored| restored.at.dev == dev);
    let (Some(work), Some(restored)) = (own, restored) else {
        return Err(RefusalCode::NothingToEvaluate);
    };
    if work_order.was_refused_after(&restored.at) && !work_order.was_refused_after(&work.at) {
        return Err(RefusalCode::NothingToEvaluate);
    }
    let visit = work_order
        .visits
        .iter()
        .rev()
        .find(|visit| work.what.mode == Mode::OnSite && visit.check_in.at.dev == dev);
    let photos = work_order.photos.iter().filter(|photo| photo.at.dev == dev);
    Ok(Summary {
        wo: work_order.id.clone(),
        terminal: work_order.terminal.clone(),
        site_name: site_name.to_owned(),
        technician: work.by.clone(),
        fault: work.what.fault,
        mode: work.what.mode,
        repair_class: work.what.repair_class,
        cause: work.what.cause.clone(),
        action: work.what.action.clone(),
        parts: work.what.parts.clone(),
        arrived_wall: visit.map(|visit| visit.check_in.at.wall),
        restored_wall: restored.at.wall,
        photos: photos.map(|photo| photo.what.sha256).collect(),
        work: work.at.event,
        restored: restored.at.event,
        check_in: visit.map(|visit| visit.check_in.at.event),
    })
}
