//! The ladder of one clock (9.2 b, 9.3 c, A7, A19): when somebody is warned, when the limit has passed, and
//! when the leaders above are told, one after the other. Which steps of it a work order still has before it,
//! [`crate::work_order::Steps`] says; whom they reach, the duty roster ([`crate::roster`]).

use serde::{Deserialize, Serialize};

use super::clock::ClockKind;
use super::policy::Policy;
use crate::time::{Millis, Timestamp};

/// How far up a step reaches. Together with work order and clock it is the step's name: it is said once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// The limit comes near: whoever is responsible hears of it.
    Warning,
    /// The limit has passed and no record of the act is here: the deputy hears of it, too.
    Overdue,
    /// The leader this many rungs above the responsible person, from 1.
    Leader(u8),
}

/// A step of a work order's ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Step {
    /// The first instant at which it is due.
    pub at: Timestamp,
    pub clock: ClockKind,
    pub rung: Rung,
}

/// The numbers of the ladder, beside [`Policy::escalation_minutes`]. What every policy means that does not
/// state them is the [`Default`], which therefore never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderPolicy {
    /// Share of a limit after which its warning is due (A7: severe, 5 of 10 minutes).
    pub warning_percent: u32,
    /// Leaders above the responsible person (A19: team lead, manager, authority).
    pub leaders: u8,
    /// Minutes from one leader to the next.
    pub leader_minutes: u32,
}

impl Default for LadderPolicy {
    fn default() -> Self {
        Self {
            warning_percent: 50,
            leaders: 3,
            leader_minutes: 30,
        }
    }
}

impl LadderPolicy {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A limit that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    pub clock: ClockKind,
    pub started: Timestamp,
    pub due_at: Timestamp,
}

/// All steps of one running limit, in order. A limit is kept up to and including its last millisecond, so
/// what follows from its passing is due one later, exactly when the clock
/// says [`Overdue`](super::clock::ClockVerdict::Overdue).
pub fn ladder(limit: Running, policy: &Policy) -> Vec<Step> {
    let Running {
        clock,
        started,
        due_at,
    } = limit;
    let step = |rung, at| Step { at, clock, rung };
    let numbers = &policy.ladder;
    let length = due_at - started;
    let share = i64::from(numbers.warning_percent.min(100));
    let warned = started + Millis(length.0.saturating_mul(share) / 100);
    let passed = due_at + Millis(1);
    let mut steps = vec![step(Rung::Warning, warned), step(Rung::Overdue, passed)];
    let first = match clock {
        ClockKind::Response => {
            Some(started + Millis::minutes(i64::from(policy.escalation_minutes)) + Millis(1))
        }
        // 9.2 names no leader for an arrival; whoever cannot arrive files that with the authority.
        ClockKind::Arrival => None,
        ClockKind::Repair => Some(passed),
    };
    if let Some(first) = first {
        let apart = Millis::minutes(i64::from(numbers.leader_minutes));
        steps.extend((0..numbers.leaders).map(|above| {
            let later = Millis(apart.0.saturating_mul(i64::from(above)));
            step(Rung::Leader(above + 1), first + later)
        }));
    }
    steps.sort();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sla::clock::ClockKind::{Arrival, Repair, Response};

    const START: Timestamp = Timestamp(1_000_000);

    fn of(clock: ClockKind, minutes: i64) -> Vec<(Rung, i64)> {
        let limit = Running {
            clock,
            started: START,
            due_at: START + Millis::minutes(minutes),
        };
        let steps = ladder(limit, &Policy::v2024_10());
        steps
            .into_iter()
            .map(|step| (step.rung, (step.at - START).0))
            .collect()
    }

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_severe_fault_warns_at_five_is_late_at_ten_and_goes_up_at_sixty() {
        assert_eq!(
            of(Response, 10),
            [
                (Rung::Warning, 5 * MINUTE),
                (Rung::Overdue, 10 * MINUTE + 1),
                (Rung::Leader(1), 60 * MINUTE + 1),
                (Rung::Leader(2), 90 * MINUTE + 1),
                (Rung::Leader(3), 120 * MINUTE + 1),
            ]
        );
    }

    #[test]
    fn a_general_fault_goes_up_at_the_moment_it_is_late() {
        let steps = of(Response, 60);
        assert_eq!(steps[0], (Rung::Warning, 30 * MINUTE));
        assert_eq!(steps[1], (Rung::Overdue, 60 * MINUTE + 1));
        assert_eq!(steps[2], (Rung::Leader(1), 60 * MINUTE + 1));
    }

    #[test]
    fn an_arrival_has_no_leader_and_a_repair_goes_up_when_it_is_late() {
        assert_eq!(
            of(Arrival, 180),
            [
                (Rung::Warning, 90 * MINUTE),
                (Rung::Overdue, 180 * MINUTE + 1)
            ]
        );
        assert_eq!(of(Repair, 720)[2], (Rung::Leader(1), 720 * MINUTE + 1));
        assert_eq!(of(Repair, 720)[4], (Rung::Leader(3), 780 * MINUTE + 1));
    }

    #[test]
    fn no_number_of_a_policy_makes_it_fail() {
        let mut policy = Policy::v2024_10();
        policy.ladder = LadderPolicy {
            warning_percent: u32::MAX,
            leaders: u8::MAX,
            leader_minutes: u32::MAX,
        };
        policy.escalation_minutes = u32::MAX;
        let limit = Running {
            clock: Repair,
            started: Timestamp(i64::MIN),
            due_at: Timestamp(i64::MAX),
        };
        let steps = ladder(limit, &policy);
        assert_eq!(steps.len(), 2 + usize::from(u8::MAX));
        assert!(steps.is_sorted());
    }
}
