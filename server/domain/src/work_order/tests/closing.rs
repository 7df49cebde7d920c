//! What nobody evaluates closes after three working days, once, and not a millisecond earlier (A16).

use proptest::prelude::*;
use rstest::rstest;

use crate::event::*;
use crate::fault::Level;
use crate::refusal::RefusalCode;
use crate::sla::calendar::Calendar;
use crate::sla::policy::Policy;
use crate::time::Timestamp;
use crate::work_order::testing::*;

const DAY: i64 = 24 * HOUR;

/// Restored by Lin so long after Tuesday 2026-11-24, 09:00.
fn restored_at(ms: i64) -> Story {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).at(ms);
    story.arrived().repaired().restored();
    story
}

fn closing(story: &Story, at_ms: i64) -> Option<ClosedUnevaluated> {
    let now = Timestamp(NINE + at_ms);
    let (policy, calendar) = (Policy::v2024_10(), Calendar::shared());
    story.work_order.closes_unevaluated(&policy, calendar, now)
}

/// Closes it now, if it is time.
fn pass(story: &mut Story, at_ms: i64) -> bool {
    let Some(closed) = closing(story, at_ms) else {
        return false;
    };
    story.at(at_ms).desk_says(Fact::ClosedUnevaluated(closed));
    true
}

/// Days are counted from the Tuesday.
#[rstest]
#[case::friday_from_tuesday(0, 3 * DAY)]
#[case::over_the_weekend(3 * DAY, 8 * DAY)]
#[case::from_a_saturday(4 * DAY, 9 * DAY - 9 * HOUR)]
// 2026-02-11 Wednesday 10:00: Thursday, Friday, and the Saturday that is worked for the Spring Festival.
#[case::make_up_saturday_counts(-286 * DAY + HOUR, -283 * DAY + HOUR)]
// 2026-02-12 Thursday: Friday, the worked Saturday, and the first day after the festival.
#[case::over_the_spring_festival(-285 * DAY + HOUR, -273 * DAY + HOUR)]
fn it_closes_a_millisecond_after_three_working_days(#[case] restored: i64, #[case] due: i64) {
    let story = restored_at(restored);
    for (at, is_closed) in [(due - 1, false), (due, false), (due + 1, true)] {
        assert_eq!(closing(&story, at).is_some(), is_closed, "{at}");
    }
    assert_eq!(
        closing(&story, due + 1).unwrap().due_at,
        Timestamp(NINE + due)
    );
    let shown = story.judged(0).evaluation_due.unwrap();
    assert_eq!(
        (shown.at, shown.is_provisional),
        (Timestamp(NINE + due), false)
    );
}

#[test]
fn a_closed_work_order_is_not_open_and_not_satisfied_and_closes_once() {
    let mut story = restored_at(0);
    assert!(!pass(&mut story, 3 * DAY));
    assert!(pass(&mut story, 3 * DAY + 1));
    assert_eq!(story.stage_name(), "closed_unevaluated");
    assert!(!story.work_order.is_open());
    assert!(story.work_order.evaluation_in_force().is_none());
    for later in [1, HOUR, 30 * DAY] {
        assert!(!pass(&mut story, 3 * DAY + 1 + later));
    }
    assert_eq!(story.judged(4 * DAY).evaluation_due, None);
}

#[test]
fn what_was_evaluated_or_is_not_restored_does_not_close() {
    for resolved in [true, false] {
        let mut story = restored_at(0);
        story.at(HOUR).evaluated(resolved);
        assert_eq!(closing(&story, 30 * DAY), None);
    }
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).arrived().repaired();
    assert_eq!(closing(&story, 30 * DAY), None);
    // Nobody knows when it was.
    let mut story = Story::of(Level::General);
    story
        .by(Who::Lin)
        .bounded(unknown())
        .arrived()
        .repaired()
        .restored();
    assert_eq!(closing(&story, 30 * DAY), None);
}

