//! The manifest: every other file of the bundle by name, size and hash, with the server's signature
//! under it. It makes the bundle one thing; what the files say is proved by their own signatures.

use std::collections::BTreeMap;

use domain::canonical::{self, canonical_of};
use domain::envelope::{Envelope, Signed};
use domain::ids::{Digest, WorkOrderId};
use domain::server_keys::{Dated, ServerKeys};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::place::Place;
use crate::trust::Trust;

/// The payload type inside the signature of a manifest.
pub const BUNDLE_TYPE: &str = "application/vnd.daochang.bundle.v1+json";
/// Largest manifest, bytes.
const MANIFEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One file as the manifest lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub sha256: Digest,
    pub size: u64,
    /// For readers who ask for commercial cryptography; the server adds it while it signs with SM2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm3: Option<Digest>,
}

impl Listed {
    /// The file that is these bytes, with the digest of commercial cryptography or without.
    pub fn of(bytes: &[u8], with_sm3: bool) -> Self {
        Self {
            sha256: sha256(bytes),
            size: bytes.len() as u64,
            sm3: with_sm3.then(|| gm::sm3(bytes)),
        }
    }

    /// Why these bytes are not the file; none if they are. Every digest that is listed must fit.
    fn differs(&self, bytes: &[u8]) -> Option<&'static str> {
        let is_it = self.size == bytes.len() as u64 && self.sha256 == sha256(bytes);
        match self.sm3 {
            _ if !is_it => Some("sha256"),
            Some(sm3) if sm3 != gm::sm3(bytes) => Some("sm3"),
            _ => None,
        }
    }
}

/// `manifest.json`, canonical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// By name; all files but the manifest and its signature.
    pub files: BTreeMap<String, Listed>,
    /// Version of the bundle's form; always 1.
    pub v: u32,
    pub wo: WorkOrderId,
}

/// What the server signs: a manifest may be larger than a signed payload, its hash is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// SHA-256 of `manifest.json`.
    pub manifest: Digest,
    /// Server clock, when the bundle was made.
    pub ts: Timestamp,
    /// Version of this form; always 1.
    pub v: u32,
    pub wo: WorkOrderId,
}

impl Dated for Statement {
    fn signed_at(&self) -> Timestamp {
        self.ts
    }
}

impl Signed for Statement {
    const PAYLOAD_TYPE: &'static str = BUNDLE_TYPE;
    fn is_well_formed(&self) -> bool {
        self.v == 1
    }
}

impl Manifest {
    /// The text of the file.
    ///
    /// # Errors
    /// When a size is beyond what canonical numbers can say.
    pub fn text(&self) -> Result<String, canonical::NotCanonical> {
        canonical_of(self)
    }
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// What the manifest is about.
pub(crate) struct Checked {
    /// Stated by the manifest, whether signed or not; none if there is none to read.
    pub wo: Option<WorkOrderId>,
    /// The server's statement, if it is genuine.
    pub statement: Option<Statement>,
}

/// Checks every file against the manifest and the manifest against its signature.
pub(crate) fn check(
    files: &[File],
    server: &ServerKeys,
    trust: &Trust,
    found: &mut Vec<Finding>,
) -> Checked {
    let bytes_of = |place: Place| {
        files
            .iter()
            .find(|file| file.place == place)
            .map(|file| file.bytes)
    };
    let nothing = Checked {
        wo: None,
        statement: None,
    };
    let Some(text) = bytes_of(Place::Manifest) else {
        found.push(Finding::new(FindingCode::NoManifest));
        return nothing;
    };
    for file in files.iter().filter(|file| !file.is_intact) {
        found.push(Finding::about(FindingCode::FileDamaged, file.name).because("crc32"));
    }
    let manifest = canonical::parse_canonical(text, MANIFEST_BYTES_MAX)
        .ok()
        .and_then(|value| serde_json::from_value::<Manifest>(value).ok())
        .filter(|manifest| manifest.v == 1);
    let Some(manifest) = manifest else {
        found.push(Finding::about(
            FindingCode::ManifestMalformed,
            Place::Manifest,
        ));
        return nothing;
    };
    compare(&manifest, files, found);
    let statement = statement(bytes_of(Place::ManifestSignature), server);
    let statement = statement.and_then(|statement| {
        let is_of_it = statement.manifest == sha256(text) && statement.wo == manifest.wo;
        if is_of_it {
            Ok(statement)
        } else {
            Err("other_manifest")
        }
    });
    let not_signed = |reason| {
        Finding::about(FindingCode::ManifestNotSigned, Place::ManifestSignature).because(reason)
    };
    found.extend(statement.as_ref().err().map(not_signed));
    let lists_sm3 = manifest.files.values().all(|listed| listed.sm3.is_some());
    if statement
        .as_ref()
        .is_ok_and(|it| trust.asks_for_sm2_at(it.ts))
        && !lists_sm3
    {
        found.push(Finding::about(FindingCode::Sm3Absent, Place::Manifest));
    }
    Checked {
        wo: Some(manifest.wo),
        statement: statement.ok(),
    }
}

fn statement(bytes: Option<&[u8]>, server: &ServerKeys) -> Result<Statement, &'static str> {
    let envelope = Envelope::parse(bytes.ok_or("absent")?).map_err(|reason| reason.code())?;
    let opened = server.open::<Statement>(&envelope);
    opened
        .map(|(_, statement)| statement)
        .map_err(|reason| reason.code())
}

fn compare(manifest: &Manifest, files: &[File], found: &mut Vec<Finding>) {
    let is_listed =
        |file: &&File| !matches!(file.place, Place::Manifest | Place::ManifestSignature);
    let mut absent: BTreeMap<&str, &Listed> = manifest
        .files
        .iter()
        .map(|(name, listed)| (name.as_str(), listed))
        .collect();
    for file in files.iter().filter(is_listed) {
        match absent.remove(file.name) {
            None => found.push(Finding::about(FindingCode::FileNotListed, file.name)),
            Some(listed) => {
                let why = listed.differs(file.bytes).filter(|_| file.is_intact);
                let damaged =
                    |why| Finding::about(FindingCode::FileDamaged, file.name).because(why);
                found.extend(why.map(damaged));
            }
        }
    }
    found.extend(
        absent
            .keys()
            .map(|name| Finding::about(FindingCode::FileAbsent, name)),
    );
}
