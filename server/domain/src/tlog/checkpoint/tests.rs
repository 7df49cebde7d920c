use super::*;
use crate::tlog::note::KeyKind;
use crate::tlog::testing::{ORIGIN, log_key, log_signer, signed};

/// The example of the specification.
const EXAMPLE: &str =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

#[test]
fn the_example_of_the_specification_is_read_and_written_alike() {
    let checkpoint = Checkpoint::parse(EXAMPLE).unwrap();
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.to_string(), EXAMPLE);
    let extended = format!("{EXAMPLE}more\n");
    assert_eq!(Checkpoint::parse(&extended), Ok(checkpoint));
}

#[test]
fn another_form_is_refused() {
    for wrong in [
        EXAMPLE.trim_end().to_owned(),
        format!("{EXAMPLE}\n"),
        format!("{EXAMPLE}\nmore\n"),
        format!("\n{EXAMPLE}"),
        EXAMPLE.replace("20852163", "020852163"),
        EXAMPLE.replace("20852163", "+20852163"),
        EXAMPLE.replace("20852163", "-1"),
        EXAMPLE.replace("20852163", ""),
        EXAMPLE.replace("20852163", "9007199254740992"),
        EXAMPLE.replace("20852163", "99999999999999999999999"),
        EXAMPLE.replace("q2I=", "q2I"),
        EXAMPLE.replace("q2I=", "q2J="),
        EXAMPLE.replace("q2I=", "qw=="),
        EXAMPLE.replace("CsUY", "CsU-"),
        EXAMPLE.replace("example.com", "example com"),
        String::new(),
    ] {
        assert_eq!(
            Checkpoint::parse(&wrong),
            Err(LogRefusal::NotACheckpoint),
            "{wrong:?}"
        );
    }
    let largest = EXAMPLE.replace("20852163", "9007199254740991");
    assert_eq!(Checkpoint::parse(&largest).unwrap().size, SIZE_MAX);
}

#[test]
fn a_log_signs_only_what_can_be_read() {
    let right = Checkpoint::parse(EXAMPLE).unwrap();
    let wrong = [
        Checkpoint {
            origin: "a b".to_owned(),
            ..right.clone()
        },
        Checkpoint {
            size: SIZE_MAX + 1,
            ..right
        },
    ];
    for checkpoint in wrong {
        assert_eq!(
            checkpoint.sign(&log_signer()),
            Err(LogRefusal::NotACheckpoint)
        );
    }
}

#[test]
fn a_checkpoint_opens_with_the_key_of_its_log_only() {
    let note = signed(5);
    let opened = Checkpoint::open(&note, &log_key()).unwrap();
    assert_eq!((opened.origin.as_str(), opened.size), (ORIGIN, 5));
    let other = Signer::from_seed(&[3; 32]);
    let stranger = NoteKey::new(ORIGIN, KeyKind::Note, other.public_key()).unwrap();
    assert_eq!(
        Checkpoint::open(&note, &stranger),
        Err(LogRefusal::NoteNotSigned)
    );
    // The key is right, but it signs for another log.
    let mut elsewhere = Note::new(EXAMPLE.to_owned()).unwrap();
    elsewhere.sign(ORIGIN, &log_signer()).unwrap();
    assert_eq!(
        Checkpoint::open(&elsewhere, &log_key()),
        Err(LogRefusal::OtherLog)
    );
    let mut poem = Note::new("no checkpoint\n".to_owned()).unwrap();
    poem.sign(ORIGIN, &log_signer()).unwrap();
    assert_eq!(
        Checkpoint::open(&poem, &log_key()),
        Err(LogRefusal::NotACheckpoint)
    );
}
