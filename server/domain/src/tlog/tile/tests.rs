use proptest::prelude::*;

use super::*;
use crate::tlog::merkle::{Tree, leaf_hash, prove_consistency, prove_inclusion, root};
use crate::tlog::testing::tree;

#[test]
fn paths_are_those_of_the_specification() {
    let cases = [
        (TileId::hashes(0, 0, WIDTH), "tile/0/000"),
        (TileId::hashes(0, 273, 112), "tile/0/273.p/112"),
        (TileId::hashes(2, 999, 1), "tile/2/999.p/1"),
        (TileId::hashes(1, 1000, WIDTH), "tile/1/x001/000"),
        (TileId::hashes(0, 1_234_067, WIDTH), "tile/0/x001/x234/067"),
        (
            TileId::entries(1_234_067, 8),
            "tile/entries/x001/x234/067.p/8",
        ),
    ];
    for (id, path) in cases {
        assert_eq!(id.to_string(), path);
        assert_eq!(path.parse(), Ok(id));
    }
    for wrong in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/7/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/000/000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/",
        "tile/0/000.p/1.p/1",
        "tile/0/+01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/Entries/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert_eq!(
            wrong.parse::<TileId>(),
            Err(LogRefusal::NotATile),
            "{wrong}"
        );
    }
}

#[test]
fn a_tree_has_the_files_that_the_specification_counts() {
    let of = |size: u64| files(size).collect::<Vec<_>>();
    assert_eq!(of(0), []);
    assert_eq!(of(1), [TileId::hashes(0, 0, 1), TileId::entries(0, 1)]);
    assert_eq!(
        of(256),
        [
            TileId::hashes(0, 0, 256),
            TileId::hashes(1, 0, 1),
            TileId::entries(0, 256)
        ]
    );
    let large = of(70_000);
    let count = |kind: TileKind, is_full: bool| {
        large
            .iter()
            .filter(|id| id.kind == kind && id.is_full() == is_full)
            .count()
    };
    assert_eq!(count(TileKind::Hashes { level: 0 }, true), 273);
    assert_eq!(count(TileKind::Hashes { level: 1 }, true), 1);
    assert_eq!(count(TileKind::Entries, true), 273);
    for partial in [
        TileId::hashes(0, 273, 112),
        TileId::hashes(1, 1, 17),
        TileId::hashes(2, 0, 1),
        TileId::entries(273, 112),
    ] {
        assert!(large.contains(&partial), "{partial}");
    }
    assert_eq!(large.len(), 2 * 274 + 2 + 1);
    assert_eq!(Edge::tiles_of(70_000).len(), 3);
}

#[test]
fn tiles_and_bundles_have_exactly_their_length() {
    let tile = Tile {
        id: TileId::hashes(0, 3, 2),
        hashes: vec![Digest([1; 32]), Digest([2; 32])],
    };
    let bytes = tile.bytes();
    assert_eq!(Tile::parse(tile.id, &bytes), Ok(tile.clone()));
    for (id, bytes) in [
        (tile.id, &bytes[..63]),
        (tile.id, &bytes[..32]),
        (TileId::hashes(0, 3, 1), bytes.as_slice()),
        (TileId::hashes(0, 3, 3), bytes.as_slice()),
        (TileId::entries(3, 2), bytes.as_slice()),
        (tile.id, &[]),
    ] {
        assert_eq!(Tile::parse(id, bytes), Err(LogRefusal::NotATile));
    }

    let entries: [&[u8]; 3] = [b"", b"a", &[7; 300]];
    let bytes = write_entries(entries).unwrap();
    assert_eq!(bytes.len(), 2 + 3 + 302);
    assert_eq!(
        read_entries(TileId::entries(0, 3), &bytes).unwrap(),
        entries
    );
    for (width, bytes) in [
        (2, bytes.as_slice()),
        (4, &bytes),
        (3, &bytes[..bytes.len() - 1]),
        (3, &[bytes.as_slice(), &[0]].concat()),
        (3, &[]),
    ] {
        assert_eq!(
            read_entries(TileId::entries(0, width), bytes),
            Err(LogRefusal::NotATile)
        );
    }
    assert_eq!(
        write_entries([[0; 65_536].as_slice()]),
        Err(LogRefusal::NotATile)
    );
}

/// Appends, keeping what a server keeps: every tile by name.
struct Log {
    edge: Edge,
    files: BTreeMap<TileId, Tile>,
}

impl Log {
    fn new() -> Self {
        Self {
            edge: Edge::default(),
            files: BTreeMap::new(),
        }
    }

    fn push(&mut self, hash: Digest) {
        let completed = self.edge.push(hash);
        self.store(completed);
    }

    fn publish(&mut self) {
        let partial = self.edge.partial_tiles();
        self.store(partial);
    }

    fn store(&mut self, tiles: Vec<Tile>) {
        for tile in tiles {
            let bytes = tile.bytes();
            let same = self.files.insert(tile.id, tile.clone());
            assert!(same.is_none_or(|same| same == tile), "a file changed");
            assert_eq!(Tile::parse(tile.id, &bytes), Ok(tile));
        }
    }

