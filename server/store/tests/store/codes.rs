//! Print runs, screens, tags, and which codes were used.

use rstest::rstest;
use store::{Commit, KioskRow, LabelRunRow, StoreError, TagRow};

use crate::support::{Engine, code_use, open};

const TAG: &str = "tag:04de5f1eacc040";

fn run(no: i64) -> LabelRunRow {
    LabelRunRow {
        no,
        public_key: "c3BraQ==".to_owned(),
        provider: None,
        note: "全部终端".to_owned(),
        opened_at: 1_790_000_000_000,
        opened_by: "P-0001".to_owned(),
        revoked_at: None,
        revoked_by: None,
        revoked_reason: None,
    }
}

fn kiosk(terminal: &str, generation: i64) -> KioskRow {
    KioskRow {
        terminal: terminal.to_owned(),
        generation,
        opened_at: 1_790_000_000_000,
        opened_by: "P-0003".to_owned(),
        revoked_at: None,
        revoked_reason: None,
    }
}

fn tag(tag: &str) -> TagRow {
    TagRow {
        tag: tag.to_owned(),
        terminal: "SZ-FT-012344".to_owned(),
        opened_at: 1_790_000_000_000,
        opened_by: "P-0003".to_owned(),
        revoked_at: None,
        revoked_reason: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_number_is_given_once_and_a_withdrawal_is_kept(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    for no in [2, 10, 1] {
        store.open_label_run(run(no)).await.unwrap();
    }
    let again = store.open_label_run(run(2)).await;
    assert!(matches!(again, Err(StoreError::Invalid(_))), "{again:?}");
    let revoked = LabelRunRow {
        revoked_at: Some(5),
        revoked_reason: Some("丢失 'quoted' $n".to_owned()),
        ..run(10)
    };
    store.put_label_run(revoked.clone()).await.unwrap();
    assert_eq!(store.label_runs().await.unwrap(), [run(1), run(2), revoked]);

    for (terminal, generation) in [
        ("SZ-NS-000017", 1),
        ("SZ-FT-012344", 2),
        ("SZ-FT-012344", 1),
    ] {
        store.open_kiosk(kiosk(terminal, generation)).await.unwrap();
    }
    let again = store.open_kiosk(kiosk("SZ-FT-012344", 2)).await;
    assert!(matches!(again, Err(StoreError::Invalid(_))), "{again:?}");
    let kiosks = store.kiosks().await.unwrap();
    let names: Vec<_> = kiosks
        .iter()
        .map(|kiosk| (kiosk.terminal.as_str(), kiosk.generation))
        .collect();
    assert_eq!(
        names,
        [
            ("SZ-FT-012344", 1),
            ("SZ-FT-012344", 2),
            ("SZ-NS-000017", 1)
        ]
    );

    store.open_tag(tag("04de5f1eacc040")).await.unwrap();
    let again = store.open_tag(tag("04de5f1eacc040")).await;
    assert!(matches!(again, Err(StoreError::Invalid(_))), "{again:?}");
    assert_eq!(store.tags().await.unwrap(), [tag("04de5f1eacc040")]);
}

#[rstest]
#[tokio::test]
async fn uses_are_found_by_source_and_counter_and_the_first_stays(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let uses = |expected_n, code_uses| Commit {
        expected_n,
        code_uses,
        ..Commit::default()
    };
    let of_tag = [9, 10, 11, 100].map(|counter| code_use(TAG, counter));
    let others = [
        code_use("tag:04de5f1eacc041", 10),
        code_use("screen:00ff", 0),
    ];
    store
        .commit(uses(0, [of_tag.as_slice(), others.as_slice()].concat()))
        .await
        .unwrap();
    assert_eq!(store.code_uses(TAG, 10, 99).await.unwrap(), of_tag[1..3]);
    assert_eq!(store.code_uses(TAG, -20, 9).await.unwrap(), of_tag[..1]);
    assert_eq!(
        store.code_uses("screen:00ff", 0, 0).await.unwrap(),
        others[1..]
    );
    assert_eq!(store.code_uses("screen:00", 0, 0).await.unwrap(), []);

    let second = store::CodeUseRow {
        scan: "b".repeat(64),
        ..code_use(TAG, 9)
    };
    let head = store.head().await.unwrap();
    store.commit(uses(head, vec![second])).await.unwrap();
    assert_eq!(store.code_uses(TAG, 9, 9).await.unwrap(), of_tag[..1]);
}
