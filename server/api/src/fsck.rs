//! `daochang fsck`: holds database, photos and published log against each other and names what differs.
//! Changes nothing; run it while the server is stopped, because the database is open only once.

mod events;
mod evidence;
mod log;
mod register;
mod second;

use std::fmt;
use std::io;

use domain::server_keys::{LogKeys, ServerKeys};
use store::{Blobs, Store, StoreError};
use verify::TrustedKey;

use crate::config::FsckArgs;
use crate::keys;
use crate::log::Identity;
use crate::serve::{open_blobs, open_store};
use crate::sm2;

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which row or file.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub struct Checked {
    pub leaves: u64,
    pub files: u64,
    pub events: u64,
    pub photos: u64,
    /// Receipts and checkpoints whose second signature (SM2) holds.
    pub signed_twice: u64,
    pub findings: Vec<Finding>,
}

impl Checked {
    fn find(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding::new(place, what));
    }
}

/// What is checked, and with whose keys.
pub struct Subject<'a> {
    pub store: &'a Store,
    pub blobs: &'a Blobs,
    pub server: &'a ServerKeys,
    pub log: &'a LogKeys,
    /// The keys of second signatures, and when each has signed.
    pub sm2: &'a [TrustedKey],
}

/// Checks everything.
///
/// # Errors
/// When store or files do not answer.
pub async fn check(subject: &Subject<'_>) -> Result<Checked, StoreError> {
    let mut checked = Checked::default();
    log::check(subject, &mut checked).await?;
    register::check(subject, &mut checked).await?;
    evidence::check(subject, &mut checked).await?;
    second::check_checkpoints(subject, &mut checked).await?;
    Ok(checked)
}

/// Runs the command.
///
/// # Errors
/// When something cannot be opened or read, or anything differs.
pub async fn run(args: FsckArgs) -> io::Result<()> {
    let store = open_store(&args.data).await?;
    let keys = keys::open(&args.data, &store).await?;
    let identity = Identity::load_or_create(&args.data.data, "")?.with_changes(keys.changes())?;
    let blobs = open_blobs(&args.data)?;
    let sm2 = sm2::recorded(&args.data.data)?;
    let subject = Subject {
        store: &store,
        blobs: &blobs,
        server: keys.keys(),
        log: identity.keys(),
        sm2: &sm2,
    };
    let checked = check(&subject).await.map_err(io::Error::other)?;
    println!(
        "{} leaves, {} files of the log, {} events, {} photos",
        checked.leaves, checked.files, checked.events, checked.photos
    );
    if !sm2.is_empty() {
        println!("{} second signatures (SM2)", checked.signed_twice);
    }
    checked
        .findings
        .iter()
        .for_each(|found| println!("  {found}"));
    store.close().await.map_err(io::Error::other)?;
    match checked.findings.len() {
        0 => {
            println!("everything agrees");
            Ok(())
        }
        count => Err(io::Error::other(format!("{count} differences"))),
    }
}
