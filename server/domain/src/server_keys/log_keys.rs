//! Which key of the log must have signed a checkpoint. A checkpoint says no time, but it says how many leaves
//! it covers, and the change of key is a leaf itself: what covers that leaf is signed by the new key, what
//! does not by the old one. While people are being told, the old key signs along; nobody who knows the
//! new one needs that.

use super::{ChangeRefusal, HeldChange, KeyUse, follow};
use crate::envelope::PublicKey;
use crate::ids::Digest;
use crate::tlog::LogRefusal;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::{KeyKind, Note, NoteKey};
use crate::tlog::proof::LogProof;

/// A key of the log with the sizes it signs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeySpan {
    pub key: NoteKey,
    /// Only checkpoints of more leaves; none if it signed from the first.
    pub above: Option<u64>,
    /// Only checkpoints of so many leaves or fewer; none while it signs.
    pub up_to: Option<u64>,
}

impl LogKeySpan {
    fn must_sign_for(&self, size: u64) -> Result<(), LogRefusal> {
        if self.above.is_some_and(|above| size <= above) {
            Err(LogRefusal::NoteKeyNotYet)
        } else if self.up_to.is_some_and(|up_to| size > up_to) {
            Err(LogRefusal::NoteKeyReplaced)
        } else {
            Ok(())
        }
    }
}

/// What changes prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedLog<'a> {
    pub keys: LogKeys,
    /// The changes that lead from one of them to the next, in their order.
    pub line: Vec<&'a HeldChange>,
    /// The changes that lead nowhere, each by the hash of what was signed, and why.
    pub refused: Vec<(Digest, ChangeRefusal)>,
}

/// All keys of a log, as far as they are proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeys {
    spans: Vec<LogKeySpan>,
}

impl LogKeys {
    /// One key that never changed.
    pub fn of(key: NoteKey) -> Self {
        Self::proved(vec![key], &[]).keys
    }

