use rstest::rstest;

use super::*;
use crate::interval::{UNKNOWN_EARLIEST, UNKNOWN_LATEST};

const TOLERANCE: ExternalTolerance = ExternalTolerance {
    epsilon_ms: 1_000,
    external_epsilon_ms: 5_000,
    merge_delay_ms: 600_000,
    clock_skew_ms: 30_000,
};
/// The receipt's own time.
const TS: i64 = 1_790_000_000_000;

fn checkpoint(number: u8, size: u64, at: i64) -> Witnessed {
    Witnessed {
        size,
        note: Digest([number; 32]),
        at: Timestamp(at),
    }
}

/// The receipt for events 1 and 2, leaf 7, embedded by event 4.
fn receipt(ts: i64, named: Option<u8>) -> Logged {
    Logged {
        head_seq: 2,
        ts: Timestamp(ts),
        leaf: 7,
        note: named.map(|number| Digest([number; 32])),
        embedded_at: Some(4),
    }
}

fn known(receipts: &[Logged], witnessed: &[Witnessed]) -> Vec<External> {
    external(&[1, 2, 3, 4, 5], receipts, witnessed, &TOLERANCE)
}

fn span(earliest: Option<i64>, latest: Option<i64>) -> Interval {
    Interval {
        earliest: earliest.map_or(UNKNOWN_EARLIEST, Timestamp),
        latest: latest.map_or(UNKNOWN_LATEST, Timestamp),
    }
}

#[test]
fn a_covered_receipt_is_the_latest_for_all_before_and_its_checkpoint_the_earliest_for_all_after() {
    let witnessed = [
        checkpoint(1, 5, TS - 60_000),
        checkpoint(2, 8, TS + 3_000),
        checkpoint(3, 9, TS + 90_000),
    ];
    let a: Vec<Interval> = known(&[receipt(TS, Some(1))], &witnessed)
        .iter()
        .map(|known| known.a)
        .collect();
    let before = span(None, Some(TS + 8_000));
    let after = span(Some(TS - 65_000), None);
    assert_eq!(a, [before, before, span(None, None), after, after]);
}

#[test]
fn a_checkpoint_covers_the_leaves_below_its_size() {
    for (size, latest) in [(6, None), (7, None), (8, Some(TS + 8_000))] {
        let known = known(&[receipt(TS, None)], &[checkpoint(1, size, TS + 3_000)]);
        assert_eq!(known[0].a, span(None, latest), "{size}");
    }
}

#[test]
fn of_several_receipts_the_best_counts_in_any_order() {
    let late = Logged {
        head_seq: 9,
        leaf: 30,
        embedded_at: Some(5),
        ..receipt(TS + 500_000, Some(2))
    };
    let witnessed = [
        checkpoint(3, 40, TS + 510_000),
        checkpoint(1, 5, TS - 60_000),
        checkpoint(2, 8, TS + 3_000),
    ];
    let forward = known(&[receipt(TS, Some(1)), late], &witnessed);
    let backward = known(&[late, receipt(TS, Some(1))], &witnessed);
    assert_eq!(forward, backward);
    assert_eq!(forward[0].a, span(None, Some(TS + 8_000)));
    assert_eq!(forward[3].a, span(Some(TS - 65_000), Some(TS + 515_000)));
    assert_eq!(forward[4].a, span(Some(TS - 2_000), Some(TS + 515_000)));
}

#[test]
fn without_any_witness_nothing_is_known_and_nothing_is_taken_away() {
    for known in known(&[receipt(TS, Some(1))], &[]) {
        assert_eq!(known.a, span(None, None));
        assert_eq!((known.late_logged, known.clock_ahead), (None, None));
    }
    assert!(external(&[], &[receipt(TS, None)], &[], &TOLERANCE).is_empty());
}

