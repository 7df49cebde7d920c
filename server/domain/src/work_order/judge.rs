//! The verdicts on a work order: response and arrival (9.2), repair (9.3), presence (A3). Pure
//! and recomputed at will; the server, the phone and an auditor get the same answer from the
//! same facts, policy and register.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::filing::FilingJudged;
use super::known::Known;
use super::link::EvaluationSource;
use super::stage::Stage;
use super::state::{Moment, Visit, WorkOrder};
use super::visit::{arrived, presence_of};
use crate::event::{Mode, RepairClass};
use crate::ids::EventId;
use crate::interval::external::External;
use crate::presence::{Presence, PresenceResult};
use crate::register::{Site, Terminal};
use crate::sla::calendar::{Calendar, WorkingDeadline};
use crate::sla::clock::{
    Clause, Clock, ClockFacts, ClockKind, ClockVerdict, Ended, LogDoubts, judge_clock,
};
use crate::sla::policy::{Anchor, Policy};
use crate::text::coded;
use crate::time::Timestamp;

coded! {
    /// Why an arrival counts or does not, beyond its time.
    ArrivalReason {
        NoCheckIn "no_check_in"
            "还没有到场签到" "There is no check-in yet";
        PresenceProved "presence_proved"
            "在场依据达到要求" "The proof of presence is sufficient";
        PresenceTooWeak "presence_too_weak"
            "签到的在场依据不足，不能证明人在现场" "The check-in does not prove that somebody was there";
        PresenceContradicted "presence_contradicted"
            "签到的依据与到场矛盾（终端不符，或所扫的码已被用过）" "What the check-in rests on contradicts the arrival: another terminal, or a code used before";
        NotNeeded "not_needed"
            "远程处理，不需要到场" "Repaired remotely; no arrival was needed";
    }
}

/// Whether somebody was on site in time: the clock's verdict and the presence together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// None where no arrival was needed.
    pub verdict: Option<ClockVerdict>,
    pub reasons: Vec<ArrivalReason>,
    /// Which of the visits counts, by its place in the list.
    pub visit: Option<usize>,
}

/// Everything that follows from a work order at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub stage: Stage,
    /// Response, arrival, repair; those that apply.
    pub clocks: Vec<Clock>,
    /// One per visit.
    pub presence: Vec<Presence>,
    pub arrival: Arrival,
    /// What was told to the authority about delays, in order; beside the clocks, never in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filings: Vec<FilingJudged>,
    /// What the evaluation in force rests on, if not on the signature of a phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation_source: Option<EvaluationSource>,
    /// Until when it can be evaluated before it closes without; only while it waits for that (A16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation_due: Option<WorkingDeadline>,
    /// The open clock with the nearest deadline, while the work order is open.
    pub next: Option<ClockKind>,
}

/// What a judgement needs besides the facts.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    pub terminal: &'a Terminal,
    pub site: &'a Site,
    pub policy: &'a Policy,
    /// What witnesses outside say about the time of events; empty while nothing is known from them.
    pub external: &'a BTreeMap<EventId, External>,
    /// Decides only between running and overdue.
    pub now: Timestamp,
}

/// Judges a work order.
pub fn judge(work_order: &WorkOrder, around: &Surroundings) -> Judgement {
    let presence: Vec<Presence> = work_order
        .visits
        .iter()
        .map(|visit| presence_of(work_order, visit, around))
        .collect();
    let (arrival_clock, arrival) = arrival(work_order, &presence, around);
    let clocks: Vec<Clock> = [
        Some(response(work_order, around)),
        arrival_clock,
        repair(work_order, &arrival, around),
    ]
    .into_iter()
    .flatten()
    .collect();
    let open = clocks
        .iter()
        .filter(|clock| clock.ended.is_none() && work_order.is_open());
    let next = open
        .min_by_key(|clock| clock.due_at.unwrap_or(Timestamp(i64::MAX)))
        .map(|clock| clock.kind);
    let filings = work_order.judge_filings(|at| {
        let needed = arrival.verdict.is_some();
        needed.then(|| arrival_clock_ending(work_order, Some(Stop::at(at, around)), around))
    });
    Judgement {
        stage: work_order.stage(),
        clocks,
        presence,
        arrival,
        filings,
        evaluation_source: work_order
            .evaluation_in_force()
            .and_then(|evaluation| evaluation.what.source()),
        evaluation_due: work_order.evaluation_due(around.policy, Calendar::shared()),
        next,
    }
}

fn response(work_order: &WorkOrder, around: &Surroundings) -> Clock {
    let policy = &around.policy.response;
    let counted = work_order
        .responses
        .iter()
        .find(|response| policy.kinds.contains(&response.what.how));
    let limit = Limit {
        kind: ClockKind::Response,
        clause: Clause::ResponseAndArrival,
        minutes: Some(around.policy.response_minutes(work_order.report.what.level)),
    };
    let started = anchor(work_order, policy.anchor, None, around);
    let ended = counted.map(|response| Stop::at(&response.at, around));
    clock(limit, started, ended, around)
}

