//! The unsigned documents, in their one spelling, and the bytes behind the hashes.

use std::collections::BTreeMap;

use domain::actor::Role;
use domain::canonical::{canonical_of, parse_canonical};
use domain::ids::{DeviceId, Digest, EventId, OrgId, PersonId, WorkOrderId};
use domain::interval::Bounds;
use domain::sidecar::Sidecar;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::work_order::Judgement;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Evidence;
use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::manifest::sha256;
use crate::place::Place;
use crate::trust::LogTrust;

/// Largest plain document, bytes.
const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// `people.json`: who is meant, as far as one must know to read and to apply the rules.
pub type People = BTreeMap<PersonId, Person>;

/// A person as the server knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub org: OrgId,
    pub org_name: String,
    /// Of those who did the work: it may not be the one that signed the evaluation.
    pub phone: Option<String>,
    pub role: Role,
}

/// An event that has its place in the chain and counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// The rule it broke.
    pub code: String,
    pub event: EventId,
}

/// `verdict.json`: what the server says follows from the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// When each event of the work order happened.
    pub bounds: BTreeMap<EventId, Bounds>,
    pub judgement: Judgement,
    /// By which log and whose times it was judged; the reader may trust others.
    pub log: LogTrust,
    pub policy: Digest,
    /// Events of the stretches here that count for nothing.
    pub set_aside: Vec<SetAside>,
    /// Server clock; decides only between running and overdue.
    pub ts: Timestamp,
    /// Version of this form; always 1.
    pub v: u32,
    pub wo: WorkOrderId,
}

/// What the server committed itself to in the log when the work order was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedVerdict {
    /// Up to where each chain was known.
    pub heads: BTreeMap<DeviceId, u64>,
    pub judgement: Judgement,
    /// Version of this form; always 1.
    pub v: u32,
    pub wo: WorkOrderId,
}

/// A document, if these bytes are exactly its canonical text.
pub(crate) fn plain<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let value = parse_canonical(bytes, DOCUMENT_BYTES_MAX).ok()?;
    let read: T = serde_json::from_value(value).ok()?;
    // A member that this version does not know must not pass unread.
    (canonical_of(&read).ok()?.as_bytes() == bytes).then_some(read)
}

/// Reads the documents into the evidence.
pub(super) fn read(files: &[File], evidence: &mut Evidence, found: &mut Vec<Finding>) {
    for file in files {
        let is_read = match &file.place {
            Place::Policy => {
                evidence.policy = plain::<Policy>(file.bytes);
                evidence.policy.is_some()
            }
            Place::People => plain(file.bytes)
                .map(|people| evidence.people = people)
                .is_some(),
            Place::Verdict => {
                evidence.verdict = plain(file.bytes).filter(|verdict: &Verdict| verdict.v == 1);
                evidence.verdict.is_some()
            }
            Place::LoggedVerdict(h) => match plain::<LoggedVerdict>(file.bytes) {
                Some(verdict) if is_of(&verdict, &evidence.wo) && sha256(file.bytes) == *h => {
                    evidence.logged_verdicts.insert(*h, verdict);
                    true
                }
                _ => false,
            },
            Place::Terminal(id) => match plain::<domain::register::Terminal>(file.bytes) {
                Some(terminal) if terminal.id == *id => {
                    evidence.terminals.insert(id.clone(), terminal);
                    true
                }
                _ => false,
            },
            Place::Site(id) => match plain::<domain::register::Site>(file.bytes) {
                Some(site) if site.id == *id => {
                    evidence.sites.insert(id.clone(), site);
                    true
                }
                _ => false,
            },
            _ => true,
        };
        if !is_read {
            found.push(Finding::about(FindingCode::Malformed, file.name));
        }
    }
}

fn is_of(verdict: &LoggedVerdict, wo: &WorkOrderId) -> bool {
    verdict.v == 1 && verdict.wo == *wo
}

/// The sidecars that are what their names say.
pub(super) fn sidecars(files: &[File], found: &mut Vec<Finding>) -> BTreeMap<Digest, Value> {
    let mut sidecars = BTreeMap::new();
    for file in files {
        let Place::Sidecar(c) = file.place else {
            continue;
        };
        let read = Sidecar::parse(file.bytes).and_then(|sidecar| {
            sidecar.verify(c)?;
            Ok(sidecar)
        });
        match read {
            Ok(sidecar) => {
                sidecars.insert(c, sidecar.value);
            }
            Err(reason) => {
                found.push(
                    Finding::about(FindingCode::SidecarOther, file.name).because(reason.code()),
                );
            }
        }
    }
    sidecars
}

/// The photos that are what their names say, with their sizes. They are never decoded.
pub(super) fn photos(files: &[File], found: &mut Vec<Finding>) -> BTreeMap<Digest, u64> {
    let mut photos = BTreeMap::new();
    for file in files {
        let Place::Photo { sha256: name, .. } = file.place else {
            continue;
        };
        if sha256(file.bytes) == name {
            photos.insert(name, file.bytes.len() as u64);
        } else {
            found.push(Finding::about(FindingCode::PhotoOther, file.name));
        }
    }
    photos
}
