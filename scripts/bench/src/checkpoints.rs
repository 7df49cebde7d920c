//! Publishing the log while it grows to a million leaves: what a checkpoint costs must not depend on how many
//! leaves are under it. Runs in this process, without the server around it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use api::log::publisher::{Parts, Publisher};
use api::log::witnesses::Witnesses;
use api::log::{Identity, Log};
use api::time_source::SystemClock;
use domain::ids::Digest;
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::{Leaf, LeafKind};
use sha2::{Digest as _, Sha256};
use store::{BlobLocation, Blobs, Commit, LeafRow, Store, StoreConfig};

use crate::Result;
use crate::city;
use crate::stats::Latency;

/// Sizes of the log at which checkpoints are measured.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Checkpoints at each size, and leaves between them.
const CHECKPOINTS: usize = 50;
const BETWEEN: u64 = 20;
/// Leaves in a transaction while it is filled.
const CHUNK: u64 = 2_000;

/// Fills an empty folder and prints.
///
/// # Errors
/// When the log cannot be written.
pub async fn measure(data: &Path) -> Result<()> {
    let store = Store::open(&StoreConfig::rocksdb(data.join("database"))).await?;
    let blobs = Blobs::open(&BlobLocation::Directory(data.join("evidence")))?;
    let publisher = Publisher::open(Parts {
        store: store.clone(),
        files: blobs.log_files(),
        log: Arc::new(Log::default()),
        identity: Identity::from_seed("bench.invalid/log", &[7; 32]),
        witnesses: Witnesses::none(),
        time: Arc::new(SystemClock::default()),
    })
    .await?;
    let mut log = Filler {
        store,
        n: 0,
        leaves: 0,
        ts: city::now(),
    };
    for size in SIZES {
        let begin = Instant::now();
        while log.leaves < size {
            log.grow((size - log.leaves).min(CHUNK)).await?;
            publisher.publish().await?;
        }
        eprintln!("{size} leaves after another {:?}", begin.elapsed());
        let mut samples = Vec::with_capacity(CHECKPOINTS);
        for _ in 0..CHECKPOINTS {
            log.grow(BETWEEN).await?;
            let begin = Instant::now();
            publisher.publish().await?;
            samples.push(begin.elapsed());
        }
        let Latency { p50_ms, p99_ms } = Latency::of(samples);
        println!(
            "checkpoint over {size} leaves, {BETWEEN} of them new: p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, RSS {:.0} MiB",
            resident_mib()?
        );
    }
    Ok(())
}

struct Filler {
    store: Store,
    n: i64,
    leaves: u64,
    ts: Timestamp,
}

impl Filler {
    async fn grow(&mut self, by: u64) -> Result<()> {
        let mut leaves = Vec::new();
        for number in self.leaves..self.leaves + by {
            self.ts = self.ts + Millis(1);
            let h = Digest(Sha256::digest(number.to_be_bytes()).into());
            let leaf = Leaf::new(LeafKind::Receipt, self.ts, h);
            let bytes = leaf.bytes().map_err(|reason| format!("{reason:?}"))?;
            leaves.push(LeafRow {
                number: i64::try_from(number)?,
                ts: self.ts.0,
                h: h.to_string(),
                data: String::from_utf8(bytes)?,
            });
        }
        let commit = Commit {
            expected_n: self.n,
            leaves,
            ..Commit::default()
        };
        self.n = self.store.commit(commit).await?.n;
        self.leaves += by;
        Ok(())
    }
}

/// Memory of this process, MiB.
fn resident_mib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kib.ok_or("no VmRSS")? / 1024.0)
}
