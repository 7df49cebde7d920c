//! The verdicts of 9.2 and 9.3 on whole stories.

use rstest::rstest;

use crate::event::{Fact, Mode, RepairClass, Responded, ResponseKind};
use crate::fault::Level;
use crate::interval::external::External;
use crate::presence::PresenceResult;
use crate::sla::clock::{Clock, ClockKind, ClockReason, ClockVerdict, Grade};
use crate::sla::policy::{Anchor, Policy};
use crate::time::Timestamp;
use crate::work_order::testing::*;
use crate::work_order::{ArrivalReason, Judgement};

use ArrivalReason::{NoCheckIn, NotNeeded, PresenceContradicted, PresenceProved, PresenceTooWeak};
use ClockKind::{Arrival, Repair, Response};
use ClockVerdict::{Breached, CannotTell, Met, Overdue, Running};
use Level::{General, Severe};

const LATER: i64 = 1_000 * HOUR;

fn clock(judgement: &Judgement, kind: ClockKind) -> Option<&Clock> {
    judgement.clocks.iter().find(|clock| clock.kind == kind)
}

fn by_lin(level: Level) -> Story {
    let mut story = Story::of(level);
    story.assigned(Who::Lin).by(Who::Lin);
    story
}

/// Arrived at ten, then repaired like this at `ms` after nine.
fn on_site(class: RepairClass, ms: i64) -> Story {
    let mut story = by_lin(General);
    story
        .at(HOUR)
        .arrived()
        .at(ms)
        .worked(Mode::OnSite, class)
        .restored();
    story
}

fn remotely(class: RepairClass, ms: i64) -> Story {
    let mut story = by_lin(General);
    story.at(ms).worked(Mode::Remote, class).restored();
    story
}

fn responded(level: Level, ms: i64) -> Story {
    let mut story = by_lin(level);
    story.at(ms).responded();
    story
}

fn arrived(level: Level, ms: i64) -> Story {
    let mut story = by_lin(level);
    story.at(ms).arrived();
    story
}

#[rstest]
#[case::response_severe(|ms: i64| responded(Severe, ms), Response, 10 * MINUTE)]
#[case::response_general(|ms: i64| responded(General, ms), Response, HOUR)]
#[case::arrival_severe(|ms: i64| arrived(Severe, ms), Arrival, 3 * HOUR)]
#[case::arrival_general(|ms: i64| arrived(General, ms), Arrival, 3 * HOUR)]
#[case::remote(|ms: i64| remotely(RepairClass::Ordinary, ms), Repair, 2 * HOUR)]
#[case::remote_program(|ms: i64| remotely(RepairClass::Program, ms), Repair, 8 * HOUR)]
#[case::on_site_from_the_arrival(|ms: i64| on_site(RepairClass::Ordinary, ms), Repair, 13 * HOUR)]
#[case::on_site_program(|ms: i64| on_site(RepairClass::Program, ms), Repair, 13 * HOUR)]
#[case::part(|ms: i64| on_site(RepairClass::HardwarePart, ms), Repair, 49 * HOUR)]
#[case::machine(|ms: i64| on_site(RepairClass::WholeMachine, ms), Repair, 121 * HOUR)]
fn the_limit_is_met_to_the_millisecond(
    #[case] tell: fn(i64) -> Story,
    #[case] kind: ClockKind,
    #[case] due_ms: i64,
    #[values((-1, Met), (0, Met), (1, Breached))] (off_ms, verdict): (i64, ClockVerdict),
) {
    let judgement = tell(due_ms + off_ms).judged(LATER);
    let clock = clock(&judgement, kind).unwrap();
    assert_eq!(
        (clock.verdict, clock.due_at),
        (verdict, Some(Timestamp(NINE + due_ms))),
        "{clock:?}"
    );
    if kind == Arrival {
        assert_eq!(judgement.arrival.verdict, Some(verdict));
        assert_eq!(
            (
                judgement.arrival.reasons.as_slice(),
                judgement.arrival.visit
            ),
            (&[PresenceProved][..], Some(0))
        );
    }
}

