//! Timers on the real engine, killed again and again while they speak: each step is said once all the same.
//!
//! The test starts itself again as a child, as the storm of the store does: once to report, then several times to
//! say what is due, killed at a random moment, and once more to finish.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use api::signer::random_bytes;
use domain::sla::clock::ClockKind;
use domain::sla::escalation::Rung;
use domain::time::Millis;
use domain::work_order::WorkOrder;
use serde_json::Value;
use store::{Store, StoreConfig};

use crate::support::TestApp;

const FOLDER: &str = "DAOCHANG_TIMERS_FOLDER";
const ROLE: &str = "DAOCHANG_TIMERS_ROLE";
const WORK_ORDERS: usize = 300;
const KILLS: usize = 4;
/// Due after two hours: five steps of the response, and the warning of the arrival.
const STEPS: usize = 6;

/// The child. Run by hand without the variable it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let test = TestApp::on_disk(Path::new(&folder)).await;
    if std::env::var(ROLE).as_deref() == Ok("report") {
        for _ in 0..WORK_ORDERS {
            test.reported().await;
        }
    } else {
        println!("speaking");
        test.tick(Millis::minutes(121)).await;
    }
    println!("done");
    // As a process ends that is not killed: nothing is tidied up, everything is on disk.
    std::process::exit(0);
}

fn start(folder: &Path, role: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "flows::killed::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    (child, lines)
}

/// Reads until the child says this word; no, if it ends before.
fn hears(lines: &mut BufReader<std::process::ChildStdout>, word: &str) -> bool {
    lines
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains(word))
}

fn finish(folder: &Path, role: &str) {
    let (mut child, mut lines) = start(folder, role);
    assert!(hears(&mut lines, "done"), "{role}");
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_killed_in_the_middle_neither_repeats_nor_loses_a_step() {
    let name = u64::from_le_bytes(random_bytes());
    let folder = std::env::temp_dir().join(format!("daochang-timers-{name:016x}"));
    let path = folder.clone();
    tokio::task::spawn_blocking(move || {
        finish(&path, "report");
        for _ in 0..KILLS {
            let (mut child, mut lines) = start(&path, "speak");
            assert!(hears(&mut lines, "speaking"));
            let pause = u64::from(u16::from_le_bytes(random_bytes())) % 400;
            std::thread::sleep(Duration::from_millis(pause));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        finish(&path, "speak");
    })
    .await
    .unwrap();

    let store = Store::open(&StoreConfig::rocksdb(&folder)).await.unwrap();
    let mut said: BTreeMap<(String, String), usize> = BTreeMap::new();
    for event in store.events_page(0, 100_000).await.unwrap() {
        if event.t != "alerted" {
            continue;
        }
        let body: Value = serde_json::from_str(&event.payload).unwrap();
        for step in body["body"]["steps"].as_array().unwrap() {
            let name = format!("{} {}", step["clock"], step["rung"]);
            *said.entry((event.wo.clone().unwrap(), name)).or_default() += 1;
        }
    }
    assert!(said.values().all(|times| *times == 1), "{said:?}");
    assert_eq!(said.len(), WORK_ORDERS * STEPS);
    let query = store::WorkOrderQuery {
        scope: domain::actor::Scope::All,
        open_only: true,
        text: None,
        offset: 0,
        limit: WORK_ORDERS,
    };
    for row in store.list_work_orders(&query).await.unwrap().rows {
        let work_order: WorkOrder = serde_json::from_str(&row.doc).unwrap();
        assert!(work_order.has_said(ClockKind::Response, Rung::Leader(3)));
        assert_eq!(work_order.alerts.len(), STEPS);
    }
    store.close().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
