//! What the witness remembers of a log: the last checkpoint it cosigned, as the very text it
//! gave out. A file is written aside, flushed, renamed and its folder flushed before anything is
//! said, so a witness that loses power never contradicts what it said before. The file carries
//! the witness's own signature, so a damaged one is noticed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosigned_at;
use domain::tlog::merkle::empty_root;
use domain::tlog::note::{Note, NoteKey};
use sha2::Digest as _;

/// Most requests kept as evidence for one log, so that nobody fills the disk.
const EVIDENCE_MAX: usize = 100;

/// The last state that was cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub size: u64,
    pub root: Digest,
    /// When, to the second.
    pub at: Timestamp,
    /// The cosigned checkpoint; none before the first.
    pub note: Option<String>,
}

impl Seen {
    /// Before anything was seen: every tree continues the empty one.
    fn nothing() -> Self {
        Self {
            size: 0,
            root: empty_root(),
            at: Timestamp(0),
            note: None,
        }
    }

    /// What a checkpoint with the witness's cosignature says.
    pub fn of(note: &Note, witness: &NoteKey) -> Option<Self> {
        let checkpoint = Checkpoint::parse(note.text()).ok()?;
        let at = cosigned_at(note, witness).ok()??;
        Some(Self {
            size: checkpoint.size,
            root: checkpoint.root,
            at,
            note: Some(note.to_string()),
        })
    }
}

/// The folder of one log.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder of the log with this name, made if it is not there.
    pub fn open(data: &Path, origin: &str) -> io::Result<Self> {
        let path = data.join(name_of(origin));
        fs::create_dir_all(path.join("evidence"))?;
        File::open(data)?.sync_all()?;
        File::open(&path)?.sync_all()?;
        Ok(Self { path })
    }

    /// What was seen last.
    pub fn read(&self, origin: &str, witness: &NoteKey) -> io::Result<Seen> {
        let file = self.path.join("checkpoint");
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Seen::nothing()),
            Err(error) => return Err(error),
        };
        let of_this_log = |note: &Note| note.text().starts_with(&format!("{origin}\n"));
        Note::parse(&bytes)
            .ok()
            .filter(of_this_log)
            .and_then(|note| Seen::of(&note, witness))
            .ok_or_else(|| {
                let why = format!("{} is damaged or of another witness", file.display());
                io::Error::new(io::ErrorKind::InvalidData, why)
            })
    }

    /// Writes what was seen; when this returns, it survives.
    pub fn write(&self, note: &str) -> io::Result<()> {
        write_whole(&self.path, "checkpoint", note.as_bytes())
    }

    /// Keeps a request in which the log contradicts itself; the same one is kept once.
    pub fn keep_evidence(&self, request: &[u8]) -> io::Result<()> {
        let folder = self.path.join("evidence");
        let name = Digest(sha2::Sha256::digest(request).into()).to_string();
        if self.evidence() >= EVIDENCE_MAX || folder.join(&name).exists() {
            return Ok(());
        }
        write_whole(&folder, &name, request)
    }

    /// How many such requests are kept.
    pub fn evidence(&self) -> usize {
        let files = fs::read_dir(self.path.join("evidence"));
        files.map_or(0, |files| files.count())
    }
}

/// The name of a log in addresses and on disk: the hash of its origin.
pub fn name_of(origin: &str) -> String {
    Digest(sha2::Sha256::digest(origin).into()).to_string()
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let aside = folder.join(format!("{name}.new"));
    let mut file = File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, folder.join(name))?;
    File::open(folder)?.sync_all()
}
