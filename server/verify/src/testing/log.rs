//! The log of the tests: leaves in memory, a checkpoint whenever something was logged, two witnesses, and
//! a time-stamp authority on demand.

use std::collections::BTreeMap;

use domain::envelope::Signer;
use domain::ids::Digest;
use domain::receipt::CheckpointRef;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosign;
use domain::tlog::leaf::{Leaf, LeafKind};
use domain::tlog::merkle::{Tree, prove_consistency, prove_inclusion, root};
use domain::tlog::note::{KeyKind, Note, NoteKey};
use domain::tlog::proof::{LogProof, write_hashes};

use super::Files;
use crate::log::Needs;
use crate::manifest::sha256;
use crate::place::Place;
use crate::trust::LogTrust;

const ORIGIN: &str = "daochang.example/log";

pub(super) fn log_signer() -> Signer {
    Signer::from_seed(&[3; 32])
}

/// The key that follows the log's first one.
pub fn second_log_key() -> Signer {
    Signer::from_seed(&[13; 32])
}

/// The first and the second witness, with their names.
fn witness(number: u8) -> (String, Signer) {
    let name = format!("witness-{number}.example");
    (name, Signer::from_seed(&[40 + number; 32]))
}

pub fn trust() -> LogTrust {
    let key =
        |name: &str, kind, signer: &Signer| NoteKey::new(name, kind, signer.public_key()).unwrap();
    let log = key(ORIGIN, KeyKind::Note, &log_signer());
    let witnesses = [1, 2].map(|number| {
        let (name, signer) = witness(number);
        key(&name, KeyKind::Cosignature, &signer)
    });
    LogTrust::in_keys(&log, &witnesses.each_ref(), 2)
}

fn is_cosigned(note: &Note) -> bool {
    note.signatures().iter().any(|line| line.name != ORIGIN)
}

#[derive(Default)]
pub struct TestLog {
    leaves: Vec<Leaf>,
    tree: Tree,
    /// With how many leaves each.
    pub published: Vec<(u64, Note)>,
    /// From an instant on witnesses see what is published only so much later, milliseconds.
    pub late: Option<(i64, i64)>,
    /// How much later the second witness believes it to be than the first.
    pub witnesses_apart_ms: i64,
    /// Checkpoints are signed, but nobody sees them.
    pub is_unwitnessed: bool,
    /// An authority stamps each checkpoint, so much after it was published and with this accuracy, seconds.
    pub stamped: Option<(i64, u8)>,
    /// Who signs checkpoints from now on, and whether the first key signs along.
    pub changed: Option<(Signer, bool)>,
    /// Signs each checkpoint a second time.
    pub sm2: Option<gm::Signer>,
    stamps: BTreeMap<u64, Vec<u8>>,
}

impl TestLog {
    pub fn next(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub fn append(&mut self, kind: LeafKind, at: i64, h: Digest) -> u64 {
        let leaf = Leaf::new(kind, Timestamp(at), h);
        self.tree.push(leaf.hash().unwrap());
        self.leaves.push(leaf);
        self.next() - 1
    }

    pub fn publish(&mut self, at: i64) {
        let size = self.next();
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: root(size, &self.tree).unwrap(),
        };
        let mut note = match &self.changed {
            None => checkpoint.sign(&log_signer()).unwrap(),
            Some((second, signs_along)) => {
                let mut note = checkpoint.sign(second).unwrap();
                if *signs_along {
                    note.sign(ORIGIN, &log_signer()).unwrap();
                }
                note
            }
        };
        if let Some(sm2) = &self.sm2 {
            gm::note::sign_too(&mut note, ORIGIN, sm2).unwrap();
        }
        let late = self.late.filter(|(from, _)| at >= *from);
        let late = late.map_or(0, |(_, ms)| ms);
        if !self.is_unwitnessed {
            for number in [1, 2] {
                let (name, signer) = witness(number);
                let apart = i64::from(number - 1) * self.witnesses_apart_ms;
                let at = Timestamp(at + late + apart);
                note.add(cosign(note.text(), &name, &signer, at).unwrap());
            }
        }
        if let Some((late_ms, accuracy_s)) = self.stamped {
            let imprint = sha256(note.text().as_bytes());
            let at = Timestamp(at + late_ms);
            let stamp = tsa::testing::stamp(&imprint, None, at, Some(accuracy_s));
            self.stamps.insert(size, stamp);
        }
        self.published.push((size, note));
    }

    /// The latest checkpoint that others have seen.
    pub fn external(&self) -> Option<CheckpointRef> {
        let seen = self
            .published
            .iter()
            .filter(|(size, note)| is_cosigned(note) || self.stamps.contains_key(size));
        let (size, note) = seen.max_by_key(|(size, _)| *size)?;
        Some(CheckpointRef {
            note: sha256(note.to_string().as_bytes()),
            root: root(*size, &self.tree)?,
            size: *size,
        })
    }

    /// The last leaf about this, under the last checkpoint.
    pub fn prove_last(&self, h: Digest, files: &mut Files) {
        let index = self.leaves.iter().rposition(|leaf| leaf.h == h).unwrap() as u64;
        let (size, note) = self.published.last().unwrap();
        let proof = LogProof {
            extra: Some(self.leaves[index as usize].bytes().unwrap()),
            index,
            hashes: prove_inclusion(index, *size, &self.tree).unwrap(),
            checkpoint: note.clone(),
        };
        files.insert(Place::Proof(h).to_string(), proof.to_string().into_bytes());
    }

    /// What a bundle needs: each leaf under the first checkpoint that covers it.
    pub fn prove(&self, needs: &Needs, files: &mut Files) {
        let mut sizes: Vec<u64> = Vec::new();
        let mut put = |place: Place, bytes: Vec<u8>| {
            files.insert(place.to_string(), bytes);
        };
        let needed = needs.leaves.iter().map(|need| need.h);
        for h in needed.chain(needs.builds.iter().copied()) {
            let index = self.leaves.iter().position(|leaf| leaf.h == h);
            let Some(index) = index.map(|index| index as u64) else {
                continue;
            };
            let covers = |(size, _): &&(u64, Note)| *size > index;
            let Some((size, note)) = self.published.iter().find(covers) else {
                continue;
            };
            let proof = LogProof {
                extra: Some(self.leaves[index as usize].bytes().unwrap()),
                index,
                hashes: prove_inclusion(index, *size, &self.tree).unwrap(),
                checkpoint: note.clone(),
            };
            put(Place::Proof(h), proof.to_string().into_bytes());
            sizes.push(*size);
        }
        for named in &needs.checkpoints {
            let is_it = |(size, _): &&(u64, Note)| *size == named.size;
            let Some((size, note)) = self.published.iter().find(is_it) else {
                continue;
            };
            put(Place::Checkpoint(*size), note.to_string().into_bytes());
            sizes.push(*size);
        }
        sizes.sort_unstable();
        sizes.dedup();
        for size in &sizes {
            if let Some(stamp) = self.stamps.get(size) {
                put(Place::Stamp(*size), stamp.clone());
            }
        }
        for pair in sizes.windows(2) {
            let (old, new) = (pair[0], pair[1]);
            let proof = prove_consistency(old, new, &self.tree).unwrap();
            put(
                Place::Consistency { old, new },
                write_hashes(&proof).into_bytes(),
            );
        }
    }
}
