//! Evaluating through a one-time link (9.4): what it shows, when it is good, and what is left of it later.

use proptest::prelude::*;
use rstest::rstest;

use crate::event::*;
use crate::fault::Level;
use crate::ids::{Digest, EventId};
use crate::presence::FactorCode;
use crate::refusal::RefusalCode;
use crate::time::Timestamp;
use crate::work_order::testing::*;
use crate::work_order::{EvaluationSource, LinkRefusal, WorkOrder};

const LINK: Digest = Digest([0x11; 32]);
const OTHER: Digest = Digest([0x22; 32]);
const DAY: i64 = 24 * HOUR;

/// Restored on site after two hours, with a link made at three that is good for a day.
fn linked() -> Story {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).at(HOUR).arrived();
    story.at(2 * HOUR).repaired().photo(1).restored();
    story.at(3 * HOUR).linked(LINK, DAY);
    story
}

fn opened(story: &Story, at_ms: i64) -> Result<Summary, LinkRefusal> {
    let now = Timestamp(NINE + at_ms);
    story.work_order.open_link(LINK, &site().name, now)
}

#[rstest]
#[case::at_once(3 * HOUR, |_: &mut Story| {}, None)]
#[case::a_millisecond_before_its_end(27 * HOUR - 1, |_: &mut Story| {}, None)]
#[case::at_its_end(27 * HOUR, |_: &mut Story| {}, None)]
#[case::a_millisecond_after_its_end(27 * HOUR + 1, |_: &mut Story| {}, Some(LinkRefusal::LinkExpired))]
#[case::taken_back(4 * HOUR, |s: &mut Story| { s.desk_says(Fact::LinkRevoked(LinkRevoked { link: LINK })); }, Some(LinkRefusal::LinkRevoked))]
#[case::another_taken_back(4 * HOUR, |s: &mut Story| { s.desk_says(Fact::LinkRevoked(LinkRevoked { link: OTHER })); }, None)]
#[case::used(4 * HOUR, |s: &mut Story| { s.evaluated_through(LINK, true); }, Some(LinkRefusal::LinkUsed))]
#[case::used_and_over(4 * DAY, |s: &mut Story| { s.evaluated_through(LINK, true); }, Some(LinkRefusal::LinkUsed))]
#[case::used_to_say_not_solved(4 * HOUR, |s: &mut Story| { s.evaluated_through(LINK, false); }, Some(LinkRefusal::LinkUsed))]
#[case::signed_on_the_phone_meanwhile(4 * HOUR, |s: &mut Story| { s.evaluated(true); }, Some(LinkRefusal::LinkNotNeeded))]
#[case::refused_on_the_phone_meanwhile(4 * HOUR, |s: &mut Story| { s.evaluated(false); }, Some(LinkRefusal::LinkOutdated))]
#[case::another_link_used(4 * HOUR, |s: &mut Story| { s.linked(OTHER, DAY).evaluated_through(OTHER, true); }, Some(LinkRefusal::LinkNotNeeded))]
#[case::work_recorded_anew(4 * HOUR, |s: &mut Story| { s.repaired(); }, Some(LinkRefusal::LinkOutdated))]
#[case::one_more_photo(4 * HOUR, |s: &mut Story| { s.photo(2); }, Some(LinkRefusal::LinkOutdated))]
#[case::restored_again(4 * HOUR, |s: &mut Story| { s.restored(); }, Some(LinkRefusal::LinkOutdated))]
#[case::a_note(4 * HOUR, |s: &mut Story| { s.say(Fact::Noted(Noted { text: "复查".into() })); }, None)]
#[case::left(4 * HOUR, |s: &mut Story| { s.left(); }, None)]
fn a_link_shows_what_it_was_made_for_or_nothing(
    #[case] at_ms: i64,
    #[case] then: fn(&mut Story),
    #[case] expected: Option<LinkRefusal>,
) {
    let mut story = linked();
    then(story.at(3 * HOUR + 1));
    assert_eq!(opened(&story, at_ms).err(), expected);
}

#[test]
fn a_link_of_another_work_order_is_unknown_and_another_name_of_the_site_is_another_text() {
    let story = linked();
    let now = Timestamp(NINE + 4 * HOUR);
    let open = |link, name: &str| story.work_order.open_link(link, name, now);
    assert_eq!(open(OTHER, &site().name), Err(LinkRefusal::LinkUnknown));
    assert_eq!(open(LINK, "别处"), Err(LinkRefusal::LinkOutdated));
}

#[test]
fn there_is_something_to_evaluate_only_while_it_waits_for_that() {
    let summary = |story: &Story| story.work_order.summary_to_evaluate(&site().name).err();
    let mut story = Story::of(Level::General);
    assert_eq!(summary(&story), Some(RefusalCode::NothingToEvaluate));
    story.by(Who::Lin).arrived().repaired();
    assert_eq!(summary(&story), Some(RefusalCode::NothingToEvaluate));
    story.restored();
    assert_eq!(summary(&story), None);
    story.evaluated(true);
    assert_eq!(summary(&story), Some(RefusalCode::AlreadyEvaluated));
    story.at(1).evaluated(false);
    assert_eq!(summary(&story), Some(RefusalCode::NothingToEvaluate));
    story.at(2).repaired().restored();
    assert_eq!(summary(&story), None);
}

