use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;

use super::*;
use crate::tlog::testing::tree;

/// The reference leaves of Certificate Transparency, as published with RFC 6962's first logs.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
/// Roots over the first 0, 1, … 8 of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEFT_PAIR: &str = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const LEAF_0: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
const LEAF_1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const LEAF_4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const PAIR_1: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const PAIR_2: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const PAIR_3: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const LEFT_FOUR: &str = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const RIGHT_FOUR: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

fn digest(hex: &str) -> Digest {
    hex.parse().unwrap()
}

fn digests(hex: &[&str]) -> Vec<Digest> {
    hex.iter().map(|hex| digest(hex)).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn reference() -> Tree {
    Tree::of(LEAVES.iter().map(|leaf| leaf_hash(&bytes(leaf))))
}

#[test]
fn the_published_roots_come_out_for_every_size() {
    let tree = reference();
    for (size, expected) in ROOTS.iter().enumerate() {
        assert_eq!(root(size as u64, &tree), Some(digest(expected)), "{size}");
    }
    assert_eq!(root(9, &tree), None, "a leaf that is not there");
    assert_eq!(tree.size(), 8);
}

#[test]
fn the_published_inclusion_proofs_come_out() {
    let tree = reference();
    let cases: [(u64, u64, &[&str]); 5] = [
        (0, 1, &[]),
        (0, 8, &[LEAF_1, PAIR_1, RIGHT_FOUR]),
        (5, 8, &[LEAF_4, PAIR_3, LEFT_FOUR]),
        (2, 3, &[LEFT_PAIR]),
        (1, 5, &[LEAF_0, PAIR_1, LEAF_4]),
    ];
    for (index, size, proof) in cases {
        let proof = digests(proof);
        assert_eq!(prove_inclusion(index, size, &tree), Some(proof.clone()));
        let leaf = leaf_hash(&bytes(LEAVES[index as usize]));
        let root = digest(ROOTS[size as usize]);
        assert!(verify_inclusion(leaf, index, size, root, &proof));
    }
}

#[test]
fn the_published_consistency_proofs_come_out() {
    let tree = reference();
    let cases: [(u64, u64, &[&str]); 5] = [
        (1, 1, &[]),
        (1, 8, &[LEAF_1, PAIR_1, RIGHT_FOUR]),
        (6, 8, &[PAIR_2, PAIR_3, LEFT_FOUR]),
        (2, 5, &[PAIR_1, LEAF_4]),
        (0, 5, &[]),
    ];
    for (old, new, proof) in cases {
        let proof = digests(proof);
        assert_eq!(prove_consistency(old, new, &tree), Some(proof.clone()));
        let (old_root, new_root) = (digest(ROOTS[old as usize]), digest(ROOTS[new as usize]));
        assert!(verify_consistency(old, old_root, new, new_root, &proof));
    }
}

/// Root, all inclusion and all consistency proofs against another author's implementation.
fn is_as_ct_merkle_says(size: u64, indices: impl Iterator<Item = u64>) {
    let mine = tree(size);
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    (0..size).for_each(|index| theirs.push(index.to_be_bytes().to_vec()));
    let joined = |proof: Vec<Digest>| proof.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>();
    let their_root = theirs.root();
    assert_eq!(root(size, &mine).unwrap().0[..], their_root.as_bytes()[..]);
    for index in indices {
        let proof = prove_inclusion(index, size, &mine).unwrap();
        assert_eq!(
            joined(proof),
            theirs.prove_inclusion(index as usize).as_bytes(),
            "leaf {index} of {size}"
        );
        let (old, added) = (index + 1, size - index - 1);
        if added > 0 {
            let proof = prove_consistency(old, size, &mine).unwrap();
            assert_eq!(
                joined(proof),
                theirs.prove_consistency(added as usize).as_bytes(),
                "{old} to {size}"
            );
        }
    }
}

#[test]
fn everything_equals_an_independent_implementation_for_small_trees() {
    (0..=70).for_each(|size| is_as_ct_merkle_says(size, 0..size));
}

#[test]
fn every_proof_of_a_small_tree_verifies_and_only_where_it_belongs() {
    let tree = tree(40);
    let leaf = |index: u64| tree.node(0, index).unwrap();
    let roots: Vec<Digest> = (0..=40).map(|size| root(size, &tree).unwrap()).collect();
    for size in 1..=40_u64 {
        for index in 0..size {
            let proof = prove_inclusion(index, size, &tree).unwrap();
            for (at, hash) in (0..40).map(|at| (at, leaf(at))) {
                let is_it = at == index;
                let root = roots[size as usize];
                assert_eq!(verify_inclusion(hash, index, size, root, &proof), is_it);
                assert_eq!(verify_inclusion(leaf(index), at, size, root, &proof), is_it);
            }
        }
        for old in 0..=size {
            let proof = prove_consistency(old, size, &tree).unwrap();
            let new_root = roots[size as usize];
            for other in 1..=40_u64 {
                let holds =
                    verify_consistency(other, roots[other as usize], size, new_root, &proof);
                let is_trivial = other == size && proof.is_empty();
                assert_eq!(holds, other == old || is_trivial, "{old}/{other} to {size}");
            }
        }
    }
}

#[test]
fn what_is_out_of_bounds_is_neither_proved_nor_believed() {
    let tree = tree(8);
    let (leaf, top) = (tree.node(0, 0).unwrap(), root(8, &tree).unwrap());
    assert_eq!(prove_inclusion(8, 8, &tree), None);
    assert_eq!(prove_inclusion(0, 9, &tree), None);
    assert_eq!(prove_inclusion(0, 0, &tree), None);
    assert_eq!(prove_consistency(9, 8, &tree), None);
    assert_eq!(prove_consistency(3, 9, &tree), None);
    assert_eq!(root(SIZE_MAX + 1, &tree), None);
    assert_eq!(prove_inclusion(0, SIZE_MAX + 1, &tree), None);
    assert!(!verify_inclusion(leaf, 0, 0, top, &[]));
    assert!(!verify_inclusion(leaf, 0, SIZE_MAX + 1, leaf, &[]));
    assert!(!verify_inclusion(leaf, u64::MAX, u64::MAX, leaf, &[]));
    assert!(!verify_consistency(9, top, 8, top, &[]));
    assert!(
        !verify_consistency(0, top, 8, top, &[]),
        "not the empty root"
    );
    assert!(!verify_consistency(3, top, 8, top, &[]));
    assert!(!verify_consistency(1, top, u64::MAX, top, &[]));
    let long = vec![leaf; PROOF_HASHES_MAX + 1];
    assert!(!verify_inclusion(leaf, 0, SIZE_MAX, top, &long));
    assert!(!verify_consistency(1, leaf, SIZE_MAX, top, &long));
}

#[test]
fn the_largest_tree_has_proofs_within_the_limit() {
    /// A tree whose every node has the same hash: only its shape counts.
    struct Shape;
    impl Nodes for Shape {
        fn node(&self, _: u8, _: u64) -> Option<Digest> {
            Some(Digest([0; 32]))
        }
    }
    for index in [0, 1, SIZE_MAX / 2, SIZE_MAX - 2, SIZE_MAX - 1] {
        let inclusion = prove_inclusion(index, SIZE_MAX, &Shape).unwrap();
        let consistency = prove_consistency(index, SIZE_MAX, &Shape).unwrap();
        assert!(inclusion.len().max(consistency.len()) <= 54, "{index}");
    }
}

/// A proof with one thing about it changed.
#[derive(Debug, Clone)]
enum Change {
    Bit { hash: usize, bit: usize },
    Drop(usize),
    Twice(usize),
    Swap(usize),
    Append,
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..64_usize, 0..256_usize).prop_map(|(hash, bit)| Change::Bit { hash, bit }),
        (0..64_usize).prop_map(Change::Drop),
        (0..64_usize).prop_map(Change::Twice),
        (0..64_usize).prop_map(Change::Swap),
        Just(Change::Append),
    ]
}

