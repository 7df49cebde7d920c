//! The leaves against themselves, and the published files against the leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::leaf::{Leaf, LeafKind};
use domain::tlog::merkle::leaf_hash;
use domain::tlog::note::Note;
use domain::tlog::tile::{Edge, Tile, TileId, WIDTH, files, write_entries};
use sha2::{Digest as _, Sha256};
use store::{LeafRow, StoreError};

use super::{Checked, Subject};
use crate::log::builds;
use crate::log::publisher::CHECKPOINT;
use crate::log::stamping::stamp_file;

/// Leaves read at a time.
const PAGE: usize = WIDTH as usize;

pub(super) async fn check(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let published = published(subject, checked).await?;
    let size = published.as_ref().map_or(0, |checkpoint| checkpoint.size);
    let mut tree = Edge::default();
    let mut before = Timestamp(0);
    let mut root_then = (size == 0).then(|| tree.root());
    loop {
        let page = subject
            .store
            .leaves_from(checked.leaves as i64, PAGE)
            .await?;
        if page.is_empty() {
            break;
        }
        check_entries(subject, checked, &page, size).await?;
        for row in page {
            check_leaf(checked, &row, &mut before);
            check_build(subject, checked, &row).await?;
            checked.leaves += 1;
            for tile in tree.push(leaf_hash(row.data.as_bytes())) {
                check_tile(subject, checked, &tile, size).await?;
            }
            if tree.size() == size {
                root_then = Some(tree.root());
                for tile in tree.partial_tiles() {
                    check_tile(subject, checked, &tile, size).await?;
                }
            }
        }
    }
    check_stamps(subject, checked).await?;
    let tail = subject.store.log_tail().await?;
    if tail.leaves.unsigned_abs() != checked.leaves {
        let counted = checked.leaves;
        checked.find(
            "counter:log",
            format!("says {} leaves, there are {counted}", tail.leaves),
        );
    }
    match (published, root_then) {
        (Some(checkpoint), None) => checked.find(
            CHECKPOINT,
            format!(
                "{} leaves are published, the database has {}",
                checkpoint.size, tail.leaves
            ),
        ),
        (Some(checkpoint), Some(root)) if checkpoint.root != root => {
            checked.find(CHECKPOINT, "its root is not that of the leaves");
        }
        _ => {}
    }
    Ok(())
}

async fn published(
    subject: &Subject<'_>,
    checked: &mut Checked,
) -> Result<Option<Checkpoint>, StoreError> {
    let Some(bytes) = subject.blobs.log_files().read(CHECKPOINT).await? else {
        return Ok(None);
    };
    checked.files += 1;
    let opened = Note::parse(&bytes).and_then(|note| subject.log.open(&note));
    Ok(opened
        .map_err(|reason| checked.find(CHECKPOINT, reason.code()))
        .ok())
}

fn check_leaf(checked: &mut Checked, row: &LeafRow, before: &mut Timestamp) {
    let place = format!("leaf {}", checked.leaves);
    if row.number.unsigned_abs() != checked.leaves {
        checked.find(&place, format!("is numbered {}", row.number));
    }
    match Leaf::parse(row.data.as_bytes()) {
        Err(reason) => checked.find(&place, reason.code()),
        Ok(leaf) => {
            if leaf.ts < *before {
                checked.find(&place, "is earlier than the leaf before it");
            }
            if leaf.h.to_string() != row.h || leaf.ts.0 != row.ts {
                checked.find(&place, "its columns do not say what its bytes say");
            }
            *before = leaf.ts;
        }
    }
}

/// The list of a build's files is published as long as the leaf is.
async fn check_build(
    subject: &Subject<'_>,
    checked: &mut Checked,
    row: &LeafRow,
) -> Result<(), StoreError> {
    let leaf = Leaf::parse(row.data.as_bytes()).ok();
    let Some(leaf) = leaf.filter(|leaf| leaf.k == LeafKind::Build) else {
        return Ok(());
    };
    checked.files += 1;
    let path = builds::file_of(leaf.h);
    match subject.blobs.log_files().read(&path).await? {
        Some(bytes) if Digest(Sha256::digest(&bytes).into()) == leaf.h => {}
        Some(_) => checked.find(path, "is not the list of the build it names"),
        None => checked.find(path, "is missing"),
    }
    Ok(())
}

/// Each stamp is published as it came.
async fn check_stamps(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let mut from = 0;
    loop {
        let page = subject.store.checkpoints_from(from, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        from = last.size + 1;
        for row in page {
            let Some(reply) = row.stamp.and_then(|stamp| STANDARD.decode(stamp).ok()) else {
                continue;
            };
            checked.files += 1;
            let path = stamp_file(row.size.unsigned_abs());
            match subject.blobs.log_files().read(&path).await? {
                Some(bytes) if bytes == reply => {}
                Some(_) => checked.find(path, "is not the stamp that came"),
                None => checked.find(path, "is missing"),
            }
        }
    }
}

/// The bundle that starts with this page, as far as it is published.
async fn check_entries(
    subject: &Subject<'_>,
    checked: &mut Checked,
    page: &[LeafRow],
    size: u64,
) -> Result<(), StoreError> {
    let first = checked.leaves;
    let width = size.saturating_sub(first).min(page.len() as u64);
    if width == 0 {
        return Ok(());
    }
    let entries = page.iter().map(|row| row.data.as_bytes());
    let expected = write_entries(entries.take(width as usize)).unwrap_or_default();
    let id = TileId::entries(first / u64::from(WIDTH), width as u16);
    compare(subject, checked, id, &expected).await
}

/// A tile that is published by now.
async fn check_tile(
    subject: &Subject<'_>,
    checked: &mut Checked,
    tile: &Tile,
    size: u64,
) -> Result<(), StoreError> {
    if files(size).any(|id| id == tile.id) {
        compare(subject, checked, tile.id, &tile.bytes()).await?;
    }
    Ok(())
}

async fn compare(
    subject: &Subject<'_>,
    checked: &mut Checked,
    id: TileId,
    expected: &[u8],
) -> Result<(), StoreError> {
    checked.files += 1;
    match subject.blobs.log_files().read(&id.to_string()).await? {
        Some(bytes) if bytes == expected => {}
        Some(_) => checked.find(id.to_string(), "differs from the leaves"),
        // A full tile stands for the partial ones it has replaced.
        None if id.is_full() => checked.find(id.to_string(), "is missing"),
        None => {
            let full = TileId { width: WIDTH, ..id };
            let is_replaced = subject
                .blobs
                .log_files()
                .read(&full.to_string())
                .await?
                .is_some_and(|bytes| bytes.starts_with(expected));
            if !is_replaced {
                checked.find(id.to_string(), "is missing");
            }
        }
    }
    Ok(())
}

/// The leaf a hash was logged under, in words for a finding.
pub(super) async fn must_be_logged(
    subject: &Subject<'_>,
    checked: &mut Checked,
    place: &str,
    h: Digest,
) -> Result<(), StoreError> {
    let found = subject.store.leaf_numbers(&[&h.to_string()]).await?;
    if found.iter().all(Option::is_none) {
        checked.find(place, "has no leaf in the log");
    }
    Ok(())
}
