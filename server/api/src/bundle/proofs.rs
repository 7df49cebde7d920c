//! What the transparency log proves of the evidence: a proof for every leaf that the verifier will look
//! for (`verify::log_needs`), the checkpoints that receipts name, and how one continues the other.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::Digest;
use domain::tlog::proof::write_hashes;
use store::CheckpointRow;
use verify::manifest::sha256;
use verify::{Needs, Place, Trust, log_needs};

use super::gather::Gathered;
use crate::error::ApiError;
use crate::log::proof_of;
use crate::state::App;

/// Adds the proofs. What the log does not hold yet is published first; while that is not possible the
/// bundle goes out without, and its verifier says so.
pub(super) async fn add(
    app: &App,
    gathered: Gathered,
    trust: &Trust,
) -> Result<Gathered, ApiError> {
    let trust = trust.clone();
    // Thousands of signatures are a good part of a second, which no other request shall wait for.
    let (mut gathered, needs) = tokio::task::spawn_blocking(move || {
        let needs = log_needs(&gathered.files, &gathered.work_order.id, &trust);
        (gathered, needs)
    })
    .await
    .map_err(|error| ApiError::internal("bundle", error))?;
    let leaves = numbered(app, &needs).await?;
    publish_up_to(app, leaves.values().copied().max()).await;
    let mut sizes = BTreeSet::new();
    for (place, number) in leaves {
        if let Some((size, proof)) = proof_of(app, number).await? {
            gathered.put(place, proof.to_string());
            sizes.insert(size);
        }
    }
    for row in checkpoints(app, &needs).await? {
        let size = row.size.unsigned_abs();
        gathered.put(Place::Checkpoint(size), row.note);
        sizes.insert(size);
    }
    let sizes: Vec<u64> = sizes.into_iter().collect();
    for size in &sizes {
        let Some(row) = app.store.checkpoint(*size as i64).await? else {
            continue;
        };
        let stamp = row.stamp.and_then(|reply| STANDARD.decode(reply).ok());
        if let Some(reply) = stamp {
            gathered.put(Place::Stamp(*size), reply);
            // Public tools want the stamped text as a file.
            gathered.put(Place::Checkpoint(*size), row.note);
        }
    }
    for pair in sizes.windows(2) {
        let (old, new) = (pair[0], pair[1]);
        if let Some(proof) = app.publisher.prove_consistency(old, new).await? {
            gathered.put(Place::Consistency { old, new }, write_hashes(&proof));
        }
    }
    Ok(gathered)
}

/// The numbers of the leaves, by the places of their proofs.
async fn numbered(app: &App, needs: &Needs) -> Result<BTreeMap<Place, u64>, ApiError> {
    let leaves = needs.leaves.iter().map(|need| need.h);
    let wanted: Vec<Digest> = leaves.chain(needs.builds.iter().copied()).collect();
    let names: Vec<String> = wanted.iter().map(Digest::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let numbers = app.store.leaf_numbers(&names).await?;
    let placed = wanted.into_iter().zip(numbers);
    Ok(placed
        .filter_map(|(h, number)| Some((Place::Proof(h), number?.unsigned_abs())))
        .collect())
}

async fn publish_up_to(app: &App, last: Option<u64>) {
    let is_published = match app.store.last_checkpoints().await {
        Ok((row, _)) => row.is_some_and(|row| Some(row.size.unsigned_abs()) > last),
        Err(_) => false,
    };
    if is_published {
        return;
    }
    if let Err(error) = app.publisher.publish().await {
        tracing::warn!(%error, "a bundle goes out with leaves that are not published");
    }
}

/// Those that the evidence names, and the latest that others have seen: by it shows what was never
/// covered.
async fn checkpoints(app: &App, needs: &Needs) -> Result<Vec<CheckpointRow>, ApiError> {
    let mut rows: BTreeMap<i64, CheckpointRow> = BTreeMap::new();
    for named in &needs.checkpoints {
        let row = app.store.checkpoint(named.size as i64).await?;
        let row = row.filter(|row| sha256(row.note.as_bytes()) == named.note);
        rows.extend(row.map(|row| (row.size, row)));
    }
    let (_, latest) = app.store.last_checkpoints().await?;
    rows.extend(latest.map(|row| (row.size, row)));
    Ok(rows.into_values().collect())
}
