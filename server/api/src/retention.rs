//! Erases positions and handwriting whose time is over (`domain::retention`), by the same door as somebody at
//! a desk would, so each erasure is signed and logged. Looked for at the start and on every new day; what was
//! interrupted goes on the next time, because what is gone already is not found again.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::ids::PersonId;
use domain::retention;
use domain::sla::calendar::{CivilDate, day_in_shenzhen};
use domain::time::Timestamp;
use domain::work_order::WorkOrder;
use store::WorkOrderRow;

use crate::erasures::{PersonalDto, erase_values};
use crate::error::ApiError;
use crate::state::{App, SharedApp};
use crate::work_orders::read;

/// How often it is looked whether a new day has begun.
const EVERY: Duration = Duration::from_secs(3_600);
/// Work orders looked at in one go; others get their turn in between.
const PAGE: usize = 100;
/// Who says it.
const BY: &str = "system";

/// What a sweep has done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Work orders of which something was erased.
    pub erased: usize,
    /// Those whose time is over, but somebody needs them, or another work order that rests on them.
    pub held: usize,
}

/// Sweeps on every new day, as long as the server runs.
pub async fn run(app: SharedApp) {
    let mut last: Option<CivilDate> = None;
    loop {
        let today = day_in_shenzhen(app.now());
        if last != Some(today) {
            match sweep(&app).await {
                Ok(swept) => {
                    last = Some(today);
                    if swept != Swept::default() {
                        tracing::info!(
                            swept.erased,
                            swept.held,
                            "personal values whose time is over"
                        );
                    }
                }
                Err(error) => {
                    tracing::error!(
                        code = &*error.code,
                        "what is over could not be erased; trying again"
                    );
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Erases what is over now.
///
/// # Errors
/// When the store does not answer, or a work order cannot be read. What was erased before stays erased.
pub async fn sweep(app: &App) -> Result<Swept, ApiError> {
    let mut swept = Swept::default();
    let Some(before) = youngest(app) else {
        return Ok(swept);
    };
    let mut after = String::new();
    loop {
        let page = app.store.closed_work_orders(&after, &before, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(swept);
        };
        after.clone_from(&last.id);
        for row in page {
            look_at(app, &row, &mut swept).await?;
        }
        tokio::task::yield_now().await;
    }
}

/// A number behind those of all work orders that can be over: reported on an earlier day than the shortest
/// retention ago. None if there is no policy.
fn youngest(app: &App) -> Option<String> {
    let register = app.register();
    let months = register
        .policies
        .values()
        .map(|(_, policy)| policy.retention_months);
    let months = months.min()?;
    let today = day_in_shenzhen(app.now());
    // Nothing is over on the day it was reported, so day by day back is early enough and simple.
    let mut day = today.day_number();
    while CivilDate::from_day_number(day).add_months(months) >= today {
        day -= 1;
    }
    let CivilDate { year, month, day } = CivilDate::from_day_number(day + 1);
    Some(format!("WO-{year:04}{month:02}{day:02}"))
}

async fn look_at(app: &App, row: &WorkOrderRow, swept: &mut Swept) -> Result<(), ApiError> {
    let work_order = read(row)?;
    let register = app.register();
    let Some((_, policy)) = register.policies.get(&work_order.policy) else {
        return Ok(());
    };
    let is_due = retention::of(&work_order, policy).is_some_and(|end| app.now() >= end);
    if !is_due || !has_raw_values(&work_order) {
        return Ok(());
    }
    if !retention::is_over(&work_order, policy, app.now()) {
        swept.held += 1;
        return Ok(());
    }
    let months = policy.retention_months;
    let reason =
        format!("保存期满（{months} 个月），自动删除 Retention of {months} months is over");
    let what = BTreeSet::from([PersonalDto::Position, PersonalDto::Ink]);
    let by: PersonId = BY
        .parse()
        .map_err(|_| ApiError::internal("retention", "its own name"))?;
    match erase_values(app, &row.id, &by, &what, &reason).await {
        Ok(()) => swept.erased += 1,
        Err(error) if error.code == "on_hold" => swept.held += 1,
        // Somebody was faster.
        Err(error) if error.code == "nothing_to_erase" => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Whether anything of it can be left: what is erased is remembered in the work order.
fn has_raw_values(work_order: &WorkOrder) -> bool {
    let positions = work_order
        .visits
        .iter()
        .filter_map(|visit| visit.check_in.what.fixes_c);
    let ink = work_order.evaluations.iter().map(|said| said.what.ink_c);
    positions.chain(ink).any(|c| !work_order.has_erased(c))
}

/// When the positions and the handwriting of a work order will be erased, for people; none while that is open.
pub fn ends_at(app: &App, work_order: &WorkOrder) -> Option<Timestamp> {
    let register = app.register();
    let (_, policy) = register.policies.get(&work_order.policy)?;
    retention::of(work_order, policy)
}
