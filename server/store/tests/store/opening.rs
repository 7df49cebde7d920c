//! Opening, closing, and what is unavailable.

use store::{Store, StoreConfig, StoreError};

use crate::support::{events, of_events};

#[tokio::test]
async fn a_closed_database_opens_again_with_everything_and_without_migrating_twice() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig::rocksdb(folder.path());
    for n in 0..3 {
        let store = Store::open(&config).await.unwrap();
        assert_eq!(store.head().await.unwrap(), n);
        store
            .commit(of_events(n, events("aa", n + 1..=n + 1)))
            .await
            .unwrap();
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let location = store::Location::Remote {
        url: "ws://127.0.0.1:1".to_owned(),
        user: "root".to_owned(),
        password: "root".to_owned(),
    };
    for config in [
        StoreConfig::rocksdb(file),
        StoreConfig {
            location,
            ..StoreConfig::memory()
        },
    ] {
        let refused = Store::open(&config).await.err();
        assert!(
            matches!(refused, Some(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }
}
