//! The key with which receipts and checkpoints are signed a second time (SM2), and since when that has been
//! so (docs/adr/0013-commercial-cryptography.md). Off unless `--sm2` names a key file. Which key it was at
//! which time is written down in the data folder, because the authority's trust file must say it: a reader
//! asks for second signatures from that moment on, and not before.

use std::io;
use std::path::Path;

use domain::envelope::Envelope;
use domain::time::Timestamp;
use domain::tlog::note::Note;
use gm::Signer;
use store::LogTail;
use verify::TrustedKey;

use crate::signer::{random_bytes, write_private};

/// Which keys have signed, and from when until when.
const RECORD_FILE: &str = "sm2.json";

/// Signs a second time.
#[derive(Debug, Clone)]
pub struct Sm2 {
    signer: Signer,
    /// For the trust file: this key, and those before it.
    pub keys: Vec<TrustedKey>,
}

impl Sm2 {
    /// A key that has signed since the log began.
    pub fn always(signer: Signer) -> Self {
        let key = TrustedKey::always(signer.public_key().spki_base64());
        Self {
            signer,
            keys: vec![key],
        }
    }

    /// Opens the key file, if one is named, and writes down since when it signs. The first time a key is
    /// made where there is none. A server that has signed so before and is started without a key writes
    /// down that this has ended.
    ///
    /// # Errors
    /// When a file cannot be read or written, is no SM2 key, or is not there although an earlier start had
    /// one: a slip in the name shall not become a new key.
    pub fn open(
        folder: &Path,
        key_file: Option<&Path>,
        tail: LogTail,
        now: Timestamp,
    ) -> io::Result<Option<Self>> {
        let mut keys = recorded(folder)?;
        let before = keys.clone();
        let change = Change::at(tail, now);
        let Some(key_file) = key_file else {
            change.end(&mut keys);
            save(folder, &before, &keys)?;
            return Ok(None);
        };
        let signer = load_or_create(key_file, keys.is_empty())?;
        let key = signer.public_key().spki_base64();
        let is_it = |last: &TrustedKey| last.until.is_none() && last.key == key;
        if !keys.last().is_some_and(is_it) {
            change.end(&mut keys);
            keys.push(TrustedKey {
                key,
                from: change.from,
                until: None,
            });
        }
        save(folder, &before, &keys)?;
        Ok(Some(Self { signer, keys }))
    }

    /// What others verify with.
    pub fn public_key(&self) -> &gm::PublicKey {
        self.signer.public_key()
    }

    /// Signs a receipt too.
    pub fn sign_receipt(&self, envelope: &mut Envelope) {
        gm::envelope::sign_too(envelope, &self.signer)
            .expect("a receipt just made has one signature and a payload that can be read");
    }

    /// Signs a checkpoint too, under the name of its log.
    pub fn sign_checkpoint(&self, note: &mut Note, origin: &str) {
        gm::note::sign_too(note, origin, &self.signer)
            .expect("the log's name was checked when it was made");
    }
}

/// When one key ends and the next begins, between what was given before this start and what will be after.
struct Change {
    /// What is given from now on is not earlier; none if nothing was given before.
    from: Option<Timestamp>,
    until: Timestamp,
}

impl Change {
    /// Receipts say the time of their leaf, which is never before the last leaf's. At that very instant
    /// both sides may have given one, so it belongs to neither.
    fn at(tail: LogTail, now: Timestamp) -> Self {
        let last = Timestamp(tail.ts);
        let after = Timestamp(last.0 + 1);
        Self {
            from: (tail.leaves > 0).then(|| now.max(after)),
            until: Timestamp(now.max(last).0 - 1),
        }
    }

    fn end(&self, keys: &mut [TrustedKey]) {
        if let Some(last) = keys.last_mut().filter(|last| last.until.is_none()) {
            last.until = Some(self.until);
        }
    }
}

/// Every key that this server has signed with, for the trust file.
///
/// # Errors
/// When the record cannot be read.
pub fn recorded(folder: &Path) -> io::Result<Vec<TrustedKey>> {
    let path = folder.join(RECORD_FILE);
    match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| io::Error::other(format!("{} is damaged: {error}", path.display()))),
    }
}

fn save(folder: &Path, before: &[TrustedKey], keys: &[TrustedKey]) -> io::Result<()> {
    if before == keys {
        return Ok(());
    }
    let text = serde_json::to_string_pretty(keys).map_err(io::Error::other)?;
    write_private(&folder.join(RECORD_FILE), text.as_bytes())
}

fn load_or_create(path: &Path, is_first: bool) -> io::Result<Signer> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_first => {
            let signer = fresh();
            write_private(path, signer.to_pem().as_bytes())?;
            tracing::info!(file = %path.display(), "made a key for SM2 signatures");
            Ok(signer)
        }
        Err(error) => Err(io::Error::new(
            error.kind(),
            format!("{}: {error}", path.display()),
        )),
        Ok(text) => Signer::from_pem(&text)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display()))),
    }
}

