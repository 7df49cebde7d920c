//! A log with two histories, and an HTTP client of a few lines.
#![allow(dead_code)] // each test file uses its part

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::envelope::Signer;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosigned_at;
use domain::tlog::merkle::{Tree, leaf_hash, prove_consistency, root};
use domain::tlog::note::{KeyKind, Note, NoteKey, NoteSignature};
use witness::key::WitnessKey;
use witness::{TimeSource, Witness, request_body};

pub const ORIGIN: &str = "daochang.example/log";
pub const WITNESS: &str = "authority.example/w1";
/// Where both histories of a [`Log`] part.
pub const FORK_AT: u64 = 5;
pub const LEAVES: u64 = 2000;

/// A log that has forked: two trees that agree up to [`FORK_AT`] leaves.
pub struct Log {
    pub origin: String,
    signer: Signer,
    honest: Tree,
    forked: Tree,
}

impl Log {
    pub fn new(origin: &str, seed: u8) -> Self {
        let leaf = |index: u64, salt: u8| leaf_hash(&[&index.to_be_bytes()[..], &[salt]].concat());
        let salt = |index: u64| u8::from(index >= FORK_AT);
        Self {
            origin: origin.to_owned(),
            signer: Signer::from_seed(&[seed; 32]),
            honest: Tree::of((0..LEAVES).map(|index| leaf(index, 0))),
            forked: Tree::of((0..LEAVES).map(|index| leaf(index, salt(index)))),
        }
    }

    pub fn key(&self) -> NoteKey {
        NoteKey::new(&self.origin, KeyKind::Note, self.signer.public_key()).expect("a good name")
    }

    fn tree(&self, forked: bool) -> &Tree {
        if forked { &self.forked } else { &self.honest }
    }

    pub fn checkpoint(&self, size: u64, forked: bool) -> Checkpoint {
        let root = root(size, self.tree(forked)).expect("all leaves are there");
        let origin = self.origin.clone();
        Checkpoint { origin, size, root }
    }

    pub fn note(&self, size: u64, forked: bool) -> String {
        let note = self.checkpoint(size, forked).sign(&self.signer);
        note.expect("a good checkpoint").to_string()
    }

    /// The request of a log that knows what it does.
    pub fn request(&self, old: u64, new: u64, forked: bool) -> Vec<u8> {
        let proof = prove_consistency(old, new, self.tree(forked)).unwrap_or_default();
        request_body(old, &proof, &self.note(new, forked)).into_bytes()
    }

    /// When the witness says it cosigned this checkpoint.
    pub fn cosigned_at(&self, size: u64, forked: bool, line: &str, witness: &NoteKey) -> Timestamp {
        let mut note = Note::parse(self.note(size, forked).as_bytes()).expect("a good note");
        for signature in NoteSignature::parse_lines(line).expect("signature lines") {
            note.add(signature);
        }
        let at = cosigned_at(&note, witness).expect("a genuine cosignature");
        at.expect("a cosignature of this witness")
    }
}

/// A clock that tests set.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn at(seconds: i64) -> Self {
        Self(Arc::new(AtomicI64::new(seconds * 1000)))
    }

    pub fn set(&self, seconds: i64) {
        self.0.store(seconds * 1000, Ordering::SeqCst);
    }

    pub fn source(&self) -> TimeSource {
        let now = Arc::clone(&self.0);
        Arc::new(move || Timestamp(now.load(Ordering::SeqCst)))
    }
}

/// A folder with a witness's key.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    WitnessKey::create(folder.path(), WITNESS, &[42; 32]).expect("a key");
    folder
}

pub fn open(folder: &Path, logs: &[&Log], clock: &Clock) -> Witness {
    let keys = logs.iter().map(|log| log.key()).collect();
    Witness::open(folder, keys, clock.source()).expect("the folder is in order")
}

/// What came back over HTTP.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// One request on a connection of its own; none if the other side goes away.
pub fn http(to: SocketAddr, head: &str, body: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .ok()?;
    let len = body.len();
    let head =
        format!("{head} HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    // A server that refuses early may close before it has read everything.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let reply = Reply {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    };
    // Cut off by a kill is as good as lost.
    let promised = reply.header("content-length");
    let whole = promised.is_none_or(|len| len.parse() == Ok(reply.body.len()));
    whole.then_some(reply)
}

pub fn post(to: SocketAddr, body: &[u8]) -> Option<Reply> {
    http(to, "POST /add-checkpoint", body)
}
