//! `GET /sync/quarantine`: what of mine was set aside, and why.

use crate::support::builders::{note, restored};
use crate::support::hand::assert_words;
use crate::support::{CITY, DESK, Hand, MATE, TECH, TestApp};

#[tokio::test]
async fn it_comes_back_to_its_person_whole_and_to_nobody_else() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.minutes(3);
    let said = hand.say(restored(), &id);
    hand.is_set_aside(&test, "nothing_recorded").await;
    let kept = test.quarantine(TECH).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["event"], said.id.to_string());
    assert_eq!(kept[0]["seq"], said.event.seq);
    assert_eq!(kept[0]["work_order"], id.as_str());
    assert_eq!(kept[0]["received_at"], test.app.now().0);
    assert_eq!(kept[0]["envelope"], said.envelope.to_value());
    assert_words(&kept[0]["reason"]);
    for login in [MATE, DESK, CITY] {
        assert!(test.quarantine(login).await.is_empty(), "{login}");
    }
}

#[tokio::test]
async fn several_are_listed_newest_first_and_each_once() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for text in ["", " "] {
        hand.minutes(1);
        hand.say(note(text), &id);
        let again = hand.pushing(&test);
        again.clone().ok().await;
        again.ok().await;
    }
    let kept = test.quarantine(TECH).await;
    assert_eq!(kept.len(), 2);
    assert!(kept[0]["received_at"].as_i64() > kept[1]["received_at"].as_i64());
}
