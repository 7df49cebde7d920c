//! The operator moves a terminal, or its fence, after the fact: the verdict stays (attack 10).

use serde_json::{Value, json};
use store::TerminalRow;

use crate::support::actors::{PLACE_E7, terminal, terminals};
use crate::support::builders::{arrive, set_out};
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
