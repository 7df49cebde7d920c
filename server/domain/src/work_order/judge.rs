//! The verdicts on a work order: response and arrival (9.2), repair (9.3), presence (A3). Pure
//! and recomputed at will; the server, the phone and an auditor get the same answer from the
//! same facts, policy and register.

use serde::{Deserialize, Serialize};

use super::stage::Stage;
use super::state::{Evaluation, Moment, Said, Scan, Visit, WorkOrder};
use crate::code::Finding;
use crate::event::{Mode, RepairClass};
use crate::ids::EventId;
use crate::interval::{Bounds, UNKNOWN_LATEST};
use crate::presence::{
    Presence, PresenceFacts, PresenceResult, PriorLocation, ScannedCode, judge_presence,
};
use crate::register::{Site, Terminal};
use crate::sla::clock::{Clause, Clock, ClockFacts, ClockKind, ClockVerdict, Ended, judge_clock};
use crate::sla::policy::{Anchor, Policy};
use crate::text::coded;
use crate::time::{Interval, Timestamp};

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
    /// The open clock with the nearest deadline, while the work order is open.
    pub next: Option<ClockKind>,
}

/// What a judgement needs besides the facts.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    pub terminal: &'a Terminal,
    pub site: &'a Site,
    pub policy: &'a Policy,
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
    Judgement {
        stage: work_order.stage(),
        clocks,
        presence,
        arrival,
        next,
    }
}

fn response(work_order: &WorkOrder, around: &Surroundings) -> Clock {
    let policy = &around.policy.response;
    let counted = work_order
        .responses
        .iter()
        .find(|response| policy.kinds.contains(&response.what.how));
    let facts = ClockFacts {
        kind: ClockKind::Response,
        clause: Clause::ResponseAndArrival,
        limit_minutes: Some(around.policy.response_minutes(work_order.report.what.level)),
        started: anchor(work_order, policy.anchor, None),
        ended: counted.map(|response| ended(&response.at)),
    };
    judge_clock(&facts, around.policy.counted_grade, around.now)
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
    let policy = &around.policy.arrival;
    let proved = presence
        .iter()
        .position(|presence| presence.result.is_at_least(policy.presence_min));
    let visit = proved.or((!work_order.visits.is_empty()).then_some(0));
    let facts = ClockFacts {
        kind: ClockKind::Arrival,
        clause: Clause::ResponseAndArrival,
        limit_minutes: Some(policy.limit_minutes),
        started: anchor(work_order, policy.anchor, None),
        ended: visit.map(|visit| arrived(work_order, &work_order.visits[visit], around.terminal)),
    };
    let clock = judge_clock(&facts, around.policy.counted_grade, around.now);
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
    let facts = ClockFacts {
        kind: ClockKind::Repair,
        clause: target.clause,
        limit_minutes: target.limit_minutes,
        started: anchor(work_order, target.anchor, visit),
        ended: work_order
            .restoration_in_force()
            .map(|restored| ended(&restored.at)),
    };
    Some(judge_clock(&facts, around.policy.counted_grade, around.now))
}

/// From when a limit runs. An anchor that has not happened falls back on the report: leaving a
/// step out must not win time (A1). Nothing happens to a work order before its report, which
/// bounds an act that no receipt covers yet.
fn anchor(work_order: &WorkOrder, anchor: Anchor, visit: Option<&Visit>) -> Interval {
    let moment = match anchor {
        Anchor::Received => None,
        Anchor::Assigned => work_order
            .assignments
            .first()
            .map(|assignment| &assignment.at),
        Anchor::Responded => work_order.response().map(|response| &response.at),
        Anchor::Arrived => visit.map(|visit| &visit.check_in.at),
    };
    let report = work_order.report.at.bounds.b;
    let Some(Interval { earliest, latest }) = moment.map(|moment| moment.bounds.b) else {
        return report;
    };
    Interval {
        earliest: earliest.max(report.earliest),
        latest,
    }
}