#[rstest]
#[case::response_severe(Severe, |_: &mut Story| {}, Response, 10 * MINUTE)]
#[case::response_general(General, |_: &mut Story| {}, Response, HOUR)]
#[case::arrival(General, |s: &mut Story| { s.responded(); }, Arrival, 3 * HOUR)]
#[case::repair(General, |s: &mut Story| { s.responded().at(HOUR).arrived(); }, Repair, 13 * HOUR)]
fn an_open_clock_runs_until_its_deadline_and_is_the_next_one(
    #[case] level: Level,
    #[case] tell: fn(&mut Story),
    #[case] kind: ClockKind,
    #[case] due_ms: i64,
    #[values((-1, Running), (0, Running), (1, Overdue))] (off_ms, verdict): (i64, ClockVerdict),
) {
    let mut story = by_lin(level);
    tell(&mut story);
    let judgement = story.judged(due_ms + off_ms);
    let clock = clock(&judgement, kind).unwrap();
    assert_eq!((clock.verdict, clock.ended), (verdict, None));
    assert_eq!(judgement.next, Some(kind));
    if kind == Arrival {
        assert_eq!(judgement.arrival.verdict, Some(verdict));
        assert_eq!(
            (
                judgement.arrival.reasons.as_slice(),
                judgement.arrival.visit
            ),
            (&[NoCheckIn][..], None)
        );
    }
}

/// The result of the presence, the verdict on the arrival, why, and which visit it rests on.
#[rstest]
#[case::proved(|s: &mut Story| { s.at(HOUR).arrived(); }, Met, PresenceProved, 0)]
#[case::weak_in_time(|s: &mut Story| { s.at(HOUR).arrived_weakly(); }, CannotTell, PresenceTooWeak, 0)]
#[case::weak_and_late(|s: &mut Story| { s.at(4 * HOUR).arrived_weakly(); }, Breached, PresenceTooWeak, 0)]
#[case::elsewhere_in_time(|s: &mut Story| { s.at(HOUR).arrived_elsewhere(); }, CannotTell, PresenceContradicted, 0)]
#[case::elsewhere_and_late(|s: &mut Story| { s.at(4 * HOUR).arrived_elsewhere(); }, Breached, PresenceContradicted, 0)]
#[case::no_receipt_yet(|s: &mut Story| { s.at(HOUR).bounded(unknown()).arrived(); }, CannotTell, PresenceProved, 0)]
#[case::receipt_came_late(|s: &mut Story| { s.at(HOUR).bounded(between(0, 4 * HOUR)).arrived(); }, CannotTell, PresenceProved, 0)]
#[case::proved_by_the_second_visit(|s: &mut Story| { s.at(HOUR).arrived_weakly().left().at(2 * HOUR).arrived(); }, Met, PresenceProved, 1)]
#[case::proved_too_late(|s: &mut Story| { s.at(HOUR).arrived_weakly().left().at(4 * HOUR).arrived(); }, Breached, PresenceProved, 1)]
#[case::the_first_proved_one(|s: &mut Story| { s.at(HOUR).arrived().left().at(4 * HOUR).arrived(); }, Met, PresenceProved, 0)]
#[case::at_the_right_one_afterwards(|s: &mut Story| { s.at(HOUR).arrived_elsewhere().left().at(2 * HOUR).arrived(); }, Met, PresenceProved, 1)]
#[case::twice_weak(|s: &mut Story| { s.at(HOUR).arrived_weakly().left().at(4 * HOUR).arrived_weakly(); }, CannotTell, PresenceTooWeak, 0)]
#[case::checked_in_twice(|s: &mut Story| { s.at(HOUR).arrived().at(4 * HOUR).arrived(); }, Met, PresenceProved, 0)]
#[case::by_another_technician(|s: &mut Story| { s.assigned(Who::Wu).by(Who::Wu).at(2 * HOUR).arrived(); }, Met, PresenceProved, 0)]
#[case::reassigned_in_the_middle(|s: &mut Story| { s.at(HOUR).arrived_weakly().left().assigned(Who::Wu).by(Who::Wu).at(2 * HOUR).arrived(); }, Met, PresenceProved, 1)]
fn an_arrival_is_in_time_only_if_somebody_was_surely_there(
    #[case] tell: fn(&mut Story),
    #[case] verdict: ClockVerdict,
    #[case] reason: ArrivalReason,
    #[case] visit: usize,
) {
    let mut story = by_lin(General);
    tell(&mut story);
    let judgement = story.judged(LATER);
    assert_eq!(judgement.arrival.verdict, Some(verdict), "{judgement:?}");
    assert_eq!(
        (
            judgement.arrival.reasons.as_slice(),
            judgement.arrival.visit
        ),
        (&[reason][..], Some(visit))
    );
    assert_eq!(judgement.presence.len(), story.work_order.visits.len());
}

