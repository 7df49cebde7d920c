//! `POST /tags`: a tag is registered and its keys are given once.

use serde_json::json;

use crate::support::actors::{foreign_terminal, terminal};
use crate::support::{ADMIN, BOSS, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn every_tag_has_a_key_of_its_own() {
    let test = TestApp::start().await;
    let ask = |tag: &str| {
        test.post("/tags")
            .by(BOSS)
            .json(&json!({ "tag": tag, "terminal": terminal() }))
    };
    let (one, other) = (
        ask("04de5f1eacc040").ok().await,
        ask("04DE5F1EACC041").ok().await,
    );
    assert_eq!(other["tag"]["tag"], "04de5f1eacc041");
    assert_eq!(one["meta_key"], other["meta_key"]);
    assert_ne!(one["file_key"], other["file_key"]);
    ask("04DE5F1EACC040").is_refused(409, "tag_known").await;
}

#[tokio::test]
async fn only_tags_at_terminals_in_ones_care() {
    let test = TestApp::start().await;
    let ask = |tag: &str, terminal: &str| {
        test.post("/tags")
            .json(&json!({ "tag": tag, "terminal": terminal }))
    };
    let good = "04de5f1eacc040";
    ask(good, terminal().as_str())
        .is_forbidden_for(&[TECH, DESK, HALL])
        .await;
    ask(good, terminal().as_str())
        .is_absent_for(&[RIVAL_BOSS])
        .await;
    ask(good, foreign_terminal().as_str())
        .is_absent_for(&[BOSS])
        .await;
    for wrong in ["", "04de5f1eacc0", "04de5f1eacc04g", "+4de5f1eacc040"] {
        ask(wrong, terminal().as_str())
            .by(ADMIN)
            .is_refused(422, "not_a_tag")
            .await;
    }
}
