//! The tree as static files (C2SP tlog-tiles): tiles of up to 256 hashes and bundles of up to 256
//! entries, named so that anybody can mirror the log with simple downloads. How they are stored
//! and served is the server's business; [`Edge`] appends without ever reading the tree.

mod edge;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

pub use self::edge::Edge;
use super::merkle::{Nodes, node_hash};
use super::{LogRefusal, SIZE_MAX};
use crate::ids::Digest;

/// Levels of the tree that one tile spans.
const HEIGHT: u8 = 8;
/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u16 = 1 << HEIGHT;
/// Levels of tiles in the largest tree: 256^7 leaves are more than [`SIZE_MAX`].
const LEVELS_MAX: u8 = 7;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// What a file of the log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes; at level 0 of leaves, above of the full tiles one level below.
    Hashes { level: u8 },
    /// The entries themselves.
    Entries,
}

/// A file of the log. What it holds never changes: a tile that grows gets another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    pub kind: TileKind,
    /// Its place on its level.
    pub index: u64,
    /// How many hashes or entries, 1 to [`WIDTH`]; fewer than that for the last of a level.
    pub width: u16,
}

impl TileId {
    /// A tile of hashes.
    pub fn hashes(level: u8, index: u64, width: u16) -> Self {
        Self {
            kind: TileKind::Hashes { level },
            index,
            width,
        }
    }

    /// A bundle of entries.
    pub fn entries(index: u64, width: u16) -> Self {
        Self {
            kind: TileKind::Entries,
            index,
            width,
        }
    }

    /// Whether it is as wide as it will ever be.
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// The tile of hashes with this place in a tree of `size` leaves; none if it has none.
    fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let width = count(level, size).checked_sub(index * u64::from(WIDTH))?;
        let width = u16::try_from(width.min(u64::from(WIDTH))).ok()?;
        (width > 0).then(|| Self::hashes(level, index, width))
    }
}

/// The path under the log's address: `tile/0/x001/x234/067.p/8`, `tile/entries/000`.
impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (place, group) in groups.iter().enumerate().rev() {
            let (mark, end) = if place > 0 { ("x", "/") } else { ("", "") };
            write!(f, "{mark}{group:03}{end}")?;
        }
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for TileId {
    type Err = LogRefusal;

    fn from_str(path: &str) -> Result<Self, LogRefusal> {
        let read = || {
            let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
            let kind = match kind {
                "entries" => TileKind::Entries,
                level => TileKind::Hashes {
                    level: level.parse().ok().filter(|level| *level < LEVELS_MAX)?,
                },
            };
            let (index, width) = match rest.split_once(".p/") {
                Some((index, width)) => (index, width.parse().ok()?),
                None => (rest, WIDTH),
            };
            let index = index.split('/').try_fold(0_u64, |index, group| {
                let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
                index.checked_mul(1000)?.checked_add(group)
            })?;
            let is_in_range = (1..=WIDTH).contains(&width) && index <= SIZE_MAX;
            is_in_range.then_some(Self { kind, index, width })
        };
        // Written again it must be the same: every file has one name.
        read()
            .filter(|id| id.to_string() == path)
            .ok_or(LogRefusal::NotATile)
    }
}

/// A tile of hashes with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    pub id: TileId,
    pub hashes: Vec<Digest>,
}

impl Tile {
    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Reads the file of this name.
    pub fn parse(id: TileId, bytes: &[u8]) -> Result<Self, LogRefusal> {
        let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
        let is_whole = rest.is_empty()
            && hashes.len() == usize::from(id.width)
            && matches!(id.kind, TileKind::Hashes { .. });
        if !is_whole {
            return Err(LogRefusal::NotATile);
        }
        let hashes = hashes.iter().copied().map(Digest).collect();
        Ok(Self { id, hashes })
    }
}

