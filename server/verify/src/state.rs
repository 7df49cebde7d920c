//! The server's side: what to write into `verdict.json`. It is computed by the verifier's own replay
//! of the very files that go into the bundle, so that an honest server cannot state anything else.

use std::collections::BTreeMap;

use domain::ids::WorkOrderId;
use domain::time::Timestamp;

use crate::compare::verdict_of;
use crate::container::File;
use crate::evidence::{Evidence, SetAside, Verdict};
use crate::finding::{Finding, Severity};
use crate::keys::Keys;
use crate::log::{Log, Needs};
use crate::replay::replay;
use crate::trust::Trust;

/// The evidence does not allow any verdict; what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstatable(pub Vec<Finding>);

/// The verdict on these files (all of the bundle but manifest, photos and verdict).
///
/// # Errors
/// [`Unstatable`] when report, policy or register record are not there to be judged by.
pub fn state_verdict(
    files: &BTreeMap<String, Vec<u8>>,
    wo: &WorkOrderId,
    trust: &Trust,
    set_aside: Vec<SetAside>,
    ts: Timestamp,
) -> Result<Verdict, Unstatable> {
    let files = places(files);
    let mut found = Vec::new();
    let keys = Keys::read(&files, trust, &mut found);
    let evidence = Evidence::read(&files, wo.clone(), &keys, &mut found);
    let log = Log::read(&files, &trust.log, &keys.log, &mut found);
    let Some(replayed) = replay(&evidence, &log, &set_aside, ts, &mut found) else {
        found.retain(|finding| finding.severity >= Severity::False);
        return Err(Unstatable(found));
    };
    Ok(verdict_of(&evidence, &replayed, &trust.log, &set_aside, ts))
}

/// What of the log these files need to be proved by, for the server to bring along.
pub fn log_needs(files: &BTreeMap<String, Vec<u8>>, wo: &WorkOrderId, trust: &Trust) -> Needs {
    let files = places(files);
    let keys = Keys::read(&files, trust, &mut Vec::new());
    let evidence = Evidence::read(&files, wo.clone(), &keys, &mut Vec::new());
    Needs::of(&evidence)
}

fn places(files: &BTreeMap<String, Vec<u8>>) -> Vec<File<'_>> {
    let placed = |(name, bytes)| {
        let (name, bytes): (&String, &Vec<u8>) = (name, bytes);
        Some(File {
            place: name.parse().ok()?,
            name,
            bytes,
            is_intact: true,
        })
    };
    files.iter().filter_map(placed).collect()
}
