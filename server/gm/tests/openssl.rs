//! Against `openssl`, both ways: what it signs is accepted here, what is signed here is accepted there,
//! and what one refuses the other refuses too. Its signatures are DER, ours r‖s.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gm::{IDENTITY, PublicKey, Signer, sm3};
use tempfile::TempDir;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Whether `openssl` ends well; what it prints is of no interest.
    fn succeeds(&self, arguments: &[&str]) -> bool {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments).current_dir(self.folder.path());
        openssl.stdout(Stdio::null()).stderr(Stdio::null());
        openssl.status().expect("openssl is installed").success()
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) {
        assert!(self.succeeds(arguments), "openssl {arguments:?}");
    }

    /// What `openssl` signs under this identity.
    fn signature(&self, key: &Path, message: &[u8], identity: &str) -> Vec<u8> {
        self.write("message", message);
        let key = key.to_str().expect("a plain name");
        let identity = format!("distid:{identity}");
        self.run(&[
            "dgst",
            "-sm3",
            "-sign",
            key,
            "-sigopt",
            &identity,
            "-out",
            "signature",
            "message",
        ]);
        raw(&fs::read(self.path("signature")).expect("a signature"))
    }

    /// Whether `openssl` accepts r‖s under this identity.
    fn accepts(&self, key: &PublicKey, message: &[u8], signature: &[u8], identity: &str) -> bool {
        self.write("message", message);
        self.write("signature", &der(signature));
        self.write("spki", &key.spki());
        self.run(&[
            "pkey",
            "-pubin",
            "-inform",
            "DER",
            "-in",
            "spki",
            "-out",
            "public.pem",
        ]);
        let identity = format!("distid:{identity}");
        self.succeeds(&[
            "dgst",
            "-sm3",
            "-verify",
            "public.pem",
            "-sigopt",
            &identity,
            "-signature",
            "signature",
            "message",
        ])
    }
}

/// DER of two integers to r‖s.
fn raw(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        let bytes = &der[at + 2..at + 2 + length];
        let bytes = &bytes[bytes.len().saturating_sub(32)..];
        (
            [vec![0; 32 - bytes.len()], bytes.to_vec()].concat(),
            at + 2 + length,
        )
    };
    let (r, next) = number(2);
    let (s, _) = number(next);
    [r, s].concat()
}

fn der(raw: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let mut bytes = bytes[zeros..].to_vec();
        if bytes.first().is_none_or(|first| *first > 127) {
            bytes.insert(0, 0);
        }
        [vec![2, bytes.len() as u8], bytes].concat()
    };
    let numbers = [number(&raw[..32]), number(&raw[32..])].concat();
    [vec![0x30, numbers.len() as u8], numbers].concat()
}

const OTHER: &str = "1234567812345679";

#[test]
fn keys_of_openssl_sign_here_and_there() {
    let desk = Desk::new();
    for (n, curve) in [
        ["-algorithm", "SM2"].as_slice(),
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"],
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("key{n}.pem");
        desk.run(&[&["genpkey"], curve, &["-out", &name]].concat());
        let key = desk.path(&name);
        let signer = Signer::from_pem(&fs::read_to_string(&key).unwrap()).unwrap();
        let public = signer.public_key();
        desk.run(&[
            "pkey", "-in", &name, "-pubout", "-outform", "DER", "-out", "spki",
        ]);
        assert_eq!(fs::read(desk.path("spki")).unwrap(), public.spki());
        let message = b"DSSEv1 1 x 2 {}";
        let theirs = desk.signature(&key, message, IDENTITY);
        assert!(public.has_signed(message, &theirs));
        assert!(!public.has_signed(b"DSSEv1 1 x 2 []", &theirs));
        let ours = signer.sign(message);
        assert!(desk.accepts(public, message, &ours, IDENTITY));
        assert!(!desk.accepts(public, b"DSSEv1 1 x 2 []", &ours, IDENTITY));
    }
}

#[test]
fn a_signature_under_another_identity_is_refused_here_and_there() {
    let desk = Desk::new();
    let signer = Signer::from_secret(&[7; 32]).unwrap();
    let key = desk.write("key.pem", signer.to_pem().as_bytes());
    let theirs = desk.signature(&key, b"x", OTHER);
    assert!(desk.accepts(signer.public_key(), b"x", &theirs, OTHER));
    assert!(!desk.accepts(signer.public_key(), b"x", &theirs, IDENTITY));
    assert!(!signer.public_key().has_signed(b"x", &theirs));
    let ours = signer.sign(b"x");
    assert!(!desk.accepts(signer.public_key(), b"x", &ours, OTHER));
}

#[test]
fn our_key_files_are_read_and_used_by_openssl() {
    let desk = Desk::new();
    // Some of these signatures have short numbers, which DER writes shorter.
    for n in 1..=20_u8 {
        let signer = Signer::from_secret(&[n; 32]).unwrap();
        let key = desk.write("key.pem", signer.to_pem().as_bytes());
        let message = vec![n; usize::from(n) * 100];
        let theirs = desk.signature(&key, &message, IDENTITY);
        assert!(signer.public_key().has_signed(&message, &theirs), "{n}");
        let ours = signer.sign(&message);
        assert!(desk.accepts(signer.public_key(), &message, &ours, IDENTITY));
    }
}

#[test]
fn keys_of_other_kinds_are_no_key_files() {
    let desk = Desk::new();
    for (name, arguments) in [
        (
            "p256",
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"].as_slice(),
        ),
        ("ed25519", &["-algorithm", "ED25519"]),
        (
            "locked",
            &["-algorithm", "SM2", "-aes256", "-pass", "pass:x"],
        ),
    ] {
        desk.run(&[&["genpkey"], arguments, &["-out", name]].concat());
        let text = fs::read_to_string(desk.path(name)).unwrap();
        assert!(Signer::from_pem(&text).is_err(), "{name}");
    }
}

#[test]
fn digests_are_those_of_openssl() {
    let desk = Desk::new();
    for length in [0, 1, 55, 56, 63, 64, 65, 1_000] {
        let bytes = vec![0xa5; length];
        desk.write("message", &bytes);
        desk.run(&["dgst", "-sm3", "-binary", "-out", "digest", "message"]);
        assert_eq!(
            fs::read(desk.path("digest")).unwrap(),
            sm3(&bytes).0,
            "{length}"
        );
    }
}
