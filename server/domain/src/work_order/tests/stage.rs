//! Every stage, what leads to it and what leads away from it.

use rstest::rstest;

use crate::event::{Mode, RepairClass, ResponseKind};
use crate::fault::Level;
use crate::work_order::testing::*;
use crate::work_order::{Moment, Stage};

/// A story told to its restoration, on site, minute by minute.
fn restored(story: &mut Story) -> &mut Story {
    story
        .assigned(Who::Lin)
        .by(Who::Lin)
        .at(4 * MINUTE)
        .responded()
        .at(20 * MINUTE)
        .set_out();
    story
        .at(70 * MINUTE)
        .arrived()
        .at(90 * MINUTE)
        .repaired()
        .photo(1)
        .at(95 * MINUTE)
        .restored()
}

fn evaluated(story: &mut Story, resolved: bool) -> &mut Story {
    restored(story)
        .at(100 * MINUTE)
        .evaluated(resolved)
        .at(110 * MINUTE)
}

#[rstest]
#[case::a_report_alone(|_: &mut Story| {}, "reported")]
#[case::assigned(|s: &mut Story| { s.assigned(Who::Lin); }, "assigned")]
#[case::responded(|s: &mut Story| { s.assigned(Who::Lin).by(Who::Lin).responded(); }, "responded")]
#[case::responded_before_anybody_was_named(|s: &mut Story| { s.by(Who::Lin).responded(); }, "responded")]
#[case::reassigned_after_the_response(|s: &mut Story| { s.by(Who::Lin).responded().assigned(Who::Wu); }, "responded")]
#[case::set_out(|s: &mut Story| { s.by(Who::Lin).responded().set_out(); }, "under_way")]
#[case::set_out_without_responding(|s: &mut Story| { s.by(Who::Lin).set_out(); }, "under_way")]
#[case::what_moves_nothing(|s: &mut Story| { s.assigned(Who::Lin).by(Who::Lin).photo(1).scanned(&terminal().id); }, "assigned")]
#[case::on_site(|s: &mut Story| { s.by(Who::Lin).set_out().arrived(); }, "on_site")]
#[case::on_site_without_any_proof(|s: &mut Story| { s.by(Who::Lin).checked_in(&terminal().id, None, &[]); }, "on_site")]
#[case::working(|s: &mut Story| { s.by(Who::Lin).arrived().repaired(); }, "on_site")]
#[case::checked_in_twice_and_left_once(|s: &mut Story| { s.by(Who::Lin).arrived().arrived().left(); }, "on_site")]
#[case::checked_in_twice_and_left_twice(|s: &mut Story| { s.by(Who::Lin).set_out().arrived().arrived().left().left(); }, "assigned")]
#[case::left_unrepaired(|s: &mut Story| { s.by(Who::Lin).responded().set_out().arrived().left(); }, "responded")]
#[case::set_out_again(|s: &mut Story| { s.by(Who::Lin).responded().set_out().arrived().left().set_out(); }, "under_way")]
#[case::second_visit(|s: &mut Story| { s.by(Who::Lin).set_out().arrived().left().set_out().arrived(); }, "on_site")]
#[case::one_of_two_left(|s: &mut Story| { s.by(Who::Lin).arrived().by(Who::Wu).arrived().left(); }, "on_site")]
#[case::another_on_the_way_meanwhile(|s: &mut Story| { s.by(Who::Lin).arrived().assigned(Who::Wu).by(Who::Wu).set_out(); }, "on_site")]
#[case::the_next_one_on_the_way(|s: &mut Story| { s.by(Who::Lin).arrived().at(MINUTE).left().assigned(Who::Wu).by(Who::Wu).at(2 * MINUTE).set_out(); }, "under_way")]
#[case::remote_work(|s: &mut Story| { s.by(Who::Lin).responded().worked(Mode::Remote, RepairClass::Program); }, "responded")]
#[case::remote_restored(|s: &mut Story| { s.by(Who::Lin).worked(Mode::Remote, RepairClass::Program).restored(); }, "restored")]
#[case::restored_on_site(|s: &mut Story| { restored(s); }, "restored")]
#[case::restored_and_left(|s: &mut Story| { restored(s).left(); }, "restored")]
#[case::restored_and_record_corrected(|s: &mut Story| { restored(s).repaired(); }, "restored")]
#[case::evaluated(|s: &mut Story| { evaluated(s, true); }, "evaluated")]
#[case::evaluated_and_left(|s: &mut Story| { evaluated(s, true).left(); }, "evaluated")]
#[case::photo_after_the_evaluation(|s: &mut Story| { evaluated(s, true).photo(2); }, "evaluated")]
#[case::evaluated_then_reassigned(|s: &mut Story| { evaluated(s, true).assigned(Who::Wu); }, "evaluated")]
#[case::evaluated_then_new_record(|s: &mut Story| { evaluated(s, true).repaired(); }, "restored")]
#[case::evaluated_then_restored_again(|s: &mut Story| { evaluated(s, true).restored(); }, "restored")]
#[case::evaluated_anew(|s: &mut Story| { evaluated(s, true).repaired().restored().evaluated(true); }, "evaluated")]
#[case::not_solved(|s: &mut Story| { evaluated(s, false); }, "reopened")]
#[case::not_solved_then_left(|s: &mut Story| { evaluated(s, false).left(); }, "reopened")]
#[case::manager_thinks_again(|s: &mut Story| { evaluated(s, false).evaluated(true); }, "evaluated")]
#[case::solved_then_not(|s: &mut Story| { evaluated(s, true).evaluated(false); }, "reopened")]
#[case::work_after_not_solved(|s: &mut Story| { evaluated(s, false).repaired(); }, "on_site")]
#[case::work_after_not_solved_and_left(|s: &mut Story| { evaluated(s, false).left().repaired(); }, "responded")]
#[case::restored_after_not_solved(|s: &mut Story| { evaluated(s, false).repaired().restored(); }, "restored")]
#[case::restored_after_not_solved_without_record(|s: &mut Story| { evaluated(s, false).restored(); }, "restored")]
#[case::solved_at_last(|s: &mut Story| { evaluated(s, false).repaired().restored().evaluated(true); }, "evaluated")]
#[case::not_solved_twice(|s: &mut Story| { evaluated(s, false).repaired().restored().evaluated(false); }, "reopened")]
fn the_stage_follows_from_the_facts(#[case] tell: fn(&mut Story), #[case] expected: &str) {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin);
    if expected == "reported" {
        story = Story::of(Level::General);
    }
    tell(&mut story);
    assert_eq!(story.stage_name(), expected);
    assert_eq!(story.work_order.is_open(), expected != "evaluated");
}