#[test]
fn a_remote_repair_is_evaluated_the_same_way() {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).at(HOUR);
    story.worked(Mode::Remote, RepairClass::Program).restored();
    story.linked(LINK, DAY).evaluated_through(LINK, true);
    assert_eq!(story.stage_name(), "evaluated");
    assert_eq!(
        story.judged(DAY).evaluation_source,
        Some(EvaluationSource::ThroughLink)
    );
    let evaluation = story.work_order.evaluation_in_force().unwrap();
    assert_eq!(evaluation.what.summary.check_in, None);
}

#[test]
fn not_solved_reopens_and_the_next_repair_needs_a_link_of_its_own() {
    let mut story = linked();
    story.at(4 * HOUR).evaluated_through(LINK, false);
    assert_eq!(story.stage_name(), "reopened");
    assert!(story.work_order.is_open());
    story.at(5 * HOUR).repaired().restored();
    assert_eq!(opened(&story, 6 * HOUR), Err(LinkRefusal::LinkUsed));
    story.linked(OTHER, DAY).evaluated_through(OTHER, true);
    assert_eq!(story.stage_name(), "evaluated");
}

/// A phone's latest moment lies the tolerance behind the receipt, and the server signs at once.
#[rstest]
#[case::solved(true, "evaluated")]
#[case::not_solved(false, "reopened")]
fn what_an_evaluation_names_it_has_seen(#[case] resolved: bool, #[case] expected: &str) {
    let mut story = Story::of(Level::General);
    story
        .by(Who::Lin)
        .at(HOUR)
        .bounded(between(HOUR, HOUR + 2_000));
    story.arrived().repaired().restored();
    story.at(HOUR).linked(LINK, DAY);
    story.evaluated_through(LINK, resolved);
    assert_eq!(story.stage_name(), expected);
    story
        .by(Who::Lin)
        .at(HOUR)
        .bounded(between(HOUR, HOUR + 2_000));
    story.repaired().restored();
    assert_eq!(story.stage_name(), "restored", "that it has not seen");
}

#[test]
fn a_link_says_nothing_about_who_was_there() {
    let manager = |story: &Story| {
        let presence = story.judged(DAY).presence.remove(0);
        let mut factors = presence.factors.into_iter();
        factors.any(|factor| factor.code == FactorCode::ManagerConfirmed)
    };
    let mut story = linked();
    let (mut fact, sidecars) = story.evaluation_through(LINK, true);
    if let Fact::Evaluated(evaluated) = &mut fact {
        evaluated.signer_person = Some("P-0031".parse().unwrap());
    }
    let mut on_the_phone = story.clone();
    on_the_phone.evaluated(true);
    story.by(Who::Desk).say_with(fact, sidecars);
    assert_eq!(
        [&on_the_phone, &story].map(|story| story.judged(DAY).evaluation_source),
        [None, Some(EvaluationSource::SignedIn)]
    );
    assert_eq!((manager(&on_the_phone), manager(&story)), (true, false));
}

/// The evaluation of a story as it was said, after something was changed in it.
fn checked(story: &mut Story, spoil: impl FnOnce(&mut WorkOrder)) -> Result<(), LinkRefusal> {
    spoil(&mut story.work_order);
    let work_order = &story.work_order;
    let evaluation = work_order.evaluations.last().unwrap();
    work_order.check_link_use(evaluation)
}

#[rstest]
#[case::as_it_was(|_: &mut WorkOrder| {}, Ok(()))]
#[case::no_such_link(|w: &mut WorkOrder| w.links.clear(), Err(LinkRefusal::LinkUnknown))]
#[case::made_afterwards(|w: &mut WorkOrder| w.links[0].at.bounds = exactly(5 * HOUR), Err(LinkRefusal::LinkUnknown))]
#[case::over_a_millisecond_before(|w: &mut WorkOrder| w.links[0].what.expires_at = Timestamp(NINE + 4 * HOUR - 1), Err(LinkRefusal::LinkExpired))]
#[case::over_at_that_instant(|w: &mut WorkOrder| w.links[0].what.expires_at = Timestamp(NINE + 4 * HOUR), Ok(()))]
#[case::made_for_something_else(|w: &mut WorkOrder| w.links[0].what.shown = OTHER, Err(LinkRefusal::LinkOutdated))]
#[case::another_summary(|w: &mut WorkOrder| w.evaluations[0].what.summary.action.push('!'), Err(LinkRefusal::LinkOutdated))]
#[case::another_record(|w: &mut WorkOrder| w.work[0].what.action.push('!'), Err(LinkRefusal::LinkOutdated))]
#[case::another_technician(|w: &mut WorkOrder| w.work[0].by = Who::Wu.person(), Err(LinkRefusal::LinkOutdated))]
#[case::no_restoration(|w: &mut WorkOrder| w.restored.clear(), Err(LinkRefusal::LinkOutdated))]
#[case::another_arrival(|w: &mut WorkOrder| w.visits[0].check_in.at.wall = Timestamp(NINE), Err(LinkRefusal::LinkOutdated))]
#[case::a_photo_that_is_not_there(|w: &mut WorkOrder| w.photos.clear(), Err(LinkRefusal::LinkOutdated))]
fn whoever_checks_later_finds_what_should_not_have_been_taken(
    #[case] spoil: fn(&mut WorkOrder),
    #[case] expected: Result<(), LinkRefusal>,
) {
    let mut story = linked();
    story.at(4 * HOUR).evaluated_through(LINK, true);
    assert_eq!(checked(&mut story, spoil), expected);
}

