//! Writes what a log sends to a witness, good and bad, for somebody else's witness to judge: each
//! file is named by its order, what it is, and the status that C2SP wants for it. The key is
//! known to everybody, so it proves nothing.
//!
//! `cargo run -p witness --example requests -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::Path;

use domain::envelope::Signer;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::merkle::{Tree, leaf_hash, prove_consistency, root};
use domain::tlog::note::{KeyKind, NoteKey};
use witness::request_body;

const ORIGIN: &str = "daochang.example/log";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: requests FOLDER")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let log = Signer::from_seed(&[1; 32]);
    let key = NoteKey::new(ORIGIN, KeyKind::Note, log.public_key())?;
    fs::write(folder.join("log.vkey"), format!("{key}\n"))?;

    let tree =
        |salt: &str| Tree::of((0..700).map(|leaf| leaf_hash(format!("{leaf}{salt}").as_bytes())));
    let (honest, other) = (tree(""), tree("!"));
    // Which tree proves, which tree is signed, from which size to which.
    let requests = [
        ("first-200", &honest, &honest, 0, 8),
        ("growth-200", &honest, &honest, 8, 20),
        ("again-200", &honest, &honest, 20, 20),
        ("rollback-409", &honest, &honest, 8, 19),
        ("from-nothing-409", &honest, &honest, 0, 21),
        ("rewritten-409", &other, &other, 8, 30),
        ("same-size-fork-422", &other, &other, 20, 20),
        ("rewritten-422", &other, &other, 20, 30),
        ("rewritten-honest-proof-422", &honest, &other, 20, 30),
        ("old-size-too-large-400", &honest, &honest, 21, 20),
        ("far-200", &honest, &honest, 20, 700),
    ];
    for (place, (name, proves, signs, old, new)) in requests.into_iter().enumerate() {
        let root = root(new, signs).ok_or("no such tree")?;
        let (origin, size) = (ORIGIN.to_owned(), new);
        let note = Checkpoint { origin, size, root }.sign(&log)?;
        let proof = prove_consistency(old, new, proves).unwrap_or_default();
        let body = request_body(old, &proof, &note.to_string());
        fs::write(folder.join(format!("{place:02}-{name}.request")), body)?;
    }
    Ok(())
}
