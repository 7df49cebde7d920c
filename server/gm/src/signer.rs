//! The secret key: made from the caller's random bytes, or read from a PEM file as `openssl` and the
//! machines of a CA write it (PKCS#8, not encrypted).

use std::fmt;

use domain::envelope::SIGNATURE_BYTES;
use sm2::SecretKey;
use sm2::dsa::SigningKey;
use sm2::dsa::signature::Signer as _;
use sm2::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};

use crate::{IDENTITY, PublicKey};

/// The text is no SM2 key that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKeyFile;

impl fmt::Display for BadKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an SM2 private key (PKCS#8, PEM, without a password)")
    }
}

impl std::error::Error for BadKeyFile {}

/// Signs with SM2 under [`IDENTITY`]. The same bytes always get the same signature, so that several
/// processes of one server, and one that was killed in the middle, publish the same.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    public_key: PublicKey,
}

impl Signer {
    /// The key that is these 32 secret bytes; none if they are not from 1 to n − 2, which of random
    /// bytes one in four milliards is not: the caller brings others.
    pub fn from_secret(secret: &[u8; 32]) -> Option<Self> {
        Self::of(&SecretKey::from_slice(secret).ok()?)
    }

    /// Reads a key file. Text before the key, such as `openssl pkey -text` writes, is passed over.
    ///
    /// # Errors
    /// [`BadKeyFile`] when there is no such key in it.
    pub fn from_pem(text: &str) -> Result<Self, BadKeyFile> {
        let secret = SecretKey::from_pkcs8_pem(text).map_err(|_| BadKeyFile)?;
        Self::of(&secret).ok_or(BadKeyFile)
    }

    /// The key file, as [`Signer::from_pem`] and `openssl` read it.
    pub fn to_pem(&self) -> String {
        let secret = SecretKey::from(self.key.as_nonzero_scalar());
        let pem = secret.to_pkcs8_pem(LineEnding::LF);
        pem.expect("a key of fixed length can be written")
            .to_string()
    }

    fn of(secret: &SecretKey) -> Option<Self> {
        let key = SigningKey::new(IDENTITY, secret).ok()?;
        let signer = Self {
            public_key: PublicKey::of(key.verifying_key().clone()),
            key,
        };
        // Of all secrets only n − 1 cannot sign (1 + d has no inverse).
        signer.key.try_sign(b"").is_ok().then_some(signer)
    }

    /// What others verify with.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// r‖s over these bytes.
    ///
    /// # Panics
    /// When the nonce derived from them is one that cannot sign, which is one in 2^255: nobody will see it.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let signature = self.key.try_sign(message);
        let signature = signature.expect("a nonce that cannot sign is one in 2^255");
        signature.to_bytes().into()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer(of {:?})", self.public_key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// n − 1: the one secret in range that cannot sign.
    const LAST: [u8; 32] = [
        0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5,
        0x41, 0x22,
    ];

    fn secret(last: u8) -> [u8; 32] {
        let mut secret = LAST;
        secret[31] = last;
        secret
    }

    #[test]
    fn secrets_are_from_one_to_two_below_the_order() {
        let mut one = [0; 32];
        assert!(Signer::from_secret(&one).is_none());
        one[31] = 1;
        assert!(Signer::from_secret(&one).is_some());
        assert!(Signer::from_secret(&secret(0x21)).is_some());
        assert!(Signer::from_secret(&LAST).is_none());
        assert!(Signer::from_secret(&secret(0x23)).is_none());
        assert!(Signer::from_secret(&[0xff; 32]).is_none());
    }

    #[test]
    fn a_key_file_survives_writing_and_others_are_refused() {
        let signer = Signer::from_secret(&[7; 32]).unwrap();
        let pem = signer.to_pem();
        let read = Signer::from_pem(&pem).unwrap();
        assert_eq!(read.public_key(), signer.public_key());
        assert!(Signer::from_pem(&format!("Private-Key: (256 bit)\n{pem}")).is_ok());
        assert!(!format!("{signer:?}").contains("07070707"));
        for wrong in ["", "no key", &pem[..pem.len() / 2], &pem.replace('A', "B")] {
            assert!(Signer::from_pem(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_the_same_each_time(
            secret in any::<[u8; 32]>(),
            message in proptest::collection::vec(any::<u8>(), 0..300),
            bit in any::<usize>(),
        ) {
            let Some(signer) = Signer::from_secret(&secret) else { return Ok(()) };
            let mut signature = signer.sign(&message);
            prop_assert_eq!(signature, signer.sign(&message));
            prop_assert!(signer.public_key().has_signed(&message, &signature));
            signature[bit / 8 % 64] ^= 1 << (bit % 8);
            prop_assert!(!signer.public_key().has_signed(&message, &signature));
        }
    }
}
