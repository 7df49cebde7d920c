//! How events add up, and what is no business of the fold.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use crate::event::{CheckedIn, Commitment, Fact, Noted, Nothing};
use crate::fault::Level;
use crate::geo::Fix;
use crate::ids::EventId;
use crate::sla::policy::Policy;
use crate::work_order::testing::*;
use crate::work_order::{Birth, PriorFix, WorkOrder};

fn told() -> Story {
    let mut story = Story::of(Level::Severe);
    story
        .assigned(Who::Lin)
        .by(Who::Lin)
        .at(MINUTE)
        .responded()
        .set_out()
        .at(30 * MINUTE)
        .arrived();
    story.repaired().photo(1).restored().evaluated(true).left();
    story
}

#[test]
fn a_work_order_is_born_of_a_report_and_of_nothing_else() {
    let story = told();
    let birth = || Birth {
        site: site().id,
        district: site().district,
        provider: terminal().provider,
        site_unit: site().unit,
    };
    assert_eq!(story.born.heads, BTreeMap::from([(Who::Desk.dev(), 1)]));
    assert_eq!(
        (story.born.site.clone(), story.born.provider.clone()),
        (site().id, terminal().provider)
    );
    for recorded in &story.told {
        assert!(
            WorkOrder::born(birth(), recorded).is_none(),
            "{}",
            recorded.event.fact.name()
        );
    }
}

#[test]
fn what_is_folded_already_changes_nothing() {
    let mut story = told();
    let folded = story.work_order.clone();
    for recorded in story.told.clone() {
        story.work_order.apply(&recorded);
        assert_eq!(story.work_order, folded, "{}", recorded.event.fact.name());
    }
}

#[rstest]
#[case::of_another_work_order(Some("WO-20261124-0002"), 99)]
#[case::of_no_work_order(None, 99)]
#[case::without_a_place_in_any_chain(Some("WO-20261124-0001"), 0)]
fn foreign_events_are_left_alone(#[case] wo: Option<&str>, #[case] seq: u64) {
    let mut story = told();
    let folded = story.work_order.clone();
    let mut recorded = story.told.last().unwrap().clone();
    recorded.event.wo = wo.map(|wo| wo.parse().unwrap());
    recorded.event.seq = seq;
    recorded.event.fact = Fact::Restored(Nothing {});
    story.work_order.apply(&recorded);
    assert_eq!(story.work_order, folded);
}

#[test]
fn facts_come_in_the_order_of_their_latest_moments() {
    let mut story = Story::of(Level::General);
    let note = |story: &mut Story, who, bounds, text: &str| {
        story
            .by(who)
            .bounded(bounds)
            .say(Fact::Noted(Noted { text: text.into() }));
    };
    note(&mut story, Who::Lin, between(0, 50 * MINUTE), "second");
    note(&mut story, Who::Lin, unknown(), "last");
    note(
        &mut story,
        Who::Wu,
        between(40 * MINUTE, 45 * MINUTE),
        "first",
    );
    note(
        &mut story,
        Who::Wu,
        between(40 * MINUTE, 50 * MINUTE),
        "third, by the other phone",
    );
    note(
        &mut story,
        Who::Wu,
        between(40 * MINUTE, 50 * MINUTE),
        "fourth, later in its chain",
    );
    let texts: Vec<&str> = story
        .work_order
        .notes
        .iter()
        .map(|note| note.what.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "first",
            "second",
            "third, by the other phone",
            "fourth, later in its chain",
            "last"
        ]
    );
}

#[rstest]
#[case::own(Who::Lin, true)]
#[case::of_another_phone(Who::Wu, false)]
fn a_check_in_rests_on_its_own_phones_scan(#[case] scanner: Who, #[case] found: bool) {
    let mut story = Story::of(Level::General);
    let scan = story.by(scanner).scanned(&terminal().id).last();
    story
        .by(Who::Lin)
        .checked_in(&terminal().id, Some(scan), &[]);
    assert_eq!(
        story.work_order.visits[0].check_in.what.scan.is_some(),
        found
    );
}

#[rstest]
#[case::there(|fixes: Value| Some(fixes), 3)]
#[case::erased(|_: Value| None, 0)]
#[case::of_another_kind(|_: Value| Some(json!({"name": "陈静", "phone": ""})), 0)]
fn positions_are_taken_from_the_sidecar_while_it_is_there(
    #[case] keep: fn(Value) -> Option<Value>,
    #[case] expected: usize,
) {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).at(MINUTE);
    let value = serde_json::to_value(burst(story.mono(), 20)).unwrap();
    let c = seal(&value);
    let check_in = CheckedIn {
        terminal: terminal().id,
        scan: Some(EventId([9; 32])),
        fixes: Some(Commitment { c }),
        no_fix: None,
        reason: None,
    };
    story.say_with(
        Fact::CheckedIn(check_in),
        keep(value).map(|value| (c, value)).into_iter().collect(),
    );
    let check_in = &story.work_order.visits[0].check_in.what;
    assert_eq!(
        (check_in.fixes.len(), check_in.fixes_c),
        (expected, Some(c))
    );
    assert_eq!(check_in.scan, None, "a scan that is not there");
}

