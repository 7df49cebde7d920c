//! Adds the SM2 line to every note in a folder that the example `log_sample` wrote, where a server puts it:
//! after the log's own and before the witnesses'. The key is known to everybody; it is there to try other
//! people's tools on (`scripts/c2sp`).
//!
//! `cargo run -p gm --example sign_too -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::note::Note;
use domain::tlog::proof::LogProof;
use gm::Signer;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: sign_too FOLDER")?;
    let folder = Path::new(&folder);
    let signer = Signer::from_secret(&[3; 32]).ok_or("not a secret")?;
    let mut checkpoints = vec![folder.join("checkpoint")];
    for state in in_folder(&folder.join("earlier"))? {
        checkpoints.push(state.join("checkpoint"));
    }
    for path in checkpoints {
        let note = Note::parse(&fs::read(&path)?).map_err(|reason| reason.code())?;
        fs::write(path, signed_too(&note, &signer)?.to_string())?;
    }
    for path in in_folder(&folder.join("proofs"))? {
        let mut proof = LogProof::parse(&fs::read(&path)?).map_err(|reason| reason.code())?;
        proof.checkpoint = signed_too(&proof.checkpoint, &signer)?;
        fs::write(path, proof.to_string())?;
    }
    fs::write(folder.join("sm2.spki"), signer.public_key().spki())?;
    Ok(())
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder)?;
    Ok(entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?)
}

fn signed_too(note: &Note, signer: &Signer) -> Result<Note, Box<dyn Error>> {
    let origin = Checkpoint::parse(note.text())
        .map_err(|reason| reason.code())?
        .origin;
    let mut signed = Note::new(note.text().to_owned()).map_err(|reason| reason.code())?;
    let (log, witnesses) = note.signatures().split_first().ok_or("not signed")?;
    signed.add(log.clone());
    gm::note::sign_too(&mut signed, &origin, signer).map_err(|reason| reason.code())?;
    for line in witnesses {
        signed.add(line.clone());
    }
    Ok(signed)
}
