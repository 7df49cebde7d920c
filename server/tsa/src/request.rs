//! Asking: a `TimeStampReq` of 69 bytes (RFC 3161, 2.4.1). It never varies except in the digest
//! and the nonce, so it is written out instead of encoded.

use domain::ids::Digest;

/// The number that makes a reply the reply to this request: eight bytes, positive, the first not
/// zero, so that every request has the same length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 8]);

impl Nonce {
    /// From eight random bytes, of which 62 bits are kept.
    pub const fn from_random(mut bytes: [u8; 8]) -> Self {
        bytes[0] = bytes[0] & 0x3f | 0x40;
        Self(bytes)
    }

    /// The content of the ASN.1 INTEGER.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// `SEQUENCE { INTEGER 1, SEQUENCE { SEQUENCE { OID sha256, NULL }, OCTET STRING of 32`.
const HEAD: [u8; 24] = [
    0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
    0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
];

/// The request for a stamp over this SHA-256 digest, with the authority's certificate asked for.
pub fn request(imprint: &Digest, nonce: Nonce) -> [u8; 69] {
    let mut bytes = [0; 69];
    bytes[..24].copy_from_slice(&HEAD);
    bytes[24..56].copy_from_slice(&imprint.0);
    bytes[56..58].copy_from_slice(&[0x02, 0x08]);
    bytes[58..66].copy_from_slice(nonce.as_bytes());
    bytes[66..].copy_from_slice(&[0x01, 0x01, 0xff]);
    bytes
}
