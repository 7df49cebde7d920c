//! The name and the key of the log. Both are made once: another name or key would be another log, and
//! everybody who has seen this one would have to be told.

use std::io;
use std::path::Path;

use domain::envelope::Signer;
use domain::tlog::note::{KeyKind, NoteKey, is_key_name};

use crate::signer::{load_or_create_seed, load_seed, write_private};

const SEED_FILE: &str = "log.key";
const NAME_FILE: &str = "log.name";

/// Who signs the checkpoints.
pub struct Identity {
    /// C2SP's "origin", such as `daochang.example.cn/log`; also the name of the key.
    pub origin: String,
    pub key: Signer,
}

impl Identity {
    /// A log with this name whose key grows from these secret bytes.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Self {
        Self {
            origin: origin.to_owned(),
            key: Signer::from_seed(seed),
        }
    }

    /// What others verify checkpoints with.
    pub fn verifier_key(&self) -> NoteKey {
        NoteKey::new(&self.origin, KeyKind::Note, self.key.public_key())
            .expect("the name was checked when it was made")
    }

    /// The log of this data folder; the first time it is named after the server's address.
    ///
    /// # Errors
    /// When the folder cannot be used, or holds a damaged name or key.
    pub fn load_or_create(folder: &Path, base: &str) -> io::Result<Self> {
        let name = folder.join(NAME_FILE);
        if !name.exists() {
            write_private(&name, origin_of(base).as_bytes())?;
        }
        load_or_create_seed(&folder.join(SEED_FILE))?;
        Self::load(folder)
    }

    /// The log of this data folder.
    ///
    /// # Errors
    /// When there is none, or its name or key is damaged.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let name = folder.join(NAME_FILE);
        let origin = std::fs::read_to_string(&name)?;
        if !is_key_name(&origin) {
            return Err(io::Error::other(format!("{} is damaged", name.display())));
        }
        let seed = load_seed(&folder.join(SEED_FILE))?;
        Ok(Self::from_seed(&origin, &seed))
    }
}

/// `https://daochang.example.cn:8443/x` → `daochang.example.cn:8443/log`.
fn origin_of(base: &str) -> String {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let origin = format!("{host}/log");
    if is_key_name(&origin) {
        origin
    } else {
        "daochang/log".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_name_and_key() {
        let folder = crate::testing::folder("log-identity");
        let first = Identity::load_or_create(&folder, "https://a.example.cn/x").unwrap();
        let second = Identity::load_or_create(&folder, "https://b.example.cn").unwrap();
        assert_eq!(first.origin, "a.example.cn/log");
        assert_eq!(
            first.verifier_key().to_string(),
            second.verifier_key().to_string()
        );
    }

    #[test]
    fn a_damaged_key_is_reported_and_not_replaced() {
        let folder = crate::testing::folder("log-identity-damaged");
        Identity::load_or_create(&folder, "http://x").unwrap();
        std::fs::write(folder.join(SEED_FILE), b"short").unwrap();
        assert!(Identity::load_or_create(&folder, "http://x").is_err());
        assert_eq!(std::fs::read(folder.join(SEED_FILE)).unwrap(), b"short");
    }

    #[test]
    fn a_name_that_a_key_cannot_have_is_not_taken() {
        assert_eq!(origin_of("http://a b/"), "daochang/log");
        assert_eq!(origin_of("http://127.0.0.1:8080"), "127.0.0.1:8080/log");
    }
}