#[rstest]
#[case::remote(|s: &mut Story| { s.worked(Mode::Remote, RepairClass::Ordinary); }, true)]
#[case::remote_in_the_end(|s: &mut Story| { s.repaired().at(MINUTE).worked(Mode::Remote, RepairClass::Ordinary); }, true)]
#[case::remote_after_a_visit(|s: &mut Story| { s.arrived().left().worked(Mode::Remote, RepairClass::Ordinary); }, false)]
#[case::on_site(|s: &mut Story| { s.repaired(); }, false)]
#[case::nothing_recorded(|_: &mut Story| {}, false)]
fn remote_work_without_a_visit_needs_no_arrival(
    #[case] tell: fn(&mut Story),
    #[case] not_needed: bool,
) {
    let mut story = by_lin(General);
    tell(&mut story);
    let judgement = story.judged(HOUR);
    assert_eq!(clock(&judgement, Arrival).is_none(), not_needed);
    assert_eq!(judgement.arrival.verdict.is_none(), not_needed);
    assert_eq!(judgement.arrival.reasons == [NotNeeded], not_needed);
}

/// The phone has folded its own check-in, and no receipt is back yet.
#[test]
fn before_any_receipt_the_repair_runs_from_the_report_and_not_from_1970() {
    let mut story = by_lin(General);
    story.responded().at(HOUR).bounded(unknown()).arrived();
    let judgement = story.judged(HOUR + MINUTE);
    let repair = clock(&judgement, Repair).unwrap();
    assert_eq!(
        (repair.verdict, repair.due_at),
        (Running, Some(Timestamp(NINE + 12 * HOUR)))
    );
    assert_eq!(judgement.next, Some(Repair));
    let ended = story.repaired().restored().judged(LATER);
    assert_eq!(clock(&ended, Repair).unwrap().verdict, CannotTell);
}

#[test]
fn the_earliest_possible_arrival_sets_the_repairs_deadline() {
    let mut story = by_lin(General);
    story
        .at(2 * HOUR)
        .bounded(between(HOUR, 3 * HOUR))
        .arrived();
    let repair = clock(&story.judged(13 * HOUR + 1), Repair).unwrap().clone();
    assert_eq!(
        (repair.verdict, repair.due_at),
        (Overdue, Some(Timestamp(NINE + 13 * HOUR)))
    );
    assert_eq!(
        repair.reasons,
        [ClockReason::DeadlinePassed, ClockReason::StartUnsure]
    );
}

#[rstest]
#[case::restored(|s: &mut Story| { s.restored(); }, Met)]
#[case::signed(|s: &mut Story| { s.restored().evaluated(true); }, Met)]
#[case::not_solved(|s: &mut Story| { s.restored().evaluated(false); }, Running)]
#[case::not_solved_and_working_again(|s: &mut Story| { s.restored().evaluated(false).at(3 * HOUR).repaired(); }, Running)]
#[case::not_solved_and_left(|s: &mut Story| { s.restored().evaluated(false).left().repaired(); }, Running)]
#[case::solved_at_last(|s: &mut Story| { s.restored().evaluated(false).at(9 * HOUR).repaired().restored(); }, Met)]
#[case::solved_too_late(|s: &mut Story| { s.restored().evaluated(false).at(13 * HOUR + 1).repaired().restored(); }, Breached)]
#[case::manager_thinks_again(|s: &mut Story| { s.restored().evaluated(false).evaluated(true); }, Met)]
fn not_solved_lets_the_repairs_clock_run_on(
    #[case] tell: fn(&mut Story),
    #[case] verdict: ClockVerdict,
) {
    let mut story = by_lin(General);
    story.responded().at(HOUR).arrived().at(2 * HOUR).repaired();
    tell(&mut story);
    let judgement = story.judged(10 * HOUR);
    let repair = clock(&judgement, Repair).unwrap();
    assert_eq!(repair.verdict, verdict);
    assert_eq!(judgement.next, (verdict == Running).then_some(Repair));
}

