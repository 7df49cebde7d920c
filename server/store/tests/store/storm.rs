//! The promise of the receipt: what was acknowledged survives SIGKILL at any moment.
//!
//! The test starts itself again as a child that writes as fast as it can and says after each commit
//! which one is kept; kills it at a random moment; opens the database and looks for each of them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{Commit, Store, StoreConfig};
use tokio::sync::Mutex;

use crate::support::{change, events, leaf, receipt, work_order};

const FOLDER: &str = "DAOCHANG_STORM_FOLDER";
const ROUNDS: usize = 50;
const WRITERS: i64 = 8;
const EVENTS: i64 = 20;
/// However slow the machine, the storm ends; it fails if too few rounds fitted in.
const TIME_MAX: Duration = Duration::from_secs(180);
/// Longest time that a child writes before it is killed.
const LIFE_MICROS: u64 = 200_000;

/// The child. Run by hand without the variable it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn storm_writer() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = Store::open(&StoreConfig::rocksdb(folder)).await.unwrap();
    // One commit at a time, as the server's intake does it; the others wait with theirs in hand.
    let end = End {
        n: store.head().await.unwrap(),
        leaves: store.log_tail().await.unwrap().leaves,
    };
    let turn = Arc::new(Mutex::new(end));
    let writers =
        (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), turn.clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// Where counter and log end.
struct End {
    n: i64,
    leaves: i64,
}

/// What the receipt for this place is logged by.
fn hash_of(dev: &str, seq: i64) -> String {
    format!("{dev}-{seq}")
}

/// Commits twenty events at a time for ever, with a receipt for the last and its leaf, and says so after each.
async fn write(store: Store, turn: Arc<Mutex<End>>, writer: i64) {
    let dev = format!("dev{writer}");
    let mut last = store
        .chain(&dev, 1, i64::MAX)
        .await
        .unwrap()
        .last()
        .map_or(0, |event| event.seq);
    loop {
        let mut commit = Commit {
            events: events(&dev, last + 1..=last + EVENTS),
            work_orders: vec![change(
                work_order(&format!("WO-{dev}-{last}"), None),
                &[&dev],
            )],
            ..Commit::default()
        };
        let mut end = turn.lock().await;
        let number = end.leaves;
        let seq = last + EVENTS;
        commit.leaves = vec![leaf(number, &hash_of(&dev, seq))];
        commit.receipts = vec![receipt(&dev, seq, 1_000 + number)];
        commit.expected_n = end.n;
        end.n = store.commit(commit).await.unwrap().n;
        end.leaves += 1;
        last = seq;
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {dev} {last} {} {number}", end.n).unwrap();
        out.flush().unwrap();
    }
}

/// A commit that the child acknowledged: whose, up to which event, the counter, and the leaf of its receipt.
struct Kept {
    dev: String,
    last: i64,
    n: i64,
    leaf: i64,
}

/// Lets the child write for a random while after its first commit; returns what it acknowledged.
fn one_round(folder: &Path) -> Vec<Kept> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "storm::storm_writer",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            if let Some(kept) = parse(&line) {
                let _ = sender.send(kept);
            }
        }
    });
    let first = receiver
        .recv_timeout(Duration::from_secs(20))
        .expect("the writer must write");
    let random = u64::from(getrandom::u32().unwrap());
    std::thread::sleep(Duration::from_micros(random % LIFE_MICROS));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    std::iter::once(first).chain(receiver.try_iter()).collect()
}

/// `kept <dev> <last seq> <n> <leaf>`; a line cut off by the kill acknowledges nothing.
fn parse(line: &str) -> Option<Kept> {
    // The test runner may print its own words on the same line before ours.
    let mut words = line[line.find("kept ")?..].split(' ').skip(1);
    let kept = Kept {
        dev: words.next()?.to_owned(),
        last: words.next()?.parse().ok()?,
        n: words.next()?.parse().ok()?,
        leaf: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_event_and_receipt_survives_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut acknowledged: HashMap<String, i64> = HashMap::new();
    let mut receipted: Vec<Kept> = Vec::new();
    let mut rounds = 0;
    while rounds < ROUNDS && started.elapsed() < TIME_MAX {
        let path = folder.path().to_owned();
        let kept = tokio::task::spawn_blocking(move || one_round(&path))
            .await
            .unwrap();
        let head_acknowledged = kept.iter().map(|kept| kept.n).max().unwrap();
        for Kept { dev, last, .. } in &kept {
            let entry = acknowledged.entry(dev.clone()).or_default();
            *entry = (*entry).max(*last);
        }
        let store = Store::open(&StoreConfig::rocksdb(folder.path()))
            .await
            .unwrap();
        assert!(
            store.head().await.unwrap() >= head_acknowledged,
            "round {rounds}"
        );
        for (dev, last) in &acknowledged {
            check(&store, dev, *last).await;
        }
        check_receipts(&store, &kept).await;
        receipted.extend(kept);
        rounds += 1;
        if rounds == ROUNDS {
            check_log(&store, &receipted).await;
        }
        store.close().await.unwrap();
    }
    println!(
        "{rounds} rounds, {} events and {} receipts acknowledged",
        acknowledged.values().sum::<i64>(),
        receipted.len(),
    );
    assert_eq!(
        rounds, ROUNDS,
        "too slow: only {rounds} rounds in {TIME_MAX:?}"
    );
}

/// Each receipt is there, and is found by its leaf.
async fn check_receipts(store: &Store, kept: &[Kept]) {
    for kept in kept {
        let receipts = store
            .receipts_between(&kept.dev, kept.last, kept.last)
            .await;
        assert_eq!(receipts.unwrap().len(), 1, "{} {}", kept.dev, kept.last);
    }
    let names: Vec<String> = kept
        .iter()
        .map(|kept| hash_of(&kept.dev, kept.last))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = store.leaf_numbers(&names).await.unwrap();
    let expected: Vec<Option<i64>> = kept.iter().map(|kept| Some(kept.leaf)).collect();
    assert_eq!(found, expected);
}

/// The final log has no gap and holds every receipt that was ever returned, at the place that was said.
async fn check_log(store: &Store, receipted: &[Kept]) {
    let tail = store.log_tail().await.unwrap();
    let leaves = store.leaves_from(0, usize::MAX).await.unwrap();
    assert_eq!(leaves.len() as i64, tail.leaves);
    let is_in_order = |(leaf, number): (&store::LeafRow, i64)| leaf.number == number;
    assert!(leaves.iter().zip(0..).all(is_in_order), "a gap in the log");
    for kept in receipted {
        let leaf = &leaves[kept.leaf as usize];
        assert_eq!(leaf.h, hash_of(&kept.dev, kept.last));
    }
}

/// The chain has no gap up to its end, commits are whole, and the feed tells of each of them.
async fn check(store: &Store, dev: &str, acknowledged: i64) {
    let chain = store.chain(dev, 1, i64::MAX).await.unwrap();
    let end = chain.len() as i64;
    assert!(
        end >= acknowledged,
        "{dev}: {acknowledged} acknowledged, {end} kept"
    );
    assert!(
        chain.iter().zip(1..).all(|(event, seq)| event.seq == seq),
        "{dev}: a gap"
    );
    assert_eq!(end % EVENTS, 0, "{dev}: half a commit");
    let heard = store
        .changes(dev, 0, 1_000_000)
        .await
        .unwrap()
        .changes
        .len() as i64;
    assert_eq!(heard, end / EVENTS, "{dev}: changes");
}
