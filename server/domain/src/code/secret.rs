//! From what the secrets behind codes are made. Once they were made from the server's signing key (HMAC with
//! its 32 bytes), and labels on terminals keep for years; so what is kept beside the signing key must make
//! the very same secrets, without being the signing key, or replacing that would replace nothing.
//! HMAC uses its key only to bring two hash states about. Those are kept: they make every secret that the
//! key made (this is NMAC, of which HMAC is the special case), and nobody gets from them to the key.

use sha2::block_api::compress256;

/// What a file of it holds, bytes: both states, big endian.
pub const SECRET_BYTES: usize = 64;

/// The state of SHA-256 before the first block (FIPS 180-4, 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const BLOCK_BYTES: usize = 64;

/// Makes the secrets behind codes.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeSecret {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl CodeSecret {
    /// The one that makes the secrets which HMAC makes with this key.
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        let state = |pad: u8| {
            let mut block = [pad; BLOCK_BYTES];
            for (byte, secret) in block.iter_mut().zip(seed) {
                *byte ^= secret;
            }
            let mut state = START;
            compress256(&mut state, &[block]);
            state
        };
        Self {
            inner: state(0x36),
            outer: state(0x5c),
        }
    }

    /// Reads what [`CodeSecret::bytes`] writes.
    pub fn from_bytes(bytes: &[u8; SECRET_BYTES]) -> Self {
        let state = |bytes: &[u8]| {
            let mut state = [0; 8];
            for (word, bytes) in state.iter_mut().zip(bytes.chunks_exact(4)) {
                *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
            state
        };
        let (inner, outer) = bytes.split_at(SECRET_BYTES / 2);
        Self {
            inner: state(inner),
            outer: state(outer),
        }
    }

    /// What is kept.
    pub fn bytes(&self) -> [u8; SECRET_BYTES] {
        let mut bytes = [0; SECRET_BYTES];
        let words = self.inner.iter().chain(&self.outer);
        for (chunk, word) in bytes.chunks_exact_mut(4).zip(words) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// The secret for one purpose: whoever has it learns nothing of any other purpose's secret.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let inner = finish(self.inner, purpose.as_bytes());
        finish(self.outer, &inner)
    }
}

/// SHA-256 of a block that brought about this state, and then of these bytes.
fn finish(mut state: [u32; 8], bytes: &[u8]) -> [u8; 32] {
    let bits = (BLOCK_BYTES + bytes.len()) as u64 * 8;
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    let end = (padded.len() + 8).next_multiple_of(BLOCK_BYTES);
    padded.resize(end - 8, 0);
    padded.extend(bits.to_be_bytes());
    for block in padded.chunks_exact(BLOCK_BYTES) {
        let mut whole = [0; BLOCK_BYTES];
        whole.copy_from_slice(block);
        compress256(&mut state, &[whole]);
    }
    let mut hash = [0; 32];
    for (chunk, word) in hash.chunks_exact_mut(4).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::*;

    fn hmac(seed: &[u8; 32], purpose: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(seed).unwrap();
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    proptest! {
        /// Around every length at which another block begins, and beyond.
        #[test]
        fn it_makes_what_the_signing_key_made(seed: [u8; 32], purpose in "[a-z]{0,200}") {
            let secret = CodeSecret::of_seed(&seed);
            prop_assert_eq!(secret.derive(&purpose), hmac(&seed, &purpose));
        }
    }

    #[test]
    fn every_length_of_a_purpose_is_padded_as_hmac_does() {
        for length in 0..200 {
            let purpose = "x".repeat(length);
            assert_eq!(
                CodeSecret::of_seed(&[7; 32]).derive(&purpose),
                hmac(&[7; 32], &purpose),
                "{length}"
            );
        }
    }

    #[test]
    fn what_is_kept_is_not_the_signing_key() {
        let secret = CodeSecret::of_seed(&[7; 32]);
        let bytes = secret.bytes();
        assert!(CodeSecret::from_bytes(&bytes) == secret);
        assert!(!bytes.windows(4).any(|window| window == [7; 4]));
        assert!(CodeSecret::of_seed(&[8; 32]) != secret);
    }
}
