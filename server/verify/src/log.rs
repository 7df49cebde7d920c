//! The transparency log: every checkpoint that the bundle brings is signed by the log, each continues
//! the one before it, and each record that should be in the log is proved to be. When a checkpoint was
//! seen, its witnesses say; which moments follow from that is [`crate::replay`]'s business.

mod needs;
mod stamps;

use std::collections::BTreeMap;

use domain::ids::Digest;
use domain::interval::external::Witnessed;
use domain::receipt::CheckpointRef;
use domain::server_keys::LogKeys;
use domain::time::Timestamp;
use domain::tlog::LogRefusal;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosigned_at;
use domain::tlog::leaf::Leaf;
use domain::tlog::merkle::verify_consistency;
use domain::tlog::note::Note;
use domain::tlog::outside;
use domain::tlog::proof::{LogProof, read_hashes};

pub use self::needs::Needs;
use self::stamps::Stamps;
use crate::container::File;
use crate::evidence::Evidence;
use crate::finding::{Finding, FindingCode};
use crate::manifest::sha256;
use crate::place::Place;
use crate::trust::LogTrust;

/// A leaf that is proved to be in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proved {
    pub index: u64,
    pub leaf: Leaf,
}

/// A note that a trusted key of the log has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// Number of leaves.
    pub size: u64,
    pub note: Note,
    /// The first file that brought it.
    pub file: String,
}

/// What the log proves of this bundle, to whoever trusts these keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// Whether any key of the log is trusted; without one nothing here was looked at.
    is_trusted: bool,
    /// By the hash they are about.
    leaves: BTreeMap<Digest, Proved>,
    /// The root of each size that a signed checkpoint here speaks of.
    roots: BTreeMap<u64, Digest>,
    /// The signed checkpoints, by the hashes of their notes.
    notes: BTreeMap<Digest, Signed>,
    /// Those that enough trusted witnesses have seen.
    witnessed: BTreeMap<Digest, Witnessed>,
}

impl Log {
    /// Reads checkpoints and proofs as far as they can be believed.
    pub fn read(
        files: &[File],
        trust: &LogTrust,
        keys: &LogKeys,
        found: &mut Vec<Finding>,
    ) -> Self {
        if keys.is_empty() {
            found.push(Finding::new(FindingCode::LogNotTrusted));
            return Self::default();
        }
        let mut reader = Reader {
            keys,
            trust,
            stamps: Stamps::of(files, trust),
            log: Self {
                is_trusted: true,
                ..Self::default()
            },
            found,
        };
        for file in files {
            match file.place {
                Place::Checkpoint(size) => reader.checkpoint(file, size),
                Place::Proof(h) => reader.proof(file, h),
                _ => {}
            }
        }
        reader
            .stamps
            .must_have_checkpoints(&reader.log.roots, reader.found);
        reader.must_be_consistent(files);
        reader.must_not_go_back();
        reader.log
    }

    /// The leaf that is about this.
    pub fn leaf_of(&self, h: Digest) -> Option<Proved> {
        self.leaves.get(&h).copied()
    }

    /// Whether any key of the log is trusted.
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// How many records are proved to be in it.
    pub fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// The checkpoints with a time from outside.
    pub fn witnessed(&self) -> Vec<Witnessed> {
        self.witnessed.values().copied().collect()
    }

    /// Every signed checkpoint here, with when enough trusted witnesses had seen it.
    pub fn signed(&self) -> impl Iterator<Item = (&Signed, Option<Timestamp>)> {
        let seen = |hash| self.witnessed.get(hash).map(|seen| seen.at);
        self.notes
            .iter()
            .map(move |(hash, signed)| (signed, seen(hash)))
    }

    /// The time of the latest leaf that is proved to be among the first `size`.
    pub fn latest_leaf_in(&self, size: u64) -> Option<Timestamp> {
        let leaves = self.leaves.values().filter(|proved| proved.index < size);
        leaves.map(|proved| proved.leaf.ts).max()
    }

    fn is_witnessed(&self, index: u64) -> bool {
        self.witnessed.values().any(|seen| seen.size > index)
    }

    /// Everything that the server must have logged about this work order is in the log, as it says.
    pub fn must_hold(&self, evidence: &Evidence, found: &mut Vec<Finding>) {
        if !self.is_trusted {
            found.push(Finding::new(FindingCode::NoExternalTime));
            return;
        }
        let needs = Needs::of(evidence);
        for need in &needs.leaves {
            let place = Place::Proof(need.h);
            let Some(proved) = self.leaf_of(need.h) else {
                found.push(Finding::about(FindingCode::NotLogged, place));
                continue;
            };
            if !need.is_met_by(proved) {
                found.push(Finding::about(FindingCode::LeafOther, place));
            } else if need.is_about_time() && !self.is_witnessed(proved.index) {
                found.push(self.without_time(place));
            }
        }
        for named in &needs.checkpoints {
            self.must_know(named, found);
        }
    }

    /// One sentence for all, if no time at all comes from outside.
    fn without_time(&self, place: Place) -> Finding {
        if self.witnessed.is_empty() {
            Finding::new(FindingCode::NoExternalTime)
        } else {
            Finding::about(FindingCode::NoExternalTime, place)
        }
    }

