//! Finding what was kept.

use domain::actor::Scope;
use rstest::rstest;
use store::{Commit, WorkOrderQuery, WorkOrderRow};

use crate::support::{
    Engine, change, device, event, events, of_events, of_work_orders, open, quarantined, receipt,
    sidecar, work_order,
};

#[rstest]
#[tokio::test]
async fn a_chain_is_read_in_its_own_order_and_history_in_order_of_arrival(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store
        .commit(of_events(0, events("aa", 1..=12)))
        .await
        .unwrap();
    store
        .commit(of_events(12, events("ab", 1..=3)))
        .await
        .unwrap();
    store
        .commit(of_events(15, events("aa", 13..=14)))
        .await
        .unwrap();
    let other = store::EventRow {
        wo: Some("WO-20261124-00011".to_owned()),
        ..event("ac", 1)
    };
    store
        .commit(of_events(17, vec![other.clone()]))
        .await
        .unwrap();
    let seqs = |rows: Vec<store::EventRow>| rows.into_iter().map(|row| row.seq).collect::<Vec<_>>();
    assert_eq!(
        seqs(store.chain("aa", 9, 13).await.unwrap()),
        [9, 10, 11, 12, 13]
    );
    assert_eq!(seqs(store.chain("a", 1, 99).await.unwrap()), [0; 0]);
    let known = store.known_events("aa", &[14, 15, 2]).await.unwrap();
    assert_eq!(known.iter().map(|row| row.seq).collect::<Vec<_>>(), [14, 2]);

    let mut history = Vec::new();
    loop {
        let after = history.last().map_or(0, |row: &store::EventRow| row.n);
        let page = store.events_page(after, 5).await.unwrap();
        if page.is_empty() {
            break;
        }
        history.extend(page);
    }
    assert_eq!(
        history.iter().map(|row| row.n).collect::<Vec<_>>(),
        (1..=18).collect::<Vec<_>>()
    );
    for after in 0..=18 {
        let page = store.events_page(after, 7).await.unwrap();
        assert_eq!(
            page,
            history
                .iter()
                .filter(|row| row.n > after)
                .take(7)
                .cloned()
                .collect::<Vec<_>>(),
            "{after}"
        );
    }
    let of_work_order = store
        .events_of_work_order("WO-20261124-0001")
        .await
        .unwrap();
    assert_eq!(of_work_order, history[..17]);
    assert_eq!(store.events_of_work_order("WO-2026").await.unwrap(), []);
}

