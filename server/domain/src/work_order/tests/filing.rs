//! Filings stand beside the deadline of three hours and never move it (9.2 a).

use proptest::prelude::*;

use crate::event::*;
use crate::fault::Level;
use crate::ids::EventId;
use crate::sla::clock::ClockVerdict::{self, Breached, CannotTell, Met};
use crate::time::Timestamp;
use crate::work_order::testing::*;

/// Three hours after the report.
const DUE: i64 = 3 * HOUR;

fn filed() -> Fact {
    Fact::Filed(Filed {
        reason: FilingReason::Weather,
        text: "台风红色预警，道路封闭".into(),
        expected_at: Timestamp(NINE + 5 * HOUR),
    })
}

fn answered(filing: EventId, accepted: bool) -> Fact {
    Fact::FilingAnswered(FilingAnswered {
        filing,
        accepted,
        text: "已核实".into(),
    })
}

fn in_time(story: &Story) -> Option<ClockVerdict> {
    story.judged(DUE + HOUR).filings[0].in_time
}

#[test]
fn a_filing_is_in_time_up_to_the_deadline_and_only_as_surely_as_its_moment() {
    for (earliest, latest, expected) in [
        (DUE - 1, DUE - 1, Met),
        (DUE, DUE, Met),
        (DUE + 1, DUE + 1, Breached),
        (DUE - HOUR, DUE, Met),
        (DUE - HOUR, DUE + 1, CannotTell),
        (DUE, DUE + HOUR, CannotTell),
        (DUE + 1, DUE + HOUR, Breached),
    ] {
        let mut story = Story::of(Level::General);
        story.assigned(Who::Lin).by(Who::Lin).at(latest);
        story.bounded(between(earliest, latest)).say(filed());
        assert_eq!(in_time(&story), Some(expected), "{earliest}..{latest}");
    }
}

#[test]
fn a_late_arrival_stays_late_whatever_was_filed_and_accepted() {
    for accepted in [None, Some(false), Some(true)] {
        let mut story = Story::of(Level::General);
        story.assigned(Who::Lin).by(Who::Lin).at(HOUR).say(filed());
        let filing = story.last();
        if let Some(accepted) = accepted {
            story
                .by(Who::Desk)
                .at(2 * HOUR)
                .say(answered(filing, accepted));
        }
        story.by(Who::Lin).at(DUE + 1).arrived();
        let judgement = story.judged(DUE + HOUR);
        assert_eq!(judgement.arrival.verdict, Some(Breached));
        assert_eq!(judgement.filings[0].in_time, Some(Met));
        assert_eq!(judgement.filings[0].accepted, accepted);
        assert_eq!(story.work_order.awaits_an_answer(), accepted.is_none());
    }
}

#[test]
fn the_first_answer_counts_and_each_answer_belongs_to_its_filing() {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).at(HOUR).say(filed());
    let first = story.last();
    story.at(2 * HOUR).say(filed());
    let second = story.last();
    story.by(Who::Desk).at(2 * HOUR).say(answered(first, false));
    story.at(2 * HOUR + 1).say(answered(first, true));
    let accepted = |story: &Story| -> Vec<Option<bool>> {
        let judgement = story.judged(DUE);
        judgement
            .filings
            .iter()
            .map(|filing| filing.accepted)
            .collect()
    };
    assert_eq!(accepted(&story), [Some(false), None]);
    assert!(story.work_order.awaits_an_answer());
    story.say(answered(second, true));
    assert_eq!(accepted(&story), [Some(false), Some(true)]);
    assert!(!story.work_order.awaits_an_answer());
}

#[test]
fn without_an_arrival_there_is_no_deadline_to_file_before() {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).at(HOUR).say(filed());
    story.worked(Mode::Remote, RepairClass::Program);
    assert_eq!(in_time(&story), None);
}

#[test]
fn a_work_order_without_filings_is_written_as_before() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).arrived();
    let value = serde_json::to_value(&story.work_order).unwrap();
    assert!(value.get("filings").is_none() && value.get("filing_answers").is_none());
    let value = serde_json::to_value(story.judged(HOUR)).unwrap();
    assert!(value.get("filings").is_none());
}

proptest! {
    /// The same day with and without filings, at any times, answered in any way.
    #[test]
    fn no_filing_changes_any_clock_or_presence(
        filings in prop::collection::vec((0..6 * HOUR, any::<Option<bool>>()), 0..5),
        arrival in 0..6 * HOUR,
    ) {
        let tell = |filings: &[(i64, Option<bool>)]| {
            let mut story = Story::of(Level::Severe);
            story.assigned(Who::Lin).by(Who::Wu);
            for (at, accepted) in filings {
                story.by(Who::Wu).at(*at).say(filed());
                let filing = story.last();
                if let Some(accepted) = accepted {
                    story.by(Who::Desk).say(answered(filing, *accepted));
                }
            }
            story.by(Who::Lin).at(arrival).arrived();
            story
        };
        let with = tell(&filings);
        let (mut judged, without) = (with.judged(7 * HOUR), tell(&[]).judged(7 * HOUR));
        prop_assert_eq!(judged.filings.len(), filings.len());
        judged.filings.clear();
        // Events are named by their chain, which the filings do not share.
        prop_assert_eq!(judged.clocks, without.clocks);
        prop_assert_eq!(judged.arrival, without.arrival);
        prop_assert_eq!(judged.presence, without.presence);
        prop_assert_eq!(judged.next, without.next);
    }
}
