//! The secret files of the data folder, and how a change of key goes through them. While it is under way
//! the new key lies beside the old one (`server.key.next`); the database decides whether it took place, so
//! whoever comes next, the server or the command again, only has to look there and go on or clear up.
//! The old server key is gone as soon as the new one is in its place: it proves nothing more, and whoever
//! finds it could only do harm with it.

use std::io;
use std::path::{Path, PathBuf};

use domain::code::CodeSecret;
use domain::code::secret::SECRET_BYTES;
use domain::envelope::{Envelope, Signer};
use domain::server_keys::{HeldChange, KeyUse};

use super::changes_of;
use crate::signer::{load_seed, write_private};

/// From what the secrets behind codes are made.
const CODES_FILE: &str = "codes.key";
/// The changes once more, for commands that do not open the database. Nothing secret.
const CHANGES_FILE: &str = "key-changes.json";

/// The seed that signs now.
pub fn key_file(data: &Path, kind: KeyUse) -> PathBuf {
    data.join(format!("{}.key", kind.name()))
}

/// The seed that will sign, while a change is under way.
pub fn next_file(data: &Path, kind: KeyUse) -> PathBuf {
    data.join(format!("{}.key.next", kind.name()))
}

/// The log's seed from before the change, which signs along until everybody knows the new key.
pub fn former_log_key_file(data: &Path) -> PathBuf {
    data.join("log.key.former")
}

/// Finishes a change that took place, and clears up one that did not.
///
/// # Errors
/// When a file cannot be read or written.
pub fn settle(data: &Path, changes: &[HeldChange]) -> io::Result<()> {
    keep_changes(data, changes)?;
    for kind in [KeyUse::Server, KeyUse::Log] {
        let next = next_file(data, kind);
        let seed = match load_seed(&next) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            seed => seed?,
        };
        let new = Signer::from_seed(&seed);
        let last = changes_of(changes, kind).last();
        match last.filter(|last| last.new == *new.public_key()) {
            Some(last) => {
                if kind == KeyUse::Log {
                    keep_former_log_key(data, last)?;
                }
                replace(&next, &key_file(data, kind))?;
                tracing::info!(key = kind.name(), "another key signs from now on");
            }
            None => {
                remove(&next)?;
                tracing::warn!(
                    key = kind.name(),
                    "a change of key was begun and did not take place"
                );
            }
        }
    }
    Ok(())
}

/// The log's old key stays for a while. The server's does not.
pub(super) fn keep_former_log_key(data: &Path, last: &HeldChange) -> io::Result<()> {
    let seed = load_seed(&key_file(data, KeyUse::Log))?;
    if Signer::from_seed(&seed).public_key() == &last.old {
        write_private(&former_log_key_file(data), &seed)?;
    }
    Ok(())
}

/// Writes the changes down for commands without a database, if they are not there yet.
pub(super) fn keep_changes(data: &Path, changes: &[HeldChange]) -> io::Result<()> {
    let envelopes: Vec<&Envelope> = changes.iter().map(|held| &held.envelope).collect();
    let text = serde_json::to_string_pretty(&envelopes).map_err(io::Error::other)?;
    let path = data.join(CHANGES_FILE);
    let is_there = match std::fs::read_to_string(&path) {
        Ok(known) => known == text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => changes.is_empty(),
        Err(error) => return Err(error),
    };
    if is_there {
        return Ok(());
    }
    write_private(&path, text.as_bytes())
}

/// The changes as they were written down.
///
/// # Errors
/// When the file cannot be read, or is damaged.
pub fn written_changes(data: &Path) -> io::Result<Vec<HeldChange>> {
    let path = data.join(CHANGES_FILE);
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes?,
    };
    let damaged = || io::Error::other(format!("{} is damaged", path.display()));
    let envelopes: Vec<Envelope> = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    let held = envelopes.iter().map(HeldChange::open);
    held.collect::<Result<_, _>>().map_err(|_| damaged())
}

/// Reads from what codes are made. Until the server's key is changed for the first time the file can be
/// made from it; afterwards another one would void every label, screen and tag.
///
/// # Errors
/// When it is missing and cannot be made, cannot be read, or is damaged.
pub fn codes(data: &Path, server: &Signer, has_changed: bool) -> io::Result<CodeSecret> {
    let path = data.join(CODES_FILE);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let bytes: [u8; SECRET_BYTES] = bytes.try_into().map_err(|_| {
                let path = path.display();
                io::Error::other(format!("{path} is damaged: not {SECRET_BYTES} bytes"))
            })?;
            Ok(CodeSecret::from_bytes(&bytes))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Err(_) if has_changed => Err(io::Error::other(format!(
            "{} is missing; restore it from a backup: no other file can make the labels, screens and tags \
             out there valid again",
            path.display()
        ))),
        Err(_) => {
            let codes = server.code_secret();
            write_private(&path, &codes.bytes())?;
            Ok(codes)
        }
    }
}

/// Puts a file in the place of another, on disk before this returns.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

/// Removes a file, on disk before this returns; one that is not there is no error.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    sync_folder_of(path)
}

/// Names are on disk only when their folder is.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
