//! The program `daochang-witness`: reads the command line and hands over.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand};
use domain::time::Timestamp;
use domain::tlog::note::NoteKey;
use tracing_subscriber::EnvFilter;
use witness::key::WitnessKey;
use witness::{TimeSource, Witness, http};

/// A witness for transparency logs: run by an authority, apart from the operator.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the key of a new witness and print what others verify it with.
    Keygen(Keygen),
    /// Print what others verify this witness with.
    Key(Data),
    /// Serve logs.
    Serve(Serve),
}

#[derive(Args)]
struct Data {
    /// Folder of the key and of everything the witness remembers.
    #[arg(long)]
    data: PathBuf,
}

#[derive(Args)]
struct Keygen {
    #[command(flatten)]
    data: Data,
    /// Name of the witness, best an address you control: `witness.example.gov.cn/w1`.
    #[arg(long)]
    name: String,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    data: Data,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7380")]
    listen: String,
    /// Verifier key of a log to watch; give it again for each log, and for each key of a log.
    #[arg(long = "log", required = true)]
    logs: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,witness=info,daochang_witness=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    match run(CommandLine::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("daochang-witness: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Keygen(args) => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
            let key = WitnessKey::create(&args.data.data, &args.name, &seed)?;
            print(&key.public.to_string())
        }
        Command::Key(args) => print(&WitnessKey::read(&args.data)?.public.to_string()),
        Command::Serve(args) => serve(args).await,
    }
}

async fn serve(args: Serve) -> io::Result<()> {
    let log = |text: String| {
        text.parse::<NoteKey>().map_err(|_| {
            let why = format!("{text} is not a verifier key: name, number and key, joined by +");
            io::Error::new(io::ErrorKind::InvalidInput, why)
        })
    };
    let logs = args.logs.into_iter().map(log).collect::<io::Result<_>>()?;
    let now: TimeSource = Arc::new(wall_clock);
    let witness = Arc::new(Witness::open(&args.data.data, logs, now)?);
    print(&witness.public_key().to_string())?;
    let ready = |address| tracing::info!(%address, "watching");
    http::serve(witness, &args.listen, ready, stopped()).await
}

fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(since.map_or(0, |it| i64::try_from(it.as_millis()).unwrap_or(i64::MAX)))
}

/// When the process is asked to end.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let kind = tokio::signal::unix::SignalKind::terminate();
        if let Ok(mut terminated) = tokio::signal::unix::signal(kind) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}

fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}
