//! The row of a work order, who hears of its changes, and its place in the leaders' queue.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::PersonId;
use domain::sla::calendar::Calendar;
use domain::work_order::{Steps, Surroundings, WorkOrder};
use store::{EscalationRow, NEVER, StoreError, WorkOrderChange, WorkOrderRow};

use crate::judged::Place;
use crate::register::{Register, corrupt};

/// What the rules need to know around a work order; `born` is where it was reported if that has changed since. None
/// where the register is damaged: then nobody can judge it either.
pub(crate) fn around<'a>(
    work_order: &WorkOrder,
    born: Option<&'a Place>,
    register: &'a Register,
    nothing: &'a BTreeMap<domain::ids::EventId, domain::interval::external::External>,
) -> Option<Surroundings<'a>> {
    let terminal = born.map(|place| &place.terminal);
    let site = born.map(|place| &place.site);
    let (_, policy) = register.policies.get(&work_order.policy)?;
    Some(Surroundings {
        terminal: terminal.or_else(|| register.terminals.get(&work_order.terminal))?,
        site: site.or_else(|| register.sites.get(&work_order.site))?,
        policy,
        // What witnesses say later moves no timer: somebody had to be told by what was known.
        external: nothing,
        // Which steps there are does not depend on it.
        now: domain::time::Timestamp(0),
    })
}

/// The row and the listeners of a work order: whoever was ever responsible or told of a step hears of a
/// change, so that a phone learns of losing it, too.
pub(crate) fn project(
    work_order: &WorkOrder,
    born: Option<&Place>,
    register: &Register,
) -> Result<WorkOrderChange, StoreError> {
    let nothing = BTreeMap::new();
    let steps =
        around(work_order, born, register, &nothing).map(|around| Steps::of(work_order, &around));
    let doc = serde_json::to_string(work_order)
        .map_err(|error| corrupt("work_order", &error.to_string()))?;
    let stage = serde_json::to_value(work_order.stage()).ok();
    let stage = stage
        .as_ref()
        .and_then(|stage| stage["name"].as_str())
        .unwrap_or_default()
        .to_owned();
    let site = register
        .sites
        .get(&work_order.site)
        .map_or("", |site| site.name.as_str());
    let policy = register.policies.get(&work_order.policy);
    let closes_at = policy.and_then(|(_, policy)| work_order.closes_at(policy, Calendar::shared()));
    let next_at = steps.as_ref().and_then(Steps::next_at);
    let due_at = next_at.into_iter().chain(closes_at).min();
    let row = WorkOrderRow {
        id: work_order.id.to_string(),
        doc,
        district: work_order.district.to_string(),
        provider: work_order.provider.to_string(),
        site_unit: work_order.site_unit.to_string(),
        technician: work_order.technician().map(PersonId::to_string),
        terminal: work_order.terminal.to_string(),
        site: work_order.site.to_string(),
        stage,
        open: work_order.is_open(),
        reported_at: work_order.report.at.wall.0,
        due_at: due_at.map_or(NEVER, |at| at.0),
        search: format!(
            "{} {} {site} {}",
            work_order.id, work_order.terminal, work_order.report.what.text
        )
        .to_lowercase(),
        n: 0,
    };
    let has_gone_up = work_order.clocks_gone_up().next().is_some();
    let escalation = has_gone_up.then(|| EscalationRow {
        id: row.id.clone(),
        provider: row.provider.clone(),
        district: row.district.clone(),
        waiting: steps.is_some_and(|steps| steps.awaits_leader),
    });
    Ok(WorkOrderChange {
        row,
        feeds: listeners(work_order),
        escalation,
    })
}

fn listeners(work_order: &WorkOrder) -> Vec<String> {
    let technicians = work_order
        .assignments
        .iter()
        .map(|assignment| &assignment.what.technician);
    let told = work_order.alerts.iter().flat_map(|alert| &alert.what.to);
    let people: BTreeSet<&PersonId> = technicians.chain(told).collect();
    people.into_iter().map(PersonId::to_string).collect()
}