#[rstest]
#[case::severe_at_once(Severe, |_: &mut Story| {}, Some(Response))]
#[case::responded(General, |s: &mut Story| { s.responded(); }, Some(Arrival))]
#[case::arrived_without_responding(General, |s: &mut Story| { s.arrived(); }, Some(Response))]
#[case::on_site(General, |s: &mut Story| { s.responded().arrived(); }, Some(Repair))]
#[case::remote_ordinary(General, |s: &mut Story| { s.responded().worked(Mode::Remote, RepairClass::Ordinary); }, Some(Repair))]
#[case::no_fixed_limit(General, |s: &mut Story| { s.responded().worked(Mode::Remote, RepairClass::DepartmentInterface); }, Some(Repair))]
#[case::a_limit_before_none(General, |s: &mut Story| { s.worked(Mode::Remote, RepairClass::DepartmentInterface); }, Some(Response))]
#[case::restored_without_arriving(General, |s: &mut Story| { s.responded().repaired().restored(); }, Some(Arrival))]
#[case::all_done(General, |s: &mut Story| { s.responded().arrived().repaired().restored(); }, None)]
#[case::signed(General, |s: &mut Story| { s.responded().arrived().repaired().restored().evaluated(true); }, None)]
#[case::signed_without_arriving(General, |s: &mut Story| { s.repaired().restored().evaluated(true); }, None)]
#[case::not_solved(General, |s: &mut Story| { s.responded().arrived().repaired().restored().evaluated(false); }, Some(Repair))]
fn the_next_clock_is_the_open_one_that_is_due_first(
    #[case] level: Level,
    #[case] tell: fn(&mut Story),
    #[case] next: Option<ClockKind>,
) {
    let mut story = by_lin(level);
    story.at(5 * MINUTE);
    tell(&mut story);
    assert_eq!(story.judged(HOUR / 2).next, next);
}

#[test]
fn a_repair_without_a_fixed_limit_is_never_late() {
    let mut story = by_lin(General);
    story.worked(Mode::Remote, RepairClass::DepartmentInterface);
    let open = clock(&story.judged(LATER), Repair).unwrap().clone();
    assert_eq!(
        (open.verdict, open.due_at, open.limit_minutes),
        (Running, None, None)
    );
    story.at(900 * HOUR).restored();
    assert_eq!(clock(&story.judged(LATER), Repair).unwrap().verdict, Met);
}

#[test]
fn only_acts_that_the_policy_names_are_a_response() {
    let mut story = by_lin(General);
    story.at(MINUTE).say(Fact::Responded(Responded {
        how: ResponseKind::Messaged,
        person: None,
    }));
    story.at(2 * HOUR).say(Fact::Responded(Responded {
        how: ResponseKind::Called,
        person: None,
    }));
    let mut policy = Policy::v2024_10();
    assert_eq!(
        clock(&story.judged_by(&policy, LATER), Response)
            .unwrap()
            .verdict,
        Met
    );
    policy.response.kinds = vec![ResponseKind::Called];
    assert_eq!(
        clock(&story.judged_by(&policy, LATER), Response)
            .unwrap()
            .verdict,
        Breached
    );
}

/// A1: other anchors are selectable, and one that never happened falls back on the report.
#[rstest]
#[case::received(Anchor::Received, 0)]
#[case::assigned(Anchor::Assigned, 20 * MINUTE)]
#[case::responded(Anchor::Responded, 30 * MINUTE)]
#[case::arrived_has_not_happened(Anchor::Arrived, 0)]
fn limits_run_from_the_policys_anchor(#[case] anchor: Anchor, #[case] started_ms: i64) {
    let mut story = Story::of(General);
    story
        .by(Who::Lin)
        .at(20 * MINUTE)
        .assigned(Who::Lin)
        .at(30 * MINUTE)
        .responded()
        .assigned(Who::Wu);
    let mut policy = Policy::v2024_10();
    policy.arrival.anchor = anchor;
    let judgement = story.judged_by(&policy, HOUR);
    assert_eq!(
        clock(&judgement, Arrival).unwrap().due_at,
        Some(Timestamp(NINE + started_ms + 3 * HOUR))
    );
}

/// The site manager's signature confirms the visit it was given for, if the register knows them.
#[rstest]
#[case::registered(true, 15)]
#[case::somebody_else(false, 10)]
fn a_registered_managers_signature_adds_to_the_presence(
    #[case] is_registered: bool,
    #[case] points: i32,
) {
    let mut story = by_lin(General);
    story
        .at(HOUR)
        .arrived_weakly()
        .left()
        .arrived_weakly()
        .repaired()
        .restored();
    let (mut fact, sidecars) = story.evaluation(true);
    if let (Fact::Evaluated(evaluation), false) = (&mut fact, is_registered) {
        evaluation.signer_person = None;
    }
    story.say_with(fact, sidecars);
    let presence = story.judged(LATER).presence;
    assert_eq!(
        presence
            .iter()
            .map(|presence| presence.points)
            .collect::<Vec<_>>(),
        [10, points]
    );
    assert!(
        presence
            .iter()
            .all(|presence| presence.result < PresenceResult::Adequate)
    );
}

