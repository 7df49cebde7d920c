//! `daochang rotate-key`: another key signs from now on. In steps that each leave something to go on from:
//! the new key is written beside the old one; the statement that both have signed is committed with its leaf
//! (from here on the change has taken place); the files are put in their places ([`folder::settle`]).

use std::io;
use std::path::Path;

use domain::envelope::Signer;
use domain::event::Event;
use domain::ids::EventId;
use domain::server_keys::{HeldChange, KeyChange, KeyUse};
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::LeafKind;
use store::{Commit, DeviceRow, KeyChangeRow, Store, StoreError};

use super::{changes, changes_of, folder};
use crate::config::{Database, RotateKeyArgs, RotatedKey};
use crate::intake::device::Device;
use crate::log::{Identity, Tail};
use crate::serve::open_store;
use crate::signer::{load, load_seed, random_bytes, write_private};
use crate::time_source::{SystemClock, TimeSource as _};

/// Runs the command.
///
/// # Errors
/// When the database is open elsewhere, there is no key yet, or a file cannot be written.
pub async fn run(args: RotateKeyArgs) -> io::Result<()> {
    if args.end_overlap {
        return match args.key {
            RotatedKey::Log => end_overlap(&args.data.data),
            RotatedKey::Server => Err(io::Error::other("no former key of the server signs along")),
        };
    }
    must_be_stopped(&args)?;
    let store = open_store(&args.data).await?;
    let rotation = Rotation {
        data: &args.data.data,
        store: &store,
        kind: args.key.into(),
    };
    let done = rotation.rotate(SystemClock::default().now()).await;
    store.close().await.map_err(io::Error::other)?;
    let held = done?;
    let HeldChange { change, new, .. } = held;
    println!(
        "{} key {} signs from {} ({} ms): {}",
        change.kind.name(),
        change.index + 1,
        crate::shenzhen::minute(change.from),
        change.from.0,
        new.spki_base64()
    );
    match change.kind {
        KeyUse::Server => println!(
            "the old key is gone; hand out `daochang trust` anew, and back up server.key and codes.key"
        ),
        KeyUse::Log => println!(
            "the old key signs along until `daochang rotate-key log --end-overlap`; tell every witness the \
             new verifier key first ({})",
            Identity::load(&args.data.data)?.verifier_key()
        ),
    }
    Ok(())
}

/// Whoever holds a RocksDB is alone; on a database server nobody can tell from here.
fn must_be_stopped(args: &RotateKeyArgs) -> io::Result<()> {
    let said = match &args.data.database {
        Database::RocksDb => return Ok(()),
        Database::Remote { .. } if args.all_servers_stopped => return Ok(()),
        Database::Remote { .. } => {
            "this database serves other processes: stop every daochang server on it first, and then say \
             --all-servers-stopped; afterwards copy server.key, log.key, log.key.former and codes.key to each \
             of them"
        }
        Database::Memory => "a database in memory has no key that anybody knows",
    };
    Err(io::Error::other(said))
}

/// The log's former key signs no longer.
fn end_overlap(data: &Path) -> io::Result<()> {
    let former = folder::former_log_key_file(data);
    if !former.exists() {
        return Err(io::Error::other("no former key of the log signs along"));
    }
    folder::remove(&former)?;
    println!("the log's former key is gone; start the server anew");
    Ok(())
}

impl From<RotatedKey> for KeyUse {
    fn from(key: RotatedKey) -> Self {
        match key {
            RotatedKey::Server => KeyUse::Server,
            RotatedKey::Log => KeyUse::Log,
        }
    }
}

/// A change of one key.
pub struct Rotation<'a> {
    pub data: &'a Path,
    pub store: &'a Store,
    pub kind: KeyUse,
}

