//! The rows of the attack table (`docs/attacks.md`) that somebody with a modified phone, a moved clock or a
//! copied code can try, as an auditor sees them: the bundle is intact, and the verdict does not fall for it.
//! The rows about bundle, keys and log are beside this module.

use domain::event::{Assigned, Responded, ResponseKind};
use domain::ids::SessionId;
use domain::interval::Bounds;

use super::*;

const HOUR: i64 = 60 * MINUTE;

fn at(minutes: i64) -> i64 {
    NINE + minutes * MINUTE
}

/// Reported at nine and accepted; the phone's last receipt is of four past nine. The limit is noon.
fn morning() -> (Sample, Phone) {
    morning_on(Sample::new(server()))
}

fn morning_on(mut s: Sample) -> (Sample, Phone) {
    let mut lin = Phone::new(0x11, "P-0012");
    s.surroundings();
    s.enrols(&mut lin, at(-60));
    s.syncs(&mut lin, at(-5));
    s.desk(NINE, "P-0002", reported());
    let technician = lin.person.clone();
    let to_lin = Assigned {
        technician,
        reason: None,
    };
    s.desk(at(1), "P-0002", Fact::Assigned(to_lin));
    let how = ResponseKind::Accepted;
    s.says(
        &mut lin,
        at(3),
        Some(wo()),
        Fact::Responded(Responded { how }),
    );
    s.syncs(&mut lin, at(4));
    (s, lin)
}

/// Sends everything, and has the bundle verified: nothing in it is false.
fn judged((mut s, mut lin): (Sample, Phone), minutes: i64) -> Report {
    s.syncs(&mut lin, at(minutes));
    s.state_verdict(at(minutes) + HOUR);
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    report
}

/// By the grade that counts, by the phone's own clock, and with the presence.
fn arrival(report: &Report) -> (ClockVerdict, ClockVerdict, ClockVerdict) {
    let judgement = report.judgement.as_ref().unwrap();
    let clock = &judgement.clocks[1];
    let with_presence = judgement.arrival.verdict.unwrap();
    (clock.verdict, clock.verdicts.device, with_presence)
}

fn bounds_of_the_check_in(report: &Report) -> Bounds {
    report
        .events
        .iter()
        .find(|line| line.t == "checked_in")
        .unwrap()
        .bounds
}

fn told(report: &Report) -> String {
    serde_json::to_string(&report.judgement).unwrap()
}

#[test]
fn row_01_a_wall_clock_set_back_or_forward_changes_nothing() {
    let visit = |wall_ahead| {
        let (mut s, mut lin) = morning();
        lin.wall_ahead = wall_ahead;
        s.arrives(&mut lin, at(190), HERE, 40);
        judged((s, lin), 200)
    };
    let honest = visit(0);
    for wall_ahead in [-5 * HOUR, 5 * HOUR] {
        let moved = visit(wall_ahead);
        assert_eq!(
            bounds_of_the_check_in(&moved),
            bounds_of_the_check_in(&honest)
        );
        assert_eq!(arrival(&moved), arrival(&honest));
    }
}

#[test]
fn row_02_a_phone_that_slept_does_not_make_a_late_arrival_early() {
    let (mut s, mut lin) = morning();
    // It counts 40 minutes of the three hours and 40.
    lin.mono_behind = 3 * HOUR;
    s.arrives(&mut lin, at(224), HERE, 40);
    let report = judged((s, lin), 230);
    let (counted, device, _) = arrival(&report);
    assert_eq!(
        (counted, device),
        (ClockVerdict::CannotTell, ClockVerdict::CannotTell)
    );
}

#[test]
fn row_03_a_forged_monotonic_clock_contradicts_the_receipts_and_is_dropped() {
    let (mut s, mut lin) = morning();
    s.arrives(&mut lin, at(224), HERE, 40);
    // Four hours pass for the phone before it syncs six minutes later.
    lin.mono_behind = -4 * HOUR;
    let report = judged((s, lin), 230);
    let bounds = bounds_of_the_check_in(&report);
    assert!(bounds.clock_conflict);
    assert_eq!(bounds.c, bounds.b);
    assert_eq!(arrival(&report).1, ClockVerdict::CannotTell);
}

#[test]
fn row_04_a_reload_only_weakens_the_verdict() {
    let visit = |reloads: bool| {
        let (mut s, mut lin) = morning();
        s.arrives(&mut lin, at(30), HERE, 40);
        if reloads {
            lin.sid = SessionId([6; 8]);
        }
        judged((s, lin), 200)
    };
    assert_eq!(arrival(&visit(false)).1, ClockVerdict::Met);
    assert_eq!(arrival(&visit(true)).1, ClockVerdict::CannotTell);
}

#[test]
fn row_05_whoever_stays_offline_past_the_deadline_was_not_provably_in_time() {
    let (mut s, mut lin) = morning();
    s.arrives(&mut lin, at(30), HERE, 40);
    let (counted, _, with_presence) = arrival(&judged((s, lin), 230));
    assert_eq!(
        (counted, with_presence),
        (ClockVerdict::CannotTell, ClockVerdict::CannotTell)
    );
}

#[test]
fn row_15_positions_that_never_tremble_are_doubted() {
    let visit = |step| {
        let (mut s, mut lin) = morning();
        s.arrives(&mut lin, at(30), HERE, step);
        judged((s, lin), 40)
    };
    let points = |report: &Report| report.judgement.as_ref().unwrap().presence[0].points;
    let (honest, frozen) = (visit(40), visit(0));
    assert!(told(&frozen).contains("frozen"), "{}", told(&frozen));
    assert!(!told(&honest).contains("frozen"));
    assert!(points(&frozen) < points(&honest));
}

#[test]
fn row_16_a_photo_of_the_label_used_elsewhere_is_no_arrival() {
    let (mut s, mut lin) = morning();
    // Two kilometres to the north.
    s.arrives(&mut lin, at(30), HERE + 180_000, 40);
    let (in_time, _, with_presence) = arrival(&judged((s, lin), 40));
    assert_eq!(
        (in_time, with_presence),
        (ClockVerdict::Met, ClockVerdict::CannotTell)
    );
}

#[test]
fn row_29_a_server_whose_clock_is_ahead_of_the_witnesses_proves_no_earliest_moment() {
    let visit = |ahead_ms: i64| {
        let mut s = Sample::new(server());
        s.log.late = Some((at(2), -ahead_ms));
        let (mut s, mut lin) = morning_on(s);
        s.arrives(&mut lin, at(30), HERE, 40);
        judged((s, lin), 40)
    };
    assert!(!told(&visit(10_000)).contains("clock_ahead"));
    let ahead = visit(120_000);
    assert!(told(&ahead).contains("clock_ahead"), "{}", told(&ahead));
}
