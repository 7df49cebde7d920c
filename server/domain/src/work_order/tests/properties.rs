//! What holds for any story of two phones and the desk, however it arrives.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::event::*;
use crate::fault::Level;
use crate::ids::{DeviceId, Digest, EventId};
use crate::sla::clock::ClockKind;
use crate::sla::escalation::Rung;
use crate::work_order::testing::*;
use crate::work_order::{Judgement, Recorded, WorkOrder};

/// One act of somebody: who, which, and how much later its upper bound is than the one before.
type Act = (Who, u8, i64);

fn acts(longest: usize) -> impl Strategy<Value = Vec<Act>> {
    let who = prop_oneof![1 => Just(Who::Desk), 4 => Just(Who::Lin), 4 => Just(Who::Wu)];
    // Often at the very same moment, so that ties are met.
    let pause = prop_oneof![2 => Just(0), 3 => 0..3 * HOUR];
    prop::collection::vec((who, 0_u8..21, pause), 0..longest)
}

/// Any facts at all, also those the checks would refuse.
fn act(story: &mut Story, who: Who, kind: u8) {
    story.by(who);
    if who == Who::Desk && kind == 19 {
        let filing = story.work_order.filings.first();
        let filing = filing.map_or(EventId([4; 32]), |filing| filing.at.event);
        story.say(Fact::FilingAnswered(FilingAnswered {
            filing,
            accepted: true,
            text: String::new(),
        }));
        return;
    }
    if who == Who::Desk && (13..=16).contains(&kind) {
        let rungs = [
            Rung::Warning,
            Rung::Overdue,
            Rung::Leader(1),
            Rung::Leader(2),
        ];
        let step = AlertedStep {
            clock: ClockKind::Response,
            rung: rungs[usize::from(kind) - 13],
            due_at: crate::time::Timestamp(NINE),
            to: vec![Who::Lin.person()],
        };
        story.say(Fact::Alerted(Alerted { steps: vec![step] }));
        return;
    }
    if who == Who::Desk && kind == 17 {
        story.say(Fact::TakenOver(TakenOver {
            clock: ClockKind::Response,
            text: String::new(),
        }));
        return;
    }
    if who == Who::Desk && kind == 18 {
        story.say(Fact::Joined(Joined {
            channel: Channel::PublicQr,
            text: String::new(),
            reporter: None,
            occurred_at: None,
        }));
        return;
    }
    if who == Who::Desk && kind == 20 {
        story.say(Fact::AlarmCleared(AlarmCleared {
            alarm: "a".to_owned(),
            cleared_at: crate::time::Timestamp(NINE),
        }));
        return;
    }
    if who == Who::Desk {
        story.assigned(if kind.is_multiple_of(2) {
            Who::Lin
        } else {
            Who::Wu
        });
        return;
    }
    match kind {
        0 => story.responded(),
        1 => story.set_out(),
        2 => story.scanned(&other_terminal()),
        3 | 4 => story.arrived(),
        5 => story.arrived_weakly(),
        6 => story.arrived_elsewhere(),
        // Rests on an event of anybody, or on none at all.
        7 => {
            let any = story
                .told
                .last()
                .map_or(EventId([0; 32]), |recorded| recorded.id);
            story.checked_in(&terminal().id, Some(any), &[])
        }
        8 | 9 => story.left(),
        10 => story.repaired(),
        11 => story.worked(Mode::Remote, RepairClass::Program),
        12 => story.worked(Mode::Remote, RepairClass::DepartmentInterface),
        13 => story.photo(kind),
        14 | 15 => story.restored(),
        16 => story.say(Fact::Noted(Noted {
            text: "联系了现场".into(),
        })),
        17 => story.say(Fact::Paused(Nothing {})),
        20 => story.say(Fact::Filed(Filed {
            reason: FilingReason::Traffic,
            text: "路上堵车".into(),
            expected_at: crate::time::Timestamp(NINE + 9 * HOUR),
        })),
        _ => evaluated(story, who, kind == 18),
    };
}

/// What this phone can have signed for; what nobody can sign if there is nothing.
fn evaluated(story: &mut Story, who: Who, resolved: bool) -> &mut Story {
    if crate::work_order::hand_over_summary(&story.work_order, who.dev(), "").is_ok() {
        return story.evaluated(resolved);
    }
    let c = Digest([1; 32]);
    story.say(Fact::Evaluated(Box::new(Evaluated {
        summary: Summary {
            wo: story.work_order.id.clone(),
            terminal: terminal().id,
            site_name: String::new(),
            technician: who.person(),
            fault: crate::fault::FaultCode::App1,
            mode: Mode::OnSite,
            repair_class: RepairClass::Ordinary,
            cause: String::new(),
            action: String::new(),
            parts: vec![],
            arrived_wall: None,
            restored_wall: crate::time::Timestamp(0),
            photos: vec![],
            work: EventId([2; 32]),
            restored: EventId([3; 32]),
            check_in: None,
        },
        shown: c,
        stars: 3,
        resolved,
        tags: vec![],
        remark: String::new(),
        unit: String::new(),
        signer: Commitment { c },
        signer_person: None,
        ink: Commitment { c },
        link: None,
    })))
}

fn tell(acts: &[Act]) -> Story {
    let mut story = Story::of(Level::General);
    let mut at_ms = 0;
    for (who, kind, pause) in acts {
        at_ms += pause;
        story.at(at_ms);
        if kind % 3 == 1 {
            story.bounded(between(at_ms / 2, at_ms));
        }
        act(&mut story, *who, *kind);
    }
    story
}

