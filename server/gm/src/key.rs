//! SM2 public keys in exactly one accepted spelling, as those of `domain::envelope` have one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::{NotGenuine, SIGNATURE_BYTES};
use domain::ids::hex;
use sha2::{Digest as _, Sha256};
use sm2::dsa::signature::Verifier as _;
use sm2::dsa::{Signature, VerifyingKey};

use crate::IDENTITY;

/// SubjectPublicKeyInfo of an uncompressed point of the SM2 curve (1.2.156.10197.1.301), up to the point.
const PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00,
];
/// Length of an uncompressed point, bytes; its first byte is 4.
pub(crate) const POINT_BYTES: usize = 65;

/// A key that SM2 signatures are checked against, under [`IDENTITY`].
#[derive(Clone)]
pub struct PublicKey {
    key: Box<VerifyingKey>,
    point: [u8; POINT_BYTES],
}

impl PublicKey {
    /// Reads SubjectPublicKeyInfo, DER.
    ///
    /// # Errors
    /// [`NotGenuine::NotAKey`] when it is no key of this curve in its one spelling.
    pub fn from_spki(bytes: &[u8]) -> Result<Self, NotGenuine> {
        let point = bytes.strip_prefix(PREFIX).ok_or(NotGenuine::NotAKey)?;
        let point: [u8; POINT_BYTES] = point.try_into().map_err(|_| NotGenuine::NotAKey)?;
        if point[0] != 4 {
            return Err(NotGenuine::NotAKey);
        }
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, &point);
        key.map(Self::of).map_err(|_| NotGenuine::NotAKey)
    }

    /// The same from base64 with padding, as trust files hold it.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`], or [`NotGenuine::NotBase64`].
    pub fn from_base64(text: &str) -> Result<Self, NotGenuine> {
        Self::from_spki(&STANDARD.decode(text).map_err(|_| NotGenuine::NotBase64)?)
    }

    pub(crate) fn of(key: VerifyingKey) -> Self {
        let point = key.to_sec1_bytes();
        let point = point.as_ref().try_into();
        Self {
            key: Box::new(key),
            point: point.expect("points of this curve are written uncompressed"),
        }
    }

    /// The point, uncompressed.
    pub(crate) fn point(&self) -> &[u8; POINT_BYTES] {
        &self.point
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> Vec<u8> {
        [PREFIX, &self.point].concat()
    }

    /// SubjectPublicKeyInfo, base64 with padding.
    pub fn spki_base64(&self) -> String {
        STANDARD.encode(self.spki())
    }

    /// What a signature's `keyid` says: a hint for people, by which nothing is ever decided.
    pub fn hint(&self) -> String {
        let digest = Sha256::digest(self.spki());
        format!("sm2:{}", hex(&digest[..16]))
    }

    /// Whether this key signed these bytes; the signature is r‖s, 64 bytes.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == SIGNATURE_BYTES
            && Signature::from_slice(signature)
                .is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.spki_base64())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for PublicKey {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GM/T 0003.5-2012, annex A: key, message and signature over the recommended curve.
    const POINT: &str = "04\
        09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
        ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    const SIGNATURE: &str = "\
        f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
        b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

    fn bytes(hex: &str) -> Vec<u8> {
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(byte).collect()
    }

    fn example() -> PublicKey {
        PublicKey::from_spki(&[PREFIX, &bytes(POINT)].concat()).unwrap()
    }

    #[test]
    fn the_signature_of_the_standard_verifies_and_nothing_near_it() {
        let signature = bytes(SIGNATURE);
        assert!(example().has_signed(b"message digest", &signature));
        assert!(!example().has_signed(b"message digesT", &signature));
        for bit in 0..signature.len() * 8 {
            let mut wrong = signature.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!example().has_signed(b"message digest", &wrong), "{bit}");
        }
        for wrong in [
            &signature[..63],
            &[&signature[..], &[0]].concat(),
            &[],
            &[0; 64],
            &[0xff; 64],
        ] {
            assert!(!example().has_signed(b"message digest", wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_key_has_one_accepted_spelling() {
        let spki = example().spki();
        assert_eq!(spki.len(), 91);
        assert_eq!(
            PublicKey::from_base64(&example().spki_base64()),
            Ok(example())
        );
        let with = |at: usize, byte: u8| {
            let mut other = spki.clone();
            other[at] = byte;
            other
        };
        let of_p256 = [
            &spki[..15],
            &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            &spki[23..],
        ]
        .concat();
        for wrong in [
            spki[..90].to_vec(),
            [&spki[..], &[0]].concat(),
            spki[26..].to_vec(),
            with(90, spki[90] ^ 1),
            with(26, 6),
            of_p256,
            Vec::new(),
        ] {
            assert_eq!(
                PublicKey::from_spki(&wrong),
                Err(NotGenuine::NotAKey),
                "{wrong:?}"
            );
        }
        assert_eq!(PublicKey::from_base64("§"), Err(NotGenuine::NotBase64));
    }
}
