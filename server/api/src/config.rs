//! The command line, which is also the whole configuration. Every option can be given as an
//! environment variable of the name shown in `--help`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use verify::TrustedKey;

use crate::channels::mail::{Sender, SmtpServer};
use crate::log::authority::{Authority, read_roots};
use crate::log::time_servers::TimeServer;
use crate::log::witnesses::Remote;
use crate::sm2::Sm2;

/// Daochang 到场: on-site service for government self-service terminals, provable.
#[derive(Debug, Parser)]
#[command(name = "daochang", version, about)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `daochang` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve(Box<ServeArgs>),
    /// Print the OpenAPI specification.
    Openapi,
    /// Print what each clause of the standard became, as Markdown.
    Standard,
    /// Print the sheet of QR labels for all terminals as HTML (A4, 3 × 7).
    Labels(LabelsArgs),
    /// Add a person who may sign in; the password is read from standard input.
    AddAccount(AddAccountArgs),
    /// Make work orders again from the events; run it while the server is stopped.
    RebuildProjections(RebuildArgs),
    /// Hold database, photos and the published log against each other; run it while the server is stopped.
    Fsck(FsckArgs),
    /// Let another key sign from now on; run it while the server is stopped. Old evidence still verifies.
    RotateKey(RotateKeyArgs),
    /// Print trust.json, the keys by which bundles of this server are verified; for the authority to keep.
    Trust(TrustArgs),
}

/// Where the data are.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Folder of the server: database, photos, keys.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "data",
        env = "DAOCHANG_DATA"
    )]
    pub data: PathBuf,
    /// `rocksdb` (in the data folder), `memory` (gone at exit), or `ws://USER:PASSWORD@HOST:PORT`.
    #[arg(
        long,
        value_name = "DATABASE",
        default_value = "rocksdb",
        env = "DAOCHANG_DATABASE",
        hide_env_values = true
    )]
    pub database: Database,
    /// Most memory for what was read from the database's files, MiB.
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = store::BLOCK_CACHE_MB,
        value_parser = clap::value_parser!(u32).range(1..=65_536),
        env = "DAOCHANG_CACHE"
    )]
    pub cache: u32,
}

/// Options of `daochang serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Fill an empty database with an invented city and print its accounts.
    #[arg(long)]
    pub demo: bool,
    /// Address for plain HTTP (browsers allow camera and position only on localhost there).
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:8080",
        env = "DAOCHANG_HTTP"
    )]
    pub http: SocketAddr,
    /// Address for HTTPS with a self-made certificate, for phones on the same network.
    #[arg(long, value_name = "ADDR", env = "DAOCHANG_HTTPS")]
    pub https: Option<SocketAddr>,
    /// Folder of the built phone app and console.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "pwa/dist",
        env = "DAOCHANG_WEB"
    )]
    pub web: PathBuf,
    /// Public address that labels point to, such as `https://daochang.example.cn`.
    #[arg(long, value_name = "URL", env = "DAOCHANG_BASE")]
    pub base: Option<String>,
    /// Hotline shown on the public pages.
    #[arg(
        long,
        value_name = "PHONE",
        default_value = "12345",
        env = "DAOCHANG_HOTLINE"
    )]
    pub hotline: String,
    #[command(flatten)]
    pub log: WitnessArgs,
    #[command(flatten)]
    pub channels: ChannelArgs,
    /// A time server (NTP) that this server's clock is compared with four times an hour, `HOST` or `HOST:PORT`; may be
    /// given several times. Half a minute apart is an alarm; nothing is corrected.
    #[arg(
        long = "ntp",
        value_name = "HOST[:PORT]",
        env = "DAOCHANG_NTP",
        value_delimiter = ','
    )]
    pub ntp: Vec<TimeServer>,
    /// Sign receipts and checkpoints with SM2 too, and list SM3 digests in bundles. The key is a PKCS#8 PEM
    /// file; the first time it is made where there is none.
    #[arg(long, value_name = "KEYFILE", env = "DAOCHANG_SM2")]
    pub sm2: Option<PathBuf>,
    /// A proxy in front tells the caller's address in X-Forwarded-For; believe its last entry.
    #[arg(long, env = "DAOCHANG_TRUST_PROXY")]
    pub trust_proxy: bool,
}