    fn must_know(&self, named: &CheckpointRef, found: &mut Vec<Finding>) {
        let place = Place::Checkpoint(named.size);
        if self
            .roots
            .get(&named.size)
            .is_some_and(|root| *root != named.root)
        {
            found.push(Finding::about(FindingCode::LogForked, place));
        } else if self.notes.get(&named.note).map(|it| it.size) != Some(named.size) {
            found.push(Finding::about(FindingCode::CheckpointAbsent, place));
        }
    }
}

struct Reader<'a> {
    keys: &'a LogKeys,
    trust: &'a LogTrust,
    stamps: Stamps<'a>,
    log: Log,
    found: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn checkpoint(&mut self, file: &File, size: u64) {
        let opened = Note::parse(file.bytes).and_then(|note| Ok((self.keys.open(&note)?, note)));
        match opened {
            Ok((checkpoint, _)) if checkpoint.size != size => {
                self.found
                    .push(Finding::about(FindingCode::Misnamed, file.name));
            }
            Ok((checkpoint, note)) => self.know(file, &checkpoint, &note),
            Err(reason) => self.refuse(FindingCode::CheckpointNotGenuine, file, reason),
        }
    }

    fn proof(&mut self, file: &File, h: Digest) {
        let proved = LogProof::parse(file.bytes).and_then(|proof| {
            let leaf = Leaf::parse(proof.extra.as_deref().ok_or(LogRefusal::NotALogLeaf)?)?;
            let hash = leaf.hash()?;
            let checkpoint = self.keys.verify(&proof, hash)?;
            Ok((proof, leaf, checkpoint))
        });
        match proved {
            Ok((_, leaf, _)) if leaf.h != h => {
                self.found
                    .push(Finding::about(FindingCode::Misnamed, file.name));
            }
            Ok((proof, leaf, checkpoint)) => {
                self.know(file, &checkpoint, &proof.checkpoint);
                let index = proof.index;
                self.log.leaves.insert(h, Proved { index, leaf });
            }
            Err(reason) => self.refuse(FindingCode::ProofFails, file, reason),
        }
    }

    fn refuse(&mut self, code: FindingCode, file: &File, reason: LogRefusal) {
        self.found
            .push(Finding::about(code, file.name).because(reason.code()));
    }

    /// One size has one root; two of them are two logs under one name.
    fn know(&mut self, file: &File, checkpoint: &Checkpoint, note: &Note) {
        let known = self
            .log
            .roots
            .entry(checkpoint.size)
            .or_insert(checkpoint.root);
        if *known != checkpoint.root {
            let forked = Finding::about(FindingCode::LogForked, file.name);
            self.found.push(forked.because(checkpoint.size));
            return;
        }
        let hash = sha256(note.to_string().as_bytes());
        let signed = Signed {
            size: checkpoint.size,
            note: note.clone(),
            file: file.name.to_owned(),
        };
        if self.log.notes.insert(hash, signed).is_some() {
            return;
        }
        if let Some(at) = self.seen_at(file, note, checkpoint.size) {
            let seen = Witnessed {
                size: checkpoint.size,
                note: hash,
                at,
            };
            self.log.witnessed.insert(hash, seen);
        }
    }

    /// When so many who are trusted as are asked for had seen it, by their own clocks.
    fn seen_at(&mut self, file: &File, note: &Note, size: u64) -> Option<Timestamp> {
        let mut times = Vec::from_iter(self.stamps.voice(size, note.text(), self.found));
        for (witness, trusted) in self.trust.witnesses() {
            match cosigned_at(note, &witness) {
                Ok(at) => times.extend(at.filter(|at| trusted.is_valid_at(*at))),
                Err(reason) => {
                    let finding = Finding::about(FindingCode::CheckpointNotGenuine, file.name);
                    self.found.push(finding.because(reason.code()));
                }
            }
        }
        outside::seen_at(times, self.trust.quorum as usize).unwrap_or_else(
            |outside::Disagreement| {
                self.found
                    .push(Finding::about(FindingCode::WitnessesDisagree, file.name));
                None
            },
        )
    }

    /// Each checkpoint continues the one before it.
    fn must_be_consistent(&mut self, files: &[File]) {
        let sizes: Vec<(u64, Digest)> = self
            .log
            .roots
            .iter()
            .map(|(size, root)| (*size, *root))
            .collect();
        for pair in sizes.windows(2) {
            let [(old, old_root), (new, new_root)] = pair else {
                continue;
            };
            let place = Place::Consistency {
                old: *old,
                new: *new,
            };
            let Some(file) = files.iter().find(|file| file.place == place) else {
                self.found
                    .push(Finding::about(FindingCode::ConsistencyAbsent, place));
                continue;
            };
            match read_hashes(file.bytes) {
                Ok(proof) if verify_consistency(*old, *old_root, *new, *new_root, &proof) => {}
                Ok(_) => self.refuse(FindingCode::LogForked, file, LogRefusal::LogNotConsistent),
                Err(reason) => self.refuse(FindingCode::LogForked, file, reason),
            }
        }
    }

    /// Times in the log never go back, and one place holds one leaf.
    fn must_not_go_back(&mut self) {
        let mut leaves: Vec<Proved> = self.log.leaves.values().copied().collect();
        leaves.sort_by_key(|proved| proved.index);
        for pair in leaves.windows(2) {
            let [before, after] = pair else {
                continue;
            };
            if after.leaf.ts < before.leaf.ts || after.index == before.index {
                let place = Place::Proof(after.leaf.h);
                self.found
                    .push(Finding::about(FindingCode::LogTimeWentBack, place));
            }
        }
    }
}
