//! From the files to the archive: the verdict that follows from them, the list of them all, the
//! server's signature, and the archive's own headers between them.

use std::collections::BTreeMap;

use domain::canonical::canonical_of;
use domain::time::Timestamp;
use domain::work_order::Judgement;
use verify::container::{FILES_MAX, Part, directory};
use verify::manifest::{Listed, Manifest, Statement, sha256};
use verify::{Place, Trust, state_verdict};

use super::gather::{Gathered, broken};
use super::proofs;
use super::trust::of_the_server;
use crate::documents::{Dossier, NoDocument};
use crate::error::ApiError;
use crate::state::App;

/// Part of the archive, in its order.
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// The bytes of a photo, read when it is their turn.
    Photo {
        sha256: String,
        size: u64,
    },
}

impl Piece {
    pub fn size(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Photo { size, .. } => *size,
        }
    }
}

/// A file that will stand in the archive.
struct Entry {
    part: Part,
    piece: Piece,
    listed: Listed,
}

impl Entry {
    fn of(app: &App, name: &str, bytes: Vec<u8>) -> Result<Self, ApiError> {
        let part = Part::of(name, &bytes).ok_or_else(|| broken("file"))?;
        let listed = Listed::of(&bytes, app.config.sm2.is_some());
        Ok(Self {
            part,
            piece: Piece::Bytes(bytes),
            listed,
        })
    }
}

/// The archive, piece by piece.
pub(super) async fn seal(app: &App, gathered: Gathered) -> Result<Vec<Piece>, ApiError> {
    let now = app.now();
    let wo = gathered.work_order.id.clone();
    let photos = photos(app, &gathered).await?;
    let trust = of_the_server(app);
    let gathered = proofs::add(app, gathered, &trust).await?;
    let work_order = gathered.work_order.clone();
    // Some thousand signatures are a good part of a second, which no other request shall wait for.
    let (mut files, judgement) =
        tokio::task::spawn_blocking(move || with_verdict(gathered, &trust, now))
            .await
            .map_err(|error| ApiError::internal("bundle", error))??;
    let report = report(app, Dossier::of(app, work_order, judgement, now).await?).await?;
    files.extend(report.map(|bytes| (Place::Report.to_string(), bytes)));
    let mut entries = photos;
    for (name, bytes) in files {
        let entry = Entry::of(app, &name, bytes)?;
        entries.insert(name, entry);
    }
    let listed = entries
        .iter()
        .map(|(name, entry)| (name.clone(), entry.listed));
    let manifest = Manifest {
        files: listed.collect(),
        v: 1,
        wo: wo.clone(),
    };
    let text = manifest.text().map_err(|_| broken("manifest"))?;
    let statement = Statement {
        manifest: sha256(text.as_bytes()),
        ts: now,
        v: 1,
        wo,
    };
    let envelope = app
        .signer
        .sign_as(&statement)
        .map_err(|_| broken("statement"))?;
    for (place, bytes) in [
        (Place::Manifest, text),
        (Place::ManifestSignature, envelope.to_value().to_string()),
    ] {
        let name = place.to_string();
        entries.insert(name.clone(), Entry::of(app, &name, bytes.into_bytes())?);
    }
    if entries.len() > FILES_MAX {
        return Err(ApiError::unprocessable(
            "bundle_too_large",
            "该工单的证据文件过多，无法放入一个证据包。请联系管理员。",
            "This work order has more evidence than one bundle can hold. Ask the administrator.",
        ));
    }
    Ok(in_order(entries))
}

/// The report for people. Evidence does not wait for its summary: if the writer fails at it, that is
/// told to the operator and the bundle goes without.
async fn report(app: &App, dossier: Dossier) -> Result<Option<Vec<u8>>, ApiError> {
    app.writers
        .run(move || match dossier.report() {
            Ok(report) => Ok(Some(report)),
            Err(NoDocument::Failed(error)) => {
                tracing::error!(%error, "ALARM: bundle without report");
                Ok(None)
            }
            Err(unread) => Err(unread.into()),
        })
        .await
}

/// All files but the report, and the judgement that the verdict among them states.
fn with_verdict(
    gathered: Gathered,
    trust: &Trust,
    now: Timestamp,
) -> Result<(BTreeMap<String, Vec<u8>>, Judgement), ApiError> {
    let Gathered {
        work_order,
        mut files,
        mut set_aside,
        ..
    } = gathered;
    set_aside.sort_by_key(|aside| aside.event);
    let verdict = state_verdict(&files, &work_order.id, trust, set_aside, now);
    let verdict =
        verdict.map_err(|reason| ApiError::internal("bundle", format!("{:?}", reason.0)))?;
    let text = canonical_of(&verdict).map_err(|_| broken("verdict"))?;
    files.insert(Place::Verdict.to_string(), text.into_bytes());
    Ok((files, verdict.judgement))
}

/// The photos that are here, each read once for its checksum and its kind.
async fn photos(app: &App, gathered: &Gathered) -> Result<BTreeMap<String, Entry>, ApiError> {
    let mut entries = BTreeMap::new();
    for digest in &gathered.photos {
        let Some(bytes) = app.blobs.get(&digest.to_string()).await? else {
            continue;
        };
        let place = Place::Photo {
            sha256: *digest,
            extension: extension_of(&bytes),
        };
        let name = place.to_string();
        let entry = Entry::of(app, &name, bytes.to_vec())?;
        let piece = Piece::Photo {
            sha256: digest.to_string(),
            size: bytes.len() as u64,
        };
        entries.insert(name, Entry { piece, ..entry });
    }
    Ok(entries)
}

/// By the first bytes, as it was recognised when it came.
fn extension_of(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\x89PNG") {
        "png"
    } else if bytes.get(8..12) == Some(b"WEBP") {
        "webp"
    } else {
        "jpg"
    }
}

fn in_order(entries: BTreeMap<String, Entry>) -> Vec<Piece> {
    let mut parts = Vec::with_capacity(entries.len());
    let mut pieces = Vec::with_capacity(entries.len() * 2 + 1);
    for entry in entries.into_values() {
        pieces.push(Piece::Bytes(entry.part.local_header()));
        pieces.push(entry.piece);
        parts.push(entry.part);
    }
    pieces.push(Piece::Bytes(directory(&parts)));
    pieces
}
