//! The program `daochang`: reads the command line and hands over.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use api::config::{Command, CommandLine};
use api::{accounts, bundle, fsck, keys, openapi, public, rebuild, serve, standard};
use clap::Parser;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,api=info,daochang=info,store=info"))
        // At its lowest level it prints what it says to the mail server, password included.
        .add_directive("async_smtp=off".parse().expect("it is a directive"));
    let is_terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_writer(io::stderr)
        .init();
    match run(CommandLine::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("daochang: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Serve(args) => serve::serve(*args).await,
        Command::Openapi => print(&openapi::printed().await?),
        Command::Standard => print(&standard::markdown::printed()),
        Command::Labels(args) => print(&public::labels::printed(&args).await?),
        Command::AddAccount(args) => accounts::add(args).await,
        Command::RebuildProjections(args) => rebuild::run(args).await,
        Command::Fsck(args) => fsck::run(args).await,
        Command::RotateKey(args) => keys::rotation::run(args).await,
        Command::Trust(args) => print(&bundle::trust::printed(&args)?),
    }
}

fn print(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}
