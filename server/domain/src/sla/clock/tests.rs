use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::interval::UNKNOWN_LATEST;

const MINUTE: i64 = 60_000;
/// The fault report of the worked examples, 09:00; the limit of three hours ends at 12:00.
const NINE: i64 = 1_790_000_000_000;

fn between(earliest: i64, latest: i64) -> Interval {
    Interval {
        earliest: Timestamp(earliest),
        latest: Timestamp(latest),
    }
}

fn arrival(started: Interval, ended: Option<Ended>) -> ClockFacts {
    ClockFacts {
        kind: ClockKind::Arrival,
        clause: Clause::ResponseAndArrival,
        limit_minutes: Some(180),
        started,
        started_external: Some(vouched(started)),
        ended,
        doubts: LogDoubts::default(),
    }
}

/// The report as witnesses knew it: five seconds less exactly.
fn vouched(started: Interval) -> Interval {
    Interval {
        earliest: started.earliest - Millis(5_000),
        latest: started.latest + Millis(6_000),
    }
}

/// Seconds after nine o'clock.
fn span(earliest_s: i64, latest_s: i64) -> Interval {
    between(NINE + earliest_s * 1_000, NINE + latest_s * 1_000)
}

fn hms(hours: i64, minutes: i64, seconds: i64) -> i64 {
    (hours - 9) * 3_600 + minutes * 60 + seconds
}

use ClockReason::*;
use ClockVerdict::{Breached, CannotTell, Met};

/// Rows of the evidence design: A, B, C, wall clock, verdict by witnesses outside, by server, by
/// device, reasons. Checkpoints are cosigned two seconds after a receipt and named by the next.
#[rstest]
#[case::online_arrival(
    span(hms(9, 4, 45), hms(10, 28, 9)), span(hms(9, 4, 59), hms(10, 28, 3)), span(hms(10, 27, 54), hms(10, 28, 1)), hms(10, 28, 0), [Met, Met, Met], &[LatestFits])]
#[case::clock_set_back(
    span(hms(12, 36, 55), hms(12, 45, 7)), span(hms(12, 37, 59), hms(12, 45, 1)), span(hms(12, 39, 58), hms(12, 40, 1)), hms(11, 30, 0), [Breached, Breached, Breached], &[EarliestExceeds, ClaimedDiffers])]
#[case::clock_set_back_without_sync(
    span(hms(9, 4, 45), hms(12, 45, 7)), span(hms(9, 4, 59), hms(12, 45, 1)), span(hms(10, 4, 55), hms(12, 40, 1)), hms(11, 30, 0), [CannotTell, CannotTell, CannotTell], &[EndUnsure, ClaimedDiffers])]
#[case::offline_page_kept_open(
    span(hms(9, 4, 45), hms(12, 14, 7)), span(hms(9, 4, 59), hms(12, 14, 1)), span(hms(9, 24, 57), hms(11, 50, 2)), hms(11, 50, 0), [CannotTell, CannotTell, Met], &[EndUnsure, DeviceSaysMet, ClaimedDiffers])]
#[case::suspended_tab(
    span(hms(9, 4, 45), hms(12, 50, 7)), span(hms(9, 4, 59), hms(12, 50, 1)), span(hms(9, 44, 56), hms(12, 45, 1)), hms(12, 45, 0), [CannotTell, CannotTell, CannotTell], &[EndUnsure, ClaimedDiffers])]
#[case::reload(
    span(hms(9, 4, 45), hms(10, 41, 7)), span(hms(9, 4, 59), hms(10, 41, 1)), span(hms(9, 4, 59), hms(10, 30, 1)), hms(10, 30, 0), [Met, Met, Met], &[LatestFits])]
#[case::three_days_offline(
    span(hms(9, 4, 45), hms(81, 0, 7)), span(hms(9, 4, 59), hms(81, 0, 1)), span(hms(9, 4, 59), hms(81, 0, 1)), hms(10, 30, 0), [CannotTell, CannotTell, CannotTell], &[EndUnsure, ClaimedDiffers])]
