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

use crate::support::{change, events, work_order};

const FOLDER: &str = "DAOCHANG_STORM_FOLDER";
const ROUNDS: usize = 20;
const WRITERS: i64 = 8;
const EVENTS: i64 = 20;
/// However slow the machine, the storm ends; it fails if too few rounds fitted in.
const TIME_MAX: Duration = Duration::from_secs(55);

/// The child. Run by hand without the variable it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn storm_writer() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = Store::open(&StoreConfig::rocksdb(folder)).await.unwrap();
    // One commit at a time, as the server's intake does it; the others wait with theirs in hand.
    let turn = Arc::new(Mutex::new(store.head().await.unwrap()));
    let writers =
        (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), turn.clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// Commits twenty events at a time for ever, and says so after each.
async fn write(store: Store, turn: Arc<Mutex<i64>>, writer: i64) {
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
        let mut n = turn.lock().await;
        commit.expected_n = *n;
        *n = store.commit(commit).await.unwrap().n;
        last += EVENTS;
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {dev} {last} {n}").unwrap();
        out.flush().unwrap();
    }
}

/// Lets the child write for a random while after its first commit; returns what it acknowledged.
fn one_round(folder: &Path) -> Vec<(String, i64, i64)> {
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
    std::thread::sleep(Duration::from_micros(random % 500_000));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    std::iter::once(first).chain(receiver.try_iter()).collect()
}

/// `kept <dev> <last seq> <n>`; a line cut off by the kill acknowledges nothing.
fn parse(line: &str) -> Option<(String, i64, i64)> {
    // The test runner may print its own words on the same line before ours.
    let mut words = line[line.find("kept ")?..].split(' ').skip(1);
    let kept = (
        words.next()?.to_owned(),
        words.next()?.parse().ok()?,
        words.next()?.parse().ok()?,
    );
    words.next().is_none().then_some(kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_event_survives_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut acknowledged: HashMap<String, i64> = HashMap::new();
    let mut rounds = 0;
    while rounds < ROUNDS && started.elapsed() < TIME_MAX {
        let path = folder.path().to_owned();
        let kept = tokio::task::spawn_blocking(move || one_round(&path))
            .await
            .unwrap();
        let head_acknowledged = kept.iter().map(|(_, _, n)| *n).max().unwrap();
        for (dev, last, _) in kept {
            let entry = acknowledged.entry(dev).or_default();
            *entry = (*entry).max(last);
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
        store.close().await.unwrap();
        rounds += 1;
    }
    println!(
        "{rounds} rounds, {} events acknowledged",
        acknowledged.values().sum::<i64>()
    );
    assert_eq!(
        rounds, ROUNDS,
        "too slow: only {rounds} rounds in {TIME_MAX:?}"
    );
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