/// The same without receipts for the last events of each phone, as they lie on phones without
/// network.
fn tell_offline(acts: &[Act]) -> Story {
    let mut story = tell(acts);
    for who in [Who::Lin, Who::Wu] {
        let own = story
            .told
            .iter_mut()
            .rev()
            .filter(|recorded| recorded.event.dev == who.dev());
        own.take(acts.len() / 4)
            .for_each(|recorded| recorded.bounds = unknown());
    }
    story.work_order = fold(&story.born, &story.told);
    story
}

fn fold<'a>(born: &WorkOrder, events: impl IntoIterator<Item = &'a Recorded>) -> WorkOrder {
    let mut work_order = born.clone();
    events
        .into_iter()
        .for_each(|recorded| work_order.apply(recorded));
    work_order
}

/// Another order of arrival that keeps each device's own: at every place, `picks` names whose next
/// event comes.
fn shuffled<'a>(events: &'a [Recorded], picks: &[usize]) -> Vec<&'a Recorded> {
    let mut waiting: BTreeMap<DeviceId, std::collections::VecDeque<&Recorded>> = BTreeMap::new();
    for recorded in events {
        waiting
            .entry(recorded.event.dev)
            .or_default()
            .push_back(recorded);
    }
    let mut order = Vec::with_capacity(events.len());
    let mut picks = picks.iter().copied().chain(std::iter::repeat(0));
    while order.len() < events.len() {
        let nonempty = waiting
            .values_mut()
            .filter(|queue| !queue.is_empty())
            .collect::<Vec<_>>();
        let pick = picks.next().unwrap_or(0) % nonempty.len();
        order.extend(
            nonempty
                .into_iter()
                .nth(pick)
                .and_then(|queue| queue.pop_front()),
        );
    }
    order
}

fn json(work_order: &WorkOrder) -> String {
    serde_json::to_string(work_order).unwrap()
}

proptest! {
    #[test]
    fn the_order_of_arrival_says_nothing(acts in acts(40), picks in prop::collection::vec(0_usize..3, 0..120)) {
        let story = tell_offline(&acts);
        let other = fold(&story.born, shuffled(&story.told, &picks));
        prop_assert_eq!(json(&other), json(&story.work_order));
        prop_assert_eq!(other.stage(), story.work_order.stage());
    }

    #[test]
    fn folding_twice_is_folding_once(acts in acts(40), again in 0_usize..60) {
        let story = tell_offline(&acts);
        let mut work_order = fold(&story.born, story.told.iter().take(again));
        let once = json(&work_order);
        story.told.iter().take(again).for_each(|recorded| work_order.apply(recorded));
        prop_assert_eq!(json(&work_order), once);
        story.told.iter().for_each(|recorded| work_order.apply(recorded));
        prop_assert_eq!(json(&work_order), json(&story.work_order));
    }

    #[test]
    fn heads_only_rise_and_end_at_each_chains_last_event(acts in acts(40)) {
        let story = tell_offline(&acts);
        let mut work_order = story.born.clone();
        for recorded in &story.told {
            let before = work_order.heads.clone();
            work_order.apply(recorded);
            prop_assert!(before.iter().all(|(dev, seq)| work_order.heads[dev] >= *seq));
            prop_assert_eq!(work_order.heads[&recorded.event.dev], recorded.event.seq);
        }
    }

    #[test]
    fn a_work_order_and_its_judgement_survive_the_wire(acts in acts(30), now_ms in 0..200 * HOUR) {
        let story = tell_offline(&acts);
        let read: WorkOrder = serde_json::from_str(&json(&story.work_order)).unwrap();
        prop_assert_eq!(&read, &story.work_order);
        let judgement = story.judged(now_ms);
        let text = serde_json::to_string(&judgement).unwrap();
        prop_assert_eq!(serde_json::from_str::<Judgement>(&text).unwrap(), judgement);
        prop_assert!(crate::canonical::digest_of(&read).is_ok(), "every number fits the canonical form");
    }

    #[test]
    fn nothing_that_can_be_folded_makes_a_judgement_fail(acts in acts(40), now_ms in any::<i32>()) {
        let story = tell_offline(&acts);
        let judgement = story.judged(i64::from(now_ms) * 1_000);
        prop_assert_eq!(judgement.presence.len(), story.work_order.visits.len());
        prop_assert_eq!(&judgement.stage, &story.work_order.stage());
        let is_open = |kind| judgement.clocks.iter().any(|clock| clock.kind == kind && clock.ended.is_none());
        prop_assert!(judgement.next.is_none_or(is_open));
        prop_assert!(judgement.arrival.visit.is_none_or(|visit| visit < judgement.presence.len()));
    }

    /// A work order that waits for a signature can be signed by whoever restored it.
    #[test]
    fn whoever_restored_last_can_hand_over_what_waits_for_it(acts in acts(40)) {
        let mut story = tell(&acts);
        if story.stage_name() != "restored" {
            return Ok(());
        }
        let restorer = story.work_order.restored.last().unwrap().at.dev;
        if !story.work_order.work.iter().any(|work| work.at.dev == restorer) {
            return Ok(()); // Restored without a record, which the checks refuse.
        }
        let who = if restorer == Who::Lin.dev() { Who::Lin } else { Who::Wu };
        prop_assert_eq!(story.by(who).at(200 * HOUR).evaluated(true).stage_name(), "evaluated");
    }
}
