//! Steps of the ladder fall due by the rules, once each, and nothing that is said later hides that they did.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::event::*;
use crate::fault::Level;
use crate::ids::PersonId;
use crate::register::{Site, Terminal};
use crate::sla::Policy;
use crate::sla::clock::ClockKind::{self, Arrival, Repair, Response};
use crate::sla::escalation::{Rung, Step};
use crate::time::Timestamp;
use crate::work_order::testing::*;
use crate::work_order::{Steps, Surroundings, WorkOrder};

const SECOND: i64 = 1_000;

fn steps_by(policy: &Policy, work_order: &WorkOrder) -> Steps {
    let (terminal, site): (Terminal, Site) = (terminal(), site());
    let around = Surroundings {
        terminal: &terminal,
        site: &site,
        policy,
        external: &BTreeMap::new(),
        now: Timestamp(NINE),
    };
    Steps::of(work_order, &around)
}

fn steps(story: &Story) -> Steps {
    steps_by(&Policy::v2024_10(), &story.work_order)
}

/// What is due so long after nine, as clock and rung.
fn due(story: &Story, at_ms: i64) -> Vec<(ClockKind, Rung)> {
    let steps = steps(story);
    let due = steps.due(Timestamp(NINE + at_ms));
    due.iter().map(|step| (step.clock, step.rung)).collect()
}

/// Says everything that is due, as the server does.
fn alert(story: &mut Story, at_ms: i64) -> Vec<Step> {
    let due = steps(story).due(Timestamp(NINE + at_ms)).to_vec();
    if due.is_empty() {
        return due;
    }
    let told: Vec<PersonId> = vec![Who::Lin.person()];
    let steps = due.iter().map(|step| AlertedStep {
        clock: step.clock,
        rung: step.rung,
        due_at: step.at,
        to: told.clone(),
    });
    let fact = Fact::Alerted(Alerted {
        steps: steps.collect(),
    });
    story.by(Who::Desk).at(at_ms).say(fact);
    due
}

fn take_over(story: &mut Story, at_ms: i64, clock: ClockKind) {
    let text = "已安排人员".into();
    story
        .by(Who::Desk)
        .at(at_ms)
        .say(Fact::TakenOver(TakenOver { clock, text }));
}

#[test]
fn each_step_of_a_response_is_due_at_its_second_and_not_before() {
    let table = [
        (Level::Severe, Rung::Warning, 5 * MINUTE),
        (Level::Severe, Rung::Overdue, 10 * MINUTE + 1),
        (Level::General, Rung::Warning, 30 * MINUTE),
        (Level::General, Rung::Overdue, 60 * MINUTE + 1),
        (Level::Severe, Rung::Leader(1), 60 * MINUTE + 1),
        (Level::General, Rung::Leader(1), 60 * MINUTE + 1),
        (Level::General, Rung::Leader(2), 90 * MINUTE + 1),
        (Level::General, Rung::Leader(3), 120 * MINUTE + 1),
    ];
    for (level, rung, at) in table {
        let story = Story::of(level);
        for (moment, is_due) in [
            (at - SECOND, false),
            (at - 1, false),
            (at, true),
            (at + SECOND, true),
        ] {
            let has = due(&story, moment).contains(&(Response, rung));
            assert_eq!(has, is_due, "{level:?} {rung:?} at {moment}");
        }
    }
}

#[test]
fn the_limit_itself_is_still_kept() {
    let story = Story::of(Level::Severe);
    assert!(!due(&story, 10 * MINUTE).contains(&(Response, Rung::Overdue)));
    assert!(!due(&story, 60 * MINUTE).contains(&(Response, Rung::Leader(1))));
}

#[test]
fn a_response_ends_its_ladder_and_an_arrival_and_a_repair_have_their_own() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).at(20 * MINUTE);
    story.responded();
    assert_eq!(due(&story, 89 * MINUTE), []);
    assert_eq!(due(&story, 90 * MINUTE), [(Arrival, Rung::Warning)]);
    assert_eq!(
        due(&story, 180 * MINUTE + 1),
        [(Arrival, Rung::Warning), (Arrival, Rung::Overdue)]
    );
    story.at(2 * HOUR).arrived();
    assert_eq!(due(&story, 8 * HOUR - 1), []);
    assert_eq!(due(&story, 8 * HOUR), [(Repair, Rung::Warning)]);
    let late = due(&story, 14 * HOUR + 1);
    assert_eq!(
        late,
        [
            (Repair, Rung::Warning),
            (Repair, Rung::Overdue),
            (Repair, Rung::Leader(1))
        ]
    );
    story.repaired().restored();
    assert_eq!(due(&story, 1_000 * HOUR), []);
}

#[test]
fn what_was_said_is_not_due_again_and_the_first_word_stays() {
    let mut story = Story::of(Level::Severe);
    assert_eq!(alert(&mut story, 5 * MINUTE).len(), 1);
    assert_eq!(alert(&mut story, 5 * MINUTE), []);
    let later = alert(&mut story, 61 * MINUTE);
    assert_eq!(
        later.iter().map(|step| step.rung).collect::<Vec<_>>(),
        [Rung::Overdue, Rung::Leader(1)]
    );
    assert!(steps(&story).awaits_leader);
    // The same step once more, from whatever process: it stays as it was said first.
    let first = story.work_order.alerts.clone();
    let again = AlertedStep {
        clock: Response,
        rung: Rung::Warning,
        due_at: Timestamp(0),
        to: vec![],
    };
    story.say(Fact::Alerted(Alerted { steps: vec![again] }));
    assert_eq!(story.work_order.alerts, first);
}

