//! Chinese commercial cryptography (国密) beside the product's own: SM3 digests (GM/T 0004) and a second
//! signature by the server with SM2 (GM/T 0003.2 and 0009) on receipts and checkpoints, for readers whose
//! rules ask for these algorithms (GB/T 39786). It takes nothing away: every signature of
//! [`domain`] stays, and whoever does not know SM2 reads past it.
//!
//! - [`key`] the public key, [`signer`] the secret one and its file;
//! - [`envelope`] the second signature of a receipt, over the same bytes as the first;
//! - [`note`] the signature line under a checkpoint (C2SP signed-note, type `0xff`).
//!
//! Pure, as [`domain`] is: no clock, no files, no network, and no randomness, because nonces are derived
//! from key and message (RFC 6979 with SM3) and a new key grows from bytes that the caller brings. Which
//! key is believed, and from when on its signature must be there, the verifier decides.

pub mod envelope;
pub mod key;
pub mod note;
pub mod signer;

use domain::ids::Digest;
use sm3::{Digest as _, Sm3};

pub use self::key::PublicKey;
pub use self::signer::{BadKeyFile, Signer};

/// The identity under every signature here: the one that GM/T 0009 names for whoever has no other. A
/// signature made under another does not verify.
pub const IDENTITY: &str = "1234567812345678";

/// SM3 of some bytes.
pub fn sm3(bytes: &[u8]) -> Digest {
    Digest(Sm3::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::sm3;

    /// The two examples of GM/T 0004-2012, annex A.
    #[rstest]
    #[case(
        "abc",
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )]
    #[case(
        "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd",
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )]
    fn digests_are_those_of_the_standard(#[case] text: &str, #[case] digest: &str) {
        assert_eq!(sm3(text.as_bytes()).to_string(), digest);
    }
}
