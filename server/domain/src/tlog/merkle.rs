//! RFC 6962 hash trees over SHA-256: roots, proofs that a leaf is in a tree, proofs that one tree
//! continues another. Where the hashes lie is not known here ([`Nodes`]), nor what a leaf says.

#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};

use super::SIZE_MAX;
use crate::ids::Digest;

/// Most hashes a proof may have; a tree of [`SIZE_MAX`] leaves needs 54.
pub const PROOF_HASHES_MAX: usize = 64;

/// Hash of a leaf's bytes: `SHA-256(0x00 ‖ entry)`.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let hash = Sha256::new().chain_update([0]).chain_update(entry);
    Digest(hash.finalize().into())
}

/// Hash of two neighbours: `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node_hash(left: Digest, right: Digest) -> Digest {
    let hash = Sha256::new()
        .chain_update([1])
        .chain_update(left.0)
        .chain_update(right.0);
    Digest(hash.finalize().into())
}

/// Root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Digest {
    Digest(Sha256::digest([]).into())
}

/// Where the hashes of a tree come from.
pub trait Nodes {
    /// The root of the `index`-th complete subtree of `2^level` leaves; none if it is not at hand.
    fn node(&self, level: u8, index: u64) -> Option<Digest>;
}

/// All hashes of a tree in memory: for tests, and for the few leaves of one bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Per level the roots of its complete subtrees; the leaves first.
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// The tree over these leaf hashes.
    pub fn of(leaf_hashes: impl IntoIterator<Item = Digest>) -> Self {
        let mut tree = Self::default();
        leaf_hashes.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf_hash: Digest) {
        let mut hash = leaf_hash;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(hash);
            match nodes.as_slice() {
                [.., left, right] if nodes.len().is_multiple_of(2) => {
                    hash = node_hash(*left, *right);
                }
                _ => return,
            }
        }
    }
}

impl Nodes for Tree {
    fn node(&self, level: u8, index: u64) -> Option<Digest> {
        let nodes = self.levels.get(usize::from(level))?;
        nodes.get(usize::try_from(index).ok()?).copied()
    }
}

/// Root of the first `size` leaves; none if the tree is too large or a hash is not at hand.
pub fn root(size: u64, nodes: &impl Nodes) -> Option<Digest> {
    match size {
        0 => Some(empty_root()),
        1..=SIZE_MAX => subtree(0, size, nodes),
        _ => None,
    }
}

/// The hashes that lead from leaf `index` to the root of the first `size` leaves, lowest first;
/// none if there is no such leaf or a hash is not at hand.
pub fn prove_inclusion(index: u64, size: u64, nodes: &impl Nodes) -> Option<Vec<Digest>> {
    if index >= size || size > SIZE_MAX {
        return None;
    }
    let (mut begin, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - begin > 1 {
        let middle = begin + left_half(end - begin);
        if index < middle {
            proof.push(subtree(middle, end, nodes)?);
            end = middle;
        } else {
            proof.push(subtree(begin, middle, nodes)?);
            begin = middle;
        }
    }
    proof.reverse();
    Some(proof)
}

/// The hashes that show that the first `new_size` leaves begin with the first `old_size`; empty
/// if either is the whole answer. None if the old tree is larger or a hash is not at hand.
pub fn prove_consistency(old_size: u64, new_size: u64, nodes: &impl Nodes) -> Option<Vec<Digest>> {
    if old_size > new_size || new_size > SIZE_MAX {
        return None;
    }
    if old_size == 0 || old_size == new_size {
        return Some(Vec::new());
    }
    let (mut begin, mut end) = (0, new_size);
    let mut proof = Vec::new();
    while end != old_size {
        let middle = begin + left_half(end - begin);
        if old_size <= middle {
            proof.push(subtree(middle, end, nodes)?);
            end = middle;
        } else {
            proof.push(subtree(begin, middle, nodes)?);
            begin = middle;
        }
    }
    // The verifier knows the old root, and so this hash if the old tree is just this subtree.
    if begin > 0 {
        proof.push(subtree(begin, end, nodes)?);
    }
    proof.reverse();
    Some(proof)
}

/// Whether the proof leads from this leaf, at this place, to this root (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(
    leaf_hash: Digest,
    index: u64,
    size: u64,
    root: Digest,
    proof: &[Digest],
) -> bool {
    if index >= size || size > SIZE_MAX || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    let mut path = Path {
        node: index,
        last: size - 1,
    };
    let mut hash = leaf_hash;
    for sibling in proof {
        match path.climb() {
            Some(Side::Left) => hash = node_hash(*sibling, hash),
            Some(Side::Right) => hash = node_hash(hash, *sibling),
            None => return false,
        }
    }
    path.last == 0 && hash == root
}

/// Whether the proof shows that the new tree begins with the old one (RFC 9162, 2.1.4.2).
pub fn verify_consistency(
    old_size: u64,
    old_root: Digest,
    new_size: u64,
    new_root: Digest,
    proof: &[Digest],
) -> bool {
    if old_size > new_size || new_size > SIZE_MAX || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && old_root == empty_root();
    }
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        match proof.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return false,
        }
    };
    let whole = old_size.trailing_zeros();
    let mut path = Path {
        node: (old_size - 1) >> whole,
        last: (new_size - 1) >> whole,
    };
    let (mut old, mut new) = (first, first);
    for sibling in rest {
        match path.climb() {
            Some(Side::Left) => {
                old = node_hash(*sibling, old);
                new = node_hash(*sibling, new);
            }
            Some(Side::Right) => new = node_hash(new, *sibling),
            None => return false,
        }
    }
    path.last == 0 && old == old_root && new == new_root
}

/// On which side the next sibling of a proof lies.
enum Side {
    Left,
    Right,
}

/// The way up from a node: its place on its level, and the place of the level's last node.
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// One sibling higher; none at the root.
    fn climb(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // A last node without a left neighbour on this level moves up as it is.
            let alone = self.node.trailing_zeros();
            self.node >>= alone;
            self.last >>= alone;
            Side::Left
        } else {
            Side::Right
        };
        self.node >>= 1;
        self.last >>= 1;
        Some(side)
    }
}

/// Largest power of two below `size`, which is at least 2.
fn left_half(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// Root of the leaves from `begin` to before `end`, a range that RFC 6962's recursion reaches.
fn subtree(begin: u64, end: u64, nodes: &impl Nodes) -> Option<Digest> {
    let size = end - begin;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes.node(u8::try_from(level).ok()?, begin >> level);
    }
    let middle = begin + left_half(size);
    Some(node_hash(
        subtree(begin, middle, nodes)?,
        subtree(middle, end, nodes)?,
    ))
}
