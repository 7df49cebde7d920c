//! All or nothing, and only if nobody else came first.

use rstest::rstest;
use store::{
    Commit, DayNumber, FingerprintRow, IdempotencyRow, KeyChangeRow, LogTail, LookalikeRow,
    RelayCodeRow, RelayMatchRow, ReviewChange, StoreError, VerdictRow,
};

use crate::support::{
    Engine, change, code_use, device, event, events, leaf, of_events, of_work_orders, open,
    quarantined, receipt, sidecar, work_order,
};

#[rstest]
#[tokio::test]
async fn everything_in_a_commit_is_there_afterwards(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    assert_eq!(store.head().await.unwrap(), 0);
    let row = work_order("WO-20261124-0001", Some("P-0012"));
    let answer = IdempotencyRow {
        person: "P-0002".to_owned(),
        key: "k-1".to_owned(),
        request: "ab".to_owned(),
        response: "{}".to_owned(),
        at: 1,
    };
    let verdict = VerdictRow {
        wo: row.id.clone(),
        leaf: 1,
        statement: "{}".to_owned(),
    };
    let told = RelayCodeRow {
        number: 1,
        code: "0123456789ABCDEFGHJK".to_owned(),
        ts: 7,
        leaf: 1,
        by: "P-0002".to_owned(),
    };
    let matched = RelayMatchRow {
        code: told.code.clone(),
        dev: "aa".to_owned(),
        seq: 3,
        head: "cc".to_owned(),
    };
    let key_change = KeyChangeRow {
        kind: "server".to_owned(),
        number: 1,
        envelope: "{}".to_owned(),
    };
    let delivery =
        store::DeliveryRow::waiting("msg_1".to_owned(), "ch_1".to_owned(), "O-1".to_owned(), 9);
    let slip = store::SlipRow {
        digest: "51".to_owned(),
        wo: Some("WO-20261124-0001".to_owned()),
        event: Some("e1".to_owned()),
        complaint: None,
        at: 9,
    };
    let commit = Commit {
        expected_n: 0,
        events: events("aa", 1..=3),
        quarantined: vec![quarantined("q1", "P-0012", 5)],
        receipts: vec![receipt("aa", 3, 9)],
        relay_codes: vec![told.clone()],
        relay_matches: vec![matched.clone()],
        sidecars: vec![sidecar("c1"), sidecar("c2")],
        erased: Vec::new(),
        code_uses: vec![code_use("tag:04de5f1eacc040", 61)],
        devices: vec![device("aa", "P-0012")],
        enrolments: Vec::new(),
        work_orders: vec![change(row.clone(), &["P-0012", "P-0002", "P-0012"])],
        leaves: vec![leaf(0, "aa"), leaf(1, "bb")],
        key_changes: vec![key_change.clone()],
        verdicts: vec![verdict.clone()],
        day_number: Some(DayNumber {
            day: "20261124".to_owned(),
            last: 1,
        }),
        deliveries: vec![delivery.clone()],
        slips: vec![slip.clone()],
        idempotency: vec![answer.clone()],
    };
    let committed = store.commit(commit).await.unwrap();
    assert_eq!((committed.n, committed.first_event_n), (4, 1));
    assert_eq!(
        store.delivery("msg_1").await.unwrap(),
        Some(delivery.clone())
    );
    assert_eq!(store.slip("51").await.unwrap(), Some(slip));
    assert_eq!(store.slip("52").await.unwrap(), None);
    assert_eq!(committed.feeds, ["P-0002", "P-0012"]);
    assert_eq!(store.head().await.unwrap(), 4);

    let numbered: Vec<_> = (1..=3)
        .map(|seq| store::EventRow {
            n: seq,
            ..event("aa", seq)
        })
        .collect();
    assert_eq!(
        store
            .events_of_work_order("WO-20261124-0001")
            .await
            .unwrap(),
        numbered
    );
    assert_eq!(
        store.quarantine_of("P-0012").await.unwrap(),
        [quarantined("q1", "P-0012", 5)]
    );
    assert_eq!(
        store.receipts_of_device("aa").await.unwrap(),
        [receipt("aa", 3, 9)]
    );
    assert_eq!(store.receipts_between("aa", 4, 9).await.unwrap(), []);
    assert_eq!(store.next_receipts("aa", 2, 1).await.unwrap().len(), 1);
    assert_eq!(store.receipts_before("aa", 1, 3, 9).await.unwrap(), []);
    assert_eq!(
        store.receipts_before("aa", 1, 3, 10).await.unwrap(),
        [receipt("aa", 3, 9)]
    );
    assert_eq!(
        store.relay_codes_after(0).await.unwrap(),
        std::slice::from_ref(&told)
    );
    assert_eq!(store.relay_codes_after(1).await.unwrap(), []);
    assert_eq!(store.relay_matches(&told.code).await.unwrap(), [matched]);
    assert_eq!(store.relay_matches("0123").await.unwrap(), []);
    assert_eq!(
        store.sidecars(&["c2", "c9"]).await.unwrap(),
        [sidecar("c2")]
    );
    assert_eq!(
        store.device("aa").await.unwrap(),
        Some(device("aa", "P-0012"))
    );
    assert_eq!(
        store.work_order("WO-20261124-0001").await.unwrap(),
        Some(store::WorkOrderRow { n: 4, ..row })
    );
    assert_eq!(store.last_number_of("20261124").await.unwrap(), 1);
    assert_eq!(store.last_number_of("20261125").await.unwrap(), 0);
    assert_eq!(
        store.idempotent("P-0002", "k-1").await.unwrap(),
        Some(answer)
    );
    assert_eq!(store.idempotent("P-0003", "k-1").await.unwrap(), None);
    assert_eq!(
        store.leaves_from(0, 9).await.unwrap(),
        [leaf(0, "aa"), leaf(1, "bb")]
    );
    assert_eq!(
        store.log_tail().await.unwrap(),
        LogTail {
            leaves: 2,
            ts: 1_001
        }
    );
    assert_eq!(
        store.leaf_numbers(&["bb", "cc", "aa"]).await.unwrap(),
        [Some(1), None, Some(0)]
    );
    assert_eq!(store.key_changes().await.unwrap(), [key_change]);
    assert_eq!(
        store.verdicts_of("WO-20261124-0001").await.unwrap(),
        [verdict]
    );
    assert_eq!(
        store.code_uses("tag:04de5f1eacc040", 0, 99).await.unwrap(),
        [code_use("tag:04de5f1eacc040", 61)]
    );
}

