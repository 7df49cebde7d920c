//! Who joins a report is counted and moves nothing (F41).

use crate::event::*;
use crate::fault::Level;
use crate::time::Timestamp;
use crate::work_order::testing::*;
use crate::work_order::{JOINS_MAX, JoinRefusal};

fn joined() -> Fact {
    Fact::Joined(Joined {
        channel: Channel::PublicQr,
        text: "我也遇到了".to_owned(),
        reporter: None,
        occurred_at: Some(Timestamp(NINE - HOUR)),
    })
}

fn cleared() -> Fact {
    Fact::AlarmCleared(AlarmCleared {
        alarm: "f 2026-11-24T09:00:00Z".to_owned(),
        cleared_at: Timestamp(NINE),
    })
}

#[test]
fn neither_who_joins_nor_monitoring_moves_a_clock_or_the_stage() {
    let mut plain = Story::of(Level::Severe);
    plain.assigned(Who::Lin);
    let mut crowded = Story::of(Level::Severe);
    crowded.assigned(Who::Lin);
    for minute in 1..=3 {
        crowded
            .at(minute * MINUTE)
            .desk_says(joined())
            .desk_says(cleared());
    }
    assert_eq!(crowded.work_order.joins.len(), 3);
    assert!(crowded.work_order.is_cleared("f 2026-11-24T09:00:00Z"));
    assert!(!crowded.work_order.is_cleared("f"));
    for now in [0, 10 * MINUTE, 10 * MINUTE + 1, 4 * HOUR] {
        assert_eq!(crowded.judged(now), plain.judged(now), "{now}");
    }
}

#[test]
fn folding_a_joining_twice_counts_it_once() {
    let mut story = Story::of(Level::General);
    story.at(MINUTE).desk_says(joined());
    let again = story.told.last().unwrap().clone();
    story.work_order.apply(&again);
    assert_eq!(story.work_order.joins.len(), 1);
}

#[test]
fn what_is_said_to_be_repaired_cannot_be_joined_and_what_is_reopened_can() {
    let mut story = Story::of(Level::General);
    assert_eq!(story.work_order.may_be_joined(), Ok(()));
    story.assigned(Who::Lin).by(Who::Lin).at(HOUR).responded();
    story.arrived().repaired();
    assert_eq!(story.work_order.may_be_joined(), Ok(()));
    story.restored();
    let late = Err(JoinRefusal::JoinTooLate);
    assert_eq!(story.work_order.may_be_joined(), late);
    let mut reopened = story.clone();
    story.evaluated(true);
    assert_eq!(story.work_order.may_be_joined(), late);
    reopened.evaluated(false);
    assert_eq!(reopened.work_order.may_be_joined(), Ok(()));
}

#[test]
fn there_is_a_most() {
    let mut story = Story::of(Level::General);
    for number in 0..JOINS_MAX {
        assert_eq!(story.work_order.may_be_joined(), Ok(()), "{number}");
        story.desk_says(joined());
    }
    assert_eq!(
        story.work_order.may_be_joined(),
        Err(JoinRefusal::JoinLimit)
    );
}

#[test]
fn a_work_order_without_either_says_nothing_of_them() {
    let story = Story::of(Level::General);
    let doc = serde_json::to_value(&story.work_order).unwrap();
    for member in ["joins", "clearings"] {
        assert!(doc.get(member).is_none(), "{member}");
    }
}