/// The first visit with sufficient presence counts; without one, the first visit is shown and
/// cannot be called in time.
fn arrival(
    work_order: &WorkOrder,
    presence: &[Presence],
    around: &Surroundings,
) -> (Option<Clock>, Arrival) {
    let is_remote = work_order
        .work_in_force()
        .is_some_and(|work| work.what.mode == Mode::Remote);
    if is_remote && work_order.visits.is_empty() {
        return (
            None,
            Arrival {
                verdict: None,
                reasons: vec![ArrivalReason::NotNeeded],
                visit: None,
            },
        );
    }
    let proved = presence.iter().position(|presence| {
        presence
            .result
            .is_at_least(around.policy.arrival.presence_min)
    });
    let visit = proved.or((!work_order.visits.is_empty()).then_some(0));
    let ended = visit.map(|visit| {
        let visit = &work_order.visits[visit];
        Stop {
            known: arrived(work_order, visit, around),
            claimed: visit.check_in.at.wall,
        }
    });
    let clock = arrival_clock_ending(work_order, ended, around);
    let (verdict, reason) = match (proved, visit) {
        (Some(_), _) => (clock.verdict, ArrivalReason::PresenceProved),
        (None, None) => (clock.verdict, ArrivalReason::NoCheckIn),
        (None, Some(visit)) => {
            let reason = match presence[visit].result {
                PresenceResult::Contradicted => ArrivalReason::PresenceContradicted,
                _ => ArrivalReason::PresenceTooWeak,
            };
            // Too late is too late, wherever it was; in time is not proved.
            let is_late = clock.verdict == ClockVerdict::Breached;
            (
                if is_late {
                    ClockVerdict::Breached
                } else {
                    ClockVerdict::CannotTell
                },
                reason,
            )
        }
    };
    (
        Some(clock),
        Arrival {
            verdict: Some(verdict),
            reasons: vec![reason],
            visit,
        },
    )
}

/// The clock of the arrival, stopped by this; a filing is measured by the same deadline.
fn arrival_clock_ending(
    work_order: &WorkOrder,
    ended: Option<Stop>,
    around: &Surroundings,
) -> Clock {
    let policy = &around.policy.arrival;
    let limit = Limit {
        kind: ClockKind::Arrival,
        clause: Clause::ResponseAndArrival,
        minutes: Some(policy.limit_minutes),
    };
    let started = anchor(work_order, policy.anchor, None, around);
    clock(limit, started, ended, around)
}

/// On site the limit runs from the arrival (9.3 b, A9), so there is no clock before it. After a
/// "not solved" it runs on until the next restoration.
fn repair(work_order: &WorkOrder, arrival: &Arrival, around: &Surroundings) -> Option<Clock> {
    let visit = arrival.visit.map(|visit| &work_order.visits[visit]);
    let (mode, class) = match work_order.work_in_force() {
        Some(work) => (work.what.mode, work.what.repair_class),
        None => (Mode::OnSite, RepairClass::Ordinary),
    };
    let target = around.policy.repair_target(mode, class);
    if target.anchor == Anchor::Arrived && visit.is_none() {
        return None;
    }
    let limit = Limit {
        kind: ClockKind::Repair,
        clause: target.clause,
        minutes: target.limit_minutes,
    };
    let started = anchor(work_order, target.anchor, visit, around);
    let restored = work_order.restoration_in_force();
    let ended = restored.map(|restored| Stop::at(&restored.at, around));
    Some(clock(limit, started, ended, around))
}

/// What a clock measures against.
struct Limit {
    kind: ClockKind,
    clause: Clause,
    minutes: Option<u32>,
}

/// What stops a clock: as it is known, and as the phone's wall clock said.
struct Stop {
    known: Known,
    claimed: Timestamp,
}

impl Stop {
    fn at(moment: &Moment, around: &Surroundings) -> Self {
        Self {
            known: Known::of(moment, around.external),
            claimed: moment.wall,
        }
    }
}

fn clock(limit: Limit, started: Known, ended: Option<Stop>, around: &Surroundings) -> Clock {
    let of_end = ended
        .as_ref()
        .map_or(LogDoubts::default(), |stop| stop.known.doubts);
    let facts = ClockFacts {
        kind: limit.kind,
        clause: limit.clause,
        limit_minutes: limit.minutes,
        started: started.b,
        started_external: started.a,
        ended: ended.map(|stop| Ended {
            a: stop.known.a,
            b: stop.known.b,
            c: stop.known.c,
            claimed: stop.claimed,
        }),
        doubts: started.doubts.or(of_end),
    };
    judge_clock(&facts, around.policy.counted_grade, around.now)
}

/// From when a limit runs. An anchor that has not happened falls back on the report: leaving a
/// step out must not win time (A1). Nothing happens to a work order before its report, which
/// bounds an act that no receipt covers yet.
pub(super) fn anchor(
    work_order: &WorkOrder,
    anchor: Anchor,
    visit: Option<&Visit>,
    around: &Surroundings,
) -> Known {
    let of = |at: &Moment| Known::of(at, around.external);
    let moment = match anchor {
        Anchor::Received => None,
        Anchor::Assigned => work_order
            .assignments
            .first()
            .map(|assignment| of(&assignment.at)),
        Anchor::Responded => work_order.response().map(|response| of(&response.at)),
        Anchor::Arrived => visit.map(|visit| arrived(work_order, visit, around)),
    };
    let report = of(&work_order.report.at);
    match moment {
        Some(moment) => moment.after(&report),
        None => report,
    }
}
