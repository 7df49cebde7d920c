//! The bench: workloads W1 to W5 against the real server over HTTP on the loopback.
//!
//! - `bench seed` fills a data folder through the `store` crate ([`city`], [`seed`]); the server then opens it;
//! - `bench measure` starts the server ([`server`]), plays the phones and writes the table ([`report`]):
//!   [`push`] W1, [`pull`] W2 and W3, [`photos`] W4, W5 from the starts themselves, [`heads`] receipts,
//!   [`bundles`] the evidence of a work order, made and verified;
//! - `bench lookalikes` searches among a million fingerprints of photos ([`lookalikes`]);
//! - `bench timers` has 100,000 clocks open, and 10,000 of them due at once ([`timers`]);
//! - `bench checkpoints` publishes a log that grows to a million leaves ([`checkpoints`]).
//!
//! `scripts/bench/run` pins both and is the way to call it.

mod bundles;
mod checkpoints;
mod city;
mod desk;
mod fleet;
mod heads;
mod http;
mod lookalikes;
mod measure;
mod photos;
mod pull;
mod push;
mod report;
mod seed;
mod server;
mod stats;
mod timers;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Anything that stops a measurement: a wrong answer makes its figures worthless.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Workloads W1 to W5 against the real server.
#[derive(Debug, Parser)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fill an empty data folder.
    Seed {
        /// The folder.
        #[arg(long)]
        data: PathBuf,
        /// Change records of the technician who pulls (W2).
        #[arg(long)]
        changes: usize,
    },
    /// Search among a million fingerprints of photos.
    Lookalikes,
    /// Publish a log that grows to a million leaves.
    Checkpoints {
        /// An empty folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// 100,000 open clocks: nothing due, then a burst.
    Timers {
        /// An empty folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Measure the server on folders that were filled before.
    Measure(measure::Plan),
}

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Seed { data, changes } => {
            tokio::runtime::Runtime::new()?.block_on(seed::seed(&data, changes))
        }
        Command::Lookalikes => lookalikes::measure(),
        Command::Checkpoints { data } => {
            tokio::runtime::Runtime::new()?.block_on(checkpoints::measure(&data))
        }
        Command::Timers { data } => {
            tokio::runtime::Runtime::new()?.block_on(timers::measure(&data))
        }
        // The generator has one core: one thread spares it the switching.
        Command::Measure(plan) => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(measure::measure(&plan)),
    }
}