/// A new key.
fn fresh() -> Signer {
    loop {
        if let Some(signer) = Signer::from_secret(&random_bytes()) {
            return signer;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const EMPTY: LogTail = LogTail { leaves: 0, ts: 0 };

    struct Place {
        folder: PathBuf,
        file: PathBuf,
    }

    impl Place {
        fn new(name: &str) -> Self {
            let folder = crate::testing::folder(name);
            let file = folder.join("sm2.pem");
            Self { folder, file }
        }

        fn open(&self, tail: LogTail, now: i64) -> io::Result<Option<Sm2>> {
            Sm2::open(&self.folder, Some(&self.file), tail, Timestamp(now))
        }

        fn open_without(&self, tail: LogTail, now: i64) {
            let sm2 = Sm2::open(&self.folder, None, tail, Timestamp(now)).unwrap();
            assert!(sm2.is_none());
        }

        /// From when until when each key has signed.
        fn spans(&self) -> Vec<(Option<i64>, Option<i64>)> {
            let ms = |at: Option<Timestamp>| at.map(|at| at.0);
            let keys = recorded(&self.folder).unwrap();
            keys.iter().map(|it| (ms(it.from), ms(it.until))).collect()
        }
    }

    #[test]
    fn a_server_that_never_signed_so_writes_nothing() {
        let place = Place::new("sm2-off");
        place.open_without(LogTail { leaves: 7, ts: 50 }, 100);
        assert!(std::fs::read_dir(&place.folder).unwrap().next().is_none());
    }

    #[test]
    fn a_key_is_made_once_kept_and_only_its_owner_may_read_it() {
        let place = Place::new("sm2-made");
        let first = place.open(EMPTY, 100).unwrap().unwrap();
        let second = place.open(LogTail { leaves: 9, ts: 150 }, 200);
        assert_eq!(first.public_key(), second.unwrap().unwrap().public_key());
        assert_eq!(
            place.spans(),
            [(None, None)],
            "nothing was given without it"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&place.file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn it_is_asked_for_only_after_all_that_was_given_without_it() {
        // The last leaf before, at it and after it.
        for (now, from) in [(149, 151), (150, 151), (151, 151), (152, 152)] {
            let place = Place::new("sm2-since");
            place.open(LogTail { leaves: 1, ts: 150 }, now).unwrap();
            assert_eq!(place.spans(), [(Some(from), None)], "{now}");
        }
    }

    #[test]
    fn it_ends_when_the_server_starts_without_it_and_begins_again() {
        for (now, until) in [(149, 149), (150, 149), (151, 150), (152, 151)] {
            let place = Place::new("sm2-ended");
            place.open(EMPTY, 100).unwrap();
            let tail = LogTail { leaves: 1, ts: 150 };
            place.open_without(tail, now);
            assert_eq!(place.spans(), [(None, Some(until))], "{now}");
            place.open_without(tail, now + 50);
            assert_eq!(place.spans(), [(None, Some(until))], "it has ended once");
            place.open(LogTail { leaves: 2, ts: 300 }, 400).unwrap();
            assert_eq!(place.spans(), [(None, Some(until)), (Some(400), None)]);
        }
    }

    #[test]
    fn another_key_takes_over() {
        let place = Place::new("sm2-other");
        let first = place.open(EMPTY, 100).unwrap().unwrap();
        std::fs::write(&place.file, fresh().to_pem()).unwrap();
        let tail = LogTail { leaves: 1, ts: 150 };
        let second = place.open(tail, 200).unwrap().unwrap();
        assert_ne!(first.public_key(), second.public_key());
        assert_eq!(second.keys.len(), 2);
        assert_eq!(place.spans(), [(None, Some(199)), (Some(200), None)]);
    }

    #[test]
    fn a_slip_in_the_name_does_not_become_a_key() {
        let mut place = Place::new("sm2-slip");
        place.open(EMPTY, 100).unwrap();
        place.file = place.folder.join("sm3.pem");
        assert!(place.open(EMPTY, 200).is_err());
        assert!(!place.file.exists());
        assert_eq!(place.spans(), [(None, None)]);
    }

    #[test]
    fn a_damaged_key_or_record_is_reported_and_not_replaced() {
        let place = Place::new("sm2-damaged");
        std::fs::write(&place.file, "no key").unwrap();
        let message = place.open(EMPTY, 100).unwrap_err().to_string();
        assert!(
            message.contains("sm2.pem") && message.contains("PKCS#8"),
            "{message}"
        );
        assert_eq!(std::fs::read(&place.file).unwrap(), b"no key");
        std::fs::remove_file(&place.file).unwrap();
        let record = place.folder.join(RECORD_FILE);
        std::fs::write(&record, "[").unwrap();
        assert!(place.open(EMPTY, 100).is_err());
        assert!(recorded(&place.folder).is_err());
        assert_eq!(std::fs::read(&record).unwrap(), b"[");
    }
}
