use proptest::prelude::*;

use super::*;
use crate::tlog::merkle::{Nodes as _, prove_inclusion};
use crate::tlog::testing::{log_key, signed, tree};

fn proof(index: u64, size: u64) -> LogProof {
    LogProof {
        extra: None,
        index,
        hashes: prove_inclusion(index, size, &tree(size)).unwrap(),
        checkpoint: signed(size),
    }
}

fn leaf(index: u64) -> Digest {
    tree(index + 1).node(0, index).unwrap()
}

#[test]
fn a_proof_convinces_whoever_holds_the_key() {
    for (index, size) in [(0, 1), (0, 2), (4, 7), (255, 256), (256, 300)] {
        let written = proof(index, size).to_string();
        let read = LogProof::parse(written.as_bytes()).unwrap();
        assert_eq!(read, proof(index, size));
        let checkpoint = read.verify(leaf(index), &log_key()).unwrap();
        assert_eq!(checkpoint.size, size);
        assert_eq!(
            read.verify(leaf(index + 1), &log_key()),
            Err(LogRefusal::NotInLog)
        );
    }
}

#[test]
fn extra_data_is_carried_along_within_its_limit() {
    let with = |bytes: usize| LogProof {
        extra: Some(vec![7; bytes]),
        ..proof(2, 3)
    };
    let at_limit = with(EXTRA_BYTES_MAX).to_string();
    assert_eq!(
        LogProof::parse(at_limit.as_bytes()),
        Ok(with(EXTRA_BYTES_MAX))
    );
    let over = with(EXTRA_BYTES_MAX + 1).to_string();
    assert_eq!(
        LogProof::parse(over.as_bytes()),
        Err(LogRefusal::NotALogProof)
    );
}

#[test]
fn another_form_is_refused() {
    let right = proof(4, 7).to_string();
    let hash = right.lines().nth(2).unwrap();
    let long = format!("{hash}\n").repeat(PROOF_HASHES_MAX - 2);
    for wrong in [
        right.replace("@v1", "@v2"),
        right.replace("index 4", "index 04"),
        right.replace("index 4", "index -4"),
        right.replace("index 4", "index 9007199254740991"),
        right.replace("index 4\n", ""),
        right.replace("index 4", "extra \nextra \nindex 4"),
        right.replace("index 4", "extra\nindex 4"),
        right.replace("index 4", "extra A\nindex 4"),
        right.replace(hash, &hash[1..]),
        right.replace(hash, &format!("{hash} ")),
        right.replace(hash, &format!("{long}{hash}")),
        right.replace('\n', "\r\n"),
        format!("{right}{}", "x".repeat(PROOF_BYTES_MAX)),
        String::new(),
    ] {
        assert_eq!(
            LogProof::parse(wrong.as_bytes()),
            Err(LogRefusal::NotALogProof),
            "{wrong}"
        );
    }
    for wrong in [format!("{right}\n"), right.trim_end().to_owned()] {
        assert_eq!(LogProof::parse(wrong.as_bytes()), Err(LogRefusal::NotANote));
    }
}

proptest! {
    #[test]
    fn no_changed_byte_of_a_proof_goes_unnoticed(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let right = proof(77, 300).to_string().into_bytes();
        let mut wrong = right.clone();
        let at = place.index(right.len());
        wrong[at] = byte;
        let holds = LogProof::parse(&wrong).is_ok_and(|proof| proof.verify(leaf(77), &log_key()).is_ok());
        prop_assert_eq!(holds, wrong == right);
    }
}

#[test]
fn a_consistency_proof_has_one_spelling() {
    let hashes = [Digest([1; 32]), Digest([2; 32])];
    let text = write_hashes(&hashes);
    assert_eq!(read_hashes(text.as_bytes()), Ok(hashes.to_vec()));
    assert_eq!(read_hashes(b""), Ok(Vec::new()));
    let too_many = write_hashes(&[Digest([1; 32]); PROOF_HASHES_MAX + 1]);
    for other in [
        text.trim_end().to_owned(),
        format!("{text}\n"),
        text.replace('\n', "\r\n"),
        text.replace('=', ""),
        too_many,
    ] {
        assert_eq!(read_hashes(other.as_bytes()), Err(LogRefusal::NotALogProof));
    }
}
