//! Time-stamps of an authority: what they prove, and what becomes of bad ones.

use api::bundle::trust::of_the_server;
use api::log::authority::Authority;
use api::log::state::StampDto;
use api::log::witnesses::{Invented, Witnesses};
use domain::time::{Millis, Timestamp};
use tsa::Roots;
use verify::{Exit, FindingCode, verify};

use crate::support::authority::{Mood, TestAuthority};
use crate::support::builders::{arrive, set_out};
use crate::support::{CITY, Hand, START, TECH, TestApp};

const GOOD: Mood = Mood::Stamps(START, 1);

fn only(authority: Authority) -> Witnesses {
    Witnesses::none().with_authority(Some(authority))
}

fn beside_a_witness(authority: Authority, quorum: usize) -> Witnesses {
    let witness = Some(Invented::from_seed(&[9; 32]));
    Witnesses::new(Vec::new(), witness, quorum).with_authority(Some(authority))
}

/// Publishes what there is and asks for a stamp; says what came of it.
async fn stamped(test: &TestApp) -> (i64, StampDto) {
    let size = test.app.publisher.publish().await.unwrap();
    let authority = test.app.publisher.witnesses().authority().unwrap();
    let asked = test.app.publisher.have_stamped(authority, size).await;
    asked.unwrap();
    let state = api::log::state::state(&test.app).await.unwrap();
    (size as i64, state.stamp.unwrap())
}

#[tokio::test]
async fn a_log_without_witnesses_gets_its_time_from_the_authority() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    assert_eq!(test.app.log.latest_external(), None);
    let at = START + Millis(2_000);
    authority.be(Mood::Stamps(at, 1));
    let (size, said) = stamped(&test).await;
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!((row.witnessed_at, row.stamped_at), (Some(at.0), Some(at.0)));
    assert!(row.stamp.is_some());
    assert_eq!(test.app.log.latest_external().unwrap().size as i64, size);
    assert_eq!(said.stamped_at, Some(at.0));
    assert_eq!(said.authority.as_deref(), Some("CN=tsa.test"));
    assert!(said.refused.is_none());
    let page = String::from_utf8(test.file("/log").await).unwrap();
    assert!(page.contains("CN=tsa.test"), "{page}");
}

#[tokio::test]
async fn a_stamp_is_in_the_bundle_and_proves_the_time_to_whoever_trusts_the_authority() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(set_out(), &id);
    hand.minutes(30);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    authority.be(Mood::Stamps(test.app.now() + Millis(1_000), 1));
    stamped(&test).await;
    let path = format!("/work-orders/{id}/bundle");
    let bundle = test.get(&path).by(CITY).send().await.bytes;
    let mut trust = of_the_server(&test.app);
    let report = verify(&bundle, Some(&trust));
    assert!(
        !report.has(FindingCode::NoExternalTime),
        "{:#?}",
        report.findings
    );
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    assert!(report.counts.witnessed > 0);
    trust.log.stampers.clear();
    let report = verify(&bundle, Some(&trust));
    assert_eq!(report.exit, Exit::Missing);
    assert!(report.has(FindingCode::NoExternalTime));
}

#[tokio::test]
async fn a_stamp_is_one_voice_of_the_quorum() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(beside_a_witness(authority.trusted(), 2)).await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap() as i64;
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!(row.witnessed_at, None, "one witness is not two");
    assert!(row.note.contains("demo-witness.invalid"), "but is kept");
    let at = test.app.now() + Millis(3_000);
    authority.be(Mood::Stamps(at, 1));
    let (_, said) = stamped(&test).await;
    assert!(said.refused.is_none());
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!(row.witnessed_at, Some(at.0), "the second of two counts");
}

#[tokio::test]
async fn clocks_outside_that_disagree_prove_no_time_and_say_so() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(beside_a_witness(authority.trusted(), 1)).await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap() as i64;
    assert!(test.store.witnessed(size).await.unwrap().is_some());
    authority.be(Mood::Stamps(test.app.now() + Millis::minutes(6), 1));
    let (_, said) = stamped(&test).await;
    assert_eq!(said.refused.unwrap().code, "tsa_disagrees");
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert!(row.stamp.is_some(), "what was answered is kept");
    assert_eq!(row.witnessed_at, None);
    assert_eq!(test.store.witnessed(size).await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_may_be_far_off_is_no_voice() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    authority.be(Mood::Stamps(START, 6));
    let (size, said) = stamped(&test).await;
    assert_eq!(said.refused.unwrap().code, "tsa_inaccurate");
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!((row.witnessed_at, row.stamped_at), (None, None));
    assert!(row.stamp.is_some());
}

#[tokio::test]
async fn what_is_no_good_stamp_is_refused_by_name_and_loses_nothing() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(beside_a_witness(authority.trusted(), 1)).await;
    test.reported().await;
    let cases = [
        (Mood::Fails, "tsa_silent"),
        (Mood::Rejects, "tsa_rejected"),
        (Mood::Repeats, "tsa_wrong_imprint"),
    ];
    for (mood, code) in cases {
        authority.be(mood);
        let (size, said) = stamped(&test).await;
        let refused = said.refused.unwrap();
        assert_eq!(refused.code, code);
        assert!(refused.zh.ends_with('。') && refused.en.ends_with('.'));
        let row = test.store.checkpoint(size).await.unwrap().unwrap();
        assert_eq!(row.stamp, None, "{code}");
        assert!(row.witnessed_at.is_some(), "the witness still counts");
    }
    authority.be(Mood::Stamps(test.app.now(), 1));
    let (size, said) = stamped(&test).await;
    assert!(said.refused.is_none());
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert!(row.stamp.is_some());
}

#[tokio::test]
async fn an_authority_that_nobody_vouches_for_stamps_in_vain() {
    let authority = TestAuthority::start(GOOD).await;
    let stranger = authority.vouched_for_by(Roots::default());
    let test = TestApp::with(only(stranger)).await;
    test.reported().await;
    let (size, said) = stamped(&test).await;
    assert_eq!(said.refused.unwrap().code, "tsa_untrusted");
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert_eq!((row.stamp, row.witnessed_at), (None, None));
}

#[tokio::test]
async fn a_state_that_is_signed_again_keeps_its_stamp() {
    let authority = TestAuthority::start(GOOD).await;
    let test = TestApp::with(only(authority.trusted())).await;
    test.reported().await;
    authority.be(Mood::Stamps(Timestamp(START.0 + 1), 1));
    let (size, _) = stamped(&test).await;
    // The same state again, by another process of the same server: nothing that is known is lost.
    let other = test.again().await.unwrap();
    assert_eq!(other.publisher.publish().await.unwrap() as i64, size);
    test.store
        .add_checkpoint(store::CheckpointRow {
            size,
            note: "other".to_owned(),
            witnessed_at: None,
            stamp: None,
            stamped_at: None,
        })
        .await
        .unwrap();
    let row = test.store.checkpoint(size).await.unwrap().unwrap();
    assert!(row.stamp.is_some() && row.note != "other");
}