    fn restored(&self, size: u64) -> Edge {
        let tiles: Vec<Tile> = Edge::tiles_of(size)
            .iter()
            .map(|id| self.files[id].clone())
            .collect();
        Edge::restore(size, &tiles).unwrap()
    }

    fn fetched(&self, size: u64, wanted: impl IntoIterator<Item = TileId>) -> Tiles {
        let mut tiles = Tiles::new(size);
        wanted
            .into_iter()
            .for_each(|id| tiles.add(self.files[&id].clone()));
        tiles
    }
}

#[test]
fn the_edge_has_the_root_of_the_tree_at_every_size_across_the_borders() {
    let leaf = |index: u64| leaf_hash(&index.to_be_bytes());
    let mut log = Log::new();
    let mut whole = Tree::default();
    assert_eq!(Some(log.edge.root()), root(0, &whole));
    for size in 1..=66_600_u64 {
        log.push(leaf(size - 1));
        whole.push(leaf(size - 1));
        assert_eq!(log.edge.size(), size);
        let is_near = |border: u64| size.abs_diff(border) <= 3;
        if size <= 1_030 || is_near(65_536) || is_near(65_536 + 256) || size % 997 == 0 {
            assert_eq!(Some(log.edge.root()), root(size, &whole), "{size}");
            log.publish();
            assert_eq!(log.restored(size), log.edge, "{size}");
        }
    }
    log.publish();
    let hashes = files(66_600).filter(|id| id.kind != TileKind::Entries);
    assert!(hashes.into_iter().all(|id| log.files.contains_key(&id)));
}

#[test]
fn a_restored_edge_goes_on_as_if_nothing_had_happened() {
    let hashes = tree(1_200);
    for stop in [0_u64, 1, 255, 256, 257, 511, 512, 700] {
        let mut log = Log::new();
        (0..stop).for_each(|index| log.push(hashes.node(0, index).unwrap()));
        log.publish();
        log.edge = log.restored(stop);
        (stop..1_200).for_each(|index| log.push(hashes.node(0, index).unwrap()));
        assert_eq!(Some(log.edge.root()), root(1_200, &hashes), "{stop}");
    }
}

#[test]
fn an_edge_is_restored_from_its_own_tiles_only() {
    let mut log = Log::new();
    (0..600).for_each(|index| log.push(tree(600).node(0, index).unwrap()));
    let tiles = log.edge.partial_tiles();
    assert_eq!(Edge::restore(600, &tiles), Ok(log.edge.clone()));
    let mut narrow = tiles.clone();
    narrow[0].hashes.pop();
    let wrong: [(u64, &[Tile]); 5] = [
        (601, &tiles),
        (599, &tiles),
        (600, &tiles[..1]),
        (600, &narrow),
        (0, &tiles),
    ];
    for (size, tiles) in wrong {
        assert_eq!(
            Edge::restore(size, tiles),
            Err(LogRefusal::NotATile),
            "{size}"
        );
    }
    assert_eq!(Edge::restore(0, &[]), Ok(Edge::default()));
    let beyond = Edge::restore(SIZE_MAX + 1, &[]);
    assert_eq!(beyond, Err(LogRefusal::NotATile));
}

#[test]
fn a_proof_from_tiles_needs_few_of_them_and_is_the_same() {
    let size = 66_000;
    let whole = tree(size);
    let mut log = Log::new();
    (0..size).for_each(|index| log.push(whole.node(0, index).unwrap()));
    log.publish();
    for index in [0, 1, 255, 256, 65_535, 65_536, size - 1] {
        let wanted = Wanted::by(size, |nodes| prove_inclusion(index, size, nodes));
        assert!(wanted.len() <= 5, "{index}: {wanted:?}");
        let tiles = log.fetched(size, wanted);
        let proof = prove_inclusion(index, size, &tiles);
        assert!(proof.is_some());
        assert_eq!(proof, prove_inclusion(index, size, &whole), "{index}");

        let wanted = Wanted::by(size, |nodes| prove_consistency(index, size, nodes));
        let tiles = log.fetched(size, wanted);
        let proof = prove_consistency(index, size, &tiles);
        assert_eq!(proof, prove_consistency(index, size, &whole), "{index}");
    }
    let wanted = Wanted::by(size, |nodes| root(size, nodes));
    assert_eq!(wanted.into_iter().collect::<Vec<_>>(), Edge::tiles_of(size));
    assert_eq!(prove_inclusion(0, size, &Tiles::new(size)), None);
    assert_eq!(Tiles::new(u64::MAX).node(200, u64::MAX), None);
}

proptest! {
    #[test]
    fn every_file_name_is_read_as_it_is_written(level in 0..LEVELS_MAX, index in 0..=SIZE_MAX, width in 1..=WIDTH, is_bundle in any::<bool>()) {
        let id = if is_bundle { TileId::entries(index, width) } else { TileId::hashes(level, index, width) };
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn every_bundle_is_read_as_it_is_written(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 1..20)) {
        let id = TileId::entries(0, entries.len() as u16);
        let bytes = write_entries(entries.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(read_entries(id, &bytes), Ok(entries));
    }
}
