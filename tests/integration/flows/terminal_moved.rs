//! The operator moves a terminal, or its fence, after the fact: the verdict stays (attack 10).

use domain::event::{Exif, Fact};
use serde_json::{Value, json};
use store::TerminalRow;

use crate::support::actors::{PLACE_E7, terminal, terminals};
use crate::support::builders::{accepted, arrive, hand_over, note, photo, repair, set_out};
use crate::support::reviews::{found, reviews, saved, scene};
use crate::support::{Hand, TECH, TestApp};

/// The terminal's next version, somewhere else.
fn moved() -> TerminalRow {
    let mut row = terminals().remove(0);
    assert_eq!(row.id, terminal().as_str());
    let mut doc: Value = serde_json::from_str(&row.doc).unwrap();
    doc["version"] = json!(2);
    doc["lat_e7"] = json!(PLACE_E7.0 + 1_000_000);
    row.version = 2;
    row.doc = doc.to_string();
    row
}

async fn put(test: &TestApp, row: TerminalRow) {
    test.store.put_terminals(vec![row]).await.unwrap();
    test.app.reload_register().await.unwrap();
}

#[tokio::test]
async fn a_terminal_moved_after_the_report_changes_no_verdict() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(set_out(), &id);
    hand.minutes(30);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    let before = test.judgement(&id).await;
    put(&test, moved()).await;
    assert_eq!(test.judgement(&id).await["presence"], before["presence"]);
    let evidence = test.evidence(&id).await;
    assert_eq!(
        evidence["terminal"]["version"], 1,
        "the reader gets what the verdict rests on"
    );
}

#[tokio::test]
async fn a_terminal_moved_during_the_visit_does_not_change_what_the_server_binds_itself_to() {
    let logged = async |is_moved: bool| {
        let test = TestApp::start().await;
        let id = test.reported().await;
        let mut hand = Hand::ready(&test, TECH, 1).await;
        hand.learn(&test, &id).await;
        hand.say(accepted(), &id);
        if is_moved {
            put(&test, moved()).await;
        }
        repair(&mut hand, &id);
        hand_over(&mut hand, &id);
        hand.sync(&test).await;
        let verdicts = test.store.verdicts_of(id.as_str()).await.unwrap();
        let statement: Value = serde_json::from_str(&verdicts[0].statement).unwrap();
        statement["judgement"]["presence"][0]["result"].clone()
    };
    let still = logged(false).await;
    assert!(still.is_string(), "{still}");
    assert_eq!(logged(true).await, still);
}

#[tokio::test]
async fn a_terminal_moved_before_the_report_counts_where_it_stands() {
    let test = TestApp::start().await;
    put(&test, moved()).await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.minutes(30);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.terminal_version, 2);
    let presence = test.judgement(&id).await["presence"][0].clone();
    assert!(presence.to_string().contains("outside"), "{presence}");
}

/// A photo whose file says that it was taken where the terminal stood at first.
fn taken_at_the_first_place(seed: u32) -> Fact {
    let Fact::PhotoTaken(mut taken) = photo(&saved(&scene(seed), 80)) else {
        unreachable!("a photo is a photo")
    };
    taken.exif = Some(Exif {
        taken_at: None,
        lat_e7: Some(PLACE_E7.0),
        lng_e7: Some(PLACE_E7.1),
        make: None,
        model: None,
        orientation: None,
    });
    Fact::PhotoTaken(taken)
}

#[tokio::test]
async fn a_terminal_moved_after_the_report_brings_nobody_onto_the_review_list() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let before = test.reported().await;
    hand.learn(&test, &before).await;
    hand.say(accepted(), &before);
    hand.say(taken_at_the_first_place(1), &before);
    hand.sync(&test).await;
    assert_eq!(found(&reviews(&test, "").await), []);
    put(&test, moved()).await;
    // Looked at again, now that the terminal is registered eleven kilometres away.
    hand.say(note("等备件"), &before);
    hand.sync(&test).await;
    assert_eq!(found(&reviews(&test, "").await), []);
    let after = test.reported().await;
    hand.learn(&test, &after).await;
    hand.say(accepted(), &after);
    hand.say(taken_at_the_first_place(2), &after);
    hand.sync(&test).await;
    let items = reviews(&test, "").await;
    assert_eq!(found(&items), [("exif_place".to_owned(), 1)]);
    assert_eq!(items[0]["work_orders"][0], after.as_str());
}
