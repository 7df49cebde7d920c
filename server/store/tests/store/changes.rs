//! What a phone has not heard yet: each work order once, nothing left out, nothing of others.

use rstest::rstest;
use store::ChangePage;

use crate::support::{Engine, change, events, of_events, of_work_orders, open, work_order};

fn heard(page: &ChangePage) -> Vec<(i64, &str)> {
    page.changes
        .iter()
        .map(|change| (change.n, change.row.id.as_str()))
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_work_order_that_changed_often_is_heard_once_as_it_is_now(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    for n in 0..5 {
        let id = if n == 2 { "WO-2" } else { "WO-1" };
        let row = store::WorkOrderRow {
            doc: format!("{{\"round\":{n}}}"),
            ..work_order(id, Some("P-0012"))
        };
        store
            .commit(of_work_orders(n, vec![change(row, &["P-0012"])]))
            .await
            .unwrap();
    }
    let page = store.changes("P-0012", 0, 100).await.unwrap();
    assert_eq!(heard(&page), [(3, "WO-2"), (5, "WO-1")]);
    assert_eq!(page.changes[1].row.doc, r#"{"round":4}"#);
    assert_eq!((page.cursor, page.more), (5, false));
}

#[rstest]
#[tokio::test]
async fn pages_follow_each_other_without_gap(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let batch = |ids: std::ops::RangeInclusive<i64>| {
        ids.map(|id| change(work_order(&format!("WO-{id:02}"), None), &["P-0012"]))
            .collect()
    };
    store.commit(of_work_orders(0, batch(1..=7))).await.unwrap();
    store
        .commit(of_work_orders(7, batch(8..=10)))
        .await
        .unwrap();
    let (mut cursor, mut seen, mut pages) = (0, Vec::new(), 0);
    loop {
        let page = store.changes("P-0012", cursor, 4).await.unwrap();
        seen.extend(page.changes.iter().map(|change| change.row.id.clone()));
        cursor = page.cursor;
        pages += 1;
        if !page.more {
            break;
        }
    }
    assert_eq!(
        seen,
        (1..=10).map(|id| format!("WO-{id:02}")).collect::<Vec<_>>()
    );
    assert_eq!((pages, cursor), (3, 10));
}

#[tokio::test]
async fn feeds_do_not_hear_each_other_and_a_quiet_feed_still_moves_on() {
    let store = open(Engine::Memory).await;
    // Ids that are beginnings of each other must not run into each other's range.
    let feeds = ["P-1", "P-10", "P-2"];
    for (n, feed) in feeds.iter().enumerate() {
        let id = format!("WO-{feed}");
        store
            .commit(of_work_orders(
                n as i64,
                vec![change(work_order(&id, None), &[feed])],
            ))
            .await
            .unwrap();
    }
    for (n, feed) in feeds.iter().enumerate() {
        let page = store.changes(feed, 0, 10).await.unwrap();
        assert_eq!(
            heard(&page),
            [(n as i64 + 1, format!("WO-{feed}").as_str())]
        );
    }
    store
        .commit(of_events(3, events("aa", 1..=20)))
        .await
        .unwrap();
    let page = store.changes("P-1", 1, 10).await.unwrap();
    assert_eq!((heard(&page), page.cursor, page.more), (vec![], 23, false));
}

#[tokio::test]
async fn numbers_beyond_one_digit_keep_their_order() {
    let store = open(Engine::Memory).await;
    let all = (1..=1200)
        .map(|id| change(work_order(&format!("WO-{id}"), None), &["P-1"]))
        .collect();
    store.commit(of_work_orders(0, all)).await.unwrap();
    let page = store.changes("P-1", 98, 1000).await.unwrap();
    let numbers: Vec<i64> = page.changes.iter().map(|change| change.n).collect();
    assert_eq!(numbers, (99..=1098).collect::<Vec<_>>());
}

#[rstest]
#[tokio::test]
async fn a_new_phone_gets_all_its_work_orders_in_pages_and_then_only_what_changed_meanwhile(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let mut all: Vec<_> = (1..=7)
        .map(|id| change(work_order(&format!("WO-{id}"), Some("P-1")), &["P-1"]))
        .collect();
    all.push(change(work_order("WO-8", Some("P-2")), &["P-2"]));
    store.commit(of_work_orders(0, all)).await.unwrap();
    let first = store.snapshot("P-1", None, 4).await.unwrap();
    let after = first.work_orders.last().unwrap().id.clone();
    store
        .commit(of_work_orders(
            8,
            vec![change(work_order("WO-1", Some("P-1")), &["P-1"])],
        ))
        .await
        .unwrap();
    let second = store.snapshot("P-1", Some(&after), 4).await.unwrap();
    let ids: Vec<_> = first
        .work_orders
        .iter()
        .chain(&second.work_orders)
        .map(|row| row.id.clone())
        .collect();
    assert_eq!(
        ids,
        (1..=7).map(|id| format!("WO-{id}")).collect::<Vec<_>>()
    );
    assert_eq!((first.more, second.more), (true, false));
    let page = store.changes("P-1", first.cursor, 10).await.unwrap();
    assert_eq!(heard(&page), [(9, "WO-1")]);
}
