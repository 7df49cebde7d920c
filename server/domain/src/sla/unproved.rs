//! What a phone without network can still do about its time: an act that no receipt covers is not
//! provable, and until a certain moment it still is provable *in time*, if only somebody else's phone or voice
//! takes the chain head to the server ([`crate::relay`]). This module says until when; it judges
//! nothing.

use serde::{Deserialize, Serialize};

use super::clock::{Clock, ClockKind, ClockVerdict};
use crate::interval::UNKNOWN_LATEST;
use crate::time::{Millis, Timestamp};

/// An act that has happened and that nobody but the phone can speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unproved {
    pub kind: ClockKind,
    /// Whole minutes since the phone recorded it, by the phone's own clock.
    pub waited_minutes: i64,
    /// The last moment, by the server's clock, at which its seeing the chain head proves the act
    /// in time.
    pub until: Timestamp,
    /// Whether that moment still lies ahead. After it a receipt still proves when, at the latest, the
    /// act happened, but not that it was in time.
    pub in_time: bool,
}

/// The two clocks of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The phone's best guess of the server's.
    pub now: Timestamp,
    /// Its own, the one that acts are marked with.
    pub wall: Timestamp,
}

/// Whether this limit's act still waits to be proved: it has happened, no receipt covers it, and
/// it is not already proved late, in which case a receipt would change nothing.
pub fn unproved(clock: &Clock, epsilon: Millis, clocks: Clocks) -> Option<Unproved> {
    let limit = Millis::minutes(i64::from(clock.limit_minutes?));
    let ended = clock.ended.as_ref()?;
    if ended.b.latest < UNKNOWN_LATEST || clock.verdicts.server == ClockVerdict::Breached {
        return None;
    }
    // Met if `ts + ε − S ≤ limit`, see `Verdict::within` and `interval::bound`.
    let until = clock.started.earliest + limit - epsilon;
    let waited = clocks.wall - ended.claimed;
    Some(Unproved {
        kind: clock.kind,
        waited_minutes: waited.0.max(0) / 60_000,
        until,
        in_time: clocks.now <= until,
    })
}

