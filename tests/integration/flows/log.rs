//! The transparency log: what is in it, what the world can read of it, and what stops it.

use api::fsck::{self, Checked, Finding, Subject};
use api::routes::routes;
use domain::ids::WorkOrderId;
use domain::receipt::Receipt;
use domain::time::Millis;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::leaf::{Leaf, LeafKind};
use domain::tlog::merkle::verify_inclusion;
use domain::tlog::note::Note;
use domain::tlog::tile::{TileId, read_entries};
use poem::EndpointExt;
use poem::http::StatusCode;
use poem::test::TestClient;
use serde_json::json;
use verify::TrustedKey;

use crate::support::actors::{DESK, terminal};
use crate::support::builders::{accepted, hand_over, repair, set_out};
use crate::support::test_app::token;
use crate::support::{Hand, TECH, TestApp};

/// All published leaves, as a stranger reads them.
async fn published(test: &TestApp) -> (Checkpoint, Vec<Leaf>) {
    let note = test.file("/log/checkpoint").await;
    let note = Note::parse(&note).unwrap();
    let key = test.app.publisher.identity().verifier_key();
    let checkpoint = Checkpoint::open(&note, &key).unwrap();
    assert!(
        checkpoint.size < 256,
        "one bundle is enough for these tests"
    );
    let id = TileId::entries(0, checkpoint.size as u16);
    let entries = read_entries(id, &test.file(&format!("/log/{id}")).await).unwrap();
    let leaves = entries.iter().map(|entry| Leaf::parse(entry).unwrap());
    (checkpoint, leaves.collect())
}

fn count(leaves: &[Leaf], kind: LeafKind) -> usize {
    leaves.iter().filter(|leaf| leaf.k == kind).count()
}

async fn an_evaluated_work_order(test: &TestApp) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.minutes(4);
    hand.say(accepted(), &id);
    hand.say(set_out(), &id);
    hand.minutes(60);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    (id, hand)
}

pub(super) async fn findings(test: &TestApp) -> Vec<Finding> {
    let sm2 = test.app.config.sm2.as_ref();
    checked(test, sm2.map_or(&[][..], |sm2| &sm2.keys[..]))
        .await
        .findings
}

/// What is found if these keys are recorded to have signed a second time.
pub(super) async fn checked(test: &TestApp, sm2: &[TrustedKey]) -> Checked {
    let subject = Subject {
        store: &test.store,
        blobs: &test.blobs,
        server: test.app.signer.keys(),
        log: test.app.publisher.identity().keys(),
        sm2,
    };
    fsck::check(&subject).await.unwrap()
}

#[tokio::test]
async fn everything_that_matters_later_is_a_leaf() {
    let test = TestApp::start().await;
    let (id, mut hand) = an_evaluated_work_order(&test).await;
    hand.sync(&test).await;
    let size = test.app.publisher.publish().await.unwrap();
    let (checkpoint, leaves) = published(&test).await;
    assert_eq!((checkpoint.size, leaves.len() as u64), (size, size));
    assert_eq!(count(&leaves, LeafKind::Policy), 1);
    assert!(count(&leaves, LeafKind::Terminal) > 0 && count(&leaves, LeafKind::Site) > 0);
    assert_eq!(count(&leaves, LeafKind::Key), 1);
    assert_eq!(count(&leaves, LeafKind::Fault), 1);
    assert_eq!(count(&leaves, LeafKind::Verdict), 1);
    // Two syncs: a receipt for the bare head and one for the events, each time.
    assert_eq!(count(&leaves, LeafKind::Receipt), 4);
    assert!(leaves.windows(2).all(|pair| pair[0].ts <= pair[1].ts));
    let verdicts = test.store.verdicts_of(id.as_str()).await.unwrap();
    assert!(verdicts[0].statement.contains("\"verdict\":\"met\""));
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn a_receipt_names_its_leaf_and_the_leaf_is_in_the_tree() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let envelope = hand.head(&test).await;
    let receipt = Receipt::open(&envelope, test.app.signer.keys()).unwrap();
    test.app.publisher.publish().await.unwrap();
    let (checkpoint, leaves) = published(&test).await;
    let leaf = leaves[receipt.leaf as usize];
    assert_eq!(leaf.h.0, envelope.id().unwrap().0);
    assert_eq!((leaf.k, leaf.ts), (LeafKind::Receipt, receipt.ts));
    let (row, proof) = test
        .app
        .publisher
        .prove(receipt.leaf)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.size as u64, checkpoint.size);
    assert!(verify_inclusion(
        leaf.hash().unwrap(),
        receipt.leaf,
        checkpoint.size,
        checkpoint.root,
        &proof
    ));
}

