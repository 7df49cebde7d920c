//! What the server says by itself when a limit comes near or has passed (9.2 b, 9.3 c) or nobody has evaluated
//! in time (A16), and what a leader says who takes over. Each step is a fact of the work order, so the counter that guards every commit also sees to
//! it that a step is said once: whoever loses a race reads again, and finds it said.

use std::collections::BTreeMap;

use domain::actor::Role;
use domain::channel::Occasion;
use domain::event::{Alerted, AlertedStep, Fact, Responded, ResponseKind, TakenOver};
use domain::ids::{PersonId, WorkOrderId};
use domain::roster::Duty;
use domain::sla::clock::ClockKind;
use domain::sla::escalation::{Rung, Step};
use domain::work_order::{Steps, Surroundings, WorkOrder};

use super::draft::{Draft, SYSTEM};
use super::evaluation;
use super::notify::notify;
use super::say::say;
use crate::error::ApiError;
use crate::register::Person;

/// Look at these work orders: something of theirs may be due.
#[derive(Debug, Clone)]
pub struct AlertRequest {
    pub work_orders: Vec<WorkOrderId>,
}

/// A response of the responsible side, said at the desk.
#[derive(Debug, Clone)]
pub struct RespondRequest {
    pub work_order: WorkOrderId,
    pub by: PersonId,
    pub how: ResponseKind,
    /// Who of the provider has responded, if that is not who says so.
    pub person: Option<PersonId>,
}

/// A leader takes over.
#[derive(Debug, Clone)]
pub struct TakeOverRequest {
    pub work_order: WorkOrderId,
    pub by: PersonId,
    pub taken: TakenOver,
}

/// Says what is due; how many steps that were.
pub(super) fn alert(draft: &mut Draft, request: &AlertRequest) -> Result<usize, ApiError> {
    let system: PersonId = SYSTEM.parse().expect("a plain word is an identifier");
    let mut said = 0;
    for wo in &request.work_orders {
        if evaluation::close(draft, wo)? {
            said += 1;
            continue;
        }
        let Some(steps) = due(draft, wo) else {
            // Nothing is due, whatever the row said: another process was faster, or the row is from before
            // there were timers. Writing it again sets its next one.
            draft.touch_if_due(wo);
            continue;
        };
        said += steps.len();
        let fact = Fact::Alerted(Alerted {
            steps: steps.clone(),
        });
        add(draft, wo, &system, fact)?;
        for AlertedStep {
            clock, rung, to, ..
        } in steps
        {
            notify(draft, wo, Occasion::Step { clock, rung }, "", &to);
        }
    }
    Ok(said)
}

/// The steps of this work order that are due, with whom they reach.
fn due(draft: &Draft, wo: &WorkOrderId) -> Option<Vec<AlertedStep>> {
    let work_order = draft.work_orders.get(wo)?;
    let around = draft.around(work_order)?;
    let steps = Steps::of(work_order, &around);
    let due = steps.due(draft.now);
    if due.is_empty() {
        return None;
    }
    let duty = draft.duty(work_order);
    let steps = due.iter().map(|step| AlertedStep {
        clock: step.clock,
        rung: step.rung,
        due_at: step.at,
        to: told(draft, work_order, &around, &duty, step),
    });
    Some(steps.collect())
}

/// Whom a step reaches. Where no roster names leaders, the managers of the provider are; the last rung also
/// informs the authority of the district (A19).
fn told(
    draft: &Draft,
    work_order: &WorkOrder,
    around: &Surroundings,
    duty: &Duty,
    step: &Step,
) -> Vec<PersonId> {
    let mut told = duty.told(step, work_order.technician());
    let Rung::Leader(above) = step.rung else {
        return told;
    };
    let mut of = |is: &dyn Fn(&Person) -> bool| {
        let people = draft.register.people.values().filter(|person| is(person));
        let mut people: Vec<PersonId> = people.map(|person| person.id.clone()).collect();
        people.sort();
        told.extend(people);
    };
    if duty.ladder.is_empty() {
        of(&|person| person.role == Role::ProviderManager && person.org == work_order.provider);
    }
    if above == around.policy.ladder.leaders {
        of(&|person| {
            person.role == Role::DistrictAuthority
                && person.district.as_ref() == Some(&work_order.district)
        });
    }
    let mut seen = std::collections::BTreeSet::new();
    told.retain(|person| seen.insert(person.clone()));
    told
}

