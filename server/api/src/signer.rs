//! The server's secrets and hashes at the edge: the Ed25519 seed that signs receipts, key
//! records and the events people enter at a desk. The seed is a file in the data folder that
//! only its owner may read; losing it does not void old signatures, but phones would have to be
//! enrolled anew.

use std::io::{self, Write};
use std::path::Path;

pub use domain::envelope::Signer;
use sha2::{Digest as _, Sha256};

/// Name of the seed file inside the data folder.
const SEED_FILE: &str = "server.key";

/// Reads the seed from the data folder, or makes one with mode 0600 when there is none.
///
/// # Errors
/// When the file cannot be read or written, or is not 32 bytes long.
pub fn load_or_create(data: &Path) -> io::Result<Signer> {
    Ok(Signer::from_seed(&load_or_create_seed(
        &data.join(SEED_FILE),
    )?))
}

/// Reads the secret bytes of a file, or makes them.
///
/// # Errors
/// As [`load_or_create`].
pub fn load_or_create_seed(path: &Path) -> io::Result<[u8; 32]> {
    match load_seed(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let seed = random_bytes();
            write_private(path, &seed)?;
            Ok(seed)
        }
        loaded => loaded,
    }
}

/// Reads the seed of the data folder.
///
/// # Errors
/// When there is none, it cannot be read, or it is not 32 bytes long.
pub fn load(data: &Path) -> io::Result<Signer> {
    Ok(Signer::from_seed(&load_seed(&data.join(SEED_FILE))?))
}

/// Reads the secret bytes of a file, and makes none.
///
/// # Errors
/// As [`load`].
pub fn load_seed(path: &Path) -> io::Result<[u8; 32]> {
    std::fs::read(path)?
        .try_into()
        .map_err(|_| io::Error::other(format!("{} is damaged: not 32 bytes", path.display())))
}

/// Bytes nobody can guess, from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give, in which case nothing here is safe.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    domain::ids::hex(&Sha256::digest(bytes))
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_survives_a_restart_and_only_its_owner_may_read_it() {
        let folder = crate::testing::folder("signer");
        let first = load_or_create(&folder).unwrap();
        let second = load_or_create(&folder).unwrap();
        assert_eq!(first.device_id(), second.device_id());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.join(SEED_FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_file_is_reported_and_not_replaced() {
        let folder = crate::testing::folder("signer-damaged");
        std::fs::write(folder.join(SEED_FILE), b"short").unwrap();
        assert!(load_or_create(&folder).is_err());
        assert_eq!(std::fs::read(folder.join(SEED_FILE)).unwrap(), b"short");
    }

    #[test]
    fn a_write_that_was_cut_off_does_not_stop_the_next() {
        let folder = crate::testing::folder("signer-cut");
        std::fs::write(folder.join("server.unfinished"), b"half").unwrap();
        assert!(load_or_create(&folder).is_ok());
    }
}