/// How people are told of limits outside the app.
#[derive(Debug, Clone, Default, Args)]
pub struct ChannelArgs {
    /// The server that takes our mail: `smtps://USER:PASSWORD@HOST:PORT`, `smtp://…` (STARTTLS), or
    /// `smtp+plain://HOST:PORT` for a relay on this machine.
    #[arg(
        long,
        value_name = "URL",
        env = "DAOCHANG_SMTP",
        hide_env_values = true,
        requires = "smtp_from"
    )]
    pub smtp: Option<SmtpServer>,
    /// The address that our mail comes from.
    #[arg(long, value_name = "ADDRESS", env = "DAOCHANG_SMTP_FROM")]
    pub smtp_from: Option<Sender>,
    /// Webhooks and robots may be machines of this network, and without TLS. Only where everybody who sets up
    /// channels may also reach those machines.
    #[arg(long, env = "DAOCHANG_ALLOW_PRIVATE_WEBHOOKS")]
    pub allow_private_webhooks: bool,
}

/// Who watches the transparency log.
#[derive(Debug, Clone, Args)]
pub struct WitnessArgs {
    /// A witness of the transparency log, `VERIFIERKEY@http://HOST:PORT`; may be given several times.
    #[arg(
        long = "witness",
        value_name = "VKEY@URL",
        env = "DAOCHANG_WITNESSES",
        value_delimiter = ','
    )]
    pub witnesses: Vec<Remote>,
    /// How many of these must have seen a state of the log before its time counts.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        env = "DAOCHANG_WITNESS_QUORUM"
    )]
    pub witness_quorum: usize,
    /// Address of a time-stamp authority (RFC 3161), counted as one more witness.
    #[arg(
        long,
        value_name = "URL",
        env = "DAOCHANG_TSA",
        hide_env_values = true,
        requires = "tsa_roots"
    )]
    pub tsa: Option<reqwest::Url>,
    /// Certificates that vouch for its time-stamps, PEM or DER.
    #[arg(long, value_name = "FILE", env = "DAOCHANG_TSA_ROOTS")]
    pub tsa_roots: Option<PathBuf>,
}

impl WitnessArgs {
    /// No witness and no authority.
    pub fn nobody() -> Self {
        Self {
            witnesses: Vec::new(),
            witness_quorum: 1,
            tsa: None,
            tsa_roots: None,
        }
    }

    /// The time-stamp authority, if one is named.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub fn authority(&self) -> io::Result<Option<Authority>> {
        let Some(url) = &self.tsa else {
            return Ok(None);
        };
        let roots = self.roots()?.unwrap_or_default();
        Ok(Some(Authority::new(url.clone(), roots)))
    }

    /// The certificates that vouch for time-stamps, if any are named.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn roots(&self) -> io::Result<Option<tsa::Roots>> {
        self.tsa_roots.as_deref().map(read_roots).transpose()
    }
}

/// Options of `daochang labels`.
#[derive(Debug, Clone, Args)]
pub struct LabelsArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Public address that the QR codes point to.
    #[arg(long, value_name = "URL")]
    pub base: String,
    /// Hotline printed on each label.
    #[arg(
        long,
        value_name = "PHONE",
        default_value = "12345",
        env = "DAOCHANG_HOTLINE"
    )]
    pub hotline: String,
    /// First open a new print run for all terminals, with this note; earlier labels become stale.
    #[arg(long, value_name = "NOTE")]
    pub open_run: Option<String>,
}

/// Options of `daochang add-account`.
#[derive(Debug, Clone, Args)]
pub struct AddAccountArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Person id, such as `P-0042`.
    #[arg(long)]
    pub id: String,
    /// What the person types to sign in.
    #[arg(long)]
    pub login: String,
    /// Full name.
    #[arg(long)]
    pub name: String,
    /// technician, dispatcher, provider_manager, site_manager, district_authority,
    /// city_authority, auditor, hotline or admin.
    #[arg(long)]
    pub role: String,
    /// Organisation id, such as `O-KEDA`.
    #[arg(long)]
    pub org: String,
    /// Name of the organisation, when it is not known yet.
    #[arg(long)]
    pub org_name: Option<String>,
    /// District code, such as `FT`; for district authorities.
    #[arg(long)]
    pub district: Option<String>,
    /// Phone number.
    #[arg(long, default_value = "")]
    pub phone: String,
}

/// Options of `daochang rebuild-projections`.
#[derive(Debug, Clone, Args)]
pub struct RebuildArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Only say what differs, and fail if anything does; write nothing.
    #[arg(long)]
    pub check: bool,
}

/// Options of `daochang fsck`.
#[derive(Debug, Clone, Args)]
pub struct FsckArgs {
    #[command(flatten)]
    pub data: DataArgs,
}

/// Options of `daochang rotate-key`.
#[derive(Debug, Clone, Args)]
pub struct RotateKeyArgs {
    /// Which key.
    pub key: RotatedKey,
    #[command(flatten)]
    pub data: DataArgs,
    /// Say that no server process uses this database; needed if it is not in the data folder.
    #[arg(long)]
    pub all_servers_stopped: bool,
    /// Change nothing; let the log's former key sign along no longer, now that everybody knows the new one.
    #[arg(long)]
    pub end_overlap: bool,
}

