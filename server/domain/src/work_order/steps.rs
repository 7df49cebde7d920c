//! Which steps of its clocks' ladders a work order still has before it (9.2 b, 9.3 c). They follow from facts
//! and policy alone: `now` decides which of them are due, never which there are, so that it does not matter
//! when, how often and by how many processes this is asked. What was said is a fact and is not said again.

use super::judge::{Judgement, Surroundings, anchor, judge};
use super::state::{Visit, WorkOrder};
use crate::event::{Mode, RepairClass};
use crate::sla::clock::{Clock, ClockKind};
use crate::sla::escalation::{Rung, Running, Step, ladder};
use crate::sla::policy::Anchor;
use crate::time::{Millis, Timestamp};

/// What is to be said of a work order, and whether a leader is called upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// Not said yet, in order of when they are due.
    pub ahead: Vec<Step>,
    /// A leader was told of a clock that still runs: it belongs into the leaders' queue.
    pub awaits_leader: bool,
}

impl Steps {
    /// Of this work order, whatever the time is.
    pub fn of(work_order: &WorkOrder, around: &Surroundings) -> Self {
        match work_order.is_open() {
            true => Self::judged(work_order, &judge(work_order, around), around),
            false => Self::default(),
        }
    }

    /// The same, if the judgement is at hand.
    pub fn judged(work_order: &WorkOrder, judgement: &Judgement, around: &Surroundings) -> Self {
        let mut ahead = Vec::new();
        let mut awaits_leader = false;
        if work_order.is_open() {
            for clock in judgement
                .clocks
                .iter()
                .filter(|clock| clock.ended.is_none())
            {
                awaits_leader |= work_order.has_gone_up(clock.kind);
                ahead.extend(steps_of(work_order, clock, judgement, around));
            }
        }
        ahead.sort();
        Self {
            ahead,
            awaits_leader,
        }
    }

    /// When the next one is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.ahead.first().map(|step| step.at)
    }

    /// Those that are due.
    pub fn due(&self, now: Timestamp) -> &[Step] {
        let due = self.ahead.partition_point(|step| step.at <= now);
        &self.ahead[..due]
    }
}

impl WorkOrder {
    /// Whether this step was said.
    pub fn has_said(&self, clock: ClockKind, rung: Rung) -> bool {
        self.alerts
            .iter()
            .any(|alert| alert.what.clock == clock && alert.what.rung == rung)
    }

    /// Clocks of which a leader was told; one may come several times.
    pub fn clocks_gone_up(&self) -> impl Iterator<Item = ClockKind> {
        let alerts = self.alerts.iter().map(|alert| &alert.what);
        alerts
            .filter(|alert| matches!(alert.rung, Rung::Leader(_)))
            .map(|alert| alert.clock)
    }

    /// Whether a leader was told of this clock.
    pub fn has_gone_up(&self, clock: ClockKind) -> bool {
        self.clocks_gone_up().any(|gone_up| gone_up == clock)
    }

    /// Whether a leader has taken over because of this clock; nobody above is told then.
    pub fn is_taken_over(&self, clock: ClockKind) -> bool {
        self.takeovers
            .iter()
            .any(|takeover| takeover.what.clock == clock)
    }
}

fn steps_of(
    work_order: &WorkOrder,
    clock: &Clock,
    judgement: &Judgement,
    around: &Surroundings,
) -> Vec<Step> {
    let mut running = clock.due_at.map(|due_at| Running {
        clock: clock.kind,
        started: clock.started.earliest,
        due_at,
    });
    if clock.kind == ClockKind::Repair {
        let visit = judgement.arrival.visit.map(|at| &work_order.visits[at]);
        running = passed(work_order, visit, around).or(running);
    }
    let mut steps = running.map_or(Vec::new(), |running| ladder(running, around.policy));
    steps.retain(|step| {
        let is_done = matches!(step.rung, Rung::Leader(_)) && work_order.is_taken_over(clock.kind);
        !is_done && !work_order.has_said(step.clock, step.rung)
    });
    steps
}

/// The first deadline of the repair that had passed before a record named another class: calling the fault
/// something slower afterwards does not take back that it was late.
fn passed(work_order: &WorkOrder, visit: Option<&Visit>, around: &Surroundings) -> Option<Running> {
    // Until somebody says otherwise, a repair on site is an ordinary one.
    let mut in_force = visit.map(|_| (Mode::OnSite, RepairClass::Ordinary));
    for work in &work_order.work {
        let known_at = work.at.bounds.b.latest;
        let running = in_force.and_then(|class| limit(work_order, class, visit, around));
        if let Some(running) = running.filter(|running| running.due_at < known_at) {
            return Some(running);
        }
        in_force = Some((work.what.mode, work.what.repair_class));
    }
    None
}

fn limit(
    work_order: &WorkOrder,
    (mode, class): (Mode, RepairClass),
    visit: Option<&Visit>,
    around: &Surroundings,
) -> Option<Running> {
    let target = around.policy.repair_target(mode, class);
    if target.anchor == Anchor::Arrived && visit.is_none() {
        return None;
    }
    let minutes = Millis::minutes(i64::from(target.limit_minutes?));
    let started = anchor(work_order, target.anchor, visit, around).b.earliest;
    Some(Running {
        clock: ClockKind::Repair,
        started,
        due_at: started + minutes,
    })
}
