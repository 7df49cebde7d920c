//! Start and stop of the server: open the store, listen, tell the person at the terminal where
//! it is, and leave in good order when asked to.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use poem::Server;
use poem::listener::{Listener, TcpListener};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use store::{BlobLocation, Blobs, Location, Store, StoreConfig};

use crate::config::{Config, DataArgs, Database, ServeArgs};
use crate::demo;
use crate::demo::data::{City, DEMO_PASSWORD};
use crate::keys;
use crate::log::Identity;
use crate::log::witnesses::{Invented, Witnesses};
use crate::retention;
use crate::routes::routes;
use crate::sm2::{self, Sm2};
use crate::state::{App, Parts, SharedApp};
use crate::time_source::{SystemClock, TimeSource as _};
use crate::tls;

/// How long open requests may take to finish after a stop was asked for.
const FAREWELL: Duration = Duration::from_secs(10);

/// A connection on which nothing moves for so long is closed; the stream of changes pings more often.
const IDLE: Duration = Duration::from_secs(75);

/// Accounts of the demonstration that are printed for each role.
const ACCOUNTS_PER_ROLE: usize = 3;

/// Runs the server until SIGINT or SIGTERM.
///
/// # Errors
/// When the data folder or an address cannot be used.
pub async fn serve(args: ServeArgs) -> io::Result<()> {
    let addresses = tls::lan_addresses();
    let base = default_base(&args, &addresses);
    let app = open(
        &args.data,
        args.sm2.as_deref(),
        Config::serving(&args, &base),
    )
    .await?;
    announce(&args, &app, &base);
    tokio::spawn(Arc::clone(&app.timers).run());
    tokio::spawn(Arc::clone(&app.time_servers).run());
    tokio::spawn(Arc::clone(&app.publisher).run());
    tokio::spawn(Arc::clone(&app.publisher).run_stamping());
    tokio::spawn(retention::run(Arc::clone(&app)));
    app.log.has_grown(false);
    listen(&args, &addresses, &app).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Opens everything in the data folder and starts the application on it. A demonstration with an
/// empty store is filled first.
///
/// # Errors
/// When the data folder or the database cannot be used.
pub async fn open(
    args: &DataArgs,
    sm2_key: Option<&Path>,
    config: Config,
) -> io::Result<SharedApp> {
    std::fs::create_dir_all(&args.data)?;
    let store = open_store(args).await?;
    let changes = keys::changes(&store).await.map_err(io::Error::other)?;
    keys::folder::settle(&args.data, &changes)?;
    let tail = store.log_tail().await.map_err(io::Error::other)?;
    let sm2 = Sm2::open(&args.data, sm2_key, tail, SystemClock::default().now())?;
    let config = Config {
        sm2: sm2.map(Arc::new),
        sm2_ended: sm2::recorded(&args.data)?,
        ..config
    };
    let blobs = open_blobs(args)?;
    let is_demo = config.demo;
    let parts = || -> io::Result<Parts> {
        Ok(Parts {
            store: store.clone(),
            blobs: blobs.clone(),
            time: Arc::new(SystemClock::not_before(keys::last_change(&changes))),
            signer: keys::ring(&args.data, changes.clone())?,
            identity: Identity::load_or_create(&args.data, &config.base)?.with_changes(&changes)?,
            witnesses: witnesses(&args.data, &config)?,
            config: config.clone(),
        })
    };
    if is_demo {
        tracing::info!("filling the demonstration, if the store is empty");
    }
    if is_demo && let Some(seeded) = demo::seed(parts()?).await.map_err(io::Error::other)? {
        tracing::info!(
            work_orders = seeded.work_orders,
            refused = seeded.refused,
            "demonstration filled"
        );
    }
    App::start(parts()?).await.map_err(io::Error::other)
}

/// The witnesses of the command line; a demonstration has an invented one besides.
fn witnesses(folder: &Path, config: &Config) -> io::Result<Witnesses> {
    let invented = match config.demo {
        true => Some(Invented::load_or_create(folder)?),
        false => None,
    };
    let log = &config.log;
    let witnesses = Witnesses::new(log.witnesses.clone(), invented, log.witness_quorum);
    Ok(witnesses.with_authority(log.authority()?))
}

/// Opens the folder of photos and of the published log.
///
/// # Errors
/// When it cannot be made or entered.
pub fn open_blobs(args: &DataArgs) -> io::Result<Blobs> {
    let location = match args.database {
        Database::Memory => BlobLocation::Memory,
        _ => BlobLocation::Directory(args.data.join("evidence")),
    };
    Blobs::open(&location).map_err(io::Error::other)
}

/// Opens the database that the command line names.
///
/// # Errors
/// When it cannot be opened, for instance because a running server has it.
pub async fn open_store(args: &DataArgs) -> io::Result<Store> {
    let location = match &args.database {
        Database::Memory => Location::Memory,
        Database::RocksDb => Location::RocksDb(args.data.join("database")),
        Database::Remote {
            url,
            user,
            password,
        } => Location::Remote {
            url: url.clone(),
            user: user.clone(),
            password: password.clone(),
        },
    };
    let config = StoreConfig {
        location,
        block_cache_mb: args.cache,
        ..StoreConfig::memory()
    };
    Store::open(&config).await.map_err(io::Error::other)
}

async fn listen(args: &ServeArgs, addresses: &[IpAddr], app: &SharedApp) -> io::Result<()> {
    let http = TcpListener::bind(args.http);
    let endpoint = routes(app);
    match args.https {
        None => {
            let server = Server::new(http).name("daochang").idle_timeout(IDLE);
            server
                .run_with_graceful_shutdown(endpoint, stop_asked_for(), Some(FAREWELL))
                .await
        }
        Some(https) => {
            let certificate = tls::load_or_create(&args.data.data, addresses)?;
            let https = TcpListener::bind(https).rustls(certificate.config());
            let server = Server::new(http.combine(https))
                .name("daochang")
                .idle_timeout(IDLE);
            server
                .run_with_graceful_shutdown(endpoint, stop_asked_for(), Some(FAREWELL))
                .await
        }
    }
}

async fn stop_asked_for() {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
    }
}

