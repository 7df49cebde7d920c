//! Timers: 100,000 open work orders of which nothing is due, and a burst of 10,000 that fall due at once. Runs
//! in this process, without HTTP around it; the store is the one a server has.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::config::Config;
use api::log::Identity;
use api::log::witnesses::Witnesses;
use api::signer::load_or_create;
use api::state::{App, Parts};
use api::time_source::ManualClock;
use domain::time::Millis;
use store::{BlobLocation, Blobs, Commit, Store, StoreConfig};

use crate::Result;
use crate::city;
use crate::desk::Desk;
use crate::seed::settle;
use crate::server::cpu_of;

/// Open work orders.
const OPEN: usize = 100_000;
/// Those that fall due together.
const BURST: usize = 10_000;
/// Work orders in a transaction while it is filled.
const CHUNK: usize = 250;
/// How long nothing is due.
const QUIET: Duration = Duration::from_secs(30);
/// A severe fault warns after five minutes; the others are given another hour, so that they stay quiet.
const FIRST: Millis = Millis::minutes(5);
const LATER: Millis = Millis::minutes(65);

/// Fills an empty folder, measures and prints.
///
/// # Errors
/// When the store fails, or a step was said twice or not at all.
pub async fn measure(data: &Path) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let store = Store::open(&StoreConfig::rocksdb(data.join("database"))).await?;
    city::found(&store).await?;
    fill(&store, data).await?;
    settle(&store).await?;
    // From now on time stands still until it is advanced. The reports were made while it was filled, so all are older.
    let clock = Arc::new(ManualClock::starting(city::now()));
    let app = App::start(Parts {
        store,
        blobs: Blobs::open(&BlobLocation::Directory(data.join("evidence")))?,
        time: clock.clone(),
        signer: load_or_create(data)?.into(),
        identity: Identity::from_seed("bench.invalid/log", &[7; 32]),
        witnesses: Witnesses::none(),
        config: Config::in_memory(data.join("web")),
    })
    .await?;
    // What a start does behind itself is no part of the figure.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let running = tokio::spawn(Arc::clone(&app.timers).run());
    let before = cpu_of("self")?;
    tokio::time::sleep(QUIET).await;
    let used = cpu_of("self")?.saturating_sub(before);
    running.abort();
    let share = 100.0 * used.as_secs_f64() / QUIET.as_secs_f64();
    println!("{OPEN} open clocks, nothing due: {share:.2} % of a core");

    clock.advance(FIRST);
    let begin = Instant::now();
    let said = app.timers.settle().await.map_err(|error| error.en)?;
    let took = begin.elapsed();
    if said != BURST {
        return Err(format!("{said} steps were said instead of {BURST}").into());
    }
    if app.timers.settle().await.map_err(|error| error.en)? != 0 {
        return Err("a step was said twice".into());
    }
    println!("burst of {BURST} due at once: {:.1} s", took.as_secs_f64());
    Ok(())
}

async fn fill(store: &Store, data: &Path) -> Result<()> {
    let mut desk = Desk::new(load_or_create(data)?);
    let mut n = store.head().await?;
    for begin in (0..OPEN).step_by(CHUNK) {
        let mut commit = Commit {
            expected_n: n,
            ..Commit::default()
        };
        for index in begin..begin + CHUNK {
            let wo = city::work_order(0, index);
            desk.report(&mut commit, &wo, &city::pusher(0), "蓝屏".to_owned())?;
            let after = if index < BURST { FIRST } else { LATER };
            if let Some(change) = commit.work_orders.last_mut() {
                change.row.due_at = (city::now() + after).0;
            }
        }
        commit.devices.push(desk.row()?);
        n = store.commit(commit).await?.n;
    }
    Ok(())
}
