//! Personal values that are erased: what they showed stays as it was judged.

use std::collections::BTreeMap;

use crate::event::{Erased, Fact, RepairClass};
use crate::ids::{Digest, EventId};
use crate::presence::PresenceResult;
use crate::work_order::Judgement;
use crate::work_order::testing::*;

const LATER: i64 = 1_000 * HOUR;

/// Arrived well at ten, repaired, evaluated.
fn finished() -> Story {
    let mut story = Story::of(crate::fault::Level::General);
    story
        .assigned(Who::Lin)
        .by(Who::Lin)
        .at(HOUR)
        .arrived()
        .worked(crate::event::Mode::OnSite, RepairClass::Ordinary)
        .restored()
        .evaluated(true);
    story
}

fn erase(story: &mut Story, presence: BTreeMap<EventId, crate::presence::Presence>) {
    let fixes = story.work_order.visits[0].check_in.what.fixes_c;
    let values: Vec<Digest> = fixes.into_iter().collect();
    assert_eq!(values.len(), 1, "the arrival rests on a position");
    story.by(Who::Desk).at(900 * HOUR).say(Fact::Erased(Erased {
        values,
        presence,
        reason: "保存期满".to_owned(),
    }));
}

fn presence_by_check_in(
    story: &Story,
    judged: &Judgement,
) -> BTreeMap<EventId, crate::presence::Presence> {
    let visits = story.work_order.visits.iter();
    let ids = visits.map(|visit| visit.check_in.at.event);
    ids.zip(judged.presence.clone()).collect()
}

/// How the first visit is shown, for whoever counts.
fn shown(story: &Story) -> Option<PresenceResult> {
    let presence = story.judged(LATER).presence;
    let mut visits = story.work_order.visits_shown(&presence);
    visits.next().unwrap().1
}

#[test]
fn an_erased_position_is_counted_as_what_it_had_shown_and_one_that_is_only_gone_cannot_be_told() {
    let mut story = finished();
    let before = story.judged(LATER);
    assert_eq!(shown(&story), Some(before.presence[0].result));
    let mut gone = story.clone();
    gone.work_order.visits[0].check_in.what.fixes.clear();
    assert_eq!(shown(&gone), None);
    let kept = presence_by_check_in(&story, &before);
    erase(&mut story, kept);
    assert_eq!(shown(&story), Some(before.presence[0].result));
    let unjudged = story.work_order.visits_shown(&[]);
    assert!(unjudged.map(|(_, shown)| shown).eq([None]));
}

#[test]
fn every_verdict_stays_what_it_was() {
    let mut story = finished();
    let before = story.judged(LATER);
    let kept = presence_by_check_in(&story, &before);
    erase(&mut story, kept);
    assert!(story.work_order.visits[0].check_in.what.fixes.is_empty());
    assert_eq!(story.work_order.visits[0].check_in.what.prior, None);
    assert_eq!(story.judged(LATER), before);
    let c = story.work_order.visits[0].check_in.what.fixes_c.unwrap();
    assert!(story.work_order.has_erased(c));
    assert!(!story.work_order.has_erased(Digest([0; 32])));
}

#[test]
fn what_was_not_kept_is_judged_without_the_position() {
    let mut story = finished();
    assert!(story.judged(LATER).presence[0].result >= PresenceResult::Adequate);
    erase(&mut story, BTreeMap::new());
    let after = story.judged(LATER);
    assert!(after.presence[0].result < PresenceResult::Adequate);
    assert_eq!(after.presence[0].distance_cm, None);
}

#[test]
fn an_erased_work_order_survives_writing_and_one_without_is_written_as_before() {
    let mut story = finished();
    let text = serde_json::to_string(&story.work_order).unwrap();
    assert!(!text.contains("erasures"));
    assert_eq!(
        serde_json::from_str::<super::super::WorkOrder>(&text).unwrap(),
        story.work_order
    );
    let judged = story.judged(LATER);
    let kept = presence_by_check_in(&story, &judged);
    erase(&mut story, kept);
    let text = serde_json::to_string(&story.work_order).unwrap();
    assert_eq!(
        serde_json::from_str::<super::super::WorkOrder>(&text).unwrap(),
        story.work_order
    );
}