#[test]
fn a_stage_names_what_brought_it_there() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).assigned(Who::Wu);
    assert_eq!(
        story.work_order.stage(),
        Stage::Assigned {
            technician: Who::Wu.person()
        }
    );

    let response = story.by(Who::Lin).at(MINUTE).responded().last();
    story.by(Who::Wu).at(2 * MINUTE).responded();
    let Stage::Responded { at, how } = story.work_order.stage() else {
        panic!("{}", story.stage_name())
    };
    assert_eq!(
        (at.event, how),
        (response, ResponseKind::Accepted),
        "the first response counts"
    );

    let set_out = story.at(3 * MINUTE).set_out().last();
    let Stage::UnderWay { since } = story.work_order.stage() else {
        panic!("{}", story.stage_name())
    };
    assert_eq!(since.event, set_out);

    let check_in = story.at(4 * MINUTE).arrived().last();
    let Stage::OnSite { since } = story.work_order.stage() else {
        panic!("{}", story.stage_name())
    };
    assert_eq!(since.event, check_in);

    let restored = story.at(5 * MINUTE).repaired().restored().last();
    let Stage::Restored { at } = story.work_order.stage() else {
        panic!("{}", story.stage_name())
    };
    assert_eq!(at.event, restored);

    let refused = story.at(6 * MINUTE).evaluated(false).last();
    let Stage::Reopened { at } = story.work_order.stage() else {
        panic!("{}", story.stage_name())
    };
    assert_eq!(at.event, refused);

    let accepted = story
        .at(7 * MINUTE)
        .repaired()
        .restored()
        .evaluated(true)
        .last();
    let Stage::Evaluated { at, stars } = story.work_order.stage() else {
        panic!("{}", story.stage_name())
    };
    assert_eq!((at.event, stars), (accepted, 5));
}