/// The desk says that it has responded; true if somebody had before.
pub(super) fn respond(draft: &mut Draft, request: &RespondRequest) -> Result<bool, ApiError> {
    let work_order = known(draft, &request.work_order)?;
    if !work_order.responses.is_empty() {
        return Ok(true);
    }
    if let Some(person) = &request.person {
        let known = draft.register.people.get(person);
        if known.is_none_or(|person| person.org != work_order.provider) {
            return Err(ApiError::unprocessable(
                "not_of_the_provider",
                "所填人员不是本工单运维单位的人员。请重新选择响应人。",
                "The person named does not work for this work order's provider. Choose who responded again.",
            ));
        }
    }
    let fact = Fact::Responded(Responded {
        how: request.how,
        person: request.person.clone(),
    });
    add(draft, &request.work_order, &request.by, fact)?;
    Ok(false)
}

/// A leader takes over a clock that has gone up to them; true if this person had before. Of a report that
/// nobody has answered this is the response, too: 9.2 b has the leader respond.
pub(super) fn take_over(draft: &mut Draft, request: &TakeOverRequest) -> Result<bool, ApiError> {
    let TakeOverRequest {
        work_order: wo,
        by,
        taken,
    } = request;
    let work_order = known(draft, wo)?;
    let mut takeovers = work_order.takeovers.iter();
    if takeovers.any(|earlier| earlier.by == *by && earlier.what.clock == taken.clock) {
        return Ok(true);
    }
    if !work_order.has_gone_up(taken.clock) {
        return Err(ApiError::conflict(
            "not_escalated",
            "该时限尚未升级，无需接手。请刷新页面查看。",
            "This limit has not gone up to a leader, so there is nothing to take over. Reload to see it.",
        ));
    }
    if !is_leader(draft, work_order, by) {
        return Err(ApiError::conflict(
            "not_the_leader",
            "只有被通知的上级或本单位主管可以接手。",
            "Only a leader who was told, or a manager of the provider, may take over.",
        ));
    }
    let is_unanswered = taken.clock == ClockKind::Response && work_order.responses.is_empty();
    if is_unanswered {
        let how = ResponseKind::Accepted;
        add(
            draft,
            wo,
            by,
            Fact::Responded(Responded { how, person: None }),
        )?;
    }
    add(draft, wo, by, Fact::TakenOver(taken.clone()))?;
    Ok(false)
}

/// A leader who was told, or any manager of the provider.
fn is_leader(draft: &Draft, work_order: &WorkOrder, by: &PersonId) -> bool {
    let person = draft.register.people.get(by);
    let is_manager = person.is_some_and(|person| {
        person.role == Role::ProviderManager && person.org == work_order.provider
    });
    is_manager
        || work_order
            .alerts
            .iter()
            .any(|alert| matches!(alert.what.rung, Rung::Leader(_)) && alert.what.to.contains(by))
}

fn known<'a>(draft: &'a Draft, wo: &WorkOrderId) -> Result<&'a WorkOrder, ApiError> {
    let found = draft.work_orders.get(wo);
    found.ok_or_else(|| ApiError::not_found("工单", "work order", wo.as_str()))
}

fn add(draft: &mut Draft, wo: &WorkOrderId, by: &PersonId, fact: Fact) -> Result<(), ApiError> {
    let recorded = say(draft, wo, by, fact, BTreeMap::new())?;
    if let Some(work_order) = draft.work_orders.get_mut(wo) {
        work_order.apply(&recorded);
    }
    draft.touch(wo);
    Ok(())
}