#[case::relayed_by_the_manager(
    span(hms(9, 4, 45), hms(10, 34, 7)), span(hms(9, 4, 59), hms(10, 34, 1)), span(hms(9, 4, 59), hms(10, 33, 1)), hms(10, 30, 0), [Met, Met, Met], &[LatestFits])]
#[case::synced_just_before_arriving_late(
    span(hms(12, 4, 25), hms(12, 21, 7)), span(hms(12, 4, 59), hms(12, 21, 1)), span(hms(12, 19, 57), hms(12, 20, 1)), hms(12, 20, 0), [Breached, Breached, Breached], &[EarliestExceeds])]
#[case::forged_monotonic_clock(
    span(hms(12, 36, 55), hms(12, 45, 7)), span(hms(12, 37, 59), hms(12, 45, 1)), span(hms(16, 37, 0), hms(12, 45, 1)), hms(9, 0, 0), [Breached, Breached, Breached], &[EarliestExceeds, DeviceTimeVoid, ClaimedDiffers])]
#[case::device_says_late(
    span(hms(11, 49, 0), hms(12, 30, 7)), span(hms(11, 50, 0), hms(12, 30, 0)), span(hms(12, 0, 1), hms(12, 20, 0)), hms(12, 10, 0), [CannotTell, CannotTell, Breached], &[EndUnsure, DeviceSaysBreached, ClaimedDiffers])]
#[case::receipts_contradict_each_other(
    span(hms(9, 4, 45), hms(11, 0, 7)), span(hms(11, 0, 0), hms(10, 0, 0)), span(hms(10, 0, 0), hms(10, 0, 0)), hms(10, 0, 0), [Met, CannotTell, CannotTell], &[TimeVoid, ExternalSaysMet])]
#[case::witnessed_too_late_to_tell(
    span(hms(11, 50, 0), hms(12, 3, 0)), span(hms(11, 57, 59), hms(11, 58, 1)), span(hms(11, 58, 0), hms(11, 58, 0)), hms(11, 58, 0), [CannotTell, Met, Met], &[LatestFits])]
#[case::backdated_by_the_operator(
    span(hms(12, 4, 0), hms(12, 5, 0)), span(hms(9, 4, 59), hms(11, 58, 1)), span(hms(9, 4, 59), hms(11, 58, 1)), hms(11, 58, 0), [Breached, Met, Met], &[LatestFits, ExternalSaysBreached])]
#[case::witnesses_contradict_each_other(
    span(hms(12, 4, 0), hms(12, 3, 59)), span(hms(9, 4, 59), hms(11, 58, 1)), span(hms(9, 4, 59), hms(11, 58, 1)), hms(11, 58, 0), [CannotTell, Met, Met], &[LatestFits, ExternalTimeVoid])]
fn worked_examples(
    #[case] a: Interval,
    #[case] b: Interval,
    #[case] c: Interval,
    #[case] claimed_s: i64,
    #[case] by_grade: [ClockVerdict; 3],
    #[case] reasons: &[ClockReason],
) {
    let ended = Ended {
        a: Some(a),
        b,
        c,
        claimed: Timestamp(NINE + claimed_s * 1_000),
    };
    let [external, server, device] = by_grade;
    let facts = arrival(Interval::exactly(Timestamp(NINE)), Some(ended));
    let verdicts = Verdicts {
        external,
        server,
        device,
    };
    let clock = judge_clock(&facts, Grade::Server, Timestamp(NINE));
    assert_eq!((clock.verdicts, clock.verdict), (verdicts, server));
    assert_eq!(clock.reasons, reasons);
    assert_eq!(clock.due_at, Some(Timestamp(NINE + 180 * MINUTE)));
    for (grade, verdict) in [(Grade::Device, device), (Grade::External, external)] {
        let clock = judge_clock(&facts, grade, Timestamp(NINE));
        assert_eq!((clock.verdicts, clock.verdict), (verdicts, verdict));
    }
}

