//! Duty rosters and their versions.

use rstest::rstest;
use store::{RosterRow, StoreError};

use crate::support::{Engine, open};

fn roster(subject: &str, version: i64) -> RosterRow {
    RosterRow {
        provider: "O-P1".to_owned(),
        place: "site".to_owned(),
        subject: subject.to_owned(),
        version,
        doc: format!("{{\"version\":{version}}}"),
        by: "P-1".to_owned(),
        at: 1_000 + version,
    }
}

#[rstest]
#[tokio::test]
async fn every_version_stays_and_only_the_next_one_may_follow(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store.put_roster(roster("S-1", 1)).await.unwrap();
    store.put_roster(roster("S-1", 2)).await.unwrap();
    store.put_roster(roster("S-2", 1)).await.unwrap();
    for late in [1, 2, 4] {
        let refused = store.put_roster(roster("S-1", late)).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Conflict),
            "{late}: {refused:?}"
        );
    }
    let versions = store.roster_versions("O-P1", "site", "S-1").await.unwrap();
    assert_eq!(versions, [roster("S-1", 1), roster("S-1", 2)]);
    let key = |subject: &str| ("O-P1".to_owned(), "site", subject.to_owned());
    let found = store
        .rosters_by_key(&[key("S-1"), key("S-9"), key("S-2")])
        .await
        .unwrap();
    assert_eq!(found, [roster("S-1", 2), roster("S-2", 1)]);
    assert_eq!(store.rosters(Some("O-P1")).await.unwrap().len(), 2);
    assert_eq!(store.rosters(None).await.unwrap().len(), 2);
    assert!(store.rosters(Some("O-P2")).await.unwrap().is_empty());
}

/// Two people change the same roster at once: one of them has to look again.
#[rstest]
#[tokio::test]
async fn of_two_who_write_the_same_version_one_is_refused(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store.put_roster(roster("S-1", 1)).await.unwrap();
    let (one, other) = tokio::join!(
        store.put_roster(roster("S-1", 2)),
        store.put_roster(roster("S-1", 2))
    );
    assert_eq!(
        [one.is_ok(), other.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
}