/// Arrived at 11:58, proved to the second by the server's receipt.
fn just_in_time() -> (Story, crate::ids::EventId) {
    let mut story = by_lin(General);
    story
        .at(178 * MINUTE)
        .bounded(between(177 * MINUTE, 178 * MINUTE + 1_000))
        .arrived();
    let arrival = story.work_order.visits[0].check_in.at.event;
    (story, arrival)
}

fn vouched(from_ms: i64, to_ms: i64) -> External {
    External {
        a: between(from_ms, to_ms).b,
        late_logged: None,
        clock_ahead: None,
    }
}

#[test]
fn a_receipt_that_was_logged_too_late_no_longer_proves_a_punctual_arrival() {
    let (mut story, arrival) = just_in_time();
    let before = story.judged(LATER);
    assert_eq!(clock(&before, Arrival).unwrap().verdict, Met);
    let late = External {
        late_logged: Some(Timestamp(NINE + 200 * MINUTE)),
        ..vouched(176 * MINUTE, 200 * MINUTE)
    };
    let judgement = story.vouched(arrival, late).judged(LATER);
    let clock = clock(&judgement, Arrival).unwrap();
    assert_eq!(clock.verdict, CannotTell);
    assert_eq!(
        clock.verdicts.device, CannotTell,
        "the phone leans on it too"
    );
    assert_eq!(
        clock.reasons,
        [
            ClockReason::EndUnsure,
            ClockReason::ClaimedDiffers,
            ClockReason::LateLogged
        ]
    );
    let ended = clock.ended.unwrap();
    assert_eq!(ended.b, between(177 * MINUTE, 200 * MINUTE).b);
    // The log takes away only: a moment that lies within changes nothing.
    let harmless = External {
        late_logged: Some(Timestamp(NINE + 178 * MINUTE)),
        ..late
    };
    let judgement = story.vouched(arrival, harmless).judged(LATER);
    assert_eq!(judgement.clocks[1].verdict, Met);
}

#[test]
fn a_receipt_dated_ahead_no_longer_proves_a_late_arrival() {
    let mut story = by_lin(General);
    story
        .at(190 * MINUTE)
        .bounded(between(185 * MINUTE, 190 * MINUTE))
        .arrived();
    assert_eq!(
        clock(&story.judged(LATER), Arrival).unwrap().verdict,
        Breached
    );
    let arrival = story.work_order.visits[0].check_in.at.event;
    let ahead = External {
        clock_ahead: Some(Timestamp(NINE + 20 * MINUTE)),
        ..vouched(20 * MINUTE, 191 * MINUTE)
    };
    let judgement = story.vouched(arrival, ahead).judged(LATER);
    let clock = clock(&judgement, Arrival).unwrap();
    assert_eq!(clock.verdict, CannotTell);
    assert!(clock.reasons.contains(&ClockReason::ClockAhead));
}

#[test]
fn the_policy_may_count_the_word_of_witnesses() {
    let policy = Policy {
        counted_grade: Grade::External,
        ..Policy::v2024_10()
    };
    let (mut story, arrival) = just_in_time();
    let report = story.born.report.at.event;
    let judged = |story: &Story| {
        let judgement = story.judged_by(&policy, LATER);
        let clock = clock(&judgement, Arrival).unwrap();
        (clock.verdict, clock.reasons[0])
    };
    let missing = (CannotTell, ClockReason::ExternalMissing);
    assert_eq!(judged(&story), missing);
    story.vouched(arrival, vouched(176 * MINUTE, 179 * MINUTE));
    assert_eq!(judged(&story), missing, "the start is not vouched for yet");
    story.vouched(report, vouched(-MINUTE, MINUTE));
    assert_eq!(
        judged(&story),
        (Met, ClockReason::LatestFits),
        "179 and 1 minutes"
    );
    story.vouched(report, vouched(-MINUTE - 1, MINUTE));
    assert_eq!(judged(&story), (CannotTell, ClockReason::EndUnsure));
}
