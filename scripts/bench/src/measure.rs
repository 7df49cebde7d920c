//! The order of a measurement: three rounds over a filled folder, each from a cold start of the
//! server to its stop, then the delta pull once more over ten times as many changes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::Result;
use crate::bundles::{self, Bundled};
use crate::city::PUSHERS;
use crate::fleet;
use crate::heads::{self, Receipted};
use crate::photos::{self, Uploaded};
use crate::pull::{self, Fetched, Pulled};
use crate::push::{self, Pushed};
use crate::report;
use crate::seed::Seeded;
use crate::server::{Memory, Server};

/// The server is left alone for so long before its memory is read.
const IDLE: Duration = Duration::from_secs(3);
/// Batches of each of the eight phones, and of a single one.
const BATCHES_OF_EIGHT: usize = 125;
const BATCHES_OF_ONE: usize = 250;

/// What to measure.
#[derive(Debug, Args)]
pub struct Plan {
    /// The program `daochang`, built for release.
    #[arg(long)]
    pub server: PathBuf,
    /// The filled folder; the server will write to it.
    #[arg(long)]
    pub data: PathBuf,
    /// A folder with ten times as many changes; without it W2 has one figure less.
    #[arg(long)]
    pub large: Option<PathBuf>,
    /// Rounds, of which the median counts.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Where the table goes; printed without it.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// Date and machine, for the table's heading.
    #[arg(long, default_value = "")]
    pub about: String,
}

/// All of one round.
pub struct Round {
    pub started_in: Duration,
    pub idle: Memory,
    pub pulled: Pulled,
    pub fetched: Fetched,
    pub uploaded: Uploaded,
    pub pushed_by_eight: Pushed,
    pub pushed_by_one: Pushed,
    pub receipted: Receipted,
    pub bundled: Bundled,
    /// Memory after the work.
    pub busy: Memory,
    /// Load average of the machine at the start.
    pub load: String,
}

/// All rounds.
pub struct Measured {
    pub seeded: Seeded,
    pub rounds: Vec<Round>,
    /// W2 over the large folder.
    pub large: Option<(Seeded, Vec<Pulled>)>,
}

/// Measures and writes the table.
pub async fn measure(plan: &Plan) -> Result<()> {
    let seeded = Seeded::read(&plan.data)?;
    let mut rounds = Vec::with_capacity(plan.rounds);
    for number in 0..plan.rounds {
        rounds.push(round(plan, &seeded, number).await?);
    }
    let large = match &plan.large {
        None => None,
        Some(data) => {
            let seeded = Seeded::read(data)?;
            let server = Server::start(&plan.server, data).await?;
            let mut pulled = Vec::with_capacity(plan.rounds);
            for _ in 0..plan.rounds {
                pulled.push(pull::pull(&server, seeded.cursor).await?);
            }
            server.stop()?;
            Some((seeded, pulled))
        }
    };
    let table = report::table(
        &plan.about,
        &Measured {
            seeded,
            rounds,
            large,
        },
    );
    match &plan.report {
        None => print!("{table}"),
        Some(path) => {
            let before = std::fs::read_to_string(path).unwrap_or_default();
            std::fs::write(path, report::with_what_is_kept_by_hand(&table, &before))?;
        }
    }
    Ok(())
}

async fn round(plan: &Plan, seeded: &Seeded, number: usize) -> Result<Round> {
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    let server = Server::start(&plan.server, &plan.data).await?;
    tokio::time::sleep(IDLE).await;
    let idle = server.memory()?;
    eprintln!(
        "round {number}: up in {:?}, {idle:?}, load {load}",
        server.started_in
    );
    let pulled = pull::pull(&server, seeded.cursor).await?;
    eprintln!("round {number}: {pulled:?}");
    let fetched = pull::fetch_all(&server).await?;
    eprintln!("round {number}: {fetched:?}");
    let uploaded = photos::upload(&server, number).await?;
    eprintln!("round {number}: {uploaded:?}");
    // Each run finds work orders that no other run has touched.
    let each = fleet::work_orders(BATCHES_OF_EIGHT) + fleet::work_orders(BATCHES_OF_ONE);
    let first = number * each;
    let pushed_by_eight = push::push(&server, PUSHERS, number, first, BATCHES_OF_EIGHT).await?;
    eprintln!("round {number}: eight phones {pushed_by_eight:?}");
    let first = first + fleet::work_orders(BATCHES_OF_EIGHT);
    let pushed_by_one = push::push(&server, 1, number, first, BATCHES_OF_ONE).await?;
    eprintln!("round {number}: one phone {pushed_by_one:?}");
    let receipted = heads::receipts(&server, number).await?;
    eprintln!("round {number}: {receipted:?}");
    let bundled = bundles::bundle(&server, &plan.server, &plan.data, number).await?;
    eprintln!("round {number}: {bundled:?}");
    let busy = server.memory()?;
    let started_in = server.started_in;
    server.rest().await?;
    server.stop()?;
    Ok(Round {
        started_in,
        idle,
        pulled,
        fetched,
        uploaded,
        pushed_by_eight,
        pushed_by_one,
        receipted,
        bundled,
        busy,
        load,
    })
}