/// The file of a bundle: each entry after its length in two bytes.
pub fn write_entries<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, LogRefusal> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| LogRefusal::NotATile)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Reads the file of a bundle of this name.
pub fn read_entries(id: TileId, bytes: &[u8]) -> Result<Vec<Vec<u8>>, LogRefusal> {
    let mut rest = bytes;
    let mut entries = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let Some((entry, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        else {
            return Err(LogRefusal::NotATile);
        };
        if entries.len() == usize::from(id.width) {
            return Err(LogRefusal::NotATile);
        }
        entries.push(entry.to_vec());
        rest = after;
    }
    let is_whole =
        rest.is_empty() && entries.len() == usize::from(id.width) && id.kind == TileKind::Entries;
    is_whole.then_some(entries).ok_or(LogRefusal::NotATile)
}

/// The tiles of a tree that somebody has fetched, to compute proofs from.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    size: u64,
    hashes: BTreeMap<(u8, u64), Vec<Digest>>,
}

impl Tiles {
    /// Nothing fetched yet of a tree of so many leaves.
    pub fn new(size: u64) -> Self {
        Self {
            size,
            hashes: BTreeMap::new(),
        }
    }

    /// Adds a tile. A wider one of a later tree serves as well.
    pub fn add(&mut self, tile: Tile) {
        if let TileKind::Hashes { level } = tile.id.kind {
            self.hashes.insert((level, tile.id.index), tile.hashes);
        }
    }
}

impl Nodes for Tiles {
    fn node(&self, level: u8, index: u64) -> Option<Digest> {
        let place = Place::of(level, index, self.size)?;
        let hashes = self.hashes.get(&(place.level, place.tile.index))?;
        Some(complete_root(hashes.get(place.from..place.to)?))
    }
}

/// Finds out which tiles a computation needs: it is run on this first, then the tiles are
/// fetched, then it is run on [`Tiles`].
#[derive(Debug)]
pub struct Wanted {
    size: u64,
    tiles: RefCell<BTreeSet<TileId>>,
}

impl Wanted {
    /// What `compute` asks for in a tree of so many leaves; its result means nothing.
    pub fn by<T>(size: u64, compute: impl FnOnce(&Self) -> T) -> BTreeSet<TileId> {
        let wanted = Self {
            size,
            tiles: RefCell::default(),
        };
        let _ = compute(&wanted);
        wanted.tiles.into_inner()
    }
}

impl Nodes for Wanted {
    fn node(&self, level: u8, index: u64) -> Option<Digest> {
        let place = Place::of(level, index, self.size)?;
        self.tiles.borrow_mut().insert(place.tile);
        Some(Digest([0; HASH_BYTES]))
    }
}

/// Every file of a tree of `size` leaves, full and partial, hashes and entries: what a mirror
/// downloads and what a check of the whole log reads.
pub fn files(size: u64) -> impl Iterator<Item = TileId> {
    let hashes = (0..LEVELS_MAX).flat_map(move |level| {
        (0..count(level, size).div_ceil(u64::from(WIDTH)))
            .filter_map(move |index| TileId::in_tree(level, index, size))
    });
    let entries = (0..count(0, size).div_ceil(u64::from(WIDTH)))
        .filter_map(move |index| TileId::in_tree(0, index, size))
        .map(|tile| TileId::entries(tile.index, tile.width));
    hashes.chain(entries)
}

/// Where the hashes under a node lie: in one tile, side by side.
struct Place {
    level: u8,
    tile: TileId,
    from: usize,
    to: usize,
}

impl Place {
    fn of(level: u8, index: u64, size: u64) -> Option<Self> {
        let (tile_level, height) = (level / HEIGHT, level % HEIGHT);
        if tile_level >= LEVELS_MAX {
            return None;
        }
        let first = index.checked_mul(1 << height)?;
        let tile = TileId::in_tree(tile_level, first / u64::from(WIDTH), size)?;
        let from = usize::try_from(first % u64::from(WIDTH)).ok()?;
        let to = from + (1 << height);
        (to <= usize::from(tile.width)).then_some(Self {
            level: tile_level,
            tile,
            from,
            to,
        })
    }
}

/// How many hashes a tree of `size` leaves has on a level of tiles.
fn count(level: u8, size: u64) -> u64 {
    size >> (HEIGHT * level)
}

/// Root over hashes whose number is a power of two.
fn complete_root(hashes: &[Digest]) -> Digest {
    match hashes {
        [] => super::merkle::empty_root(),
        [hash] => *hash,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node_hash(complete_root(left), complete_root(right))
        }
    }
}
