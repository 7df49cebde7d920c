//! Every change exactly once, while several push and one pulls.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::WorkOrderId;

use crate::support::builders::note;
use crate::support::{Hand, MATE, TECH, TestApp, person};
use serde_json::json;

const PUSHERS: u8 = 4;
const PUSHES: usize = 12;

/// One after another, as one phone does.
async fn push_all(test: &TestApp, mut hand: Hand, id: &WorkOrderId) {
    for number in 0..PUSHES {
        hand.say(note(&format!("{} {number}", hand.dev())), id);
        for outcome in hand.push(test).await {
            assert_eq!(outcome["status"], "accepted", "{outcome}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_is_seen_exactly_once_while_others_push() {
    let test = TestApp::start().await;
    let id = test.report(MATE).await;
    let body = json!({ "technician": person(TECH) });
    test.post(&format!("/work-orders/{id}/assignment"))
        .by("desk")
        .json(&body)
        .ok()
        .await;
    let mut hands = Vec::new();
    for secret in 0..PUSHERS {
        hands.push(Hand::ready(&test, if secret % 2 == 0 { TECH } else { MATE }, secret + 1).await);
    }
    let start = test.get("/sync/changes").by(TECH).ok().await;
    let mut cursor = start["cursor"].as_str().unwrap().to_owned();
    let total = usize::from(PUSHERS) * PUSHES;
    let pushes =
        futures_util::future::join_all(hands.into_iter().map(|hand| push_all(&test, hand, &id)));
    let pull = async {
        let (mut numbers, mut seen) = (BTreeSet::new(), BTreeMap::new());
        while seen.values().max() != Some(&total) {
            let page = test
                .get(&format!("/sync/changes?limit=3&cursor={cursor}"))
                .by(TECH)
                .ok()
                .await;
            for change in page["changes"].as_array().unwrap() {
                let n = change["n"].as_i64().unwrap();
                assert!(
                    numbers.last().is_none_or(|last| *last < n),
                    "{n} came after {numbers:?}"
                );
                numbers.insert(n);
                let notes = change["work_order"]["notes"].as_array().unwrap().len();
                assert!(
                    seen.values().max().is_none_or(|before| *before <= notes),
                    "the work order went back"
                );
                seen.insert(n, notes);
            }
            cursor = page["cursor"].as_str().unwrap().to_owned();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(pushes, pull);
    assert_eq!(test.work_order(&id).await.notes.len(), total);
    let rest = test
        .get(&format!("/sync/changes?cursor={cursor}"))
        .by(TECH)
        .ok()
        .await;
    assert_eq!(
        rest["changes"].as_array().unwrap().len(),
        0,
        "nothing is left, nothing comes twice"
    );
}