impl Rotation<'_> {
    /// All steps. One that was interrupted is settled first; if it had taken place, that is all.
    ///
    /// # Errors
    /// When there is no key yet, or a file or the database cannot be written.
    pub async fn rotate(&self, now: Timestamp) -> io::Result<HeldChange> {
        let was_under_way = folder::next_file(self.data, self.kind).exists();
        let known = self.settle().await?;
        let old = self.current(&known)?;
        let last = changes_of(&known, self.kind).last();
        if was_under_way && let Some(last) = last.filter(|last| last.new == *old.public_key()) {
            println!("a change that was interrupted is finished");
            return Ok(last.clone());
        }
        if self.kind == KeyUse::Log && folder::former_log_key_file(self.data).exists() {
            return Err(io::Error::other(
                "the log's former key still signs along; end that first with --end-overlap",
            ));
        }
        let new = self.prepare()?;
        let held = self.commit(&old, &new, now).await?;
        self.settle().await?;
        Ok(held)
    }

    /// The key that signs now. Codes part from the server's key before it is changed for the first time.
    pub fn current(&self, known: &[HeldChange]) -> io::Result<Signer> {
        let server = load(self.data)?;
        super::ring(self.data, known.to_vec())?;
        match self.kind {
            KeyUse::Server => Ok(server),
            KeyUse::Log => {
                let identity = Identity::load(self.data)?.with_changes(known)?;
                Ok(identity.key)
            }
        }
    }

    /// Writes the new key beside the old one.
    pub fn prepare(&self) -> io::Result<Signer> {
        let next = folder::next_file(self.data, self.kind);
        write_private(&next, &random_bytes::<32>())?;
        folder::sync_folder_of(&next)?;
        // What is not on disk as it will be read must not be committed.
        Ok(Signer::from_seed(&load_seed(&next)?))
    }

    /// Commits the statement with its leaf; the change has taken place.
    pub async fn commit(
        &self,
        old: &Signer,
        new: &Signer,
        now: Timestamp,
    ) -> io::Result<HeldChange> {
        let decided = self.store.decide(|n| async move {
            let (commit, held) = self.decide(old, new, now).await?;
            let commit = Commit {
                expected_n: n,
                ..commit
            };
            Ok::<_, StoreError>((commit, held))
        });
        let (held, _) = decided.await.map_err(io::Error::other)?;
        Ok(held)
    }

    async fn decide(
        &self,
        old: &Signer,
        new: &Signer,
        now: Timestamp,
    ) -> Result<(Commit, HeldChange), StoreError> {
        let mut commit = Commit::default();
        let log_tail = self.store.log_tail().await?;
        let mut tail = Tail::of(log_tail);
        // Whatever the old key has dated so far is its own: the new one begins a millisecond later.
        let mut from = now.max(Timestamp(log_tail.ts) + Millis(1));
        if self.kind == KeyUse::Server {
            let (row, last) = self.own_chain(old).await?;
            from = from.max(last + Millis(1));
            commit.devices.push(DeviceRow {
                revoked_at: Some(from.0),
                revoked_reason: Some(super::REPLACED.to_owned()),
                ..row
            });
        }
        let known = changes(self.store).await?;
        let last = changes_of(&known, self.kind).last();
        let change = KeyChange {
            from,
            index: last.map_or(0, |last| last.change.index) + 1,
            kind: self.kind,
            leaf: tail.next(),
            new: new.public_key().spki_base64(),
            old: old.public_key().spki_base64(),
            v: 1,
        };
        let unsigned = |reason: &str| StoreError::Invalid(reason.to_owned());
        let envelope = change.sign(old, new).map_err(|it| unsigned(it.code()))?;
        let held = HeldChange::open(&envelope).map_err(|it| unsigned(it.code()))?;
        tail.append(&mut commit, LeafKind::KeyChange, held.id, from);
        commit.key_changes.push(KeyChangeRow {
            kind: self.kind.name().to_owned(),
            number: change.index as i64,
            envelope: envelope.to_value().to_string(),
        });
        Ok((commit, held))
    }

    /// The server's own chain under its old key, which ends here, and when its last event was said. A process
    /// that still signs with that key finds its end in this row and says no more.
    async fn own_chain(&self, old: &Signer) -> Result<(DeviceRow, Timestamp), StoreError> {
        let dev = old.device_id().to_string();
        let Some(row) = self.store.device(&dev).await? else {
            let none = Timestamp(0);
            return Ok((Device::of_the_server(old, none).row, none));
        };
        let last = self.store.chain(&dev, row.head_seq, row.head_seq).await?;
        let said = last.first().map(|row| {
            let event: Result<Event, _> = serde_json::from_str(&row.payload);
            event.map_or(row.received_at, |event| event.wall.0)
        });
        debug_assert!(said.is_some() || row.head == EventId::GENESIS.to_string());
        Ok((row, Timestamp(said.unwrap_or(0))))
    }

    async fn settle(&self) -> io::Result<Vec<HeldChange>> {
        let known = changes(self.store).await.map_err(io::Error::other)?;
        folder::settle(self.data, &known)?;
        Ok(known)
    }
}
