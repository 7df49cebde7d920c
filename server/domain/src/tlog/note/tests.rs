use proptest::prelude::*;

use super::*;
use crate::envelope::Signer;
use crate::tlog::testing::{ORIGIN, log_key, log_signer, signed};

/// The example of the specification and its author's published key.
const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed \u{e8} subito sera.

\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
";
/// The key of Go's checksum database, and a note it has signed.
const GO_KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

fn parsed(text: &str) -> Result<Note, LogRefusal> {
    Note::parse(text.as_bytes())
}

#[test]
fn the_example_of_the_specification_is_read_and_written_alike() {
    let note = parsed(EXAMPLE).unwrap();
    assert_eq!(note.to_string(), EXAMPLE);
    assert!(
        note.text()
            .ends_with("terra\ntrafitto da un raggio di sole:\n\ned \u{e8} subito sera.\n")
    );
    let [line] = note.signatures() else { panic!() };
    assert_eq!(line.name, "quasimodo.example/salvatore");
    assert_eq!(line.key_id, [0x36, 0x7b, 0xa0, 0x4b]);
    assert_eq!(line.bytes.len(), 64);
}

#[test]
fn a_published_key_is_read_and_written_alike() {
    let key: NoteKey = GO_KEY.parse().unwrap();
    assert_eq!((key.name(), key.kind()), ("sum.golang.org", KeyKind::Note));
    assert_eq!(key.id(), [0x03, 0x3d, 0xe0, 0xae]);
    assert_eq!(key.to_string(), GO_KEY);
}

#[test]
fn a_key_that_is_not_exactly_right_is_refused() {
    let right = log_key().to_string();
    assert_eq!(right.parse(), Ok(log_key()));
    let p256 = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let p256 = PublicKeyOf::P256(Box::new(*p256.verifying_key()));
    assert_eq!(
        NoteKey::new("a", KeyKind::Note, &p256),
        Err(LogRefusal::NotAVerifierKey)
    );
    let cosigning = NoteKey::new(ORIGIN, KeyKind::Cosignature, log_signer().public_key()).unwrap();
    assert_ne!(cosigning.id(), log_key().id(), "kinds cannot be mixed up");
    let weak = format!(
        "a+00000000+{}",
        STANDARD.encode([[1].as_slice(), &[0; 32]].concat())
    );
    for wrong in [
        right.replace(ORIGIN, "daochang.example/lag"),
        right.replace('+', " "),
        right.to_uppercase(),
        format!("{right}\n"),
        format!(" {right}"),
        right[..right.len() - 1].to_owned(),
        right.replacen('+', "+0", 1),
        right.replace("+A", "+B"),
        weak,
        "+00000000+AQ==".to_owned(),
        String::new(),
        "a".repeat(100_000),
    ] {
        assert_eq!(
            wrong.parse::<NoteKey>(),
            Err(LogRefusal::NotAVerifierKey),
            "{wrong}"
        );
    }
}

type PublicKeyOf = crate::envelope::PublicKey;

#[test]
fn names_have_no_spaces_and_no_plus() {
    assert!(is_key_name("example.com/log42"));
    assert!(is_key_name("示例/日志"));
    assert!(is_key_name(&"a".repeat(255)));
    for wrong in [
        "",
        "a b",
        "a+b",
        "a\u{a0}b",
        "a\u{3000}b",
        "a\tb",
        "a\u{2028}",
        &"a".repeat(256),
    ] {
        assert!(!is_key_name(wrong), "{wrong:?}");
    }
}

#[test]
fn a_note_of_another_form_is_refused() {
    let right = signed(3).to_string();
    let line = right.lines().last().unwrap().to_owned();
    for wrong in [
        String::new(),
        "\n".to_owned(),
        "a\n\n".to_owned(),
        right.trim_end().to_owned(),
        format!("{right}\n"),
        format!("{right}x\n"),
        right.replace("\n\n", "\n"),
        right.replace('\u{2014}', "-"),
        right.replace("\u{2014} ", "\u{2014}"),
        right.replace('=', ""),
        right.replace("=\n", "=="),
        right.replace('\n', "\r\n"),
        right.replace("\n3\n", "\n3\t\n"),
        format!("{right}\u{2014} a AAAAAA==\n"),
        format!("{right}\u{2014} a b AAAAAAA=\n"),
        format!("{right}\u{2014} a+b AAAAAAA=\n"),
        format!("{right}\u{2014}  AAAAAAA=\n"),
        format!("{right}\u{2014} a AAAAAAB=\n"),
        line,
    ] {
        assert_eq!(parsed(&wrong), Err(LogRefusal::NotANote), "{wrong:?}");
    }
    assert_eq!(Note::parse(b"\xff\n\n"), Err(LogRefusal::NotANote));
    assert_eq!(Note::new("no end".to_owned()), Err(LogRefusal::NotANote));
}

