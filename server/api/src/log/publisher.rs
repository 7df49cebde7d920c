//! Makes the public log from the leaves: tiles and entries as files that never change, and a signed
//! checkpoint over them. Any number of server processes may do it at once: all make the same bytes, and
//! a file is only ever created. What differs from what is published raises an alarm instead.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::ids::Digest;
use domain::receipt::CheckpointRef;
use domain::server_keys::KeyUse;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::merkle::leaf_hash;
use domain::tlog::note::Note;
use domain::tlog::outside::{self, Disagreement};
use domain::tlog::tile::{Edge, Tile, TileId, WIDTH, write_entries};
use sha2::{Digest as _, Sha256};
use store::{CheckpointRow, LogFiles, Store, StoreError, Written};
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::time::Instant;

use super::stamping::Published;
use super::witnesses::Witnesses;
use super::{Alarm, Identity, Log, tiles};
use crate::keys::{changes, changes_of};
use crate::time_source::TimeSource;

/// The file that names the latest state.
pub const CHECKPOINT: &str = "checkpoint";
/// Leaves read at a time: a bundle of entries.
const LEAVES_AT_ONCE: usize = WIDTH as usize;
/// How long an arrival waits for its proof.
const URGENT: Duration = Duration::from_secs(2);
/// How long anything else waits (evidence §2.1).
const USUAL: Duration = Duration::from_secs(60);

/// When the next state is due; never while nothing is new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Due(Option<Instant>);

impl Due {
    /// Something new waits at most so long. What is urgent does not wait behind what is not, and the next thing that
    /// comes puts nothing off.
    fn within(&mut self, pause: Duration, now: Instant) {
        let then = now + pause;
        self.0 = Some(self.0.map_or(then, |due| due.min(then)));
    }

    async fn come(self) {
        match self.0 {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }
}

/// What the publisher works with.
pub struct Parts {
    pub store: Store,
    pub files: LogFiles,
    pub log: Arc<Log>,
    pub identity: Identity,
    pub witnesses: Witnesses,
    pub time: Arc<dyn TimeSource>,
}

/// Publishes the log of this server.
pub struct Publisher {
    parts: Parts,
    /// The right edge of what is published; none until it was read.
    edge: Mutex<Option<Edge>>,
    /// The latest state, for whoever has it stamped.
    pub(super) published: watch::Sender<Option<Published>>,
}

/// What is wrong: with the surroundings, or with the log itself.
enum Failure {
    Store(StoreError),
    Log(Alarm),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl Publisher {
    /// Compares what is published with the database; a difference raises the alarm at once.
    ///
    /// # Errors
    /// When store or files do not answer.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, StoreError> {
        let (_, external) = parts.store.last_checkpoints().await?;
        if let Some(row) = external {
            note_external(&parts.log, &row.note);
        }
        let publisher = Arc::new(Self {
            parts,
            edge: Mutex::new(None),
            published: watch::Sender::new(None),
        });
        let mut edge = publisher.edge.lock().await;
        match publisher.published().await {
            Ok(found) => *edge = Some(found),
            Err(Failure::Log(alarm)) => publisher.parts.log.raise(alarm),
            Err(Failure::Store(error)) => return Err(error),
        }
        drop(edge);
        Ok(publisher)
    }

    /// Who signs the checkpoints.
    pub fn identity(&self) -> &Identity {
        &self.parts.identity
    }

    /// Who is asked to cosign them.
    pub fn witnesses(&self) -> &Witnesses {
        &self.parts.witnesses
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.time.now()
    }

    pub(super) fn store(&self) -> &Store {
        &self.parts.store
    }

    pub(super) fn log(&self) -> &Log {
        &self.parts.log
    }

    /// While it is held nobody else here publishes or writes what is known of a checkpoint.
    pub(super) async fn alone(&self) -> MutexGuard<'_, Option<Edge>> {
        self.edge.lock().await
    }

    /// The published files.
    pub fn files(&self) -> &LogFiles {
        &self.parts.files
    }