#[rstest]
#[case::nothing_known(None, None, &[ExternalMissing])]
#[case::start_unknown(None, Some(span(0, 60)), &[ExternalMissing])]
#[case::end_unknown(Some(span(0, 0)), None, &[ExternalMissing])]
#[case::not_covered_yet(Some(span(0, 0)), Some(between(NINE, UNKNOWN_LATEST.0)), &[ExternalMissing, ClaimedDiffers])]
#[case::void(Some(span(0, 0)), Some(span(2, 1)), &[ExternalTimeVoid])]
fn without_witnesses_grade_a_cannot_tell_and_the_others_are_untouched(
    #[case] started_external: Option<Interval>,
    #[case] a: Option<Interval>,
    #[case] reasons: &[ClockReason],
) {
    let ended = Ended {
        a,
        b: span(0, 1),
        c: span(0, 1),
        claimed: Timestamp(NINE),
    };
    let facts = ClockFacts {
        started_external,
        ..arrival(span(0, 0), Some(ended))
    };
    let clock = judge_clock(&facts, Grade::External, Timestamp(NINE));
    assert_eq!(
        (clock.verdict, clock.reasons.as_slice()),
        (CannotTell, reasons)
    );
    let verdicts = Verdicts {
        external: CannotTell,
        server: Met,
        device: Met,
    };
    assert_eq!(clock.verdicts, verdicts);
    let by_server = judge_clock(&facts, Grade::Server, Timestamp(NINE));
    assert_eq!((by_server.verdict, by_server.verdicts), (Met, verdicts));
}

#[rstest]
#[case::one_before(-1, Met)]
#[case::at_the_limit(0, Met)]
#[case::one_after(1, CannotTell)]
fn by_witnesses_the_limit_counts_from_the_earliest_vouched_start(
    #[case] off_ms: i64,
    #[case] verdict: ClockVerdict,
) {
    let latest = NINE - 5_000 + 180 * MINUTE + off_ms;
    let ended = Ended {
        a: Some(between(NINE, latest)),
        b: span(0, 1),
        c: span(0, 1),
        claimed: Timestamp(NINE),
    };
    let facts = arrival(span(0, 0), Some(ended));
    let clock = judge_clock(&facts, Grade::External, Timestamp(NINE));
    assert_eq!(clock.verdict, verdict);
}

#[test]
fn what_the_log_takes_away_is_named_whatever_the_verdict() {
    let doubts = LogDoubts {
        late_logged: true,
        clock_ahead: false,
    };
    let ended = Ended {
        a: None,
        b: span(0, 1),
        c: span(0, 1),
        claimed: Timestamp(NINE),
    };
    for ended in [None, Some(ended)] {
        let facts = ClockFacts {
            doubts,
            ..arrival(span(0, 0), ended)
        };
        let reasons = judge_clock(&facts, Grade::Server, Timestamp(NINE)).reasons;
        assert!(reasons.contains(&LateLogged) && !reasons.contains(&ClockAhead));
    }
}

#[rstest]
#[case::one_before(-1, ClockVerdict::Running, &[])]
#[case::at_the_deadline(0, ClockVerdict::Running, &[])]
#[case::one_after(1, ClockVerdict::Overdue, &[DeadlinePassed, StartUnsure])]
#[case::end_of_the_doubt(5_000, ClockVerdict::Overdue, &[DeadlinePassed, StartUnsure])]
#[case::beyond_doubt(5_001, ClockVerdict::Overdue, &[DeadlinePassed])]
fn a_running_clock_turns_overdue_at_the_shown_deadline(
    #[case] after_ms: i64,
    #[case] verdict: ClockVerdict,
    #[case] reasons: &[ClockReason],
) {
    let facts = arrival(between(NINE, NINE + 5_000), None);
    let clock = judge_clock(
        &facts,
        Grade::Server,
        Timestamp(NINE + 180 * MINUTE + after_ms),
    );
    assert_eq!(
        (clock.verdict, clock.reasons.as_slice()),
        (verdict, reasons)
    );
    assert_eq!(
        clock.verdicts,
        Verdicts {
            external: verdict,
            server: verdict,
            device: verdict
        }
    );
}