#[test]
fn size_and_number_of_signatures_end_at_the_limit() {
    let line = |index: usize| format!("\u{2014} k{index} AAAAAAA=\n");
    let with = |lines: usize| format!("a\n\n{}", (0..lines).map(line).collect::<String>());
    assert_eq!(
        parsed(&with(SIGNATURES_MAX)).unwrap().signatures().len(),
        SIGNATURES_MAX
    );
    assert_eq!(
        parsed(&with(SIGNATURES_MAX + 1)),
        Err(LogRefusal::NoteTooLarge)
    );
    let of = |bytes: usize| format!("{}\n\n{}", "a".repeat(bytes - 2 - line(0).len()), line(0));
    assert!(parsed(&of(NOTE_BYTES_MAX)).is_ok());
    assert_eq!(
        parsed(&of(NOTE_BYTES_MAX + 1)),
        Err(LogRefusal::NoteTooLarge)
    );
}

#[test]
fn unknown_signatures_are_kept_and_mean_nothing() {
    let mut note = signed(3);
    let stranger = NoteSignature {
        name: "stranger".to_owned(),
        key_id: log_key().id(),
        bytes: vec![0; 2420],
    };
    let same_name = NoteSignature {
        name: ORIGIN.to_owned(),
        key_id: [0; 4],
        bytes: vec![1],
    };
    note.add(stranger.clone());
    note.add(same_name.clone());
    let read = parsed(&note.to_string()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.signatures()[1..], [stranger, same_name]);
    assert_eq!(read.verify(&log_key()), Ok(()));
    let other = NoteKey::new("stranger", KeyKind::Note, log_signer().public_key()).unwrap();
    assert_eq!(read.verify(&other), Err(LogRefusal::NoteNotSigned));
}

#[test]
fn who_signed_twice_is_refused_and_who_signs_again_replaces_the_line() {
    let note = signed(3).to_string();
    let line = note.lines().last().unwrap();
    let twice = parsed(&format!("{note}{line}\n")).unwrap();
    assert_eq!(twice.verify(&log_key()), Err(LogRefusal::NoteSignedTwice));
    let mut again = signed(3);
    again.sign(ORIGIN, &log_signer()).unwrap();
    assert_eq!(again, signed(3));
}

#[test]
fn a_line_of_a_known_key_must_be_genuine() {
    let note = signed(3);
    let forged = Signer::from_seed(&[9; 32]);
    let mut other = Note::new(note.text().to_owned()).unwrap();
    other.add(NoteSignature {
        bytes: forged.sign_text(note.text().as_bytes()).to_vec(),
        ..note.signatures()[0].clone()
    });
    assert_eq!(other.verify(&log_key()), Err(LogRefusal::NoteBadSignature));
    let mut short = note.clone();
    short.add(NoteSignature {
        bytes: note.signatures()[0].bytes[..63].to_vec(),
        ..note.signatures()[0].clone()
    });
    assert_eq!(short.verify(&log_key()), Err(LogRefusal::NoteBadSignature));
}

proptest! {
    #[test]
    fn a_changed_text_is_noticed(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let right = signed(1_000).to_string().into_bytes();
        let mut wrong = right.clone();
        let at = place.index(right.len());
        wrong[at] = byte;
        let holds = Note::parse(&wrong).is_ok_and(|note| note.verify(&log_key()).is_ok());
        prop_assert_eq!(holds, wrong == right);
    }

    #[test]
    fn whatever_is_read_is_written_alike(text in "[a-c\n\u{2014} +=]{0,40}", tail in "[a-cA\n\u{2014} +=]{0,40}") {
        let whole = format!("{text}\n\n{tail}\n");
        if let Ok(note) = parsed(&whole) {
            prop_assert_eq!(note.to_string(), whole);
        }
    }
}