    /// The keys that are trusted to begin with, and those that proved changes lead to; and why the other
    /// changes lead nowhere. Changes of other kinds are left alone. A new key has the name of the old one.
    pub fn proved(trusted: Vec<NoteKey>, changes: &[HeldChange]) -> ProvedLog<'_> {
        let starts: Vec<&PublicKey> = trusted.iter().map(NoteKey::public_key).collect();
        let (line, refused) = follow(KeyUse::Log, &starts, changes);
        let always = |key: NoteKey| LogKeySpan {
            key,
            above: None,
            up_to: None,
        };
        let mut keys = Self {
            spans: trusted.into_iter().map(always).collect(),
        };
        line.iter().for_each(|held| keys.hand_over(held));
        ProvedLog {
            keys,
            line,
            refused,
        }
    }

    /// [`follow`] has seen to it that the old key is known.
    fn hand_over(&mut self, held: &HeldChange) {
        let leaf = held.change.leaf;
        let mut names = Vec::new();
        for span in &mut self.spans {
            if span.key.public_key() == &held.old {
                span.up_to = Some(leaf);
                names.push(span.key.name().to_owned());
            } else if span.key.public_key() == &held.new {
                span.above = Some(leaf);
            }
        }
        for name in names {
            let Ok(key) = NoteKey::new(&name, KeyKind::Note, &held.new) else {
                continue;
            };
            if !self.spans.iter().any(|span| span.key == key) {
                self.spans.push(LogKeySpan {
                    key,
                    above: Some(leaf),
                    up_to: None,
                });
            }
        }
    }

    /// The keys with the sizes they sign for, in the order in which they were trusted or proved.
    pub fn spans(&self) -> &[LogKeySpan] {
        &self.spans
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Reads a checkpoint that the key in force at its size has signed.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]; [`LogRefusal::NoteKeyReplaced`] and [`LogRefusal::NoteKeyNotYet`] when only
    /// other keys of the log have signed it.
    pub fn open(&self, note: &Note) -> Result<Checkpoint, LogRefusal> {
        self.by_any(|key| Checkpoint::open(note, key))
    }

    /// The checkpoint of a proof, if the leaf with this hash is in it; see [`LogProof::verify`].
    ///
    /// # Errors
    /// As [`LogKeys::open`], and [`LogRefusal::NotInLog`].
    pub fn verify(&self, proof: &LogProof, leaf_hash: Digest) -> Result<Checkpoint, LogRefusal> {
        self.by_any(|key| proof.verify(leaf_hash, key))
    }

    fn by_any(
        &self,
        open: impl Fn(&NoteKey) -> Result<Checkpoint, LogRefusal>,
    ) -> Result<Checkpoint, LogRefusal> {
        let mut reason = LogRefusal::NoteNotSigned;
        for span in &self.spans {
            let opened = open(&span.key)
                .and_then(|checkpoint| span.must_sign_for(checkpoint.size).map(|()| checkpoint));
            match opened {
                Err(LogRefusal::NoteNotSigned) => {}
                Err(other) => reason = other,
                opened => return opened,
            }
        }
        Err(reason)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::envelope::Signer;
    use crate::server_keys::KeyChange;
    use crate::time::Timestamp;

    const ORIGIN: &str = "daochang.example/log";
    const FIRST: u64 = 10;
    const SECOND: u64 = 20;

    fn key(seed: u8) -> Signer {
        Signer::from_seed(&[seed; 32])
    }

    fn named(seed: u8) -> NoteKey {
        NoteKey::new(ORIGIN, KeyKind::Note, key(seed).public_key()).unwrap()
    }

    fn held(index: u64, leaf: u64, old: u8, new: u8) -> HeldChange {
        let change = KeyChange {
            from: Timestamp(leaf as i64),
            index,
            kind: KeyUse::Log,
            leaf,
            new: key(new).public_key().spki_base64(),
            old: key(old).public_key().spki_base64(),
            v: 1,
        };
        HeldChange::open(&change.sign(&key(old), &key(new)).unwrap()).unwrap()
    }

    fn signed(size: u64, by: &[u8]) -> Note {
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: Digest([1; 32]),
        };
        let mut note = checkpoint.sign(&key(by[0])).unwrap();
        for also in &by[1..] {
            note.sign(ORIGIN, &key(*also)).unwrap();
        }
        note
    }

    fn line() -> [HeldChange; 2] {
        [held(1, FIRST, 1, 2), held(2, SECOND, 2, 3)]
    }

    #[rstest]
    #[case::old_long_before(&[1], 1, Ok(()))]
    #[case::old_without_the_change(&[1], FIRST, Ok(()))]
    #[case::old_over_the_change(&[1], FIRST + 1, Err("note_key_replaced"))]
    #[case::new_without_its_change(&[2], FIRST, Err("note_key_not_yet"))]
    #[case::new_over_its_change(&[2], FIRST + 1, Ok(()))]
    #[case::new_at_its_end(&[2], SECOND, Ok(()))]
    #[case::new_too_late(&[2], SECOND + 1, Err("note_key_replaced"))]
    #[case::third(&[3], SECOND + 1, Ok(()))]
    #[case::both_while_people_are_told(&[2, 1], FIRST + 1, Ok(()))]
    #[case::both_in_another_order(&[1, 2], FIRST + 1, Ok(()))]
    #[case::both_before(&[2, 1], FIRST, Ok(()))]
    #[case::stranger(&[9], FIRST + 1, Err("note_not_signed"))]
    fn a_checkpoint_is_signed_by_the_key_of_its_size(
        #[case] by: &[u8],
        #[case] size: u64,
        #[case] expected: Result<(), &str>,
    ) {
        let changes = line();
        let ProvedLog { keys, refused, .. } = LogKeys::proved(vec![named(1)], &changes);
        assert_eq!(refused, []);
        let opened = keys.open(&signed(size, by));
        assert_eq!(opened.map(drop).map_err(|reason| reason.code()), expected);
    }

    #[test]
    fn one_key_alone_signs_for_every_size() {
        let keys = LogKeys::of(named(1));
        for size in [0, 1, crate::tlog::SIZE_MAX] {
            assert_eq!(keys.open(&signed(size, &[1])).unwrap().size, size);
        }
        assert!(LogKeys::proved(Vec::new(), &[]).keys.is_empty());
    }

    #[test]
    fn a_key_that_is_trusted_by_hand_is_bound_by_its_change() {
        let changes = line();
        let keys = LogKeys::proved(vec![named(1), named(2)], &changes).keys;
        let not_yet = keys.open(&signed(FIRST, &[2]));
        assert_eq!(not_yet, Err(LogRefusal::NoteKeyNotYet));
        assert_eq!(keys.spans().len(), 3);
    }

    #[test]
    fn changes_of_the_server_are_no_changes_of_the_log() {
        let of_the_server = KeyChange {
            kind: KeyUse::Server,
            ..held(1, FIRST, 1, 2).change
        };
        let envelope = of_the_server.sign(&key(1), &key(2)).unwrap();
        let changes = [HeldChange::open(&envelope).unwrap()];
        let proved = LogKeys::proved(vec![named(1)], &changes);
        assert_eq!(proved.keys, LogKeys::of(named(1)));
        assert_eq!((proved.line.len(), proved.refused.len()), (0, 0));
    }
}