/// A key that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RotatedKey {
    /// Signs receipts, key records, desk events and bundles.
    Server,
    /// Signs the checkpoints of the transparency log.
    Log,
}

/// Options of `daochang trust`.
#[derive(Debug, Clone, Args)]
pub struct TrustArgs {
    /// Folder of the server, in which its keys are.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "data",
        env = "DAOCHANG_DATA"
    )]
    pub data: PathBuf,
    /// Trust the invented witness of the demonstration, which proves nothing.
    #[arg(long)]
    pub demo: bool,
    #[command(flatten)]
    pub log: WitnessArgs,
}

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// RocksDB inside the data folder.
    RocksDb,
    /// In memory: gone at exit.
    Memory,
    /// A SurrealDB server, for several server processes.
    Remote {
        url: String,
        user: String,
        password: String,
    },
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rocksdb" => Ok(Database::RocksDb),
            "memory" => Ok(Database::Memory),
            _ => remote(text).ok_or_else(|| {
                "expected rocksdb, memory or ws://USER:PASSWORD@HOST:PORT".to_owned()
            }),
        }
    }
}

fn remote(text: &str) -> Option<Database> {
    let (scheme, rest) = text.split_once("://")?;
    let (account, host) = rest.rsplit_once('@')?;
    let (user, password) = account.split_once(':')?;
    let is_complete = matches!(scheme, "ws" | "wss") && !user.is_empty() && !host.is_empty();
    is_complete.then(|| Database::Remote {
        url: format!("{scheme}://{host}"),
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

/// What the running server needs to know about its surroundings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of keys and certificates.
    pub data: PathBuf,
    /// Folder of the built phone app and console.
    pub web: PathBuf,
    /// Public address without a slash at the end.
    pub base: String,
    /// Hotline shown to the public.
    pub hotline: String,
    /// Whether this is a demonstration with invented data.
    pub demo: bool,
    /// Whether the last entry of X-Forwarded-For is the caller's address.
    pub trust_proxy: bool,
    /// Who watches the log.
    pub log: WitnessArgs,
    /// How people are told outside the app.
    pub channels: ChannelArgs,
    /// Whose time the server's clock is compared with.
    pub ntp: Vec<TimeServer>,
    /// Signs receipts and checkpoints a second time; none unless asked for.
    pub sm2: Option<Arc<Sm2>>,
    /// The keys that did so before, if none does now: what they signed can still be checked.
    pub sm2_ended: Vec<TrustedKey>,
}

impl Config {
    /// Every key that has signed a second time, with its span.
    pub fn sm2_keys(&self) -> &[TrustedKey] {
        self.sm2.as_ref().map_or(&self.sm2_ended, |sm2| &sm2.keys)
    }

    /// For an application that leaves nothing behind: tests, and printing the specification.
    pub fn in_memory(web: PathBuf) -> Self {
        Self {
            data: PathBuf::new(),
            web,
            base: "https://daochang.test".to_owned(),
            hotline: "12345".to_owned(),
            demo: false,
            trust_proxy: false,
            log: WitnessArgs::nobody(),
            channels: ChannelArgs::default(),
            ntp: Vec::new(),
            sm2: None,
            sm2_ended: Vec::new(),
        }
    }

    /// From the options of `daochang serve`; key files are not opened here.
    pub fn serving(args: &ServeArgs, base: &str) -> Self {
        Self {
            data: args.data.data.clone(),
            web: args.web.clone(),
            base: args
                .base
                .as_deref()
                .unwrap_or(base)
                .trim_end_matches('/')
                .to_owned(),
            hotline: args.hotline.clone(),
            demo: args.demo,
            trust_proxy: args.trust_proxy,
            log: args.log.clone(),
            channels: args.channels.clone(),
            ntp: args.ntp.clone(),
            sm2: None,
            sm2_ended: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn databases_are_named_by_one_word_or_an_address_with_an_account() {
        assert_eq!("rocksdb".parse(), Ok(Database::RocksDb));
        assert_eq!("memory".parse(), Ok(Database::Memory));
        let remote = Database::Remote {
            url: "ws://db:8000".to_owned(),
            user: "root".to_owned(),
            password: "p@ss:word".to_owned(),
        };
        assert_eq!("ws://root:p@ss:word@db:8000".parse(), Ok(remote));
        for wrong in [
            "",
            "sqlite",
            "ws://db:8000",
            "http://a:b@db",
            "ws://:b@db",
            "ws://a:b@",
        ] {
            assert!(wrong.parse::<Database>().is_err(), "{wrong}");
        }
    }
}
