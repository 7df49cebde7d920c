//! The decision whether to cosign. Requests for one log are taken one after the other; what was
//! decided is on disk before it is said.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use domain::time::Timestamp;
use domain::tlog::LogRefusal;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosign;
use domain::tlog::merkle::verify_consistency;
use domain::tlog::note::{KeyKind, Note, NoteKey};

use crate::key::WitnessKey;
use crate::refusal::{Refusal, RefusalCode};
use crate::state::{Folder, Seen, name_of};
use crate::wire::Request;

/// Where the time comes from.
pub type TimeSource = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Longest time a log is told to wait for a clock that is behind.
const RETRY_AFTER_MAX_S: u64 = 60;

/// A witness and all it remembers.
pub struct Witness {
    key: WitnessKey,
    logs: BTreeMap<String, Log>,
    now: TimeSource,
    /// Held as long as the witness lives: two processes must not remember for themselves.
    _lock: File,
}

struct Log {
    keys: Vec<NoteKey>,
    folder: Folder,
    /// None once a write failed: then nobody knows what the disk holds, and nothing is said
    /// until a restart has read it.
    seen: Mutex<Option<Seen>>,
}

/// What the page shows of a log.
pub struct LogState {
    pub origin: String,
    pub keys: Vec<String>,
    pub seen: Option<Seen>,
    pub evidence: usize,
}

