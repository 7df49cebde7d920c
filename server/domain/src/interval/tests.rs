mod histories;

use serde::Deserialize;

use super::*;
use crate::time::{Millis, Verdict};

#[derive(Deserialize)]
struct Vectors {
    started: Timestamp,
    limit_minutes: i64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    args: Args,
    arrival_seq: u64,
    to_the_second: Grades<Interval>,
    verdicts: Grades<Verdict>,
    ok: Vec<Bounds>,
}

#[derive(Deserialize)]
struct Args {
    links: Vec<Link>,
    receipts: Vec<Seen>,
    policy: Tolerance,
}

#[derive(Deserialize)]
struct Grades<T> {
    b: T,
    c: T,
}

const TOLERANCE: Tolerance = Tolerance {
    epsilon_ms: 1000,
    rho_ppm: 1000,
};

fn to_the_second(interval: Interval) -> Interval {
    let whole = |at: Timestamp| Timestamp(at.0.div_euclid(1000) * 1000);
    Interval {
        earliest: whole(interval.earliest),
        latest: whole(interval.latest),
    }
}

#[test]
fn the_worked_examples_come_out_to_the_second_with_their_verdicts() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/interval.json"
    );
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(vectors.cases.len(), 10);
    let started = Interval::exactly(vectors.started);
    for case in vectors.cases {
        let bounds = bound(&case.args.links, &case.args.receipts, case.args.policy);
        assert_eq!(bounds, case.ok, "{}", case.name);
        let arrived = bounds[case
            .args
            .links
            .iter()
            .position(|link| link.seq == case.arrival_seq)
            .unwrap()];
        assert_eq!(
            to_the_second(arrived.b),
            case.to_the_second.b,
            "{}",
            case.name
        );
        assert_eq!(
            to_the_second(arrived.c),
            case.to_the_second.c,
            "{}",
            case.name
        );
        let verdict =
            |ended| Verdict::within(started, ended, Millis::minutes(vectors.limit_minutes));
        assert_eq!(
            (verdict(arrived.b), verdict(arrived.c)),
            (case.verdicts.b, case.verdicts.c),
            "{}",
            case.name
        );
    }
}

fn link(seq: u64, sid: u8, mono: i64, anchor_ts: Option<i64>) -> Link {
    Link {
        seq,
        id: EventId([seq as u8; 32]),
        sid: SessionId([sid; 8]),
        mono,
        anchor_ts: anchor_ts.map(Timestamp),
    }
}

fn seen(head_seq: u64, ts: i64) -> Seen {
    Seen {
        head_seq,
        ts: Timestamp(ts),
    }
}

#[test]
fn without_any_record_of_the_server_nothing_is_known() {
    let bounds = bound(
        &[link(1, 1, 0, None), link(2, 1, 50_000, None)],
        &[],
        TOLERANCE,
    );
    let nothing = Interval {
        earliest: UNKNOWN_EARLIEST,
        latest: UNKNOWN_LATEST,
    };
    assert!(
        bounds
            .iter()
            .all(|bounds| bounds.b == nothing && bounds.c == nothing && !bounds.clock_conflict)
    );
    assert!(bound(&[], &[seen(1, 0)], TOLERANCE).is_empty());
}

#[test]
fn a_receipt_bounds_what_lies_at_or_before_its_head_only() {
    let links = [
        link(4, 1, 0, None),
        link(5, 2, 0, None),
        link(6, 3, 0, None),
    ];
    let latest = |receipts: &[Seen]| -> Vec<i64> {
        bound(&links, receipts, TOLERANCE)
            .iter()
            .map(|bounds| bounds.b.latest.0)
            .collect()
    };
    let open = UNKNOWN_LATEST.0;
    assert_eq!(latest(&[seen(3, 10_000)]), [open, open, open]);
    assert_eq!(latest(&[seen(5, 10_000)]), [11_000, 11_000, open]);
    assert_eq!(latest(&[seen(9, 10_000)]), [11_000, 11_000, 11_000]);
    assert_eq!(
        latest(&[seen(6, 30_000), seen(4, 20_000), seen(4, 10_000)]),
        [11_000, 31_000, 31_000]
    );
}

#[test]
fn elapsed_time_is_rounded_down_and_never_negative() {
    assert_eq!(least_elapsed(0, 4_980_000, 1000), 4_975_020);
    assert_eq!(least_elapsed(0, 1, 1000), 0);
    assert_eq!(least_elapsed(0, 1001, 1000), 999);
    assert_eq!(least_elapsed(9, 3, 1000), 0);
    assert_eq!(least_elapsed(0, 1001, 0), 1001);
    assert_eq!(least_elapsed(0, 1001, 2_000_000), 0);
    assert_eq!(least_elapsed(i64::MIN, i64::MAX, 0), i64::MAX);
}