/// Accuracy in cm and age in ms at the check-in; the one expected by its accuracy.
#[rstest]
#[case::none(&[], None)]
#[case::the_most_exact(&[(2_100, 9_000), (1_200, 5_000), (1_500, 1_000)], Some(1_200))]
#[case::as_exact_as_a_simulator(&[(100, 1_000), (0, 1_000)], None)]
#[case::just_believable(&[(100, 1_000), (101, 1_000), (5_000, 0)], Some(101))]
#[case::rough_is_better_than_nothing(&[(300_000, 1_000)], Some(300_000))]
#[case::impossible_accuracy(&[(-1, 1_000), (2_004_000_001, 1_000)], None)]
#[case::as_old_as_it_may_be(&[(1_200, 120_000)], Some(1_200))]
#[case::too_old(&[(1_200, 120_001), (9_000, 0)], Some(9_000))]
#[case::from_after_the_check_in(&[(1_200, -1)], None)]
fn a_check_in_is_located_by_its_best_believable_reading(
    #[case] readings: &[(i64, i64)],
    #[case] expected: Option<i64>,
) {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).at(MINUTE);
    let mono = story.mono();
    let mut fixes: Vec<Fix> = readings
        .iter()
        .map(|(acc_cm, before_ms)| fix(mono, 20, *acc_cm, *before_ms))
        .collect();
    fixes.push(Fix {
        lat_e7: 900_000_001,
        ..fix(mono, 20, 500, 0)
    });
    story.checked_in(&terminal().id, None, &fixes);
    let policy = Policy::v2024_10().presence;
    let best = |story: &Story| {
        story.work_order.visits[0]
            .best_fix(&policy)
            .map(|fix| fix.acc_cm)
    };
    assert_eq!(best(&story), expected);
    story.work_order.visits[0].check_in.what.fixes.reverse();
    assert_eq!(best(&story), expected, "the order of readings says nothing");
}

/// Two phones; what they said lies between these bounds once their receipts are told.
fn told_by_two() -> Story {
    let mut story = told();
    let note = |text: &str| Fact::Noted(Noted { text: text.into() });
    story.by(Who::Lin).at(45 * MINUTE).say(note("已交接"));
    story.by(Who::Wu).at(50 * MINUTE).say(note("同事到场"));
    story
}

#[test]
fn a_receipt_known_later_leaves_what_one_known_at_once_leaves() {
    let story = told_by_two();
    let mut late = story.born.clone();
    let mut bounds = BTreeMap::new();
    for recorded in &story.told {
        let mut recorded = recorded.clone();
        bounds.insert(recorded.id, recorded.bounds);
        if recorded.event.dev == Who::Lin.dev() {
            recorded.bounds = unknown();
        }
        late.apply(&recorded);
    }
    assert_ne!(late, story.work_order);
    assert_ne!(late.notes[0].by, story.work_order.notes[0].by.clone());
    late.rebound(&bounds);
    assert_eq!(late, story.work_order);
    late.rebound(&BTreeMap::new());
    assert_eq!(late, story.work_order);
    let kept = late.bounds();
    assert!(
        bounds
            .iter()
            .all(|(id, bounds)| kept.get(id).is_none_or(|kept| kept == bounds))
    );
    assert!(kept.len() > 8, "{kept:?}");
}

#[test]
fn the_place_a_phone_came_from_is_bounded_again_too() {
    let mut story = told();
    let before = EventId([9; 32]);
    let check_in = |story: &mut Story| {
        story.work_order.visits[0]
            .check_in
            .what
            .prior
            .clone()
            .unwrap()
    };
    story.work_order.visits[0].check_in.what.prior = Some(PriorFix {
        event: before,
        fix: burst(HOUR, 0)[0],
        bounds: unknown(),
    });
    story
        .work_order
        .rebound(&BTreeMap::from([(EventId([8; 32]), exactly(0))]));
    assert_eq!(check_in(&mut story).bounds, unknown());
    story
        .work_order
        .rebound(&BTreeMap::from([(before, exactly(0))]));
    assert_eq!(check_in(&mut story).bounds, exactly(0));
}