impl Witness {
    /// Opens the folder in which the key lies. Several keys of one log are given under one name.
    pub fn open(data: &Path, logs: Vec<NoteKey>, now: TimeSource) -> io::Result<Self> {
        let key = WitnessKey::read(data)?;
        let lock = File::create(data.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another witness runs in this folder",
            ),
            TryLockError::Error(error) => error,
        })?;
        let mut known: BTreeMap<String, Log> = BTreeMap::new();
        for log in logs {
            if log.kind() != KeyKind::Note || log.public_key() == key.public.public_key() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{log} is not the key of a log"),
                ));
            }
            let origin = log.name().to_owned();
            if let Some(other) = known.get_mut(&origin) {
                other.keys.push(log);
                continue;
            }
            let folder = Folder::open(data, &origin)?;
            let seen = Mutex::new(Some(folder.read(&origin, &key.public)?));
            let keys = vec![log];
            known.insert(origin, Log { keys, folder, seen });
        }
        Ok(Self {
            key,
            logs: known,
            now,
            _lock: lock,
        })
    }

    /// What others verify this witness with.
    pub fn public_key(&self) -> &NoteKey {
        &self.key.public
    }

    /// Everything it remembers, by name of the log.
    pub fn states(&self) -> Vec<LogState> {
        let state = |(origin, log): (&String, &Log)| LogState {
            origin: origin.clone(),
            keys: log.keys.iter().map(NoteKey::to_string).collect(),
            seen: log.seen().clone(),
            evidence: log.folder.evidence(),
        };
        self.logs.iter().map(state).collect()
    }

    /// The last checkpoint it cosigned of the log whose name has this hash.
    pub fn checkpoint(&self, hash: &str) -> Option<String> {
        let (_, log) = self.logs.iter().find(|(name, _)| name_of(name) == hash)?;
        log.seen().as_ref()?.note.clone()
    }

    /// Judges a request; the answer is the cosignature line, and is on disk before it is given.
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<String, Refusal> {
        let request = Request::parse(body).ok_or(RefusalCode::BadRequest)?;
        let note = Note::parse(request.note).map_err(|_| RefusalCode::BadRequest)?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|_| RefusalCode::BadRequest)?;
        let log = self.logs.get(&checkpoint.origin);
        let log = log.ok_or(RefusalCode::UnknownLog)?;
        log.has_signed(&note)?;
        if request.old_size > checkpoint.size {
            return Err(RefusalCode::BadRequest.into());
        }

        let mut seen = log.seen();
        let known = seen.as_ref().ok_or(RefusalCode::Broken)?;
        let is_fork = checkpoint.size == known.size && checkpoint.root != known.root;
        if request.old_size != known.size {
            if is_fork {
                log.keep(body);
            }
            return Err(Refusal {
                known_size: known.size,
                ..RefusalCode::OtherSize.into()
            });
        }
        let (size, root) = (checkpoint.size, checkpoint.root);
        if !verify_consistency(known.size, known.root, size, root, &request.proof) {
            log.keep(body);
            return Err(RefusalCode::Inconsistent.into());
        }
        let at = self.not_before(known.at)?;
        let (cosigned, line) = self.cosigned(log, &note, at)?;
        // Only what can be read again after a restart may be said.
        let new = Note::parse(cosigned.as_bytes()).map_err(|_| RefusalCode::TooLarge)?;
        let new = Seen::of(&new, &self.key.public).ok_or(RefusalCode::Broken)?;
        // Until the write has succeeded nobody knows what the disk holds.
        *seen = None;
        if let Err(error) = log.folder.write(&cosigned) {
            tracing::error!(origin = checkpoint.origin, %error, "cannot remember; no longer cosigning this log");
            return Err(RefusalCode::Broken.into());
        }
        *seen = Some(new);
        Ok(line)
    }

    /// The time by the clock, which must not be before the last cosignature: a witness says no
    /// time that its clock does not show, and none that goes back.
    fn not_before(&self, last: Timestamp) -> Result<Timestamp, Refusal> {
        let now = (self.now)();
        let behind = last.0.div_euclid(1000) - now.0.div_euclid(1000);
        match u64::try_from(behind) {
            Err(_) | Ok(0) => Ok(now),
            Ok(seconds) => {
                tracing::error!(seconds, "the clock is behind the last cosignature");
                Err(Refusal {
                    retry_after_s: seconds.min(RETRY_AFTER_MAX_S),
                    ..RefusalCode::ClockBehind.into()
                })
            }
        }
    }

    /// The note as it is remembered, and the cosignature as the line that is answered. Signatures
    /// of others are left out: nobody here has verified them.
    fn cosigned(&self, log: &Log, note: &Note, at: Timestamp) -> Result<(String, String), Refusal> {
        let broken = |_| RefusalCode::Broken;
        let (text, name) = (note.text(), self.key.public.name());
        let cosignature = cosign(text, name, &self.key.signer, at).map_err(broken)?;
        let line = cosignature.to_string();
        let mut cosigned = Note::new(text.to_owned()).map_err(broken)?;
        for signature in note.signatures() {
            let by = |key: &NoteKey| key.name() == signature.name && key.id() == signature.key_id;
            if log.keys.iter().any(by) {
                cosigned.add(signature.clone());
            }
        }
        cosigned.add(cosignature);
        Ok((cosigned.to_string(), line))
    }
}

impl Log {
    fn seen(&self) -> std::sync::MutexGuard<'_, Option<Seen>> {
        // A panic cannot leave it half changed: it is replaced as a whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a key of the log has signed; a false signature under a known key is worse than
    /// none, and refused even if another key has signed.
    fn has_signed(&self, note: &Note) -> Result<(), Refusal> {
        let mut signed = false;
        for key in &self.keys {
            match note.verify(key) {
                Ok(()) => signed = true,
                Err(LogRefusal::NoteNotSigned) => {}
                Err(_) => return Err(RefusalCode::NotSigned.into()),
            }
        }
        if signed {
            Ok(())
        } else {
            Err(RefusalCode::NotSigned.into())
        }
    }

    /// Keeps what proves that the log contradicts itself; that it cannot be kept changes nothing
    /// about the refusal.
    fn keep(&self, request: &[u8]) {
        tracing::warn!(origin = self.keys[0].name(), "the log contradicts itself");
        if let Err(error) = self.folder.keep_evidence(request) {
            tracing::error!(%error, "cannot keep the evidence");
        }
    }
}
