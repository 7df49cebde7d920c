use super::*;
use crate::tlog::testing::{
    ORIGIN, WITNESS, log_key, log_signer, signed, witness_key, witness_signer,
};

const AT: Timestamp = Timestamp(1_790_000_000_000);

fn cosigned(at: Timestamp) -> Note {
    let mut note = signed(7);
    let line = cosign(note.text(), WITNESS, &witness_signer(), at).unwrap();
    note.add(line);
    note
}

#[test]
fn a_cosignature_says_when_the_witness_saw_the_checkpoint() {
    let note = Note::parse(cosigned(AT).to_string().as_bytes()).unwrap();
    assert_eq!(cosigned_at(&note, &witness_key()), Ok(Some(AT)));
    assert_eq!(note.verify(&log_key()), Ok(()));
    assert_eq!(note.verify(&witness_key()), Err(LogRefusal::NoteNotSigned));
    assert_eq!(cosigned_at(&signed(7), &witness_key()), Ok(None));
    assert_eq!(cosigned_at(&note, &log_key()), Ok(None), "another kind");
}

#[test]
fn times_are_whole_seconds_within_what_json_keeps() {
    let at = |ms: i64| cosigned_at(&cosigned(Timestamp(ms)), &witness_key());
    assert_eq!(at(AT.0 + 999), Ok(Some(AT)));
    assert_eq!(at(0), Ok(Some(Timestamp(0))));
    let last = SECONDS_MAX as i64 * 1000;
    assert_eq!(at(last), Ok(Some(Timestamp(last))));
    for out in [-1, last + 1000] {
        let refused = cosign("a\n", WITNESS, &witness_signer(), Timestamp(out));
        assert_eq!(refused, Err(LogRefusal::NotACheckpoint));
    }
}

#[test]
fn a_cosignature_holds_for_its_time_text_and_key_only() {
    let note = cosigned(AT);
    let line = note.signatures()[1].clone();
    let with = |bytes: Vec<u8>| {
        let mut note = signed(7);
        note.add(NoteSignature {
            bytes,
            ..line.clone()
        });
        cosigned_at(&note, &witness_key())
    };
    assert_eq!(with(line.bytes.clone()), Ok(Some(AT)));
    for place in 0..line.bytes.len() {
        for bit in 0..8 {
            let mut bytes = line.bytes.clone();
            bytes[place] ^= 1 << bit;
            assert_eq!(with(bytes), Err(LogRefusal::NoteBadSignature), "{place}");
        }
    }
    assert_eq!(
        with(line.bytes[..71].to_vec()),
        Err(LogRefusal::NoteBadSignature)
    );
    assert_eq!(with(vec![0; 73]), Err(LogRefusal::NoteBadSignature));
    assert_eq!(with(vec![1]), Err(LogRefusal::NoteBadSignature));
    let mut other = signed(8);
    other.add(line);
    assert_eq!(
        cosigned_at(&other, &witness_key()),
        Err(LogRefusal::NoteBadSignature)
    );
}

#[test]
fn a_log_cannot_be_its_own_witness_by_relabelling_a_signature() {
    // The same key, once as log and once as witness: the texts under the signatures differ.
    let own = NoteKey::new(ORIGIN, KeyKind::Cosignature, log_signer().public_key()).unwrap();
    let mut note = signed(7);
    let signature = note.signatures()[0].bytes.clone();
    let bytes = [0_u64.to_be_bytes().as_slice(), &signature].concat();
    note.add(NoteSignature::by(&own, bytes));
    assert_eq!(cosigned_at(&note, &own), Err(LogRefusal::NoteBadSignature));
}

#[test]
fn two_lines_of_one_witness_are_refused() {
    let (first, second) = (cosigned(AT), cosigned(Timestamp(AT.0 + 60_000)));
    let twice = format!("{first}{}", second.signatures()[1]);
    let note = Note::parse(twice.as_bytes()).unwrap();
    assert_eq!(
        cosigned_at(&note, &witness_key()),
        Err(LogRefusal::NoteSignedTwice)
    );
}