/// SIGTERM, as service managers send it.
#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "cannot listen for SIGTERM");
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

/// Where others find this server: HTTPS on the local network if it is on, else plain HTTP.
fn default_base(args: &ServeArgs, addresses: &[IpAddr]) -> String {
    match args.https {
        Some(https) => format!("https://{}", reachable(https, addresses)),
        None => format!("http://{}", args.http),
    }
}

/// The socket as another machine would write it.
fn reachable(socket: SocketAddr, addresses: &[IpAddr]) -> SocketAddr {
    if !socket.ip().is_unspecified() {
        return socket;
    }
    let lan = addresses
        .iter()
        .find(|address| address.is_ipv4())
        .or(addresses.first());
    let here = IpAddr::from([127, 0, 0, 1]);
    SocketAddr::new(lan.copied().unwrap_or(here), socket.port())
}

fn announce(args: &ServeArgs, app: &App, base: &str) {
    println!("Daochang 到场 {}", env!("CARGO_PKG_VERSION"));
    println!(
        "  {:<10} http://{}/   console: http://{}/console",
        "here", args.http, args.http
    );
    if args.https.is_some() {
        println!(
            "  {:<10} {base}/   (self-made certificate: accept the warning once)",
            "phones"
        );
        println!("\n{}\n", terminal_qr(base));
    }
    if !has_front_end(&app.config.web) {
        println!(
            "  no front end in {} yet: npm run build in pwa/",
            app.config.web.display()
        );
    }
    if app.config.demo {
        println!("  {:<10} http://{}/labels", "labels", args.http);
        println!("\n{}", accounts(&City::load()));
    }
}

/// The demonstration's accounts, a few of each role.
fn accounts(city: &City) -> String {
    let mut of_role: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for person in &city.people {
        let shown = of_role.entry(&person.role).or_default();
        if shown.len() < ACCOUNTS_PER_ROLE {
            shown.push(format!("{} {}", person.login, person.name));
        }
    }
    let mut text = format!("  accounts of the demonstration, password {DEMO_PASSWORD}:\n");
    for (role, people) in of_role {
        text.push_str(&format!("    {role:<19} {}\n", people.join(", ")));
    }
    text
}

fn has_front_end(web: &Path) -> bool {
    web.join("index.html").is_file()
}

/// A QR code in half blocks, light on dark as terminals mostly are.
fn terminal_qr(text: &str) -> String {
    QrCode::new(text).map_or_else(
        |_| String::new(),
        |code| {
            let mut renderer = code.render::<Dense1x2>();
            renderer
                .dark_color(Dense1x2::Light)
                .light_color(Dense1x2::Dark)
                .build()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_sent_to_an_address_they_can_reach() {
        let lan: Vec<IpAddr> = vec!["fd00::7".parse().unwrap(), "192.168.1.7".parse().unwrap()];
        let cases = [
            ("0.0.0.0:8443", lan.as_slice(), "192.168.1.7:8443"),
            ("[::]:8443", &lan[..1], "[fd00::7]:8443"),
            ("0.0.0.0:8443", &[], "127.0.0.1:8443"),
            ("10.0.0.5:443", lan.as_slice(), "10.0.0.5:443"),
        ];
        for (bound, addresses, expected) in cases {
            assert_eq!(
                reachable(bound.parse().unwrap(), addresses).to_string(),
                expected
            );
        }
    }
}