#[rstest]
#[tokio::test]
async fn a_number_in_the_log_is_never_given_twice(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let of_leaves = |expected_n, leaves| Commit {
        expected_n,
        leaves,
        ..Commit::default()
    };
    let n = store
        .commit(of_leaves(0, vec![leaf(0, "aa")]))
        .await
        .unwrap()
        .n;
    let again = store.commit(of_leaves(n, vec![leaf(0, "bb")])).await;
    assert!(matches!(again, Err(StoreError::Invalid(_))), "{again:?}");
    assert_eq!(store.log_tail().await.unwrap().leaves, 1);
    let same = store.commit(of_leaves(n, vec![leaf(1, "aa")])).await;
    same.unwrap();
    assert_eq!(
        store.leaf_numbers(&["aa"]).await.unwrap(),
        [Some(0)],
        "the first leaf about something counts"
    );
}

#[rstest]
#[case::behind(0)]
#[case::ahead(3)]
#[tokio::test]
async fn a_commit_decided_from_an_old_counter_writes_nothing(#[case] expected_n: i64) {
    let store = open(Engine::Memory).await;
    store
        .commit(of_events(0, events("aa", 1..=2)))
        .await
        .unwrap();
    let late = Commit {
        devices: vec![device("bb", "P-0099")],
        work_orders: vec![change(work_order("WO-1", None), &["P-0099"])],
        ..of_events(expected_n, events("bb", 1..=2))
    };
    assert!(store.commit(late).await.unwrap_err().is_conflict());
    assert_eq!(store.head().await.unwrap(), 2);
    assert_eq!(store.chain("bb", 1, 9).await.unwrap(), []);
    assert_eq!(store.device("bb").await.unwrap(), None);
    assert_eq!(store.work_order("WO-1").await.unwrap(), None);
    assert_eq!(store.changes("P-0099", 0, 10).await.unwrap().changes, []);
}

