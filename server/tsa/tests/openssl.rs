//! Replies of an authority made with `openssl` (`fixtures/make`), good ones and ones to refuse.
//! On every one of them the judgement of `openssl ts -verify` is asked for too.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::Digest;
use domain::text::Lang;
use domain::time::Timestamp;
use proptest::prelude::*;
use sha2::Digest as _;
use tsa::{Nonce, REPLY_BYTES_MAX, Refusal, Roots, Stamp, request, verify};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(path(name)).expect(name)
}

fn roots(names: &[&str]) -> Roots {
    let all: Vec<u8> = names.iter().flat_map(|name| read(name)).collect();
    Roots::parse(&all).expect("the fixtures are certificates")
}

fn digest_of(text: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(text).into())
}

fn imprint() -> Digest {
    digest_of(&read("note.txt"))
}

/// The nonce of `fixtures/request.tsq`.
fn nonce() -> Nonce {
    Nonce::from_random(*b"ABCDEFGH")
}

fn good() -> Stamp {
    verify(
        &read("good.tsr"),
        &imprint(),
        Some(nonce()),
        &roots(&["root.pem"]),
    )
    .expect("a good reply")
}

/// What OpenSSL says, at the time that the good reply names.
fn openssl_accepts(reply: &[u8], imprint: &Digest, nonce: Option<Nonce>, roots: &[&str]) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (reply_file, query, trusted) = (
        folder.path().join("reply"),
        folder.path().join("query"),
        folder.path().join("roots"),
    );
    fs::write(&reply_file, reply).expect("writes");
    let all: Vec<u8> = roots.iter().flat_map(|name| read(name)).collect();
    fs::write(&trusted, all).expect("writes");
    let mut command = Command::new("openssl");
    command.args(["ts", "-verify", "-partial_chain", "-in"]);
    command.arg(&reply_file).arg("-CAfile").arg(&trusted);
    command.args(["-attime", &(good().gen_time.0 / 1000).to_string()]);
    match nonce {
        Some(nonce) => {
            fs::write(&query, request(imprint, nonce)).expect("writes");
            command.arg("-queryfile").arg(&query);
        }
        None => {
            command.args(["-digest", &imprint.to_string()]);
        }
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("openssl is installed").success()
}

#[test]
fn the_request_is_the_one_that_openssl_answered() {
    assert_eq!(request(&imprint(), nonce()).to_vec(), read("request.tsq"));
}

#[test]
fn a_stamp_says_when_by_whom_and_under_what() {
    let stamp = good();
    assert_eq!(stamp.accuracy_ms, Some(1501));
    assert_eq!(stamp.policy, "1.2.156.10197.1");
    assert_eq!(stamp.tsa, "CN=tsa,O=测试时间戳机构,C=CN");
    assert_eq!(stamp.serial.len(), 4, "{}", stamp.serial);
    let said = Command::new("openssl")
        .args(["ts", "-reply", "-text", "-in"])
        .arg(path("good.tsr"))
        .env("TZ", "UTC")
        .output()
        .expect("openssl is installed");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let line = said.lines().find(|line| line.starts_with("Time stamp:"));
    let time = line
        .expect("openssl prints the time")
        .replace("Time stamp: ", "");
    let epoch = Command::new("date")
        .args(["-u", "+%s", "-d", &time])
        .output();
    let epoch = String::from_utf8(epoch.expect("date runs").stdout).expect("digits");
    assert_eq!(epoch.trim().parse(), Ok(stamp.gen_time.0 / 1000));
}

