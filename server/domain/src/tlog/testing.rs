//! Names and keys for the tests of this folder.

use super::checkpoint::Checkpoint;
use super::merkle::{Tree, leaf_hash, root};
use super::note::{KeyKind, Note, NoteKey};
use crate::envelope::Signer;

pub const ORIGIN: &str = "daochang.example/log";
pub const WITNESS: &str = "authority.example/w1";

pub fn log_signer() -> Signer {
    Signer::from_seed(&[1; 32])
}

pub fn witness_signer() -> Signer {
    Signer::from_seed(&[2; 32])
}

pub fn log_key() -> NoteKey {
    NoteKey::new(ORIGIN, KeyKind::Note, log_signer().public_key()).unwrap()
}

pub fn witness_key() -> NoteKey {
    NoteKey::new(WITNESS, KeyKind::Cosignature, witness_signer().public_key()).unwrap()
}

/// A tree of leaves that all differ.
pub fn tree(size: u64) -> Tree {
    Tree::of((0..size).map(|index| leaf_hash(&index.to_be_bytes())))
}

/// The checkpoint of [`tree`], signed by the log.
pub fn signed(size: u64) -> Note {
    let checkpoint = Checkpoint {
        origin: ORIGIN.to_owned(),
        size,
        root: root(size, &tree(size)).unwrap(),
    };
    checkpoint.sign(&log_signer()).unwrap()
}