/// The one of them to show. A chain head covers everything before it, so one relay serves all: the
/// first to run out, or, once all have, the last that did.
pub fn most_urgent(limits: &[Clock], epsilon: Millis, clocks: Clocks) -> Option<Unproved> {
    let all = || {
        limits
            .iter()
            .filter_map(|clock| unproved(clock, epsilon, clocks))
    };
    all()
        .filter(|one| one.in_time)
        .min_by_key(|one| one.until)
        .or_else(|| all().max_by_key(|one| one.until))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::interval::UNKNOWN_EARLIEST;
    use crate::sla::clock::{Clause, ClockFacts, Ended, Grade, LogDoubts, judge_clock};
    use crate::time::{Interval, Verdict};

    const MINUTE: i64 = 60_000;
    const NINE: i64 = 1_790_000_000_000;
    const NOON: i64 = NINE + 180 * MINUTE;
    const EPSILON: Millis = Millis(1_000);

    fn between(earliest: i64, latest: i64) -> Interval {
        Interval {
            earliest: Timestamp(earliest),
            latest: Timestamp(latest),
        }
    }

    fn limit(kind: ClockKind, minutes: Option<u32>, ended: Option<(Interval, i64)>) -> Clock {
        let facts = ClockFacts {
            kind,
            clause: Clause::ResponseAndArrival,
            limit_minutes: minutes,
            started: between(NINE, NINE),
            started_external: None,
            ended: ended.map(|(b, claimed)| Ended {
                a: None,
                b,
                c: b,
                claimed: Timestamp(claimed),
            }),
            doubts: LogDoubts::default(),
        };
        judge_clock(&facts, Grade::Server, Timestamp(NINE))
    }

    fn arrival(ended: Option<(Interval, i64)>) -> Clock {
        limit(ClockKind::Arrival, Some(180), ended)
    }

    /// Recorded at 10:30 by the phone, after a receipt of 09:05, and seen by nobody since.
    fn open() -> Option<(Interval, i64)> {
        Some((
            between(NINE + 5 * MINUTE, UNKNOWN_LATEST.0),
            NINE + 90 * MINUTE,
        ))
    }

    fn at(now: i64) -> Clocks {
        Clocks {
            now: Timestamp(now),
            wall: Timestamp(now),
        }
    }

    #[rstest]
    #[case::just_recorded(NINE + 90 * MINUTE, 0, true)]
    #[case::not_yet_a_minute(NINE + 91 * MINUTE - 1, 0, true)]
    #[case::a_minute(NINE + 91 * MINUTE, 1, true)]
    #[case::thirty_seven(NINE + 127 * MINUTE, 37, true)]
    #[case::a_millisecond_left(NOON - 1_001, 89, true)]
    #[case::the_last_moment(NOON - 1_000, 89, true)]
    #[case::a_millisecond_too_late(NOON - 999, 89, false)]
    #[case::noon(NOON, 90, false)]
    fn an_arrival_nobody_saw(#[case] now: i64, #[case] waited_minutes: i64, #[case] in_time: bool) {
        let expected = Unproved {
            kind: ClockKind::Arrival,
            waited_minutes,
            until: Timestamp(NOON - 1_000),
            in_time,
        };
        assert_eq!(unproved(&arrival(open()), EPSILON, at(now)), Some(expected));
    }

    /// The promise on the screen is the verdict that follows.
    #[rstest]
    #[case(-1, Verdict::Met)]
    #[case(0, Verdict::Met)]
    #[case(1, Verdict::CannotTell)]
    fn what_is_seen_by_then_is_met(#[case] after_ms: i64, #[case] verdict: Verdict) {
        let until = unproved(&arrival(open()), EPSILON, at(NINE)).unwrap().until;
        let seen = Timestamp(until.0 + after_ms) + EPSILON;
        let ended = between(NINE + 5 * MINUTE, seen.0);
        assert_eq!(
            Verdict::within(between(NINE, NINE), ended, Millis::minutes(180)),
            verdict
        );
    }

    #[rstest]
    #[case::not_there_yet(arrival(None))]
    #[case::seen_in_time(arrival(Some((between(NINE, NOON), NINE))))]
    #[case::seen_too_late_to_tell(arrival(Some((between(NINE, NOON + 1), NINE))))]
    #[case::proved_late(arrival(Some((between(NOON + 1, UNKNOWN_LATEST.0), NOON))))]
    #[case::no_fixed_limit(limit(ClockKind::Repair, None, open()))]
    fn nothing_to_do(#[case] clock: Clock) {
        assert_eq!(unproved(&clock, EPSILON, at(NINE + 100 * MINUTE)), None);
    }

    #[test]
    fn an_act_after_a_receipt_at_the_very_limit_is_not_late_yet() {
        let clock = arrival(Some((between(NOON, UNKNOWN_LATEST.0), NOON)));
        assert!(!unproved(&clock, EPSILON, at(NOON)).unwrap().in_time);
    }

    #[test]
    fn without_any_receipt_the_phone_still_knows_its_deadline() {
        let nothing = between(UNKNOWN_EARLIEST.0, UNKNOWN_LATEST.0);
        let clock = arrival(Some((nothing, NINE + 90 * MINUTE)));
        assert!(
            unproved(&clock, EPSILON, at(NINE + 91 * MINUTE))
                .unwrap()
                .in_time
        );
    }

    /// The phone's wall clock is only ever compared with itself.
    #[test]
    fn a_clock_that_was_set_back_waits_no_negative_time() {
        let clocks = Clocks {
            now: Timestamp(NOON - 1_000),
            wall: Timestamp(NINE),
        };
        let found = unproved(&arrival(open()), EPSILON, clocks).unwrap();
        assert_eq!((found.waited_minutes, found.in_time), (0, true));
    }

    #[test]
    fn the_first_to_run_out_is_shown_and_then_the_last_that_did() {
        let response = limit(ClockKind::Response, Some(60), open());
        let repair = limit(ClockKind::Repair, Some(720), None);
        let limits = [response, arrival(open()), repair];
        let shown = |now| most_urgent(&limits, EPSILON, at(now)).map(|one| (one.kind, one.in_time));
        assert_eq!(
            shown(NINE + 60 * MINUTE - 1_000),
            Some((ClockKind::Response, true))
        );
        assert_eq!(shown(NINE + 60 * MINUTE), Some((ClockKind::Arrival, true)));
        assert_eq!(shown(NOON), Some((ClockKind::Arrival, false)));
        assert_eq!(most_urgent(&[], EPSILON, at(NINE)), None);
    }
}