/// Whether OpenSSL judges the same, or is more lenient, and why we are not.
enum Openssl {
    Same,
    Lenient(&'static str),
}
use Openssl::{Lenient, Same};

#[test]
fn every_reply_is_judged_as_openssl_judges_it() {
    let (ours, other) = (imprint(), digest_of(b"something else"));
    let old = Nonce::from_random(*b"ABCDEFGI");
    let (with, without) = (Some(nonce()), None);
    type Case = (
        &'static str,
        Digest,
        Option<Nonce>,
        &'static [&'static str],
        Result<(), Refusal>,
        Openssl,
    );
    let refused = Err::<(), Refusal>;
    let cases: Vec<Case> = vec![
        ("good", ours, with, ROOT, Ok(()), Same),
        ("good", ours, without, ROOT, Ok(()), Same),
        ("good", ours, with, &["other.pem", "root.pem"], Ok(()), Same),
        ("good-forged", ours, with, ROOT, Ok(()), Same),
        ("good-p256-chain", ours, with, ROOT, Ok(()), Same),
        ("good-p256-chain", ours, with, &["middle.pem"], Ok(()), Same),
        ("good-p384-sha1-id", ours, with, ROOT, Ok(()), Same),
        ("good-no-nonce", ours, without, ROOT, Ok(()), Same),
        ("good-from-other", ours, with, &["other.pem"], Ok(()), Same),
        (
            "good-no-nonce",
            ours,
            with,
            ROOT,
            refused(Refusal::WrongNonce),
            Same,
        ),
        (
            "good",
            ours,
            Some(old),
            ROOT,
            refused(Refusal::WrongNonce),
            Same,
        ),
        (
            "good",
            other,
            with,
            ROOT,
            refused(Refusal::WrongImprint),
            Same,
        ),
        (
            "good",
            other,
            without,
            ROOT,
            refused(Refusal::WrongImprint),
            Same,
        ),
        (
            "good",
            ours,
            with,
            &["other.pem"],
            refused(Refusal::Untrusted),
            Same,
        ),
        (
            "good-from-other",
            ours,
            with,
            ROOT,
            refused(Refusal::Untrusted),
            Same,
        ),
        (
            "expired",
            ours,
            with,
            ROOT,
            refused(Refusal::CertificateTime),
            Same,
        ),
        (
            "future",
            ours,
            with,
            ROOT,
            refused(Refusal::CertificateTime),
            Same,
        ),
        (
            "old-root",
            ours,
            with,
            &["old-root.pem"],
            refused(Refusal::CertificateTime),
            Same,
        ),
        (
            "path-length",
            ours,
            with,
            ROOT,
            refused(Refusal::Certificate),
            Same,
        ),
        (
            "not-an-authority",
            ours,
            with,
            ROOT,
            refused(Refusal::Certificate),
            Same,
        ),
        (
            "unknown-critical",
            ours,
            with,
            ROOT,
            refused(Refusal::Certificate),
            Same,
        ),
        (
            "purpose-odd",
            ours,
            with,
            ROOT,
            refused(Refusal::Certificate),
            Same,
        ),
        (
            "purpose-lax",
            ours,
            with,
            ROOT,
            refused(Refusal::Purpose),
            Same,
        ),
        (
            "purpose-many",
            ours,
            with,
            ROOT,
            refused(Refusal::Purpose),
            Same,
        ),
        (
            "purpose-web",
            ours,
            with,
            ROOT,
            refused(Refusal::Purpose),
            Same,
        ),
        (
            "purpose-bare",
            ours,
            with,
            ROOT,
            refused(Refusal::Purpose),
            Same,
        ),
        (
            "purpose-usage",
            ours,
            with,
            ROOT,
            refused(Refusal::Purpose),
            Same,
        ),
        (
            "wrong-name",
            ours,
            with,
            ROOT,
            refused(Refusal::WrongName),
            Same,
        ),
        (
            "not-bound",
            ours,
            with,
            ROOT,
            refused(Refusal::SignerNotBound),
            Same,
        ),
        (
            "two-signers",
            ours,
            with,
            ROOT,
            refused(Refusal::TooLarge),
            Same,
        ),
        (
            "rejected",
            ours,
            with,
            ROOT,
            refused(Refusal::Rejected),
            Same,
        ),
        (
            "digest-sha1",
            ours,
            with,
            ROOT,
            refused(Refusal::Algorithm),
            Lenient("SHA-1 collisions can be bought"),
        ),
    ];
    for (name, imprint, nonce, trusted, expected, openssl) in cases {
        let reply = read(&format!("{name}.tsr"));
        let judged = verify(&reply, &imprint, nonce, &roots(trusted)).map(|_| ());
        assert_eq!(judged, expected, "{name} with {trusted:?}");
        let accepted = openssl_accepts(&reply, &imprint, nonce, trusted);
        match openssl {
            Same => assert_eq!(accepted, judged.is_ok(), "{name}: openssl disagrees"),
            Lenient(why) => assert!(accepted, "{name}: openssl refuses it too now ({why})"),
        }
    }
}

