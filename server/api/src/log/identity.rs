//! The name and the keys of the log. The name is made once: another name would be another log. The key can be
//! changed ([`crate::keys::rotation`]); until everybody who reads checkpoints has been told, the former one
//! signs along.

use std::io;
use std::path::Path;
use std::sync::Arc;

use domain::envelope::{PublicKey, Signer};
use domain::server_keys::{HeldChange, KeyUse, LogKeys, ProvedLog};
use domain::tlog::LogRefusal;
use domain::tlog::note::{KeyKind, Note, NoteKey, is_key_name};

use crate::keys::folder::{former_log_key_file, key_file};
use crate::keys::{changes_of, must_lead_to};
use crate::signer::{load_or_create_seed, load_seed, write_private};
use crate::sm2::Sm2;

const NAME_FILE: &str = "log.name";

/// Who signs the checkpoints.
pub struct Identity {
    /// C2SP's "origin", such as `daochang.example.cn/log`; also the name of the key.
    pub origin: String,
    pub key: Signer,
    /// Signs along.
    former: Option<Signer>,
    keys: LogKeys,
    /// Signs checkpoints a second time.
    sm2: Option<Arc<Sm2>>,
}

impl Identity {
    /// A log with this name whose key grows from these secret bytes.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Self {
        let key = Signer::from_seed(seed);
        Self {
            keys: LogKeys::of(named(origin, key.public_key())),
            origin: origin.to_owned(),
            key,
            former: None,
            sm2: None,
        }
    }

    /// The same after these changes of key.
    ///
    /// # Errors
    /// When they do not lead to this key: it is an old one, or another log's.
    pub fn with_changes(self, changes: &[HeldChange]) -> io::Result<Self> {
        must_lead_to(self.key.public_key(), KeyUse::Log, changes)?;
        let first = changes_of(changes, KeyUse::Log).next();
        let first = first.map_or(self.key.public_key(), |held| &held.old);
        let ProvedLog { keys, refused, .. } =
            LogKeys::proved(vec![named(&self.origin, first)], changes);
        match refused.first() {
            Some((id, reason)) => Err(io::Error::other(format!(
                "change of key {id}: {}",
                reason.code()
            ))),
            None => Ok(Self { keys, ..self }),
        }
    }

    /// The same, whose checkpoints are signed with SM2 too, if such a key is given.
    pub fn signing_twice(self, sm2: Option<Arc<Sm2>>) -> Self {
        Self { sm2, ..self }
    }

    /// Adds the second signature, if there is one, to a checkpoint that has the log's own. It is in what
    /// readers get, and not in the states kept by size: those must be the same bytes whenever they are
    /// made, with this key, with another or with none.
    pub fn sign_too(&self, note: &mut Note) {
        if let Some(sm2) = &self.sm2 {
            sm2.sign_checkpoint(note, &self.origin);
        }
    }

    /// What others verify checkpoints with.
    pub fn verifier_key(&self) -> NoteKey {
        named(&self.origin, self.key.public_key())
    }

    /// The key that others were handed in person; the changes lead on from it.
    pub fn first_key(&self) -> &NoteKey {
        &self.keys.spans()[0].key
    }

    /// Every key that ever signed checkpoints, with the sizes it signed for.
    pub fn keys(&self) -> &LogKeys {
        &self.keys
    }

    /// Signs with the former key too, while there is one.
    ///
    /// # Errors
    /// When it is no note that this log can sign.
    pub fn sign_along(&self, note: &mut Note) -> Result<(), LogRefusal> {
        match &self.former {
            Some(former) => note.sign(&self.origin, former),
            None => Ok(()),
        }
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
        load_or_create_seed(&key_file(folder, KeyUse::Log))?;
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
        let identity = Self::from_seed(&origin, &load_seed(&key_file(folder, KeyUse::Log))?);
        let former = match load_seed(&former_log_key_file(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            seed => Some(Signer::from_seed(&seed?)),
        };
        // A change that was interrupted may have left a copy of the key that still signs.
        let former = former.filter(|it| it.public_key() != identity.key.public_key());
        Ok(Self { former, ..identity })
    }
}

fn named(origin: &str, key: &PublicKey) -> NoteKey {
    NoteKey::new(origin, KeyKind::Note, key).expect("the name was checked when it was made")
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
        std::fs::write(folder.join("log.key"), b"short").unwrap();
        assert!(Identity::load_or_create(&folder, "http://x").is_err());
        assert_eq!(std::fs::read(folder.join("log.key")).unwrap(), b"short");
    }

    #[test]
    fn a_name_that_a_key_cannot_have_is_not_taken() {
        assert_eq!(origin_of("http://a b/"), "daochang/log");
        assert_eq!(origin_of("http://127.0.0.1:8080"), "127.0.0.1:8080/log");
    }
}
