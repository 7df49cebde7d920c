//! What becomes known of a checkpoint after it was signed.

use rstest::rstest;
use store::{CheckpointRow, Store};

use crate::support::{Engine, open};

fn signed(size: i64) -> CheckpointRow {
    CheckpointRow {
        size,
        note: format!("note {size}"),
        witnessed_at: None,
        stamp: None,
        stamped_at: None,
    }
}

async fn seen(store: &Store, leaf: i64) -> Option<(i64, i64)> {
    let row = store.first_witnessed(leaf).await.unwrap();
    row.map(|row| (row.size, row.at))
}

#[rstest]
#[tokio::test]
async fn a_checkpoint_is_found_by_its_time_from_outside_as_long_as_it_has_one(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store.add_checkpoint(signed(4)).await.unwrap();
    store.add_checkpoint(signed(9)).await.unwrap();
    assert_eq!(seen(&store, 0).await, None);
    let witnessed = CheckpointRow {
        witnessed_at: Some(70),
        ..signed(9)
    };
    store.put_checkpoint(witnessed.clone()).await.unwrap();
    assert_eq!(seen(&store, 0).await, Some((9, 70)));
    assert_eq!(seen(&store, 8).await, Some((9, 70)));
    assert_eq!(seen(&store, 9).await, None);
    // Signed once more by another process: what is known stays.
    store.add_checkpoint(signed(9)).await.unwrap();
    assert_eq!(store.checkpoint(9).await.unwrap(), Some(witnessed.clone()));
    // Clocks outside turned out to disagree.
    let doubted = CheckpointRow {
        witnessed_at: None,
        stamp: Some("MAA=".to_owned()),
        stamped_at: Some(900_000),
        ..witnessed
    };
    store.put_checkpoint(doubted.clone()).await.unwrap();
    assert_eq!(seen(&store, 0).await, None);
    let (last, external) = store.last_checkpoints().await.unwrap();
    assert_eq!((last, external), (Some(doubted), None));
}