#[test]
fn an_end_before_the_use_counts_and_one_after_it_does_not() {
    for (end_ms, expected) in [
        (4 * HOUR - 1, Err(LinkRefusal::LinkRevoked)),
        (4 * HOUR + 1, Ok(())),
    ] {
        let mut story = linked();
        let (fact, sidecars) = story.at(4 * HOUR).evaluation_through(LINK, true);
        story
            .at(end_ms)
            .desk_says(Fact::LinkRevoked(LinkRevoked { link: LINK }));
        story.at(4 * HOUR).by(Who::Desk).say_with(fact, sidecars);
        assert_eq!(checked(&mut story, |_| {}), expected, "{end_ms}");
    }
}

#[test]
fn of_two_uses_the_first_counts() {
    let mut story = linked();
    let (fact, sidecars) = story.at(4 * HOUR).evaluation_through(LINK, true);
    story.by(Who::Desk).say_with(fact.clone(), sidecars.clone());
    story.at(5 * HOUR).say_with(fact, sidecars);
    let work_order = &story.work_order;
    let checks = work_order.evaluations.iter();
    let checks: Vec<_> = checks.map(|said| work_order.check_link_use(said)).collect();
    assert_eq!(checks, [Ok(()), Err(LinkRefusal::LinkUsed)]);
}

#[test]
fn a_work_order_without_links_is_written_as_before() {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).arrived().repaired().restored();
    story.evaluated(true);
    let value = serde_json::to_value(&story.work_order).unwrap();
    for member in ["links", "link_ends", "closings"] {
        assert!(value.get(member).is_none(), "{member}");
    }
    assert!(value["evaluations"][0].get("link").is_none());
    let (fact, _) = story.evaluation(true);
    assert!(
        serde_json::to_value(fact).unwrap()["body"]
            .get("link")
            .is_none()
    );
}

proptest! {
    /// Whatever is tried in whatever order, a link is used at most once, never after its end, and only for
    /// what it shows; and what was taken stands up to whoever checks it later.
    #[test]
    fn a_link_is_used_once_in_its_time_for_its_content(
        acts in prop::collection::vec((0_u8..6, 0..10 * HOUR), 1..14),
    ) {
        let mut story = linked();
        let made = story.work_order.links[0].clone();
        let (mut now, mut uses) = (3 * HOUR, 0);
        for (act, pause) in acts {
            now += pause;
            story.at(now).by(Who::Lin);
            match act {
                0 | 1 => {
                    if opened(&story, now).is_ok() {
                        story.evaluated_through(LINK, act == 0);
                        uses += 1;
                        prop_assert!(now <= 27 * HOUR);
                        let used = &story.work_order.evaluations.last().unwrap().what;
                        prop_assert_eq!(used.shown, made.what.shown);
                    }
                }
                2 => { story.desk_says(Fact::LinkRevoked(LinkRevoked { link: LINK })); }
                3 => { story.repaired().restored(); }
                4 => { story.photo(u8::try_from(now / HOUR % 200).unwrap_or(9)); }
                _ => { story.evaluated(true); }
            }
        }
        prop_assert!(uses <= 1);
        for evaluation in &story.work_order.evaluations {
            prop_assert_eq!(story.work_order.check_link_use(evaluation), Ok(()));
        }
    }
}

#[test]
fn a_phone_cannot_say_what_comes_through_a_link() {
    let story = linked();
    let (fact, _) = story.evaluation_through(LINK, true);
    assert!(fact.is_said_by_the_desk());
    let (fact, _) = story.evaluation(true);
    assert!(!fact.is_said_by_the_desk() && !fact.may_be_said_by_the_desk());
    for fact in [
        Fact::LinkMade(LinkMade {
            link: LINK,
            shown: OTHER,
            expires_at: Timestamp(0),
        }),
        Fact::LinkRevoked(LinkRevoked { link: LINK }),
        Fact::ClosedUnevaluated(ClosedUnevaluated {
            restored: EventId([0; 32]),
            due_at: Timestamp(0),
        }),
    ] {
        assert!(fact.is_said_by_the_desk(), "{}", fact.name());
    }
}
