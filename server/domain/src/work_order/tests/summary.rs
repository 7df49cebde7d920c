//! What the site manager is shown before signing.

use rstest::rstest;

use crate::canonical::digest_of;
use crate::event::{Fact, Mode, RepairClass, Summary, WorkRecorded};
use crate::fault::{FaultCode, Level};
use crate::ids::Digest;
use crate::refusal::RefusalCode;
use crate::time::Timestamp;
use crate::work_order::hand_over_summary;
use crate::work_order::testing::*;

fn shown_to(story: &Story, who: Who) -> Result<Summary, RefusalCode> {
    hand_over_summary(&story.work_order, who.dev(), "福田区行政服务大厅")
}

#[rstest]
#[case::nothing_done(|_: &mut Story| {}, false)]
#[case::arrived_only(|s: &mut Story| { s.arrived(); }, false)]
#[case::recorded_only(|s: &mut Story| { s.arrived().repaired(); }, false)]
#[case::restored_without_a_record(|s: &mut Story| { s.restored(); }, false)]
#[case::done_by_another_phone(|s: &mut Story| { s.by(Who::Wu).repaired().restored(); }, false)]
#[case::recorded_here_and_restored_there(|s: &mut Story| { s.repaired().by(Who::Wu).restored(); }, false)]
#[case::restored(|s: &mut Story| { s.arrived().repaired().restored(); }, true)]
#[case::corrected_afterwards(|s: &mut Story| { s.repaired().restored().repaired(); }, true)]
#[case::not_solved_and_nothing_new(|s: &mut Story| { s.repaired().restored().evaluated(false); }, true)]
#[case::not_solved_and_worked(|s: &mut Story| { s.repaired().restored().evaluated(false).repaired(); }, false)]
#[case::not_solved_and_restored_anew(|s: &mut Story| { s.repaired().restored().evaluated(false).repaired().restored(); }, true)]
#[case::solved_and_worked(|s: &mut Story| { s.repaired().restored().evaluated(true).repaired(); }, true)]
fn there_is_something_to_sign_once_it_is_restored(
    #[case] tell: fn(&mut Story),
    #[case] expected: bool,
) {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin);
    tell(&mut story);
    let summary = shown_to(&story, Who::Lin);
    assert_eq!(
        summary.as_ref().err(),
        (!expected).then_some(&RefusalCode::NothingToEvaluate),
        "{summary:?}"
    );
}

#[test]
fn it_says_what_this_phone_recorded_last_and_nothing_of_another() {
    let mut story = Story::of(Level::General);
    story.by(Who::Lin).at(MINUTE).arrived().left();
    let check_in = story.at(10 * MINUTE).arrived().last();
    story
        .by(Who::Wu)
        .at(11 * MINUTE)
        .arrived()
        .repaired()
        .photo(9)
        .restored();
    story.by(Who::Lin).at(20 * MINUTE).repaired().photo(1);
    let work = story
        .at(25 * MINUTE)
        .worked(Mode::OnSite, RepairClass::HardwarePart)
        .last();
    let restored = story.at(30 * MINUTE).photo(2).restored().last();
    story
        .by(Who::Wu)
        .at(40 * MINUTE)
        .repaired()
        .photo(8)
        .restored();

    let summary = shown_to(&story, Who::Lin).unwrap();
    assert_eq!(
        (summary.work, summary.restored, summary.check_in),
        (work, restored, Some(check_in))
    );
    assert_eq!(summary.photos, [Digest([1; 32]), Digest([2; 32])]);
    assert_eq!(
        (summary.technician, summary.repair_class),
        (Who::Lin.person(), RepairClass::HardwarePart)
    );
    let wall = |minutes: i64| Timestamp(NINE + minutes * MINUTE);
    assert_eq!(
        (summary.arrived_wall, summary.restored_wall),
        (Some(wall(10)), wall(30))
    );
    assert_eq!(
        (summary.wo, summary.terminal),
        (story.work_order.id.clone(), terminal().id)
    );
    assert_eq!(
        shown_to(&story, Who::Wu).unwrap().photos,
        [Digest([9; 32]), Digest([8; 32])]
    );
}

#[test]
fn remote_work_has_no_arrival_even_after_a_visit() {
    let mut story = Story::of(Level::General);
    story
        .by(Who::Lin)
        .arrived()
        .left()
        .worked(Mode::Remote, RepairClass::Program)
        .restored();
    let summary = shown_to(&story, Who::Lin).unwrap();
    assert_eq!((summary.arrived_wall, summary.check_in), (None, None));
}

/// What the server learns later (bounds, other phones, the desk) must not change the text.
#[test]
fn phone_and_server_derive_the_same_hash() {
    let mut on_phone = Story::of(Level::General);
    let mut on_server = on_phone.clone();
    on_phone.by(Who::Lin).at(MINUTE).bounded(unknown());
    on_server
        .assigned(Who::Wu)
        .by(Who::Wu)
        .at(2 * MINUTE)
        .repaired()
        .photo(5)
        .restored();
    on_server
        .by(Who::Lin)
        .at(MINUTE)
        .bounded(between(0, 90 * MINUTE));
    for story in [&mut on_phone, &mut on_server] {
        let here = terminal().id;
        story.checked_in(&here, None, &[]).photo(1);
        story.say(Fact::WorkRecorded(WorkRecorded {
            mode: Mode::OnSite,
            fault: FaultCode::Hw1,
            repair_class: RepairClass::Ordinary,
            cause: "蓝屏".into(),
            action: "重装驱动".into(),
            parts: vec![],
        }));
        story.restored();
    }
    let shown = |story: &Story| digest_of(&shown_to(story, Who::Lin).unwrap()).unwrap();
    assert_eq!(shown(&on_phone), shown(&on_server));
}
