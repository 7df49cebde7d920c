//! The right edge of the tree: the hashes of the last tile of each level. It is all that is
//! needed to append and to know the root, so both stay cheap however long the log is.

use super::{LEVELS_MAX, Tile, TileId, WIDTH, complete_root, count};
use crate::ids::Digest;
use crate::tlog::merkle::{empty_root, node_hash};
use crate::tlog::{LogRefusal, SIZE_MAX};

/// The last, unfilled tiles of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Per level of tiles fewer than [`WIDTH`] hashes.
    levels: Vec<Vec<Digest>>,
}

impl Edge {
    /// The names of the tiles from which the edge of a tree of `size` leaves is restored.
    pub fn tiles_of(size: u64) -> Vec<TileId> {
        (0..LEVELS_MAX)
            .filter_map(|level| {
                let hashes = count(level, size);
                let width = u16::try_from(hashes % u64::from(WIDTH)).ok()?;
                (width > 0).then(|| TileId::hashes(level, hashes / u64::from(WIDTH), width))
            })
            .collect()
    }

    /// The edge of a tree of `size` leaves from exactly the tiles that [`Edge::tiles_of`] names.
    /// Whether they are the right ones its root will show.
    pub fn restore(size: u64, tiles: &[Tile]) -> Result<Self, LogRefusal> {
        let named: Vec<TileId> = tiles.iter().map(|tile| tile.id).collect();
        let is_whole = size <= SIZE_MAX
            && named == Self::tiles_of(size)
            && tiles
                .iter()
                .all(|tile| tile.hashes.len() == usize::from(tile.id.width));
        if !is_whole {
            return Err(LogRefusal::NotATile);
        }
        let mut edge = Self {
            size,
            levels: Vec::new(),
        };
        for level in (0..LEVELS_MAX).take_while(|level| count(*level, size) > 0) {
            let hashes = tiles
                .iter()
                .find(|tile| tile.id.kind == super::TileKind::Hashes { level })
                .map_or(Vec::new(), |tile| tile.hashes.clone());
            edge.levels.push(hashes);
        }
        Ok(edge)
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; the tiles that it completes, lowest first.
    pub fn push(&mut self, leaf_hash: Digest) -> Vec<Tile> {
        self.size += 1;
        let mut completed = Vec::new();
        let mut hash = leaf_hash;
        for level in 0..LEVELS_MAX {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[usize::from(level)];
            hashes.push(hash);
            if hashes.len() < usize::from(WIDTH) {
                break;
            }
            let hashes = std::mem::take(hashes);
            hash = complete_root(&hashes);
            let index = count(level, self.size) / u64::from(WIDTH) - 1;
            let id = TileId::hashes(level, index, WIDTH);
            completed.push(Tile { id, hashes });
        }
        completed
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        // From the right: what a lower level leaves over is the last leaf of the level above.
        let mut over: Option<Digest> = None;
        for hashes in &self.levels {
            let rest = over.take().into_iter();
            let hashes: Vec<Digest> = hashes.iter().copied().chain(rest).collect();
            over = ragged_root(&hashes);
        }
        over.unwrap_or_else(empty_root)
    }

    /// The unfilled tiles as they are now, lowest first.
    pub fn partial_tiles(&self) -> Vec<Tile> {
        let hashes = self.levels.iter().filter(|hashes| !hashes.is_empty());
        Self::tiles_of(self.size)
            .into_iter()
            .zip(hashes)
            .map(|(id, hashes)| Tile {
                id,
                hashes: hashes.clone(),
            })
            .collect()
    }
}

/// Root over any number of hashes; none over none.
fn ragged_root(hashes: &[Digest]) -> Option<Digest> {
    match hashes {
        [] => None,
        [hash] => Some(*hash),
        more => {
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            Some(node_hash(complete_root(left), ragged_root(right)?))
        }
    }
}