#[tokio::test]
async fn a_clock_that_goes_back_takes_no_receipt_with_it() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let keys = test.app.signer.keys();
    let first = Receipt::open(&hand.head(&test).await, keys).unwrap();
    test.clock.advance(Millis::minutes(-30));
    let second = Receipt::open(&hand.head(&test).await, keys).unwrap();
    assert!(second.leaf > first.leaf && second.ts >= first.ts);
}

#[tokio::test]
async fn publishing_again_changes_nothing() {
    let test = TestApp::start().await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap();
    let before = test.file("/log/checkpoint").await;
    assert_eq!(test.app.publisher.publish().await.unwrap(), size);
    assert_eq!(test.file("/log/checkpoint").await, before);
}

#[tokio::test]
async fn another_process_on_the_same_data_publishes_the_same_log() {
    let test = TestApp::start().await;
    test.reported().await;
    test.app.publisher.publish().await.unwrap();
    let other = test.again().await.unwrap();
    test.reported().await;
    let size = other.publisher.publish().await.unwrap();
    assert_eq!(test.app.publisher.publish().await.unwrap(), size);
    assert_eq!((test.app.log.alarm(), other.log.alarm()), (None, None));
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn a_database_older_than_the_published_log_gives_no_receipts() {
    let test = TestApp::start().await;
    test.app.publisher.publish().await.unwrap();
    let newer = TestApp::start().await;
    newer.reported().await;
    newer.app.publisher.publish().await.unwrap();
    // The files of the newer server under the database of the older one.
    for path in ["log/checkpoint", "log/tile", "log/checkpoints"] {
        test.copy_from(&newer, path);
    }
    let again = test.again().await.unwrap();
    let alarm = again.log.alarm().map(|alarm| alarm.code());
    assert_eq!(alarm, Some("log_went_back"));
    assert!(again.publisher.publish().await.is_err());
    assert!(!findings(&test).await.is_empty());
    let client = TestClient::new(routes(&again).boxed());
    let report = json!({ "terminal": terminal(), "fault": "HW-1", "text": "蓝屏" });
    let answer = client
        .post("/api/v1/reports")
        .header("authorization", format!("Bearer {}", token(DESK)))
        .body_json(&report)
        .send()
        .await;
    answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_altered_tile_is_found_and_stops_the_log() {
    let test = TestApp::start().await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap();
    let tile = test
        .folder
        .join(format!("log/{}", TileId::hashes(0, 0, size as u16)));
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&tile, bytes).unwrap();
    assert!(
        findings(&test)
            .await
            .iter()
            .any(|found| found.what == "differs from the leaves")
    );
    let again = test.again().await.unwrap();
    let alarm = again.log.alarm().map(|alarm| alarm.code());
    assert_eq!(alarm, Some("log_tiles_broken"));
}

#[tokio::test]
async fn strangers_read_the_log_and_nothing_else() {
    let test = TestApp::start().await;
    let status = |path: &'static str| {
        let test = &test;
        async move { test.client.get(path).send().await.0.status() }
    };
    assert_eq!(status("/log/checkpoint").await, StatusCode::NOT_FOUND);
    test.app.publisher.publish().await.unwrap();
    assert_eq!(status("/log/checkpoint").await, StatusCode::OK);
    for path in [
        "/log/tile/0/001",
        "/log/tile/0/../../../server.key",
        "/log/tile/9/000",
        "/log/tile/0/000.p/0",
        "/log/tile/entries/",
        "/log/tile/0/1",
    ] {
        assert_eq!(status(path).await, StatusCode::NOT_FOUND, "{path}");
    }
}