#[test]
fn as_soon_as_possible_has_no_deadline_and_no_breach() {
    let ended = Ended {
        a: None,
        b: span(0, 1),
        c: span(0, 1),
        claimed: Timestamp(0),
    };
    for (ended, verdict) in [(None, ClockVerdict::Running), (Some(ended), Met)] {
        let facts = ClockFacts {
            limit_minutes: None,
            clause: Clause::RepairRemote,
            ..arrival(span(0, 0), ended)
        };
        let clock = judge_clock(&facts, Grade::Server, Timestamp(i64::MAX));
        assert_eq!(
            (clock.verdict, clock.due_at, clock.reasons),
            (verdict, None, vec![NoFixedLimit])
        );
    }
}

#[test]
fn the_wire_form_is_the_documented_one() {
    let ended = Ended {
        a: None,
        b: span(0, 1),
        c: span(0, 1),
        claimed: Timestamp(NINE),
    };
    let clock = judge_clock(
        &arrival(span(0, 0), Some(ended)),
        Grade::Server,
        Timestamp(NINE),
    );
    let value = serde_json::to_value(&clock).unwrap();
    let expected = serde_json::json!({
        "kind": "arrival", "clause": "9.2 a", "limit_minutes": 180,
        "started": {"earliest": NINE, "latest": NINE},
        "started_external": {"earliest": NINE - 5_000, "latest": NINE + 6_000}, "due_at": NINE + 180 * MINUTE,
        "ended": {
            "a": null, "b": {"earliest": NINE, "latest": NINE + 1_000}, "c": {"earliest": NINE, "latest": NINE + 1_000}, "claimed": NINE,
        },
        "verdicts": {"external": "cannot_tell", "server": "met", "device": "met"}, "verdict": "met", "reasons": ["latest_fits"],
    });
    assert_eq!(value, expected);
    assert_eq!(serde_json::from_value::<Clock>(value).unwrap(), clock);
}

proptest! {
    #[test]
    fn the_limit_counts_as_met_and_a_millisecond_more_does_not(minutes in 1u32..10_000, start in 0i64..2_000_000_000_000) {
        for (off_by, verdict) in [(-1, Met), (0, Met), (1, Breached)] {
            let at = Timestamp(start + i64::from(minutes) * MINUTE + off_by);
            let ended = Ended { a: None, b: Interval::exactly(at), c: Interval::exactly(at), claimed: at };
            let started = Interval::exactly(Timestamp(start));
            let facts = ClockFacts { limit_minutes: Some(minutes), ..arrival(started, Some(ended)) };
            prop_assert_eq!(judge_clock(&facts, Grade::Server, at).verdict, verdict);
        }
    }

    #[test]
    fn the_device_never_contradicts_what_the_server_can_tell(
        start_width in 0i64..30 * MINUTE,
        b_from in 0i64..300 * MINUTE, b_width in 0i64..300 * MINUTE,
        cut_from in 0i64..300 * MINUTE, cut_to in 0i64..300 * MINUTE,
    ) {
        let b = between(NINE + b_from, NINE + b_from + b_width);
        // Also impossible ones: cut from both sides until it may be empty.
        let c = between(b.earliest.0 + cut_from.min(b_width), b.latest.0 - cut_to.min(b_width));
        let ended = Ended { a: None, b, c, claimed: Timestamp(NINE) };
        let verdicts = judge_clock(&arrival(between(NINE, NINE + start_width), Some(ended)), Grade::Server, Timestamp(NINE)).verdicts;
        prop_assert!(verdicts.server == CannotTell || verdicts.device == verdicts.server, "{:?}", verdicts);
    }

    #[test]
    fn whoever_keeps_the_shown_deadline_has_met_the_limit(start_width in 0i64..60 * MINUTE, before in 0i64..180 * MINUTE) {
        let started = between(NINE, NINE + start_width);
        let due_at = judge_clock(&arrival(started, None), Grade::Server, Timestamp(NINE)).due_at.unwrap();
        let at = due_at - Millis(before);
        let ended = Ended { a: None, b: Interval::exactly(at), c: Interval::exactly(at), claimed: at };
        prop_assert_eq!(judge_clock(&arrival(started, Some(ended)), Grade::Server, at).verdict, Met);
    }
}