/// Wu's record arrives after Lin's work was signed for: the manager has not seen it. Signing
/// again is enough, although the record in force stays Wu's.
#[test]
fn a_later_record_of_another_phone_makes_an_evaluation_stale_until_it_is_signed_again() {
    let mut story = Story::of(Level::General);
    evaluated(&mut story, true);
    story.by(Who::Wu).at(150 * MINUTE).repaired();
    assert_eq!(story.stage_name(), "restored");
    story.by(Who::Lin).at(200 * MINUTE).evaluated(true);
    assert_eq!(story.stage_name(), "evaluated");
    assert_eq!(
        story.work_order.work_in_force().unwrap().by,
        Who::Wu.person()
    );
}

/// What counts is when it happened at the latest, not when it arrived.
#[test]
fn an_earlier_record_that_arrives_late_leaves_the_evaluation_standing() {
    let mut story = Story::of(Level::General);
    evaluated(&mut story, true);
    story.by(Who::Wu).at(80 * MINUTE).repaired();
    assert_eq!(story.stage_name(), "evaluated");
    assert_eq!(
        story.work_order.work_in_force().unwrap().by,
        Who::Lin.person()
    );
}

/// Lin's "not solved" stands although Wu had restored something after Lin and before it.
#[test]
fn not_solved_refuses_every_restoration_before_it() {
    let mut story = Story::of(Level::General);
    restored(&mut story);
    story.by(Who::Wu).at(97 * MINUTE).repaired().restored();
    story
        .by(Who::Lin)
        .at(100 * MINUTE)
        .evaluated(false)
        .at(101 * MINUTE)
        .repaired();
    assert_eq!(story.stage_name(), "on_site");
    story.by(Who::Wu).at(120 * MINUTE).restored();
    assert_eq!(story.stage_name(), "restored");
}

/// The phone folds its own unsent facts on top of the server's: they are the latest there are.
#[test]
fn facts_no_receipt_covers_come_last() {
    let mut story = Story::of(Level::General);
    story
        .by(Who::Lin)
        .at(5 * MINUTE)
        .bounded(unknown())
        .responded()
        .set_out()
        .repaired()
        .restored();
    story.by(Who::Wu).at(500 * MINUTE).responded().repaired();
    assert_eq!(story.work_order.response().unwrap().by, Who::Wu.person());
    assert_eq!(
        story.work_order.work_in_force().unwrap().by,
        Who::Lin.person()
    );
    assert_eq!(story.stage_name(), "restored");
    story.by(Who::Lin).bounded(unknown()).evaluated(true);
    assert_eq!(story.stage_name(), "evaluated");
}

#[test]
fn leaving_closes_only_the_own_phones_last_visit() {
    let mut story = Story::of(Level::General);
    let lin = story.by(Who::Lin).at(MINUTE).arrived().last();
    let wu = story.by(Who::Wu).at(2 * MINUTE).arrived().last();
    let left = story.by(Who::Lin).at(3 * MINUTE).left().last();
    let visits = &story.work_order.visits;
    let event = |at: &Option<Moment>| at.as_ref().map(|at| at.event);
    assert_eq!(
        (visits[0].check_in.at.event, event(&visits[0].left)),
        (lin, Some(left))
    );
    assert_eq!(
        (visits[1].check_in.at.event, event(&visits[1].left)),
        (wu, None)
    );
    assert!(story.work_order.open_visit(Who::Lin.dev()).is_none());
    assert_eq!(
        story
            .work_order
            .open_visit(Who::Wu.dev())
            .unwrap()
            .check_in
            .at
            .event,
        wu
    );
    let before = story.work_order.visits.clone();
    story.by(Who::Lin).at(4 * MINUTE).left();
    assert_eq!(story.work_order.visits, before, "nothing is left to leave");
}