#[rstest]
#[case::the_same(2, 2)]
#[case::the_last_and_more(2, 5)]
#[case::all_and_more(1, 5)]
#[case::one_inside_a_run(1, 1)]
#[tokio::test]
async fn a_taken_place_in_a_chain_refuses_the_whole_commit(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
    #[case] first: i64,
    #[case] last: i64,
) {
    let store = open(engine).await;
    store
        .commit(of_events(0, events("aa", 1..=2)))
        .await
        .unwrap();
    let refused = store
        .commit(of_events(2, events("aa", first..=last)))
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Invalid(_)), "{refused:?}");
    assert_eq!(store.head().await.unwrap(), 2);
    assert_eq!(store.chain("aa", 1, 9).await.unwrap().len(), 2);
    store
        .commit(of_events(2, events("aa", 3..=3)))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commit_without_events_moves_the_counter_too() {
    let store = open(Engine::Memory).await;
    let only_receipt = Commit {
        receipts: vec![receipt("aa", 1, 1)],
        ..Commit::default()
    };
    assert_eq!(store.commit(only_receipt).await.unwrap().n, 1);
    let stale = Commit {
        devices: vec![device("aa", "P-0012")],
        ..Commit::default()
    };
    assert!(store.commit(stale).await.unwrap_err().is_conflict());
}

#[rstest]
#[tokio::test]
async fn what_is_said_twice_is_kept_once_and_rows_are_replaced_whole(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let first = Commit {
        quarantined: vec![quarantined("q1", "P-0012", 5)],
        sidecars: vec![sidecar("c1")],
        receipts: vec![receipt("aa", 1, 1)],
        devices: vec![device("aa", "P-0012")],
        work_orders: vec![change(work_order("WO-1", Some("P-0012")), &[])],
        ..Commit::default()
    };
    let n = store.commit(first.clone()).await.unwrap().n;
    let revoked = store::DeviceRow {
        revoked_at: Some(7),
        head_seq: 9,
        ..device("aa", "P-0012")
    };
    let second = Commit {
        expected_n: n,
        quarantined: vec![quarantined("q1", "P-0012", 99)],
        devices: vec![revoked.clone()],
        work_orders: vec![change(work_order("WO-1", None), &[])],
        ..first
    };
    let n = store.commit(second).await.unwrap().n;
    assert_eq!(
        store.quarantine_of("P-0012").await.unwrap(),
        [quarantined("q1", "P-0012", 5)]
    );
    assert_eq!(store.receipts_of_device("aa").await.unwrap().len(), 1);
    assert_eq!(store.device("aa").await.unwrap(), Some(revoked));
    assert_eq!(
        store.work_order("WO-1").await.unwrap().unwrap().technician,
        None
    );
    assert_eq!(
        store
            .snapshot("P-0012", None, 10)
            .await
            .unwrap()
            .work_orders,
        []
    );
    assert_eq!(n, 2);
}

#[tokio::test]
async fn deciding_again_after_a_lost_race_sees_what_won() {
    let store = open(Engine::Memory).await;
    let mut calls = 0;
    let (last, _) = store
        .decide(|n| {
            calls += 1;
            let (store, first_time) = (store.store.clone(), calls == 1);
            async move {
                let last = store.last_number_of("20261124").await?;
                if first_time {
                    let rival = Commit {
                        day_number: Some(number(41)),
                        expected_n: n,
                        ..Commit::default()
                    };
                    store.commit(rival).await?;
                }
                Ok::<_, StoreError>((
                    Commit {
                        day_number: Some(number(last + 1)),
                        ..Commit::default()
                    },
                    last + 1,
                ))
            }
        })
        .await
        .unwrap();
    assert_eq!((calls, last), (2, 42));
    assert_eq!(store.last_number_of("20261124").await.unwrap(), 42);
}