/// An operator can backdate a receipt by the merge delay and not by a millisecond more; by the
/// witnesses' time not at all.
#[rstest]
#[case::one_less(-1, None)]
#[case::just_in_time(0, None)]
#[case::one_more(1, Some(600_001 + 5_000))]
fn a_receipt_counts_if_it_was_witnessed_within_the_merge_delay(
    #[case] off_ms: i64,
    #[case] falls_back_to: Option<i64>,
) {
    let at = TS + TOLERANCE.merge_delay_ms + off_ms;
    let known = known(&[receipt(TS, None)], &[checkpoint(1, 8, at)]);
    let late_logged = falls_back_to.map(|ms| Timestamp(TS + ms));
    for before in &known[..2] {
        assert_eq!(before.late_logged, late_logged);
        assert_eq!(before.a.latest, Timestamp(at + 5_000), "whatever its date");
    }
    assert!(known[2..].iter().all(|after| after.late_logged.is_none()));
}

#[rstest]
#[case::may_still_come(0, None)]
#[case::too_late_however_late(1, Some(UNKNOWN_LATEST))]
fn a_leaf_that_is_missing_when_its_time_is_up_bounds_nothing(
    #[case] off_ms: i64,
    #[case] late_logged: Option<Timestamp>,
) {
    let at = TS + TOLERANCE.merge_delay_ms + off_ms;
    // Seven leaves: the receipt's own, number 7, is not among them.
    let known = known(&[receipt(TS, None)], &[checkpoint(1, 7, at)]);
    assert_eq!(known[0].late_logged, late_logged);
    assert_eq!(known[0].a.latest, UNKNOWN_LATEST);
}

#[test]
fn a_later_receipt_in_time_still_bounds_what_a_late_one_does_not() {
    let second = Logged {
        head_seq: 3,
        leaf: 8,
        ..receipt(TS + 700_000, None)
    };
    let witnessed = [checkpoint(1, 9, TS + 702_000)];
    let known = known(&[receipt(TS, None), second], &witnessed);
    assert_eq!(known[0].late_logged, Some(Timestamp(TS + 701_000)));
    assert_eq!(known[2].late_logged, None);
}

/// A witness saw the receipt before the receipt says it was made: the server's clock is ahead.
#[rstest]
#[case::within_the_skew(-1, None)]
#[case::at_the_skew(0, None)]
#[case::beyond(1, Some(UNKNOWN_EARLIEST))]
fn a_receipt_dated_ahead_of_the_witness_proves_no_earliest_moment(
    #[case] off_ms: i64,
    #[case] clock_ahead: Option<Timestamp>,
) {
    let at = TS - TOLERANCE.clock_skew_ms - off_ms;
    let known = known(&[receipt(TS, None)], &[checkpoint(1, 8, at)]);
    for after in &known[3..] {
        assert_eq!(after.clock_ahead, clock_ahead);
    }
    assert!(known[..3].iter().all(|before| before.clock_ahead.is_none()));
    assert!(known.iter().all(|known| known.late_logged.is_none()));
}

#[test]
fn a_note_that_no_trusted_witness_signed_proves_nothing() {
    let known = known(&[receipt(TS, Some(9))], &[checkpoint(1, 8, TS)]);
    assert!(
        known
            .iter()
            .all(|known| known.a.earliest == UNKNOWN_EARLIEST)
    );
}

#[test]
fn witnesses_that_contradict_each_other_leave_an_impossible_moment() {
    let later = Logged {
        head_seq: 5,
        leaf: 8,
        embedded_at: None,
        ..receipt(TS, None)
    };
    let witnessed = [checkpoint(1, 5, TS + 60_000), checkpoint(2, 9, TS)];
    let known = known(&[receipt(TS, Some(1)), later], &witnessed);
    assert!(!known[3].a.is_possible());
    assert!(known[0].a.is_possible());
}

#[test]
fn a_report_is_bounded_by_its_own_leaf_and_checkpoint() {
    let report = Logged {
        head_seq: 3,
        embedded_at: Some(3),
        ..receipt(TS, Some(1))
    };
    let witnessed = [checkpoint(1, 5, TS - 9_000), checkpoint(2, 8, TS + 2_000)];
    let known = known(&[report], &witnessed);
    assert_eq!(known[2].a, span(Some(TS - 14_000), Some(TS + 7_000)));
}
