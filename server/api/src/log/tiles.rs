//! Published tiles as the source of hashes: what a proof needs is fetched first, then computed, so a
//! proof costs a few small files however long the log is.

use domain::ids::Digest;
use domain::tlog::merkle;
use domain::tlog::tile::{Edge, Tile, TileId, Tiles, Wanted};
use store::{LogFiles, StoreError};

/// One tile of a tree that had `size` leaves or more when it was published. A partial tile that a full
/// one has replaced is the beginning of that one.
pub async fn tile(files: &LogFiles, id: TileId) -> Result<Option<Tile>, StoreError> {
    let full = TileId {
        width: domain::tlog::tile::WIDTH,
        ..id
    };
    for found in [id, full] {
        if let Some(bytes) = files.read(&found.to_string()).await? {
            let tile = Tile::parse(found, &bytes).ok();
            return Ok(tile.map(|tile| Tile {
                id,
                hashes: tile.hashes[..usize::from(id.width)].to_vec(),
            }));
        }
    }
    Ok(None)
}

/// The right edge of the published tree of this size; none if a tile of it is missing or broken.
pub async fn edge(files: &LogFiles, size: u64) -> Result<Option<Edge>, StoreError> {
    let mut tiles = Vec::new();
    for id in Edge::tiles_of(size) {
        match tile(files, id).await? {
            Some(tile) => tiles.push(tile),
            None => return Ok(None),
        }
    }
    Ok(Edge::restore(size, &tiles).ok())
}

/// That a tree of `new` leaves begins with the tree of `old` leaves.
pub async fn prove_consistency(
    files: &LogFiles,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Digest>>, StoreError> {
    let wanted = Wanted::by(new, |nodes| merkle::prove_consistency(old, new, nodes));
    let tiles = fetch(files, new, wanted).await?;
    Ok(merkle::prove_consistency(old, new, &tiles))
}

/// That leaf `index` is in the tree of `size` leaves.
pub async fn prove_inclusion(
    files: &LogFiles,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Digest>>, StoreError> {
    let wanted = Wanted::by(size, |nodes| merkle::prove_inclusion(index, size, nodes));
    let tiles = fetch(files, size, wanted).await?;
    Ok(merkle::prove_inclusion(index, size, &tiles))
}

async fn fetch(
    files: &LogFiles,
    size: u64,
    wanted: impl IntoIterator<Item = TileId>,
) -> Result<Tiles, StoreError> {
    let mut tiles = Tiles::new(size);
    for id in wanted {
        if let Some(tile) = tile(files, id).await? {
            tiles.add(tile);
        }
    }
    Ok(tiles)
}
