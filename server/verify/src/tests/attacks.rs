//! The rows of the attack table (`docs/attacks.md`) that somebody with a modified phone, a moved clock or a
//! copied code can try, as an auditor sees them: the bundle is intact, and the verdict does not fall for it.
//! The rows about bundle, keys and log are beside this module.

use domain::event::{Assigned, Responded, ResponseKind};
use domain::ids::SessionId;
use domain::interval::Bounds;
use domain::tlog::leaf::LeafKind;

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
        Fact::Responded(Responded { how, person: None }),
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
            s.starts(&mut lin, at(199), &BUILD.to_string());
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

/// A build that is not the published one.
const OTHER: Digest = Digest([0xee; 32]);

/// A visit by a page that names this build, which enters the log so long after the phone's next sync (before
/// it, if negative) or never.
fn visit_by(build: &str, logged_after_ms: Option<i64>) -> Report {
    let (mut s, mut lin) = morning();
    let publish = |s: &mut Sample| {
        if let Some(ms) = logged_after_ms {
            s.log.append(LeafKind::Build, at(40) + ms, OTHER);
            s.log.publish(at(40) + ms);
        }
    };
    let is_late = logged_after_ms.is_some_and(|ms| ms > 0);
    if !is_late {
        publish(&mut s);
    }
    lin.sid = SessionId([6; 8]);
    s.starts(&mut lin, at(20), build);
    s.arrives(&mut lin, at(30), HERE, 40);
    s.syncs(&mut lin, at(40));
    if is_late {
        publish(&mut s);
    }
    s.state_verdict(at(100));
    verified(s.files)
}

/// What was decided, without the names of the events it rests on.
fn verdicts(report: &Report) -> Value {
    let judgement = report.judgement.as_ref().unwrap();
    json!([judgement.clocks, judgement.presence, judgement.arrival])
}

/// What is doubted about the programs that signed, in their order.
fn doubts(report: &Report) -> Vec<Option<&'static str>> {
    let doubts = report.builds.iter().map(|line| line.doubt);
    doubts.map(|doubt| Some(doubt?.code())).collect()
}

#[test]
fn row_30_an_app_that_was_never_published_is_a_doubt_and_changes_no_verdict() {
    let honest = visit_by(&BUILD.to_string(), None);
    assert_eq!(honest.exit, Exit::Proved, "{:#?}", honest.findings);
    assert_eq!(doubts(&honest), [None, None]);
    assert!(honest.builds.iter().all(|line| line.logged_at.is_some()));
    for (build, code) in [
        (OTHER.to_string(), "build_not_logged"),
        // What is in the log, but is no build.
        (
            domain::sla::policy::Policy::v2024_10().digest().to_string(),
            "build_not_logged",
        ),
        ("1.0.0".to_owned(), "build_not_named"),
    ] {
        let report = visit_by(&build, None);
        assert_eq!(report.exit, Exit::Missing, "{:#?}", report.findings);
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
        assert_found(&report, FindingCode::BuildUnknown, &phone_folder());
        assert_eq!(doubts(&report), [None, Some(code)]);
        assert_eq!(report.builds[1].named.as_ref(), Some(&build));
        assert_eq!(verdicts(&report), verdicts(&honest));
        assert!(report.text().contains(&build), "{}", report.text());
    }
}

#[rstest]
#[case::long_before(-10 * MINUTE, None)]
#[case::one_before_the_latest_moment(1_199, None)]
#[case::at_the_latest_moment(1_200, None)]
#[case::one_later(1_201, Some("build_logged_later"))]
fn row_30_a_build_counts_as_published_if_the_log_held_it_when_the_receipt_was_given(
    #[case] logged_after_ms: i64,
    #[case] doubt: Option<&str>,
) {
    // The receipt is given 200 ms after the sync began; receipts are good to a second.
    let report = visit_by(&OTHER.to_string(), Some(logged_after_ms));
    assert_eq!(doubts(&report), [None, doubt], "{:#?}", report.findings);
}

#[test]
fn row_30_a_page_that_does_not_say_what_it_runs_is_doubted() {
    let (mut s, mut lin) = morning();
    lin.sid = SessionId([6; 8]);
    s.arrives(&mut lin, at(30), HERE, 40);
    s.syncs(&mut lin, at(40));
    s.state_verdict(at(100));
    let report = verified(s.files);
    assert_eq!(doubts(&report), [None, Some("build_not_named")]);
    assert!(report.builds[1].file.is_none());
}
