//! What the unit tests of this crate share.

use std::path::PathBuf;

/// An empty folder of its own for one test.
pub fn folder(name: &str) -> PathBuf {
    let unique = format!("daochang-{name}-{}-{:016x}", std::process::id(), u64::from_le_bytes(crate::signer::random_bytes()));
    let path = std::env::temp_dir().join(unique);
    std::fs::create_dir_all(&path).unwrap();
    path
}