/// Presence at one visit, with the codes that were read for it and the site manager's
/// confirmation if one was signed for it.
fn presence_of(work_order: &WorkOrder, visit: &Visit, around: &Surroundings) -> Presence {
    let check_in = &visit.check_in;
    let confirms = |evaluation: &Evaluation| {
        evaluation.summary.check_in == Some(check_in.at.event) && evaluation.signer_person.is_some()
    };
    let scan = check_in.what.scan.as_ref();
    let is_other = |other: &&Said<Scan>| {
        other.at.dev == check_in.at.dev
            && scan.is_none_or(|scan| scan.at.event != other.at.event)
            && other.at.sid == check_in.at.sid
            && (0..=around.policy.presence.together_ms)
                .contains(&check_in.at.mono.saturating_sub(other.at.mono))
    };
    let others: Vec<ScannedCode> = work_order
        .scans
        .iter()
        .filter(is_other)
        .map(|scan| scanned(work_order, scan))
        .collect();
    let facts = PresenceFacts {
        terminal: &check_in.what.terminal,
        sid: check_in.at.sid,
        mono: check_in.at.mono,
        interval: proved(&check_in.at.bounds),
        scan: scan.map(|scan| scanned(work_order, scan)),
        others: &others,
        fixes: &check_in.what.fixes,
        no_fix: check_in.what.no_fix,
        manager_confirmed: work_order
            .evaluations
            .iter()
            .any(|evaluation| confirms(&evaluation.what)),
        prior: check_in.what.prior.as_ref().and_then(|prior| {
            Some(PriorLocation {
                fix: prior.fix,
                interval: proved(&prior.bounds)?,
            })
        }),
    };
    judge_presence(&facts, around.terminal, around.site, around.policy)
}

fn scanned<'a>(work_order: &'a WorkOrder, scan: &'a Said<Scan>) -> ScannedCode<'a> {
    let finding = work_order
        .codes
        .iter()
        .find(|code| code.what.scan == scan.at.event);
    ScannedCode {
        terminal: scan.what.terminal.as_ref(),
        text: &scan.what.text,
        method: scan.what.method,
        sid: scan.at.sid,
        mono: scan.at.mono,
        interval: scan.at.bounds.b,
        earliest: scan.at.bounds.c.earliest,
        finding: finding.map(|code| &code.what.finding),
        followed_by: followed_by(work_order, scan.at.event),
    }
}

/// The earliest proof that the tag was tapped again.
fn followed_by(work_order: &WorkOrder, scan: EventId) -> Option<Timestamp> {
    let later = work_order.followers.iter().map(|said| &said.what);
    later
        .filter(|follower| follower.scan == scan)
        .map(|follower| follower.latest)
        .min()
}

/// When somebody arrived: at the check-in, or at the tap it rests on. The tap itself shows that
/// somebody stood there, so what is proved of its time holds for the arrival.
fn arrived(work_order: &WorkOrder, visit: &Visit, terminal: &Terminal) -> Ended {
    let mut ended = ended(&visit.check_in.at);
    let Some(scan) = &visit.check_in.what.scan else {
        return ended;
    };
    let is_tap_here = work_order.codes.iter().any(|code| {
        code.what.scan == scan.at.event
            && matches!(&code.what.finding, Finding::Tap { terminal: there, replay_of: None, .. } if *there == terminal.id)
    });
    let followed = followed_by(work_order, scan.at.event);
    let (true, Some(followed)) = (is_tap_here, followed) else {
        return ended;
    };
    let Bounds { b, c, .. } = scan.at.bounds;
    // A tap that was followed before its scan can have happened was kept; presence says so.
    if followed < b.earliest || followed >= ended.b.latest {
        return ended;
    }
    ended.b = Interval {
        earliest: b.earliest,
        latest: followed,
    };
    ended.c = Interval {
        earliest: c.earliest.min(followed),
        latest: c.latest.min(followed),
    };
    ended
}

/// None while no receipt covers the event.
fn proved(bounds: &Bounds) -> Option<Interval> {
    (bounds.b.latest < UNKNOWN_LATEST).then_some(bounds.b)
}

fn ended(at: &Moment) -> Ended {
    Ended {
        b: at.bounds.b,
        c: at.bounds.c,
        claimed: at.wall,
    }
}
