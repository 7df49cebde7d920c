//! Changes of key: written once with their leaf, never twice under one number.

use rstest::rstest;
use store::{Commit, KeyChangeRow, StoreError};

use crate::support::{Engine, leaf, open};

fn change(kind: &str, number: i64, text: &str) -> KeyChangeRow {
    KeyChangeRow {
        kind: kind.to_owned(),
        number,
        envelope: text.to_owned(),
    }
}

#[rstest]
#[tokio::test]
async fn a_number_is_given_once_and_kinds_count_for_themselves(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    assert_eq!(store.key_changes().await.unwrap(), []);
    let all = [
        change("log", 1, "a"),
        change("server", 1, "b"),
        change("server", 2, "c"),
    ];
    for (number, row) in [2, 0, 1].into_iter().enumerate() {
        let commit = Commit {
            expected_n: store.head().await.unwrap(),
            key_changes: vec![all[row].clone()],
            leaves: vec![leaf(number as i64, &format!("h{row}"))],
            ..Commit::default()
        };
        store.commit(commit).await.unwrap();
    }
    assert_eq!(store.key_changes().await.unwrap(), all);
    let again = Commit {
        expected_n: store.head().await.unwrap(),
        key_changes: vec![change("server", 2, "another")],
        leaves: vec![leaf(3, "h")],
        ..Commit::default()
    };
    let refused = store.commit(again).await.unwrap_err();
    assert!(matches!(refused, StoreError::Invalid(_)), "{refused:?}");
    assert_eq!(store.key_changes().await.unwrap(), all);
    assert_eq!(store.log_tail().await.unwrap().leaves, 3);
}
