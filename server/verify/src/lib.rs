//! The independent verifier: from the bytes of a bundle and a file of trusted keys to what is proved,
//! what is not, and what is false. It asks no clock and no network and writes nothing; everything
//! it decides is decided by the same functions of [`domain`] that the server and the phones run.
//!
//! The steps, in their order: [`container`] the archive, [`keys`] whose signatures count, [`manifest`] every
//! file by its hash, [`evidence`] keys of phones, signatures, chains, receipts, documents, [`log`] what the transparency log and
//! its witnesses say, [`second`] the second signatures (SM2), [`replay`] bounds in time, the fold,
//! the verdicts, [`compare`] against what the bundle states, [`builds`] which program signed. [`report`] says it to people.

mod builds;
mod compare;
pub mod container;
pub mod evidence;
pub mod finding;
mod keys;
mod log;
pub mod manifest;
pub mod place;
mod replay;
pub mod report;
mod second;
mod state;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod trust;
mod words;

use domain::envelope::PublicKey;

pub use self::builds::BuildLine;
pub use self::evidence::{LoggedVerdict, People, Person, SetAside, Verdict};
pub use self::finding::{Finding, FindingCode, Severity};
pub use self::log::Needs;
pub use self::place::Place;
pub use self::report::{Exit, Report};
pub use self::second::SecondKeys;
pub use self::state::{Unstatable, log_needs, state_verdict};
pub use self::trust::{BadTrust, LogTrust, Trust, TrustedKey};
use crate::container::{BadContainer, File};
use crate::evidence::Evidence;
use crate::keys::Keys;
use crate::log::Log;

/// Verifies a bundle against the keys in `trust`, or, without a trust file, against its own.
pub fn verify(bundle: &[u8], trust: Option<&Trust>) -> Report {
    let files = match container::read(bundle) {
        Ok(files) => files,
        Err(reason) => return Report::refused(why(reason)),
    };
    let mut found = Vec::new();
    let own;
    let trust = match trust {
        Some(trust) => trust,
        None => {
            found.push(Finding::new(FindingCode::SelfSupplied));
            own = self_supplied(&files);
            &own
        }
    };
    let keys = Keys::read(&files, trust, &mut found);
    let checked = manifest::check(&files, &keys.server, trust, &mut found);
    let Some(wo) = checked.wo else {
        return Report::of(found, &files);
    };
    let evidence = Evidence::read(&files, wo, &keys, &mut found);
    let log = Log::read(&files, &trust.log, &keys.log, &mut found);
    log.must_hold(&evidence, &mut found);
    let signed_twice = second::check(&files, &evidence, &log, trust, &mut found);
    let replayed = compare::recompute(&evidence, &files, &keys, &log, &mut found);
    let builds = replayed.as_ref().map_or_else(Vec::new, |it| {
        builds::of(&evidence, &log, &it.bounds, &mut found)
    });
    Report::of(found, &files)
        .with(&evidence, &log, (replayed, builds), checked.statement)
        .signed_twice(signed_twice)
}

fn why(reason: BadContainer) -> Finding {
    match reason {
        BadContainer::NotAnArchive => Finding::new(FindingCode::NotABundle),
        BadContainer::TooLarge => Finding::new(FindingCode::BundleTooLarge),
        BadContainer::TooManyFiles => Finding::new(FindingCode::TooManyFiles),
        BadContainer::UnknownName(name) => Finding::about(FindingCode::UnknownFile, name),
        BadContainer::OutOfOrder(name) => Finding::about(FindingCode::FilesOutOfOrder, name),
        BadContainer::OtherForm(name) => Finding::about(FindingCode::OtherForm, name),
        BadContainer::BadDirectory => Finding::new(FindingCode::BadDirectory),
    }
}

/// The key that the bundle says is the server's: enough to see whether it fits itself.
fn self_supplied(files: &[File]) -> Trust {
    let text = files
        .iter()
        .find(|file| file.place == Place::ServerKey)
        .map(|file| file.bytes);
    let key = text
        .and_then(|text| std::str::from_utf8(text).ok())
        .and_then(|text| PublicKey::from_base64(text.trim_end()).ok());
    key.map_or(
        Trust {
            v: 1,
            server_keys: Vec::new(),
            key_changes: Vec::new(),
            log: LogTrust::nobody(),
            sm2_keys: Vec::new(),
        },
        |key| Trust::in_key(&key),
    )
}