    /// Publishes whenever the log has grown, as long as the server runs.
    pub async fn run(self: Arc<Self>) {
        let mut due = Due::default();
        loop {
            let log = &self.parts.log;
            tokio::select! {
                () = log.urgent.notified() => due.within(URGENT, Instant::now()),
                () = log.grown.notified() => due.within(USUAL, Instant::now()),
                () = due.come() => {
                    due = Due::default();
                    if let Err(error) = self.publish().await {
                        tracing::warn!(%error, "the log could not be published; trying again");
                        log.has_grown(false);
                    }
                }
            }
        }
    }

    /// Publishes all leaves there are, and asks the witnesses. Returns the size of the log.
    ///
    /// # Errors
    /// When store or files do not answer, or while there is an alarm.
    pub async fn publish(&self) -> Result<u64, StoreError> {
        let mut edge = self.edge.lock().await;
        self.parts.log.must_be_sound()?;
        match self.grow(&mut edge).await {
            Ok(None) => {}
            Ok(Some(checkpoint)) => self.have_cosigned(checkpoint).await?,
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Log(alarm)) => self.parts.log.raise(alarm),
        }
        self.parts.log.must_be_sound()?;
        Ok(edge.as_ref().map_or(0, Edge::size))
    }

    /// The edge of what is published, after it was held against the database.
    async fn published(&self) -> Result<Edge, Failure> {
        let Parts {
            store,
            files,
            identity,
            ..
        } = &self.parts;
        let broken = || Failure::Log(Alarm::TilesBroken);
        let Some(bytes) = files.read(CHECKPOINT).await? else {
            return Ok(Edge::default());
        };
        let note = Note::parse(&bytes).map_err(|_| broken())?;
        let checkpoint = identity.keys().open(&note).map_err(|_| broken())?;
        let edge = tiles::edge(files, checkpoint.size)
            .await?
            .ok_or_else(broken)?;
        if edge.root() != checkpoint.root {
            return Err(broken());
        }
        if store.log_tail().await?.leaves.unsigned_abs() < checkpoint.size {
            return Err(Failure::Log(Alarm::WentBack));
        }
        self.compare_last_leaf(checkpoint.size).await?;
        Ok(edge)
    }

    /// The last published leaf is still the one in the database.
    async fn compare_last_leaf(&self, size: u64) -> Result<(), Failure> {
        let Some(last) = size.checked_sub(1) else {
            return Ok(());
        };
        let row = self.parts.store.leaves_from(last as i64, 1).await?.pop();
        let width = (last % u64::from(WIDTH)) as u16 + 1;
        let id = TileId::hashes(0, last / u64::from(WIDTH), width);
        let tile = tiles::tile(&self.parts.files, id).await?;
        let published = tile.and_then(|tile| tile.hashes.last().copied());
        let kept = row.map(|row| leaf_hash(row.data.as_bytes()));
        if published.is_some() && published == kept {
            Ok(())
        } else {
            Err(Failure::Log(Alarm::Differs))
        }
    }

    /// Publishes what the database has and the files do not.
    async fn grow(&self, edge: &mut Option<Edge>) -> Result<Option<Note>, Failure> {
        let mut grown = match edge {
            Some(edge) => edge.clone(),
            None => self.published().await?,
        };
        let before = grown.size();
        loop {
            let size = grown.size();
            let leaves = self
                .parts
                .store
                .leaves_from(size as i64, LEAVES_AT_ONCE)
                .await?;
            if leaves.is_empty() {
                break;
            }
            let entries: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.data.as_bytes()).collect();
            for entry in &entries {
                for tile in grown.push(leaf_hash(entry)) {
                    self.create_tile(&tile).await?;
                }
            }
            self.create_entries(size, grown.size()).await?;
        }
        if grown.size() == before {
            *edge = Some(grown);
            return Ok(None);
        }
        for tile in grown.partial_tiles() {
            self.create_tile(&tile).await?;
        }
        let note = self.sign(&grown).await?;
        *edge = Some(grown);
        Ok(Some(note))
    }

    async fn create_tile(&self, tile: &Tile) -> Result<(), Failure> {
        self.create(tile.id, tile.bytes()).await
    }

    /// The bundles of entries that the leaves `from..to` fill or lie in.
    async fn create_entries(&self, from: u64, to: u64) -> Result<(), Failure> {
        let width = u64::from(WIDTH);
        for index in from / width..to.div_ceil(width) {
            let first = index * width;
            let count = (to - first).min(width);
            let rows = self
                .parts
                .store
                .leaves_from(first as i64, count as usize)
                .await?;
            let entries = rows.iter().map(|row| row.data.as_bytes());
            let bytes = write_entries(entries).map_err(|_| Failure::Log(Alarm::TilesBroken))?;
            self.create(TileId::entries(index, count as u16), bytes)
                .await?;
        }
        Ok(())
    }

    async fn create(&self, id: TileId, bytes: Vec<u8>) -> Result<(), Failure> {
        let files = &self.parts.files;
        match files.create(&id.to_string(), Bytes::from(bytes)).await? {
            Written::Differs => return Err(Failure::Log(Alarm::Differs)),
            // Whoever reads a partial tile that is gone reads the full one (tlog-tiles).
            Written::Created if id.is_full() => files.remove_folder(&format!("{id}.p")).await?,
            Written::Created | Written::Same => {}
        }
        Ok(())
    }

    /// On a database with several servers another process may have changed the key; what this one would sign
    /// from then on nobody would believe.
    async fn must_sign(&self) -> Result<(), StoreError> {
        let changes = changes(&self.parts.store).await?;
        let last = changes_of(&changes, KeyUse::Log).last();
        match last {
            Some(last) if last.new != *self.parts.identity.key.public_key() => {
                Err(StoreError::Unavailable("log_key_replaced".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Signs the state and publishes it last, when everything it stands for is there.
    async fn sign(&self, edge: &Edge) -> Result<Note, Failure> {
        let checkpoint = Checkpoint {
            origin: self.parts.identity.origin.clone(),
            size: edge.size(),
            root: edge.root(),
        };
        self.must_sign().await?;
        let identity = &self.parts.identity;
        let broken = |_| Failure::Log(Alarm::TilesBroken);
        let mut note = checkpoint.sign(&identity.key).map_err(broken)?;
        let text = Bytes::from(note.to_string());
        let name = format!("checkpoints/{}", checkpoint.size);
        if self.parts.files.create(&name, text).await? == Written::Differs {
            return Err(Failure::Log(Alarm::Differs));
        }
        // Not before: if this is cut off here and the former key is let go, the same file is made again.
        identity.sign_along(&mut note).map_err(broken)?;
        identity.sign_too(&mut note);
        let text = Bytes::from(note.to_string());
        self.parts.files.replace(CHECKPOINT, text).await?;
        self.parts
            .store
            .add_checkpoint(unseen(checkpoint.size, note.to_string()))
            .await?;
        Ok(note)
    }

    /// Asks the witnesses; a log without them, or whose witnesses are away, goes on all the same.
    async fn have_cosigned(&self, mut note: Note) -> Result<(), StoreError> {
        let Ok(checkpoint) = Checkpoint::parse(note.text()) else {
            return Ok(());
        };
        let Parts {
            store,
            files,
            witnesses,
            time,
            ..
        } = &self.parts;
        let signed = note.signatures().len();
        witnesses
            .cosign(files, &mut note, checkpoint.size, time.now())
            .await;
        let mut is_seen = false;
        if note.signatures().len() > signed {
            let text = note.to_string();
            let known = store.checkpoint(checkpoint.size as i64).await?;
            let mut row = known.unwrap_or_else(|| unseen(checkpoint.size, String::new()));
            row.note.clone_from(&text);
            if self.weigh(&mut row).is_err() {
                tracing::error!(
                    size = checkpoint.size,
                    "ALARM: clocks of witnesses disagree"
                );
            }
            is_seen = row.witnessed_at.is_some();
            store.put_checkpoint(row).await?;
            if is_seen {
                self.note_external(&text);
            }
            files.replace(CHECKPOINT, Bytes::from(text)).await?;
        }
        self.published.send_replace(Some(Published {
            size: checkpoint.size,
            at: Instant::now(),
            is_seen,
        }));
        Ok(())
    }

    /// Decides anew when a checkpoint was seen from outside, by all that is known of it.
    pub(super) fn weigh(&self, row: &mut CheckpointRow) -> Result<(), Disagreement> {
        let witnesses = &self.parts.witnesses;
        let note = Note::parse(row.note.as_bytes());
        let cosigned = note.map_or_else(|_| Vec::new(), |note| witnesses.times(&note));
        let voices = cosigned.into_iter().chain(row.stamped_at.map(Timestamp));
        let seen = outside::seen_at(voices, witnesses.quorum());
        row.witnessed_at = seen.ok().flatten().map(|at| at.0);
        seen.map(drop)
    }

    /// From now on receipts name this state of the log.
    pub(super) fn note_external(&self, text: &str) {
        note_external(&self.parts.log, text);
    }

    /// The leaf's proof under the first checkpoint with a time from outside, or else under the latest.
    ///
    /// # Errors
    /// When store or files do not answer.
    pub async fn prove(
        &self,
        leaf: u64,
    ) -> Result<Option<(CheckpointRow, Vec<Digest>)>, StoreError> {
        let Parts { store, files, .. } = &self.parts;
        let covering = match store.first_external_checkpoint(leaf as i64).await? {
            Some(row) => Some(row),
            None => store.last_checkpoints().await?.0,
        };
        let Some(row) = covering.filter(|row| row.size.unsigned_abs() > leaf) else {
            return Ok(None);
        };
        let hashes = tiles::prove_inclusion(files, leaf, row.size.unsigned_abs()).await?;
        Ok(hashes.map(|hashes| (row, hashes)))
    }

    /// That the log of `new` leaves begins with the log of `old` leaves.
    ///
    /// # Errors
    /// When the files do not answer.
    pub async fn prove_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> Result<Option<Vec<Digest>>, StoreError> {
        tiles::prove_consistency(&self.parts.files, old, new).await
    }
}

/// A state that nobody outside has seen.
fn unseen(size: u64, note: String) -> CheckpointRow {
    CheckpointRow {
        size: size as i64,
        note,
        witnessed_at: None,
        stamp: None,
        stamped_at: None,
    }
}

fn note_external(log: &Log, text: &str) {
    let parsed = Note::parse(text.as_bytes()).ok();
    let checkpoint = parsed.and_then(|note| Checkpoint::parse(note.text()).ok());
    if let Some(Checkpoint { size, root, .. }) = checkpoint {
        let note = Digest(Sha256::digest(text.as_bytes()).into());
        log.set_external(CheckpointRef { note, root, size });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds after the beginning at which the next state is due.
    fn due_after(grown: &[(u64, Duration)]) -> Option<u64> {
        let begun = Instant::now();
        let mut due = Due::default();
        for (at, pause) in grown {
            due.within(*pause, begun + Duration::from_secs(*at));
        }
        due.0.map(|due| (due - begun).as_secs())
    }

    #[test]
    fn an_arrival_is_published_within_seconds_and_everything_within_a_minute() {
        assert_eq!(due_after(&[]), None, "nothing new, no new state");
        assert_eq!(due_after(&[(0, USUAL)]), Some(60));
        assert_eq!(due_after(&[(0, URGENT)]), Some(2));
        assert_eq!(due_after(&[(0, USUAL), (30, URGENT)]), Some(32));
        assert_eq!(due_after(&[(0, USUAL), (59, URGENT)]), Some(60));
        assert_eq!(due_after(&[(0, URGENT), (1, USUAL), (1, URGENT)]), Some(2));
        let busy: Vec<_> = (0..600).map(|at| (at, USUAL)).collect();
        assert_eq!(due_after(&busy), Some(60), "however much comes");
    }
}