#[test]
fn whoever_takes_over_ends_the_climb_and_nothing_else() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).responded().arrived();
    alert(&mut story, 12 * HOUR + 1);
    assert!(steps(&story).awaits_leader);
    take_over(&mut story, 12 * HOUR + 2, Repair);
    assert_eq!(due(&story, 500 * HOUR), []);
    assert!(steps(&story).awaits_leader, "until it is repaired");
    let judgement = story.judged(500 * HOUR);
    let repair = judgement.clocks.iter().find(|clock| clock.kind == Repair);
    assert_eq!(
        repair.unwrap().verdict,
        crate::sla::clock::ClockVerdict::Overdue
    );
}

#[test]
fn calling_it_something_slower_afterwards_does_not_hide_that_it_was_late() {
    for (class, at, is_late) in [
        (RepairClass::HardwarePart, 12 * HOUR, false),
        (RepairClass::HardwarePart, 12 * HOUR + 1, true),
        (RepairClass::WholeMachine, 20 * HOUR, true),
        (RepairClass::DepartmentInterface, 12 * HOUR + 1, true),
    ] {
        let mut story = Story::of(Level::General);
        story.assigned(Who::Lin).by(Who::Lin).responded().arrived();
        story.at(at).worked(Mode::OnSite, class);
        let late = due(&story, 21 * HOUR).contains(&(Repair, Rung::Leader(1)));
        assert_eq!(late, is_late, "{class:?} at {at}");
    }
}

#[test]
fn calling_it_something_faster_is_late_at_once() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).responded();
    story
        .at(5 * HOUR)
        .worked(Mode::Remote, RepairClass::Ordinary);
    assert!(due(&story, 5 * HOUR).contains(&(Repair, Rung::Leader(1))));
}

#[test]
fn a_closed_work_order_has_no_ladder_and_a_reopened_one_climbs_on() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).responded().arrived();
    story.at(HOUR).repaired().restored();
    let mut refused = story.clone();
    story.evaluated(true);
    assert_eq!(steps(&story).next_at(), None);
    refused.at(2 * HOUR).evaluated(false);
    assert!(due(&refused, 13 * HOUR).contains(&(Repair, Rung::Leader(1))));
}

#[test]
fn a_policy_without_a_ladder_reads_as_the_first_one_and_keeps_its_name() {
    let policy = Policy::v2024_10();
    let text = serde_json::to_string(&policy).unwrap();
    assert!(!text.contains("ladder"), "{text}");
    let mut other = policy.clone();
    other.ladder.leader_minutes += 1;
    assert_ne!(other.digest(), policy.digest());
    let read: Policy = serde_json::from_str(&serde_json::to_string(&other).unwrap()).unwrap();
    assert_eq!(read, other);
}

#[test]
fn a_work_order_climbs_by_the_policy_it_was_born_under() {
    let mut quick = Policy::v2024_10();
    quick.escalation_minutes = 20;
    quick.ladder.leaders = 1;
    let story = Story::of(Level::Severe);
    let at = |policy: &Policy| {
        let steps = steps_by(policy, &story.work_order);
        let mut leaders = steps.ahead.into_iter();
        leaders
            .find(|step| step.rung == Rung::Leader(1))
            .map(|step| step.at.0 - NINE)
    };
    assert_eq!(at(&quick), Some(20 * MINUTE + 1));
    assert_eq!(at(&Policy::v2024_10()), Some(60 * MINUTE + 1));
}

/// What happens between two looks of the server.
fn deed(story: &mut Story, kind: u8, at_ms: i64) {
    story.by(Who::Lin).at(at_ms);
    match kind {
        0 => story.responded(),
        1 => story.arrived(),
        2 => story.worked(Mode::OnSite, RepairClass::HardwarePart),
        3 => story.worked(Mode::Remote, RepairClass::Ordinary),
        4 => story.worked(Mode::Remote, RepairClass::DepartmentInterface),
        _ => story.set_out(),
    };
}

proptest! {
    #[test]
    fn what_is_due_stays_due(deeds in prop::collection::vec((0_u8..6, 0..6 * HOUR), 0..6), first in 0..80 * HOUR, more in 0..80 * HOUR) {
        let mut story = Story::of(Level::Severe);
        let mut at = 0;
        for (kind, pause) in deeds {
            at += pause;
            deed(&mut story, kind, at);
        }
        let (early, late) = (due(&story, first), due(&story, first + more));
        prop_assert!(late.starts_with(&early), "{early:?} {late:?}");
        prop_assert!(steps(&story).ahead.is_sorted());
    }

    /// However often and whenever the server looks, at the end each step was said exactly once, and the
    /// same steps as if it had looked only once.
    #[test]
    fn never_twice_and_never_lost(looks in prop::collection::vec(0..30 * HOUR, 0..12), level in prop_oneof![Just(Level::Severe), Just(Level::General)]) {
        let end = 30 * HOUR;
        let mut often = Story::of(level);
        often.assigned(Who::Lin).by(Who::Lin).at(0).arrived();
        let mut once = often.clone();
        let mut looks = looks;
        looks.sort_unstable();
        let mut said = Vec::new();
        for at in looks {
            said.extend(alert(&mut often, at));
        }
        said.extend(alert(&mut often, end));
        let mut at_once = alert(&mut once, end);
        said.sort();
        at_once.sort();
        prop_assert_eq!(&said, &at_once);
        prop_assert_eq!(often.work_order.alerts.len(), said.len());
        prop_assert_eq!(alert(&mut often, 1_000 * HOUR), []);
    }
}