/// A phone that was offline for days sends more at once than lies in one row.
#[rstest]
#[tokio::test]
async fn a_long_stretch_is_read_like_a_short_one(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store
        .commit(of_events(0, events("aa", 1..=100)))
        .await
        .unwrap();
    store
        .commit(of_events(100, events("ab", 1..=70)))
        .await
        .unwrap();
    let seqs = |rows: Vec<store::EventRow>| rows.into_iter().map(|row| row.seq).collect::<Vec<_>>();
    for (from, to) in [
        (1, 100),
        (31, 33),
        (32, 32),
        (33, 33),
        (64, 97),
        (96, 101),
        (100, i64::MAX),
    ] {
        let expected: Vec<i64> = (from..=to.min(100)).collect();
        assert_eq!(
            seqs(store.chain("aa", from, to).await.unwrap()),
            expected,
            "{from} to {to}"
        );
    }
    assert_eq!(seqs(store.chain("aa", 101, 200).await.unwrap()), [0; 0]);
    let known = store
        .known_events("aa", &[100, 33, 32, 101, 1])
        .await
        .unwrap();
    assert_eq!(seqs(known), [100, 33, 32, 1]);
    assert_eq!(store.known_events("aa", &[]).await.unwrap(), []);
    for after in [0, 31, 32, 33, 63, 99, 100, 131, 132, 133, 169, 170] {
        let page = store.events_page(after, 40).await.unwrap();
        let numbers: Vec<i64> = page.iter().map(|row| row.n).collect();
        let expected: Vec<i64> = (after + 1..=(after + 40).min(170)).collect();
        assert_eq!(numbers, expected, "after {after}");
    }
    let all = store
        .events_of_work_order("WO-20261124-0001")
        .await
        .unwrap();
    assert_eq!(
        all.iter().map(|row| row.n).collect::<Vec<_>>(),
        (1..=170).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_signed_payload_comes_back_byte_for_byte() {
    let store = open(Engine::RocksDb).await;
    let mut odd = event("aa", 1);
    odd.payload =
        "{\"a\":\"\\u0000 到 \u{1F9FE} \u{2028} ' \\\" ⟩`\",\"n\":9007199254740991}".to_owned();
    odd.wo = None;
    odd.bounds = None;
    odd.refused = Some("not_on_site".to_owned());
    store.commit(of_events(0, vec![odd.clone()])).await.unwrap();
    odd.n = 1;
    assert_eq!(store.chain("aa", 1, 1).await.unwrap(), [odd]);
}

#[tokio::test]
async fn devices_receipts_sidecars_and_quarantine_are_found_by_whose_they_are() {
    let store = open(Engine::Memory).await;
    let older = store::DeviceRow {
        enrolled_at: 1,
        ..device("bb", "P-1")
    };
    let commit = Commit {
        devices: vec![device("aa", "P-1"), older.clone(), device("cc", "P-2")],
        receipts: vec![
            receipt("aa", 20, 2),
            receipt("aa", 3, 1),
            receipt("ab", 4, 1),
            receipt("aa", 100, 3),
        ],
        sidecars: vec![sidecar("c1"), sidecar("c2")],
        quarantined: vec![
            quarantined("q1", "P-1", 1),
            quarantined("q2", "P-1", 2),
            quarantined("q3", "P-2", 3),
        ],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    assert_eq!(
        store.devices_of("P-1").await.unwrap(),
        [older, device("aa", "P-1")]
    );
    assert_eq!(store.devices().await.unwrap().len(), 3);
    assert_eq!(
        store.devices_by_id(&["cc", "zz", "aa"]).await.unwrap(),
        [device("cc", "P-2"), device("aa", "P-1")]
    );
    let confirmed =
        |rows: Vec<store::ReceiptRow>| rows.into_iter().map(|row| row.head_seq).collect::<Vec<_>>();
    assert_eq!(
        confirmed(store.receipts_of_device("aa").await.unwrap()),
        [3, 20, 100]
    );
    assert_eq!(
        confirmed(store.receipts_from("aa", 20).await.unwrap()),
        [20, 100]
    );
    store.resolve_quarantine("q2").await.unwrap();
    let ids =
        |rows: Vec<store::QuarantineRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(store.quarantine_of("P-1").await.unwrap()), ["q1"]);
    assert_eq!(
        ids(store
            .quarantine_of_work_order("WO-20261124-0001")
            .await
            .unwrap()),
        ["q1", "q2", "q3"]
    );
}

/// Ten work orders that differ in everything a list can ask for.
fn ten() -> Vec<WorkOrderRow> {
    let row = |i: i64| WorkOrderRow {
        district: if i < 5 { "FT" } else { "NS" }.to_owned(),
        provider: if i % 2 == 0 { "O-P1" } else { "O-P2" }.to_owned(),
        site_unit: if i == 9 { "O-S9" } else { "O-S1" }.to_owned(),
        open: i != 3,
        ..work_order(&format!("WO-20261124-000{i}"), (i < 2).then_some("P-1"))
    };
    (0..10).map(row).collect()
}

#[rstest]
#[case::everything(Scope::All, false, None, &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0])]
#[case::only_open(Scope::All, true, None, &[9, 8, 7, 6, 5, 4, 2, 1, 0])]
#[case::district(Scope::District("FT".parse().unwrap()), false, None, &[4, 3, 2, 1, 0])]
#[case::district_open(Scope::District("FT".parse().unwrap()), true, None, &[4, 2, 1, 0])]
#[case::provider(Scope::Provider("O-P2".parse().unwrap()), false, None, &[9, 7, 5, 3, 1])]
#[case::site_unit(Scope::SiteUnit("O-S9".parse().unwrap()), false, None, &[9])]
#[case::technician(Scope::Technician("P-1".parse().unwrap()), true, None, &[1, 0])]
#[case::stranger(Scope::Technician("P-7".parse().unwrap()), false, None, &[])]
#[case::nobody(Scope::None, false, None, &[])]
#[case::text(Scope::All, false, Some("wo-20261124-0005"), &[5])]
#[case::text_in_capitals(Scope::All, false, Some("WO-20261124-0005"), &[5])]
#[case::text_outside_the_scope(Scope::District("FT".parse().unwrap()), false, Some("0005"), &[])]
#[case::text_of_nothing(Scope::All, true, Some("'; REMOVE TABLE work_order; '"), &[])]
#[tokio::test]
async fn lists_hold_what_the_scope_allows_newest_first(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
    #[case] scope: Scope,
    #[case] open_only: bool,
    #[case] text: Option<&str>,
    #[case] expected: &[i64],
) {
    let store = open(engine).await;
    let rows = ten().into_iter().map(|row| change(row, &[])).collect();
    store.commit(of_work_orders(0, rows)).await.unwrap();
    let text = text.map(str::to_owned);
    let query = WorkOrderQuery {
        scope,
        open_only,
        text,
        offset: 0,
        limit: 100,
    };
    let page = store.list_work_orders(&query).await.unwrap();
    let ids: Vec<_> = page.rows.iter().map(|row| row.id.clone()).collect();
    assert_eq!(
        ids,
        expected
            .iter()
            .map(|i| format!("WO-20261124-000{i}"))
            .collect::<Vec<_>>()
    );
    assert_eq!(page.total, expected.len());
    let query = WorkOrderQuery {
        offset: 1,
        limit: 2,
        ..query
    };
    let part = store.list_work_orders(&query).await.unwrap();
    assert_eq!(
        part.rows,
        page.rows
            .iter()
            .skip(1)
            .take(2)
            .cloned()
            .collect::<Vec<_>>()
    );
    assert_eq!(part.total, expected.len());
}
