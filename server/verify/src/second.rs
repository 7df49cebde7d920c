//! Second signatures: receipts and checkpoints that the server also signed with SM2. They are asked for
//! only by whoever names SM2 keys in the trust file, and from the moment on that it names: one that is
//! not there is a guarantee missing, one that does not hold is false. Nothing is proved by them that the
//! first signature does not prove; they prove it by another algorithm.

use std::collections::BTreeMap;

use domain::envelope::Envelope;
use domain::event::Fact;
use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::note::Note;
use gm::PublicKey;
use gm::envelope::Second;

use crate::container::File;
use crate::evidence::{Evidence, Opened};
use crate::finding::{Finding, FindingCode};
use crate::log::Log;
use crate::place::Place;
use crate::trust::{Trust, TrustedKey};

/// Checks them all. Returns how many hold.
pub(crate) fn check(
    files: &[File],
    evidence: &Evidence,
    log: &Log,
    trust: &Trust,
    found: &mut Vec<Finding>,
) -> usize {
    let keys = SecondKeys::of(&trust.sm2_keys);
    if keys.is_empty() {
        return 0;
    }
    receipts(&keys, files, evidence, found) + checkpoints(&keys, log, found)
}

/// A receipt says itself when it was signed.
fn receipts(
    keys: &SecondKeys<'_>,
    files: &[File],
    evidence: &Evidence,
    found: &mut Vec<Finding>,
) -> usize {
    let copies = Copies::of(files, evidence);
    let mut held = 0;
    for (id, receipt) in evidence.all_receipts() {
        let Some((place, envelope)) = copies.find(id) else {
            continue;
        };
        match keys.receipt(&envelope, receipt.ts) {
            None => {}
            Some(Second::Genuine) => held += 1,
            Some(Second::Absent) => found.push(Finding::about(FindingCode::Sm2Absent, place)),
            Some(Second::NotGenuine) => {
                found.push(Finding::about(FindingCode::Sm2NotGenuine, place));
            }
        }
    }
    held
}

fn checkpoints(keys: &SecondKeys<'_>, log: &Log, found: &mut Vec<Finding>) -> usize {
    let mut held = 0;
    for (signed, seen_at) in log.signed() {
        let after = log.latest_leaf_in(signed.size);
        match keys.checkpoint(&signed.note, after, seen_at) {
            Ok(None) => {}
            Ok(Some(true)) => held += 1,
            Ok(Some(false)) => found.push(Finding::about(FindingCode::Sm2Absent, &signed.file)),
            Err(reason) => {
                found.push(Finding::about(FindingCode::Sm2NotGenuine, &signed.file).because(reason))
            }
        }
    }
    held
}

/// The keys of second signatures, each with the time in which it signs, and what they must have signed.
pub struct SecondKeys<'a>(Vec<(PublicKey, &'a TrustedKey)>);

impl<'a> SecondKeys<'a> {
    /// Those of them that can be read.
    pub fn of(keys: &'a [TrustedKey]) -> Self {
        let read =
            |trusted: &'a TrustedKey| Some((PublicKey::from_base64(&trusted.key).ok()?, trusted));
        Self(keys.iter().filter_map(read).collect())
    }

    /// Whether nothing is asked of anybody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, whenever they sign.
    pub fn all(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Those that are valid at this time.
    fn at(&self, at: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let valid = self.0.iter().filter(move |(_, it)| it.is_valid_at(at));
        valid.map(|(key, _)| key)
    }

    /// What becomes of the second signature of a receipt given at this time; none if it needs none.
    pub fn receipt(&self, envelope: &Envelope, ts: Timestamp) -> Option<Second> {
        let keys: Vec<&PublicKey> = self.at(ts).collect();
        (!keys.is_empty()).then(|| gm::envelope::second(envelope, keys))
    }

    /// Whether a checkpoint is signed a second time; none if it is not and need not be. It does not say when it
    /// was signed, but that was after its last leaf, given at `after`, and before witnesses had seen it.
    ///
    /// # Errors
    /// The code of what is wrong with a line that is there.
    pub fn checkpoint(
        &self,
        note: &Note,
        after: Option<Timestamp>,
        seen_at: Option<Timestamp>,
    ) -> Result<Option<bool>, &'static str> {
        match self.has_signed(note, after)? {
            true => Ok(Some(true)),
            false => Ok(self.must_have_signed(after, seen_at).then_some(false)),
        }
    }

    /// Whether one of the keys has that was still valid when the checkpoint's last leaf was there. A line
    /// of any of them must be genuine; lines of other keys are nobody's here, as everywhere in a note.
    fn has_signed(&self, note: &Note, after: Option<Timestamp>) -> Result<bool, &'static str> {
        // The log's own key has opened it.
        let Ok(checkpoint) = Checkpoint::parse(note.text()) else {
            return Ok(false);
        };
        let mut has_signed = false;
        for (key, trusted) in &self.0 {
            let is_by_it = gm::note::has_signed(note, &checkpoint.origin, key);
            let is_by_it = is_by_it.map_err(|reason| reason.code())?;
            let was_valid = after.is_none_or(|at| trusted.until.is_none_or(|until| at <= until));
            has_signed |= is_by_it && was_valid;
        }
        Ok(has_signed)
    }

    /// Only if it was certainly signed while a key was valid: after its last leaf that is proved here, and
    /// before a key's end, for which witnesses must say when the checkpoint was there.
    fn must_have_signed(&self, after: Option<Timestamp>, seen_at: Option<Timestamp>) -> bool {
        let Some(after) = after else {
            return false;
        };
        self.0.iter().any(|(_, trusted)| {
            let has_ended = trusted
                .until
                .is_some_and(|until| seen_at.is_none_or(|at| at > until));
            trusted.is_valid_at(after) && !has_ended
        })
    }
}

/// The receipts as they came: the server's own copies, and those that phones embed. A phone may leave out
/// what it does not need, so its copy speaks only where the server brings none.
struct Copies<'a> {
    files: BTreeMap<Digest, &'a File<'a>>,
    embedded: BTreeMap<Digest, &'a Opened>,
}

impl<'a> Copies<'a> {
    fn of(files: &'a [File<'a>], evidence: &'a Evidence) -> Self {
        let receipt = |file: &'a File<'a>| match file.place {
            Place::Receipt(id) => Some((id, file)),
            _ => None,
        };
        let embedded = |opened: &'a Opened| Some((opened.acknowledged.as_ref()?.0, opened));
        Self {
            files: files.iter().filter_map(receipt).collect(),
            embedded: evidence.events().filter_map(embedded).collect(),
        }
    }

    fn find(&self, id: Digest) -> Option<(String, Envelope)> {
        if let Some(file) = self.files.get(&id) {
            return Some((file.name.to_owned(), Envelope::parse(file.bytes).ok()?));
        }
        let opened = self.embedded.get(&id)?;
        let Fact::SyncAcknowledged(acknowledged) = &opened.event.fact else {
            return None;
        };
        let envelope = Envelope::from_value(acknowledged.receipt.clone()).ok()?;
        Some((opened.place().to_string(), envelope))
    }
}
