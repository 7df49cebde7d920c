//! Writes a small transparency log into a folder, as somebody would mirror it: tiles, entries, a
//! cosigned checkpoint, proofs and the keys to check it all with. The keys are known to
//! everybody, so it proves nothing; it is there to try other people's tools on.
//!
//! `cargo run -p domain --example log_sample -- FOLDER [LEAVES]`

use std::error::Error;
use std::fs;
use std::path::Path;

use domain::envelope::Signer;
use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosign;
use domain::tlog::leaf::{Leaf, LeafKind};
use domain::tlog::merkle::{Tree, prove_consistency, prove_inclusion, root};
use domain::tlog::note::{KeyKind, Note, NoteKey};
use domain::tlog::proof::LogProof;
use domain::tlog::tile::{Edge, Tile, TileId, WIDTH, write_entries};

const ORIGIN: &str = "daochang.example/log";
const WITNESS: &str = "authority.example/w1";
const START: i64 = 1_790_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("usage: log_sample FOLDER [LEAVES]")?;
    let folder = Path::new(&folder);
    let size: u64 = args.next().map_or(Ok(700), |leaves| leaves.parse())?;
    let log = Signer::from_seed(&[1; 32]);
    let witness = Signer::from_seed(&[2; 32]);

    let leaves = (0..size).map(leaf).collect::<Result<Vec<_>, _>>()?;
    write_tiles(folder, &leaves)?;
    write_bundles(folder, &leaves)?;

    let tree = Tree::of(
        leaves
            .iter()
            .map(|leaf| domain::tlog::merkle::leaf_hash(leaf)),
    );
    for (place, old) in [1, 2, size / 3, size / 2, size - 1, size]
        .iter()
        .enumerate()
    {
        let note = checkpoint(*old, &tree, &log, &witness)?;
        write(
            folder,
            &format!("earlier/{place}/checkpoint"),
            note.to_string(),
        )?;
        let proof = prove_consistency(*old, size, &tree).ok_or("no such tree")?;
        let lines: Vec<String> = proof.iter().map(Digest::to_string).collect();
        write(
            folder,
            &format!("earlier/{place}/consistency"),
            lines.join("\n"),
        )?;
    }
    let note = checkpoint(size, &tree, &log, &witness)?;
    write(folder, "checkpoint", note.to_string())?;
    for index in [0, 1, size / 2, size - 1] {
        let hashes = prove_inclusion(index, size, &tree).ok_or("no such leaf")?;
        let proof = LogProof {
            extra: (index == 1).then(|| b"extra".to_vec()),
            index,
            hashes,
            checkpoint: note.clone(),
        };
        write(
            folder,
            &format!("proofs/{index}.tlog-proof"),
            proof.to_string(),
        )?;
    }
    let keys = [
        NoteKey::new(ORIGIN, KeyKind::Note, log.public_key()),
        NoteKey::new(WITNESS, KeyKind::Cosignature, witness.public_key()),
    ];
    let [log, witness] = keys.map(|key| key.map(|key| key.to_string()).map_err(|it| it.code()));
    write(folder, "log.vkey", log?)?;
    write(folder, "witness.vkey", witness?)
}

fn leaf(index: u64) -> Result<Vec<u8>, &'static str> {
    let ts = Timestamp(START + i64::try_from(index).map_err(|_| "too many leaves")? * 1_000);
    let mut h = [0; 32];
    h[..8].copy_from_slice(&index.to_be_bytes());
    let leaf = Leaf::new(LeafKind::Receipt, ts, Digest(h));
    leaf.bytes().map_err(|refusal| refusal.code())
}

fn checkpoint(
    size: u64,
    tree: &Tree,
    log: &Signer,
    witness: &Signer,
) -> Result<Note, &'static str> {
    let checkpoint = Checkpoint {
        origin: ORIGIN.to_owned(),
        size,
        root: root(size, tree).ok_or("no such tree")?,
    };
    let mut note = checkpoint.sign(log).map_err(|refusal| refusal.code())?;
    let cosignature = cosign(note.text(), WITNESS, witness, Timestamp(START))
        .map_err(|refusal| refusal.code())?;
    note.add(cosignature);
    Ok(note)
}

fn write_tiles(folder: &Path, leaves: &[Vec<u8>]) -> Result<(), Box<dyn Error>> {
    let mut edge = Edge::default();
    let store = |tiles: Vec<Tile>| {
        tiles
            .iter()
            .try_for_each(|tile| write(folder, &tile.id.to_string(), tile.bytes()))
    };
    for leaf in leaves {
        store(edge.push(domain::tlog::merkle::leaf_hash(leaf)))?;
    }
    store(edge.partial_tiles())
}

fn write_bundles(folder: &Path, leaves: &[Vec<u8>]) -> Result<(), Box<dyn Error>> {
    for (index, bundle) in (0..).zip(leaves.chunks(usize::from(WIDTH))) {
        let id = TileId::entries(index, u16::try_from(bundle.len())?);
        let bytes = write_entries(bundle.iter().map(Vec::as_slice)).map_err(|it| it.code())?;
        write(folder, &id.to_string(), bytes)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), Box<dyn Error>> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().ok_or("no folder")?)?;
    Ok(fs::write(path, bytes)?)
}
