//! Our server and our witness over HTTP: what continues is cosigned, what contradicts what the witness saw is refused
//! there and an alarm here, and a witness that is away holds nobody up.

use api::log::witnesses::{Remote, Witnesses};
use serde_json::{Value, json};

use crate::support::witness::TestWitness;
use crate::support::{CITY, START, TestApp};

async fn watch(test: &TestApp) -> Value {
    test.get("/log/watch").by(CITY).ok().await
}

fn alarms(watch: &Value) -> Vec<&str> {
    let alarms = watch["alarms"].as_array().unwrap().iter();
    alarms
        .map(|alarm| alarm["code"].as_str().unwrap())
        .collect()
}

/// How the witness answered last.
fn refused(watch: &Value) -> &Value {
    &watch["witnesses"][0]["refused"]["code"]
}

#[tokio::test]
async fn what_continues_is_cosigned_and_its_time_counts() {
    let witness = TestWitness::start().await;
    let test = TestApp::with(witness.asked()).await;
    for _ in 0..3 {
        test.reported().await;
        let size = test.app.publisher.publish().await.unwrap();
        assert_eq!(witness.seen(), size);
        let row = test.store.checkpoint(size as i64).await.unwrap().unwrap();
        assert_eq!(row.witnessed_at, Some(START.0));
    }
    let watch = watch(&test).await;
    assert!(alarms(&watch).is_empty(), "{watch}");
    assert_eq!(
        (&watch["witnesses"][0]["standing"]["code"], refused(&watch)),
        (&json!("outside_current"), &Value::Null)
    );
}

/// Database, photos and published files of yesterday: at home nothing contradicts anything.
#[tokio::test]
async fn a_server_restored_from_an_old_backup_is_refused_by_the_witness_and_says_so_itself() {
    let witness = TestWitness::start().await;
    let (test, restored) = (
        TestApp::with(witness.asked()).await,
        TestApp::with(witness.asked()).await,
    );
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap();
    assert_eq!(witness.seen(), size);
    let behind = restored.app.publisher.publish().await.unwrap();
    assert!(behind < size);
    let watch = watch(&restored).await;
    assert_eq!(refused(&watch), "witness_contradicts");
    assert_eq!(alarms(&watch)[0], "witness_contradicts");
    let words = watch["alarms"][0]["zh"].as_str().unwrap();
    assert!(words.contains("旧备份"), "{words}");
    assert_eq!(witness.seen(), size, "it has not gone back");
    // One witness alone stops nobody: it might be the one that is wrong.
    restored.reported().await;
}

#[tokio::test]
async fn a_log_that_goes_on_another_way_is_refused_by_the_witness_which_keeps_the_proof() {
    let witness = TestWitness::start().await;
    let (test, forked) = (
        TestApp::with(witness.asked()).await,
        TestApp::with(witness.asked()).await,
    );
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap();
    forked.clock.advance(domain::time::Millis(1));
    for _ in 0..3 {
        forked.reported().await;
    }
    let other = forked.app.publisher.publish().await.unwrap();
    assert!(other > size);
    let watch = watch(&forked).await;
    assert_eq!(alarms(&watch)[0], "witness_contradicts", "{watch}");
    let row = forked
        .store
        .checkpoint(other as i64)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.witnessed_at, None, "and proves no time");
    assert_eq!(witness.seen(), size);
    assert_eq!(witness.evidence(), 1);
}

#[tokio::test]
async fn a_witness_that_is_away_is_named_and_holds_nobody_up() {
    let witness = TestWitness::start().await;
    let away = Remote {
        // Nobody listens on the port of discarded things.
        url: "http://127.0.0.1:9".to_owned(),
        ..witness.remote().clone()
    };
    let test = TestApp::with(Witnesses::new(vec![away], None, 1)).await;
    test.reported().await;
    let size = test.app.publisher.publish().await.unwrap();
    assert!(size > 0);
    let watch = watch(&test).await;
    assert_eq!(
        (refused(&watch), &watch["witnessed"]),
        (&json!("witness_silent"), &json!(0))
    );
    assert!(!alarms(&watch).contains(&"witness_contradicts"));
}