fn changed(proof: &[Digest], change: &Change) -> Vec<Digest> {
    let mut changed = proof.to_vec();
    let at = |place: &usize| place % proof.len().max(1);
    match change {
        Change::Bit { hash, bit } if !proof.is_empty() => {
            changed[at(hash)].0[bit / 8] ^= 1 << (bit % 8);
        }
        Change::Drop(place) if !proof.is_empty() => {
            changed.remove(at(place));
        }
        Change::Twice(place) if !proof.is_empty() => {
            changed.insert(at(place), proof[at(place)]);
        }
        Change::Swap(place) if proof.len() > 1 => {
            changed.swap(at(place), (at(place) + 1) % proof.len());
        }
        _ => changed.push(Digest([9; 32])),
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn larger_trees_equal_the_independent_implementation_too(size in 71..1_500_u64, some in prop::collection::vec(0..1_500_u64, 6)) {
        is_as_ct_merkle_says(size, some.into_iter().map(|index| index % size));
    }

    #[test]
    fn a_changed_proof_convinces_nobody(size in 1..600_u64, a in 0..600_u64, change in any_change(), bit in 0..256_usize) {
        let tree = tree(size);
        let index = a % size;
        let (leaf, top) = (tree.node(0, index).unwrap(), root(size, &tree).unwrap());
        let flipped = |mut digest: Digest| { digest.0[bit / 8] ^= 1 << (bit % 8); digest };

        let proof = prove_inclusion(index, size, &tree).unwrap();
        prop_assert!(verify_inclusion(leaf, index, size, top, &proof));
        prop_assert!(!verify_inclusion(leaf, index, size, top, &changed(&proof, &change)));
        prop_assert!(!verify_inclusion(flipped(leaf), index, size, top, &proof));
        prop_assert!(!verify_inclusion(leaf, index, size, flipped(top), &proof));
        for other in [index.wrapping_sub(1), index + 1, index ^ 2, size + index] {
            prop_assert!(!verify_inclusion(leaf, other, size, top, &proof));
        }

        let (old, old_root) = (index + 1, root(index + 1, &tree).unwrap());
        let proof = prove_consistency(old, size, &tree).unwrap();
        prop_assert!(verify_consistency(old, old_root, size, top, &proof));
        prop_assert!(!verify_consistency(old, old_root, size, top, &changed(&proof, &change)));
        prop_assert!(!verify_consistency(old, flipped(old_root), size, top, &proof));
        prop_assert!(!verify_consistency(old, old_root, size, flipped(top), &proof));
        if index > 0 {
            prop_assert!(!verify_consistency(index, old_root, size, top, &proof));
        }
    }
}