#[test]
fn a_clock_proven_wrong_bounds_nothing_else_either() {
    // Late arrival at true 12:20 in minutes × 60 000; a forged hour lies between 12:38 and 12:45.
    let minute = |minutes: i64| minutes * 60_000;
    let links = [
        link(1, 1, 0, Some(minute(545))),
        link(2, 2, 0, None),
        link(3, 2, minute(18), Some(minute(758))),
        link(4, 2, minute(18) + minute(60), None),
    ];
    let receipts = [seen(2, minute(758)), seen(4, minute(765))];
    let bounds = bound(&links, &receipts, TOLERANCE);
    assert!(!bounds[0].clock_conflict);
    for (place, bounds) in bounds.iter().enumerate().skip(1) {
        assert!(bounds.clock_conflict, "{place}");
        assert_eq!(bounds.b, bounds.c, "{place}");
    }
    assert_eq!(
        bounds[1].c.latest,
        Timestamp(minute(758) + 1000),
        "the arrival is not pulled back by the forged hour"
    );
}

#[test]
fn a_clock_proven_wrong_stays_distrusted_in_later_batches() {
    let minute = |minutes: i64| minutes * 60_000;
    let first = [
        link(1, 1, 0, Some(minute(0))),
        link(2, 1, minute(600), None),
    ];
    let (bounds, carry) = bound_batch(&Carry::default(), &first, &[seen(2, minute(10))], TOLERANCE);
    assert!(bounds.iter().all(|bounds| bounds.clock_conflict));
    let later = [
        link(3, 1, minute(603), None),
        link(4, 2, 0, None),
        link(5, 2, minute(2), None),
    ];
    let (bounds, _) = bound_batch(&carry, &later, &[seen(5, minute(60))], TOLERANCE);
    assert!(bounds[0].clock_conflict);
    assert_eq!(bounds[0].c, bounds[0].b);
    assert!(
        !bounds[2].clock_conflict,
        "another page load is trusted again"
    );
    assert_eq!(bounds[2].c.earliest - bounds[1].c.earliest, Millis(119_880));
}

#[test]
fn a_lie_from_an_earlier_batch_is_dropped_when_it_shows() {
    let minute = |minutes: i64| minutes * 60_000;
    // No receipt, so the forged ten hours do not show yet.
    let first = [
        link(1, 1, 0, Some(minute(0))),
        link(2, 1, minute(600), None),
        link(3, 2, 0, None),
    ];
    let (bounds, carry) = bound_batch(&Carry::default(), &first, &[], TOLERANCE);
    assert!(bounds.iter().all(|bounds| !bounds.clock_conflict));
    let later = [link(4, 2, minute(1), None), link(5, 3, 0, None)];
    let receipts = [seen(4, minute(10)), seen(5, minute(700))];
    let (bounds, _) = bound_batch(&carry, &later, &receipts, TOLERANCE);
    assert!(bounds[0].clock_conflict);
    assert_eq!(bounds[0].c, bounds[0].b);
    assert_eq!(
        bounds[1].c.earliest, bounds[1].b.earliest,
        "the ten hours do not make it late"
    );
}

#[test]
fn a_distrusted_clock_does_not_drag_others_along_in_later_batches() {
    let minute = |minutes: i64| minutes * 60_000;
    let first = [
        link(1, 1, 0, Some(minute(0))),
        link(2, 1, minute(600), None),
    ];
    let (_, carry) = bound_batch(&Carry::default(), &first, &[seen(2, minute(10))], TOLERANCE);
    let later = [
        link(3, 1, minute(1200), None),
        link(4, 2, 0, None),
        link(5, 2, minute(2), None),
    ];
    let (bounds, _) = bound_batch(&carry, &later, &[seen(5, minute(60))], TOLERANCE);
    let conflicts: Vec<bool> = bounds.iter().map(|bounds| bounds.clock_conflict).collect();
    assert_eq!(conflicts, [true, false, false]);
}

#[test]
fn clocks_of_two_page_loads_are_never_compared() {
    let links = [
        link(1, 1, 0, Some(0)),
        link(2, 2, 90_000, None),
        link(3, 1, 100_000, None),
    ];
    let bounds = bound(&links, &[seen(3, 200_000)], TOLERANCE);
    assert!(bounds.iter().all(|bounds| bounds.c == bounds.b));
}