#[tokio::test]
async fn a_refusal_while_deciding_is_given_back_at_once() {
    let store = open(Engine::Memory).await;
    let refused = store
        .decide(|_| async { Err::<(Commit, ()), _>(StoreError::Invalid("no".to_owned())) })
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Invalid(reason) if reason == "no"));
    assert_eq!(store.head().await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn rebuilt_projections_take_the_place_of_all_others_and_everybody_hears(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let wrong = work_order("WO-1", Some("P-0012"));
    let gone = work_order("WO-2", Some("P-0012"));
    let before = [
        change(wrong.clone(), &["P-0012"]),
        change(gone, &["P-0012"]),
    ];
    let n = store
        .commit(of_work_orders(0, before.to_vec()))
        .await
        .unwrap()
        .n;
    let cursor = store.changes("P-0012", 0, 10).await.unwrap().cursor;
    let right = store::WorkOrderRow {
        doc: "{}".to_owned(),
        ..wrong
    };
    let rebuilt = vec![change(right, &["P-0012"])];
    let stale = store
        .replace_projections(n - 1, rebuilt.clone(), vec![])
        .await
        .unwrap_err();
    assert!(stale.is_conflict());
    store
        .replace_projections(n, rebuilt, vec![device("aa", "P-0012")])
        .await
        .unwrap();
    let heard = store.changes("P-0012", cursor, 10).await.unwrap().changes;
    assert_eq!(
        heard
            .iter()
            .map(|c| (c.row.id.as_str(), c.row.doc.as_str()))
            .collect::<Vec<_>>(),
        [("WO-1", "{}")]
    );
    assert_eq!(store.work_order("WO-2").await.unwrap(), None);
    assert!(store.device("aa").await.unwrap().is_some());
}

fn number(last: i64) -> DayNumber {
    DayNumber {
        day: "20261124".to_owned(),
        last,
    }
}

#[rstest]
#[tokio::test]
async fn what_is_erased_is_gone_with_what_was_made_of_it_and_nothing_else_is(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let commit = Commit {
        sidecars: vec![sidecar("c1"), sidecar("c2"), sidecar("c3")],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    let print = |sort: &str, name: &str| FingerprintRow {
        sort: sort.to_owned(),
        name: name.to_owned(),
        state: "known".to_owned(),
        text: "00".to_owned(),
    };
    let alike = |first: &str, second: &str| LookalikeRow {
        sort: "ink".to_owned(),
        first: first.to_owned(),
        second: second.to_owned(),
        doc: "{}".to_owned(),
    };
    let change = ReviewChange {
        version: store.review_state().await.unwrap().version,
        fingerprints: vec![print("ink", "c1"), print("ink", "c2"), print("photo", "c1")],
        lookalikes: vec![alike("c1", "c2"), alike("c2", "c3")],
        ..ReviewChange::default()
    };
    store.change_reviews(change).await.unwrap();
    let reviewed = store.review_state().await.unwrap();
    let erasure = Commit {
        expected_n: store.head().await.unwrap(),
        erased: vec!["c1".to_owned(), "c9".to_owned()],
        ..Commit::default()
    };
    store.commit(erasure).await.unwrap();
    let state = store.review_state().await.unwrap();
    assert!(state.version > reviewed.version && state.n == reviewed.n);
    let left = store.sidecars(&["c1", "c2", "c3"]).await.unwrap();
    assert_eq!(left, [sidecar("c2"), sidecar("c3")]);
    let inks = store.fingerprints("ink", &["c1", "c2"]).await.unwrap();
    assert_eq!(inks, [print("ink", "c2")]);
    let photos = store.fingerprints("photo", &["c1"]).await.unwrap();
    assert_eq!(photos, [print("photo", "c1")]);
    assert_eq!(store.lookalikes_of("c1").await.unwrap(), []);
    assert_eq!(
        store.lookalikes_of("c2").await.unwrap(),
        [alike("c2", "c3")]
    );
}

#[rstest]
#[tokio::test]
async fn where_the_store_stands_is_asked_in_one_question(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let told = |number: i64| RelayCodeRow {
        number,
        code: format!("code {number}"),
        ts: 7,
        leaf: number,
        by: "P-0002".to_owned(),
    };
    let commit = Commit {
        events: events("aa", 1..=3),
        receipts: vec![
            receipt("aa", 3, 9),
            receipt("bb", 7, 9),
            receipt("bb", 8, 10),
        ],
        relay_codes: vec![told(1), told(2)],
        leaves: vec![leaf(0, "aa"), leaf(1, "bb")],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    let standing = store.standing(1).await.unwrap();
    assert_eq!(standing.n, store.head().await.unwrap());
    assert_eq!(standing.log, store.log_tail().await.unwrap());
    assert_eq!(standing.relay_codes, [told(2)]);
    assert_eq!(store.standing(2).await.unwrap().relay_codes, []);
    let of_chains = store.receipts_of_chains(&[("bb", 8), ("cc", 0), ("aa", 1)]);
    let expected = [
        vec![receipt("bb", 8, 10)],
        vec![],
        vec![receipt("aa", 3, 9)],
    ];
    assert_eq!(of_chains.await.unwrap(), expected);
    assert_eq!(
        store.receipts_of_chains(&[]).await.unwrap(),
        Vec::<Vec<store::ReceiptRow>>::new()
    );
}
