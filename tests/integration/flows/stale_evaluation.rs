//! The signature is about what was shown. Whatever is recorded later is not signed.

use crate::support::builders::{arrive, hand_over, left_site, note, photo, repair, restored, work};
use crate::support::photos::jpeg;
use crate::support::{Hand, TECH, TestApp};

#[tokio::test]
async fn a_later_work_record_leaves_the_evaluation_frozen_and_stale() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    let before = test.work_order(&id).await;
    assert_eq!(test.judgement(&id).await["stage"]["name"], "evaluated");
    hand.say(note("再看一眼"), &id);
    hand.say(photo(&jpeg(1)), &id);
    hand.say(left_site(), &id);
    hand.sync(&test).await;
    assert_eq!(
        test.judgement(&id).await["stage"]["name"],
        "evaluated",
        "notes and photos leave it valid"
    );
    hand.minutes(10);
    arrive(&mut hand, &id);
    hand.say(work(), &id);
    hand.say(restored(), &id);
    hand.sync(&test).await;
    let after = test.work_order(&id).await;
    assert_eq!(
        after.evaluations, before.evaluations,
        "what was signed stays as it was"
    );
    assert_eq!(
        test.judgement(&id).await["stage"]["name"],
        "restored",
        "but the manager has not seen this"
    );
    hand.say(left_site(), &id);
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    assert_eq!(test.judgement(&id).await["stage"]["name"], "evaluated");
    assert_eq!(test.work_order(&id).await.evaluations.len(), 2);
}