const ROOT: &[&str] = &["root.pem"];

#[test]
fn a_weak_key_is_refused_whatever_it_may_do() {
    let judged = verify(
        &read("purpose-weak.tsr"),
        &imprint(),
        None,
        &roots(&["root.pem"]),
    );
    assert_eq!(judged, Err(Refusal::Algorithm));
}

#[test]
fn the_other_states_of_a_reply_are_named() {
    let reply = |status: u8| [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, status];
    let cases = [
        (0, Refusal::Malformed), // granted, and no token
        (2, Refusal::Rejected),
        (3, Refusal::Waiting),
        (4, Refusal::RevocationWarning),
        (5, Refusal::RevocationNotification),
        (6, Refusal::Malformed),
        (0xff, Refusal::Malformed),
    ];
    for (status, expected) in cases {
        let reply = reply(status);
        let judged = verify(&reply, &imprint(), None, &roots(&["root.pem"]));
        assert_eq!(judged, Err(expected), "{status}");
        assert!(!openssl_accepts(&reply, &imprint(), None, &["root.pem"]));
    }
    // Granted with modifications is granted.
    let mut modified = read("good.tsr");
    assert_eq!(modified[4..9], [0x30, 0x03, 0x02, 0x01, 0x00]);
    modified[8] = 1;
    let judged = verify(&modified, &imprint(), Some(nonce()), &roots(&["root.pem"]));
    assert_eq!(judged, Ok(good()));
    assert!(openssl_accepts(
        &modified,
        &imprint(),
        Some(nonce()),
        &["root.pem"]
    ));
}

#[test]
fn nothing_may_follow_or_be_cut_off() {
    let (reply, trusted) = (read("good.tsr"), roots(&["root.pem"]));
    let mut longer = reply.clone();
    longer.push(0);
    assert_eq!(
        verify(&longer, &imprint(), Some(nonce()), &trusted),
        Err(Refusal::Trailing)
    );
    // OpenSSL reads one value from the file and never sees what follows.
    assert!(openssl_accepts(
        &longer,
        &imprint(),
        Some(nonce()),
        &["root.pem"]
    ));
    for end in 0..reply.len() {
        let judged = verify(&reply[..end], &imprint(), Some(nonce()), &trusted);
        assert_eq!(judged, Err(Refusal::Malformed), "cut at {end}");
    }
}

#[test]
fn no_flipped_bit_makes_another_stamp() {
    let cases = [
        ("good.tsr", 1_usize),
        ("good-p256-chain.tsr", 5),
        ("good-p384-sha1-id.tsr", 7),
    ];
    let trusted = roots(&["root.pem"]);
    for (name, step) in cases {
        let reply = read(name);
        let stamp = verify(&reply, &imprint(), Some(nonce()), &trusted).expect(name);
        let mut same = 0;
        for bit in (0..reply.len() * 8).step_by(step) {
            let mut flipped = reply.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match verify(&flipped, &imprint(), Some(nonce()), &trusted) {
                Ok(other) => {
                    assert_eq!(other, stamp, "{name}: bit {bit} changes what is said");
                    same += 1;
                }
                Err(refusal) => assert!(!refusal.text(Lang::Zh).is_empty()),
            }
        }
        // Only what nobody signed can change: status 1, unused certificates, lists of algorithms.
        assert!(
            same * 20 < reply.len() * 8 / step * 19,
            "{name}: {same} flips were accepted"
        );
    }
}

