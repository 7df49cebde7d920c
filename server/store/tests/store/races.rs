//! Many writers at once and a reader behind them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rstest::rstest;
use store::{Commit, DeviceRow, Store, StoreError, WorkOrderRow};
use tokio::sync::Mutex;

use crate::support::{Engine, change, device, events, open, work_order};

/// Half of the writers are in this process, half behave as another server process would.
const WRITERS: i64 = 6;
const COMMITS: i64 = 12;

/// What one phone sends in a round: the next two events, and a work order of its own.
async fn commit_of_round(
    store: &Store,
    n: i64,
    writer: i64,
    round: i64,
) -> Result<Commit, StoreError> {
    let dev = format!("dev{writer}");
    let row = store
        .device(&dev)
        .await?
        .unwrap_or_else(|| device(&dev, "P-1"));
    let first = row.head_seq + 1;
    Ok(Commit {
        expected_n: n,
        events: events(&dev, first..=first + 1),
        devices: vec![DeviceRow {
            head_seq: first + 1,
            ..row
        }],
        work_orders: vec![change(of_round(writer, round), &["P-1"])],
        ..Commit::default()
    })
}

/// A writer of this process; counts the races it lost.
async fn write_here(store: Store, writer: i64, lost: Arc<AtomicUsize>) {
    for round in 1..=COMMITS {
        let mut tries = 0;
        let decided = store.decide(|n| {
            tries += 1;
            let store = store.clone();
            async move {
                commit_of_round(&store, n, writer, round)
                    .await
                    .map(|commit| (commit, ()))
            }
        });
        decided.await.unwrap();
        lost.fetch_add(tries - 1, Ordering::Relaxed);
    }
}

/// A writer of another process, with that process's own turn.
async fn write_elsewhere(store: Store, turn: Arc<Mutex<()>>, writer: i64, lost: Arc<AtomicUsize>) {
    for round in 1..=COMMITS {
        let _turn = turn.lock().await;
        loop {
            let n = store.head().await.unwrap();
            let commit = commit_of_round(&store, n, writer, round).await.unwrap();
            match store.commit(commit).await {
                Ok(_) => break,
                Err(error) => assert!(error.is_conflict(), "{error:?}"),
            }
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn of_round(writer: i64, round: i64) -> WorkOrderRow {
    WorkOrderRow {
        doc: round.to_string(),
        ..work_order(&format!("WO-{writer}-{round:02}"), Some("P-1"))
    }
}

/// Follows the feed until the writers are done and nothing is left.
async fn follow(store: Store, done: Arc<AtomicBool>) -> HashMap<String, usize> {
    let (mut cursor, mut seen) = (0, HashMap::new());
    loop {
        let all_written = done.load(Ordering::Acquire);
        let page = store.changes("P-1", cursor, 7).await.unwrap();
        assert!(page.cursor >= cursor);
        assert!(
            page.changes
                .iter()
                .all(|change| change.n > cursor && change.n <= page.cursor)
        );
        for change in &page.changes {
            *seen.entry(change.row.id.clone()).or_default() += 1;
        }
        cursor = page.cursor;
        if all_written && !page.more {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_behind_racing_writers_sees_every_change_exactly_once(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let (done, lost) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let reader = tokio::spawn(follow(store.store.clone(), done.clone()));
    let elsewhere = Arc::new(Mutex::new(()));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| match writer % 2 {
            0 => tokio::spawn(write_here(store.store.clone(), writer, lost.clone())),
            _ => tokio::spawn(write_elsewhere(
                store.store.clone(),
                elsewhere.clone(),
                writer,
                lost.clone(),
            )),
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::Release);
    let seen = reader.await.unwrap();
    assert_eq!(seen.len(), (WRITERS * COMMITS) as usize);
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    assert!(
        lost.load(Ordering::Relaxed) > 0,
        "the writers never met, so nothing was tested"
    );

    let history = store.events_page(0, 10_000).await.unwrap();
    assert_eq!(history.len() as i64, WRITERS * COMMITS * 2);
    assert!(history.windows(2).all(|pair| pair[0].n < pair[1].n));
    for writer in 0..WRITERS {
        let dev = format!("dev{writer}");
        let chain: Vec<i64> = history
            .iter()
            .filter(|event| event.dev == dev)
            .map(|event| event.seq)
            .collect();
        assert_eq!(chain, (1..=COMMITS * 2).collect::<Vec<_>>(), "{dev}");
    }
    assert_eq!(store.head().await.unwrap(), WRITERS * COMMITS * 3);
}
