//! From files to a bundle, as whoever holds a key can make one.

use domain::canonical::to_canonical;
use domain::envelope::Signer;
use domain::time::Timestamp;
use serde_json::Value;

use super::{Files, MINUTE, NINE, server, wo};
use crate::container;
use crate::manifest::{Listed, Manifest, Statement, sha256};

/// Lists and signs whatever the files now are: what the holder of this key can always do.
pub fn sealed_by(files: Files, key: &Signer) -> Vec<u8> {
    seal(files, key, false)
}

fn seal(mut files: Files, key: &Signer, with_sm3: bool) -> Vec<u8> {
    files.remove("manifest.json");
    files.remove("manifest.dsse.json");
    let listed = files
        .iter()
        .map(|(name, bytes)| (name.clone(), Listed::of(bytes, with_sm3)));
    let manifest = Manifest {
        files: listed.collect(),
        v: 1,
        wo: wo(),
    };
    let text = manifest.text().unwrap();
    let statement = Statement {
        manifest: sha256(text.as_bytes()),
        ts: Timestamp(NINE + 91 * MINUTE),
        v: 1,
        wo: wo(),
    };
    let envelope = key.sign_as(&statement).unwrap();
    files.insert("manifest.json".into(), text.into_bytes());
    files.insert(
        "manifest.dsse.json".into(),
        envelope.to_value().to_string().into_bytes(),
    );
    container::write(&files)
}

pub fn sealed(files: Files) -> Vec<u8> {
    sealed_by(files, &server())
}

/// As a server does that signs with SM2 too.
pub fn sealed_with_sm3(files: Files) -> Vec<u8> {
    seal(files, &server(), true)
}

/// Changes one canonical document.
pub fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    files.insert(name.to_owned(), to_canonical(&value).unwrap().into_bytes());
}
