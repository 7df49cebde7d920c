//! The witness's name and secret key: one line in one file, readable by its owner alone, in the
//! form that other tools for signed notes use. The name is part of the key; another name is
//! another witness.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::Signer;
use domain::tlog::note::{KeyKind, NoteKey};

const PREFIX: &str = "PRIVATE+KEY+";
const COSIGNATURE: u8 = 0x04;

/// Where the key lies.
pub fn path(data: &Path) -> PathBuf {
    data.join("witness.key")
}

/// A witness's identity.
pub struct WitnessKey {
    pub signer: Signer,
    /// What everybody else verifies with.
    pub public: NoteKey,
}

impl WitnessKey {
    /// The key that grows from these 32 secret bytes, under this name.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> io::Result<Self> {
        let signer = Signer::from_seed(seed);
        let public = NoteKey::new(name, KeyKind::Cosignature, signer.public_key())
            .map_err(|_| invalid("a name has no spaces and no plus sign, and is not empty"))?;
        Ok(Self { signer, public })
    }

    /// Makes a key and writes it into the folder, where none may lie yet.
    pub fn create(data: &Path, name: &str, seed: &[u8; 32]) -> io::Result<Self> {
        let key = Self::from_seed(name, seed)?;
        fs::create_dir_all(data)?;
        let mut file = owner_only().open(path(data))?;
        let secret = STANDARD.encode([&[COSIGNATURE], &seed[..]].concat());
        let [a, b, c, d] = key.public.id();
        writeln!(file, "{PREFIX}{name}+{a:02x}{b:02x}{c:02x}{d:02x}+{secret}")?;
        file.sync_all()?;
        File::open(data)?.sync_all()?;
        Ok(key)
    }

    /// Reads the key that lies in the folder.
    pub fn read(data: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path(data))?;
        let seed_of = |rest: &str| {
            let bytes = STANDARD.decode(rest).ok()?;
            match bytes.split_first() {
                Some((&COSIGNATURE, seed)) => <[u8; 32]>::try_from(seed).ok(),
                _ => None,
            }
        };
        let read = || {
            let (name, rest) = text.trim_end().strip_prefix(PREFIX)?.split_once('+')?;
            let (id, secret) = rest.split_once('+')?;
            let key = Self::from_seed(name, &seed_of(secret)?).ok()?;
            let public = key.public.to_string();
            public.starts_with(&format!("{name}+{id}+")).then_some(key)
        };
        read().ok_or_else(|| invalid("witness.key is not the key of a witness"))
    }
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_never_replaced() {
        let data = tempfile::tempdir().unwrap();
        let made = WitnessKey::create(data.path(), "authority.example/w1", &[9; 32]).unwrap();
        let read = WitnessKey::read(data.path()).unwrap();
        assert_eq!(made.public, read.public);
        assert!(made.public.to_string().starts_with("authority.example/w1+"));
        let again = WitnessKey::create(data.path(), "authority.example/w1", &[8; 32]);
        assert_eq!(
            again.err().map(|it| it.kind()),
            Some(io::ErrorKind::AlreadyExists)
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path(data.path()))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_or_a_bad_name_is_refused() {
        let data = tempfile::tempdir().unwrap();
        WitnessKey::create(data.path(), "w", &[9; 32]).unwrap();
        let good = fs::read_to_string(path(data.path())).unwrap();
        let renamed = good.replacen("+w+", "+v+", 1);
        for bad in ["", "hello", &good[..30], &renamed] {
            fs::write(path(data.path()), bad).unwrap();
            assert!(WitnessKey::read(data.path()).is_err(), "{bad}");
        }
        for name in ["", "two words", "a+b"] {
            assert!(WitnessKey::from_seed(name, &[1; 32]).is_err(), "{name}");
        }
    }
}