#[test]
fn certificates_may_stand_in_any_order() {
    let reply = read("good-p256-chain.tsr");
    let middle = String::from_utf8(read("middle.pem")).expect("PEM is text");
    let body: String = middle
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let middle = STANDARD.decode(body).expect("PEM holds base64");
    let at = |whole: &[u8], part: &[u8]| whole.windows(part.len()).position(|it| it == part);
    let second = at(&reply, &middle).expect("the reply brings the certificate along");
    let first = (0..second)
        .find(|&start| {
            let len = usize::from(reply[start + 2]) << 8 | usize::from(reply[start + 3]);
            reply[start..].starts_with(&[0x30, 0x82]) && start + 4 + len == second && len > 300
        })
        .expect("the signer's certificate stands before it");
    let mut swapped = reply[..first].to_vec();
    swapped.extend_from_slice(&middle);
    swapped.extend_from_slice(&reply[first..second]);
    swapped.extend_from_slice(&reply[second + middle.len()..]);
    // One of the two is not the order of DER, which sorts.
    for reply in [&reply, &swapped] {
        let judged = verify(reply, &imprint(), Some(nonce()), &roots(&["root.pem"]));
        assert_eq!(
            judged.map(|stamp| stamp.tsa).ok().as_deref(),
            Some("CN=tsa-p256,O=测试时间戳机构,C=CN")
        );
        assert!(openssl_accepts(
            reply,
            &imprint(),
            Some(nonce()),
            &["root.pem"]
        ));
    }
}

#[test]
fn sizes_have_limits() {
    let judged = verify(
        &vec![0x30; REPLY_BYTES_MAX + 1],
        &imprint(),
        None,
        &roots(&["root.pem"]),
    );
    assert_eq!(judged, Err(Refusal::TooLarge));
    let judged = verify(
        &vec![0x30; REPLY_BYTES_MAX],
        &imprint(),
        None,
        &roots(&["root.pem"]),
    );
    assert_eq!(judged, Err(Refusal::Trailing));
    let root = read("root.pem");
    assert!(Roots::parse(&root.repeat(64)).is_ok());
    assert_eq!(Roots::parse(&root.repeat(65)), Err(Refusal::Roots));
    assert_eq!(Roots::parse(&vec![b' '; 600 * 1024]), Err(Refusal::Roots));
}

#[test]
fn roots_come_as_pem_with_words_between_or_as_der() {
    let root = read("root.pem");
    let text = String::from_utf8(root.clone()).expect("PEM is text");
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).expect("PEM holds base64");
    let plain = Roots::parse(&root).expect("PEM");
    assert_eq!(Roots::parse(&der), Ok(plain.clone()));
    let words = format!("Subject: CN = root\r\n\r\n{}", text.replace('\n', "\r\n"));
    assert_eq!(Roots::parse(words.as_bytes()), Ok(plain));
    for broken in ["", "no certificate", &text[..200], &text.replace('M', "?")] {
        assert_eq!(
            Roots::parse(broken.as_bytes()),
            Err(Refusal::Roots),
            "{broken}"
        );
    }
    assert_eq!(
        Roots::parse(&[&der[..], &[0]].concat()),
        Err(Refusal::Roots)
    );
}

#[test]
fn every_refusal_has_words_in_both_languages() {
    for (code, zh, en) in Refusal::TEXTS {
        assert!(
            code.starts_with("tsa_") && en.is_ascii() && en.len() > 20,
            "{code}"
        );
        assert!(zh.contains('。'), "{code}");
    }
    assert_eq!(Refusal::Waiting.code(), "tsa_waiting");
    assert!(Refusal::Waiting.text(Lang::En).contains("Ask again later"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(verify(&bytes, &imprint(), None, &Roots::default()).is_err());
        let _ = Roots::parse(&bytes);
    }

    #[test]
    fn no_patched_reply_says_another_time(
        patches in proptest::collection::vec((0..3000_usize, any::<u8>()), 1..6),
        cut in 0..3000_usize,
        which in 0..3_usize,
    ) {
        let name = ["good.tsr", "good-p256-chain.tsr", "good-p384-sha1-id.tsr"][which];
        let mut reply = read(name);
        let whole = verify(&reply, &imprint(), None, &roots(&["root.pem"])).map(time);
        for (place, byte) in patches {
            let place = place % reply.len();
            reply[place] = byte;
        }
        if cut < reply.len() {
            reply.remove(cut);
        }
        let judged = verify(&reply, &imprint(), None, &roots(&["root.pem"]));
        prop_assert!(judged.is_err() || judged.map(time) == whole);
    }
}

fn time(stamp: Stamp) -> Timestamp {
    stamp.gen_time
}