#[test]
fn the_days_run_from_the_latest_moment_of_the_last_restoration() {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).bounded(between(0, DAY));
    story.arrived().repaired().restored();
    assert_eq!(closing(&story, 6 * DAY), None);
    assert!(closing(&story, 6 * DAY + 1).is_some());
    // Not solved on Wednesday, repaired again on Thursday: Friday, Monday, Tuesday.
    story.at(DAY).evaluated(false);
    story.at(2 * DAY).repaired().restored();
    assert_eq!(closing(&story, 7 * DAY), None);
    assert!(closing(&story, 7 * DAY + 1).is_some());
}

#[test]
fn an_evaluation_that_comes_later_still_counts() {
    for (resolved, expected) in [(true, "evaluated"), (false, "reopened")] {
        let mut story = restored_at(0);
        assert!(pass(&mut story, 3 * DAY + 1));
        // Signed without network on the Wednesday, delivered now.
        story.at(4 * DAY).bounded(between(DAY, 4 * DAY));
        story.by(Who::Lin).evaluated(resolved);
        assert_eq!(story.stage_name(), expected);
        assert_eq!(story.work_order.is_open(), !resolved);
    }
}

#[test]
fn work_after_the_closing_opens_it_and_starts_the_days_anew() {
    let mut story = restored_at(0);
    assert!(pass(&mut story, 3 * DAY + 1));
    story.at(3 * DAY + HOUR).repaired().restored();
    assert_eq!(story.stage_name(), "restored");
    assert!(story.work_order.is_open());
    assert!(!pass(&mut story, 8 * DAY + HOUR));
    assert!(pass(&mut story, 8 * DAY + HOUR + 1));
    assert_eq!(story.work_order.closings.len(), 2);
}

#[test]
fn whoever_checks_later_finds_a_closing_before_its_time() {
    let check = |at_ms: i64| {
        let mut story = restored_at(0);
        let restored = story.work_order.restored[0].at.event;
        let closed = ClosedUnevaluated {
            restored,
            due_at: Timestamp(NINE),
        };
        story.at(at_ms).desk_says(Fact::ClosedUnevaluated(closed));
        let (policy, calendar) = (Policy::v2024_10(), Calendar::shared());
        let work_order = &story.work_order;
        work_order.check_closing(&work_order.closings[0], &policy, calendar)
    };
    let early = Err(RefusalCode::ClosedTooEarly);
    assert_eq!(
        [3 * DAY - 1, 3 * DAY, 3 * DAY + 1].map(check),
        [early, early, Ok(())]
    );
    let mut story = restored_at(0);
    assert!(pass(&mut story, 4 * DAY));
    story.work_order.restored.clear();
    let (policy, calendar) = (Policy::v2024_10(), Calendar::shared());
    let work_order = &story.work_order;
    assert_eq!(
        work_order.check_closing(&work_order.closings[0], &policy, calendar),
        Err(RefusalCode::NothingToEvaluate)
    );
}

proptest! {
    /// However often and whenever somebody looks, in whatever order passes come, a restoration is closed
    /// at most once, never before its day, and never if it was evaluated in time.
    #[test]
    fn a_restoration_closes_exactly_once(
        restored in -400 * DAY..30 * DAY,
        mut passes in prop::collection::vec(0..20 * DAY, 1..12),
        evaluated in prop::option::of(0..2 * DAY),
    ) {
        let mut story = restored_at(restored);
        let due = Calendar::shared().add_working_days(Timestamp(NINE + restored), 3).at.0 - NINE;
        passes.push(due - restored + 1);
        passes.sort_unstable();
        if let Some(after) = evaluated {
            story.at(restored + after).evaluated(true);
        }
        let mut closed = 0;
        for after in passes {
            let now = restored + after;
            if pass(&mut story, now) {
                closed += 1;
                prop_assert!(now > due);
            }
        }
        prop_assert_eq!(closed, usize::from(evaluated.is_none()));
        let (policy, calendar) = (Policy::v2024_10(), Calendar::shared());
        for closing in &story.work_order.closings {
            prop_assert_eq!(story.work_order.check_closing(closing, &policy, calendar), Ok(()));
        }
    }
}
