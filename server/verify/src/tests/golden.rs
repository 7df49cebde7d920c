//! The bundle that is checked in, for the page, the command line and the fuzzer, and so that bundles made
//! today still verify with tomorrow's program. `WRITE_VECTORS=1 cargo test -p verify golden` writes it.

use std::path::PathBuf;

use super::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/bundle")
}

/// Its one changed bit lies in the photo.
fn tampered(bundle: &[u8]) -> Vec<u8> {
    let photo = photo_bytes();
    let at = bundle
        .windows(photo.len())
        .position(|bytes| bytes == photo)
        .unwrap();
    let mut changed = bundle.to_vec();
    changed[at + 100] ^= 1;
    changed
}

#[test]
fn the_golden_bundle_is_what_the_sample_makes_and_verifies() {
    let bundle = sealed(sample().files);
    let trust_text = serde_json::to_string_pretty(&trust()).unwrap() + "\n";
    let mut unwitnessed = trust();
    unwitnessed.log.witnesses.clear();
    unwitnessed.log.quorum = 1;
    let unwitnessed_text = serde_json::to_string_pretty(&unwitnessed).unwrap() + "\n";
    let trust_sm2 = serde_json::to_string_pretty(&trust_sm2(NINE - 1_000 * MINUTE)).unwrap() + "\n";
    let files = [
        ("evidence-sm2.zip", sealed_with_sm3(sample_sm2().files)),
        ("trust-sm2.json", trust_sm2.into_bytes()),
        ("evidence.zip", bundle.clone()),
        ("tampered.zip", tampered(&bundle)),
        ("trust.json", trust_text.into_bytes()),
        (
            "trust-without-witnesses.json",
            unwitnessed_text.into_bytes(),
        ),
    ];
    for (name, bytes) in files {
        let path = folder().join(name);
        if std::env::var_os("WRITE_VECTORS").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "{name} is stale: see this test's module"
        );
    }
    let report = verify(&tampered(&bundle), Some(&trust()));
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::FileDamaged, "photos/");
}
