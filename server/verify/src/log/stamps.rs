//! Time-stamps on checkpoints: the reply of an authority about the text of one, verified against the
//! certificates that the reader trusts. All authorities together are one voice beside the witnesses.

use std::collections::BTreeMap;

use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::outside::stamp_voice;
use tsa::{Refusal, Roots};

use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::manifest::sha256;
use crate::place::Place;
use crate::trust::{LogTrust, TrustedKey};

/// The stamps of a bundle.
pub(super) struct Stamps<'a> {
    stampers: Vec<(Roots, &'a TrustedKey)>,
    by_size: BTreeMap<u64, &'a File<'a>>,
    /// What was verified already: many proofs lead to one checkpoint.
    voices: BTreeMap<u64, Option<Timestamp>>,
}

impl<'a> Stamps<'a> {
    pub fn of(files: &'a [File<'a>], trust: &'a LogTrust) -> Self {
        let stamp = |file: &'a File<'a>| match file.place {
            Place::Stamp(size) => Some((size, file)),
            _ => None,
        };
        Self {
            stampers: trust.stampers().collect(),
            by_size: files.iter().filter_map(stamp).collect(),
            voices: BTreeMap::new(),
        }
    }

    /// When a trusted authority saw the checkpoint of this size, whose text this is.
    pub fn voice(&mut self, size: u64, text: &str, found: &mut Vec<Finding>) -> Option<Timestamp> {
        let file = self.by_size.get(&size)?;
        if let Some(known) = self.voices.get(&size) {
            return *known;
        }
        let voice = self.verify(file, sha256(text.as_bytes()), found);
        self.voices.insert(size, voice);
        voice
    }

    /// A stamp that nobody here vouches for is no voice, as a cosignature by a stranger is none; one that
    /// is about something else, or broken, is false.
    fn verify(&self, file: &File, imprint: Digest, found: &mut Vec<Finding>) -> Option<Timestamp> {
        let mut broken = None;
        for (roots, trusted) in &self.stampers {
            match tsa::verify(file.bytes, &imprint, None, roots) {
                Ok(stamp) if trusted.is_valid_at(stamp.gen_time) => {
                    return stamp_voice(stamp.gen_time, stamp.accuracy_ms);
                }
                Ok(_) | Err(Refusal::Untrusted) => {}
                Err(reason) => broken = Some(reason),
            }
        }
        found.extend(broken.map(|reason| {
            Finding::about(FindingCode::StampNotGenuine, file.name).because(reason.code())
        }));
        None
    }

    /// Each stamp is about a checkpoint that is here.
    pub fn must_have_checkpoints(&self, roots: &BTreeMap<u64, Digest>, found: &mut Vec<Finding>) {
        let stray = self
            .by_size
            .iter()
            .filter(|(size, _)| !roots.contains_key(size));
        found.extend(stray.map(|(_, file)| Finding::about(FindingCode::NotClaimed, file.name)));
    }
}
