//! The SM2 line under a checkpoint, as C2SP signed-note provides for algorithms it does not know: type
//! `0xff`, and then the algorithm's own identifier. Readers that do not know it pass over a line of an
//! unknown key; the text under it is the same as under every other line.

use domain::tlog::LogRefusal;
use domain::tlog::note::{Note, NoteSignature, is_key_name};
use sha2::{Digest as _, Sha256};

use crate::{PublicKey, Signer};

/// What a signed note says of algorithms without a number of their own.
const TYPE: u8 = 0xff;
/// "SM2 signature with SM3", object identifier 1.2.156.10197.1.501 as DER: nobody else's, and it says where
/// it ends.
const ALGORITHM: &[u8] = &[0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75];

/// The number of a key under a name: SHA-256(name ‖ line feed ‖ type ‖ algorithm ‖ point), 4 bytes.
pub fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', TYPE])
        .chain_update(ALGORITHM)
        .chain_update(key.point())
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Adds the line of this key under this name.
///
/// # Errors
/// [`LogRefusal::NotAVerifierKey`] when a key cannot be called so.
pub fn sign_too(note: &mut Note, name: &str, signer: &Signer) -> Result<(), LogRefusal> {
    if !is_key_name(name) {
        return Err(LogRefusal::NotAVerifierKey);
    }
    note.add(NoteSignature {
        name: name.to_owned(),
        key_id: key_id(name, signer.public_key()),
        bytes: signer.sign(note.text().as_bytes()).to_vec(),
    });
    Ok(())
}

/// Whether this key, under this name, has signed the note. A line of it must be genuine, and the only one.
///
/// # Errors
/// [`LogRefusal::NoteBadSignature`] or [`LogRefusal::NoteSignedTwice`].
pub fn has_signed(note: &Note, name: &str, key: &PublicKey) -> Result<bool, LogRefusal> {
    let id = key_id(name, key);
    let is_of_it = |line: &&NoteSignature| line.name == name && line.key_id == id;
    let mut lines = note.signatures().iter().filter(is_of_it);
    let Some(line) = lines.next() else {
        return Ok(false);
    };
    if lines.next().is_some() {
        return Err(LogRefusal::NoteSignedTwice);
    }
    match key.has_signed(note.text().as_bytes(), &line.bytes) {
        true => Ok(true),
        false => Err(LogRefusal::NoteBadSignature),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Digest;
    use domain::tlog::checkpoint::Checkpoint;
    use domain::tlog::note::{KeyKind, NoteKey};

    use super::*;

    const ORIGIN: &str = "daochang.example/log";

    fn log() -> domain::envelope::Signer {
        domain::envelope::Signer::from_seed(&[3; 32])
    }

    fn signer(secret: u8) -> Signer {
        Signer::from_secret(&[secret; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: ORIGIN.to_owned(),
            size: 7,
            root: Digest([9; 32]),
        }
    }

    fn signed() -> Note {
        let mut note = checkpoint().sign(&log()).unwrap();
        sign_too(&mut note, ORIGIN, &signer(7)).unwrap();
        note
    }

    /// With the line's bytes changed.
    fn changed(change: impl FnOnce(&mut NoteSignature)) -> Note {
        let mut line = signed().signatures()[1].clone();
        change(&mut line);
        let mut note = checkpoint().sign(&log()).unwrap();
        note.add(line);
        note
    }

    #[test]
    fn a_checkpoint_with_the_line_is_still_the_logs_checkpoint() {
        let note = Note::parse(signed().to_string().as_bytes()).unwrap();
        let key = NoteKey::new(ORIGIN, KeyKind::Note, log().public_key()).unwrap();
        assert_eq!(Checkpoint::open(&note, &key), Ok(checkpoint()));
        assert_eq!(note.signatures().len(), 2);
        assert_eq!(has_signed(&note, ORIGIN, signer(7).public_key()), Ok(true));
        assert_eq!(has_signed(&note, ORIGIN, signer(8).public_key()), Ok(false));
        assert_eq!(
            has_signed(&note, "other", signer(7).public_key()),
            Ok(false)
        );
        let alone = checkpoint().sign(&log()).unwrap();
        assert_eq!(
            has_signed(&alone, ORIGIN, signer(7).public_key()),
            Ok(false)
        );
    }

    #[test]
    fn signing_again_changes_nothing() {
        let mut note = signed();
        sign_too(&mut note, ORIGIN, &signer(7)).unwrap();
        assert_eq!(note, signed());
        sign_too(&mut note, ORIGIN, &signer(8)).unwrap();
        assert_eq!(note.signatures().len(), 3);
        let refused = sign_too(&mut note, "a name", &signer(7));
        assert_eq!(refused, Err(LogRefusal::NotAVerifierKey));
    }

    #[test]
    fn a_line_of_the_key_must_be_genuine_and_the_only_one() {
        let key = signer(7).public_key().clone();
        let bad = Err(LogRefusal::NoteBadSignature);
        for at in 0..64 {
            let flipped = changed(|line| line.bytes[at] ^= 1);
            assert_eq!(has_signed(&flipped, ORIGIN, &key), bad, "{at}");
        }
        let short = changed(|line| line.bytes.truncate(63));
        assert_eq!(has_signed(&short, ORIGIN, &key), bad);
        let of_other_text = changed(|line| {
            line.bytes = signer(7).sign(b"daochang.example/log\n8\n").to_vec();
        });
        assert_eq!(has_signed(&of_other_text, ORIGIN, &key), bad);
        let unknown = changed(|line| line.key_id[0] ^= 1);
        assert_eq!(has_signed(&unknown, ORIGIN, &key), Ok(false));
        let text = signed().to_string();
        let line = text.lines().last().unwrap();
        let twice = Note::parse(format!("{text}{line}\n").as_bytes()).unwrap();
        assert_eq!(
            has_signed(&twice, ORIGIN, &key),
            Err(LogRefusal::NoteSignedTwice)
        );
    }

    /// The number was made with another program: one that changed would orphan every line out there.
    #[test]
    fn the_number_of_a_key_is_that_of_the_specification() {
        // The key of the example in GM/T 0003.5.
        let key = PublicKey::from_base64(
            "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAECfnfMR5UIaFQ3X0WHkvFxnIXn60YM/wHa7CP81bzUCDM6kkM4md1pS3G6nGMwapgCu0F+/NeCEpmMvYHLamtEw==",
        );
        assert_eq!(key_id(ORIGIN, &key.unwrap()), [0xef, 0x48, 0xce, 0x73]);
    }
}
