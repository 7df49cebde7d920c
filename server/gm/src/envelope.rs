//! The second signature of a receipt: over the same bytes as the first (DSSE's `PAE`), so that both say the
//! same or neither does. `domain::envelope` lets receipts carry it and everything else not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::{Envelope, NotGenuine, Signature, decode_signature};

use crate::{PublicKey, Signer};

/// Puts the second signature beside the first.
///
/// # Errors
/// [`NotGenuine`] when there is not exactly one yet, or the payload cannot be read.
pub fn sign_too(envelope: &mut Envelope, signer: &Signer) -> Result<(), NotGenuine> {
    if envelope.signatures.len() != 1 {
        return Err(NotGenuine::SignatureCount);
    }
    let signature = signer.sign(&envelope.signed_bytes()?);
    envelope.signatures.push(Signature {
        keyid: signer.public_key().hint(),
        sig: STANDARD.encode(signature),
    });
    Ok(())
}

/// What a second signature proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// There is none.
    Absent,
    /// One of the keys signed these bytes.
    Genuine,
    /// None of them did.
    NotGenuine,
}

/// Holds the second signature against these keys. Which of them are asked, is the caller's choice, and
/// never that of the signature's `keyid`.
pub fn second<'a>(envelope: &Envelope, keys: impl IntoIterator<Item = &'a PublicKey>) -> Second {
    let Some(signature) = envelope.signatures.get(1) else {
        return Second::Absent;
    };
    let (Ok(signature), Ok(signed)) = (decode_signature(&signature.sig), envelope.signed_bytes())
    else {
        return Second::NotGenuine;
    };
    match keys
        .into_iter()
        .any(|key| key.has_signed(&signed, &signature))
    {
        true => Second::Genuine,
        false => Second::NotGenuine,
    }
}

#[cfg(test)]
mod tests {
    use domain::receipt::Receipt;
    use serde_json::Value;

    use super::*;

    /// Golden cases, signed by `openssl`.
    fn vectors() -> Value {
        let text = include_str!("../../../tests/vectors/envelopes.json");
        serde_json::from_str(text).unwrap()
    }

    fn envelope(name: &str) -> Envelope {
        Envelope::from_value(vectors()[name].clone()).unwrap()
    }

    fn key() -> PublicKey {
        PublicKey::from_base64(vectors()["sm2"]["spki"].as_str().unwrap()).unwrap()
    }

    fn signer(secret: u8) -> Signer {
        Signer::from_secret(&[secret; 32]).unwrap()
    }

    #[test]
    fn the_second_signature_of_openssl_is_genuine() {
        assert_eq!(key().hint(), vectors()["sm2"]["keyid"].as_str().unwrap());
        assert_eq!(second(&envelope("receipt_sm2"), [&key()]), Second::Genuine);
        assert_eq!(second(&envelope("receipt"), [&key()]), Second::Absent);
    }

    #[test]
    fn a_receipt_signed_twice_stays_the_same_receipt() {
        let mut twice = envelope("receipt");
        let server = vectors()["server"]["spki"].as_str().unwrap().to_owned();
        let server = domain::envelope::PublicKey::from_base64(&server).unwrap();
        let server = domain::server_keys::ServerKeys::of(&server);
        let before = Receipt::open(&twice, &server).unwrap();
        let id = twice.id();
        sign_too(&mut twice, &signer(7)).unwrap();
        assert_eq!((twice.id(), twice.signatures.len()), (id, 2));
        assert_eq!(Receipt::open(&twice, &server), Ok(before));
        let keys = [signer(8), signer(7)].map(|signer| signer.public_key().clone());
        assert_eq!(second(&twice, &keys), Second::Genuine);
        assert_eq!(second(&twice, &keys[..1]), Second::NotGenuine);
        assert_eq!(second(&twice, []), Second::NotGenuine);
        assert_eq!(
            sign_too(&mut twice, &signer(7)),
            Err(NotGenuine::SignatureCount)
        );
    }

    #[test]
    fn a_second_signature_of_another_text_or_form_is_not_genuine() {
        let right = envelope("receipt_sm2");
        let of_other = {
            let mut other = envelope("key_record");
            sign_too(&mut other, &signer(7)).unwrap();
            other.signatures.remove(1)
        };
        let with = |sig: String| {
            let mut envelope = right.clone();
            envelope.signatures[1].sig = sig;
            envelope
        };
        let sig = &right.signatures[1].sig;
        for wrong in [
            with(of_other.sig),
            with(right.signatures[0].sig.clone()),
            with(sig[..84].to_owned()),
            with(String::new()),
            with(STANDARD.encode([0; 64])),
            Envelope {
                payload_type: "x".to_owned(),
                ..right.clone()
            },
        ] {
            let keys = [key(), signer(7).public_key().clone()];
            assert_eq!(second(&wrong, &keys), Second::NotGenuine, "{wrong:?}");
        }
    }
}
