//! A server that signs with SM2 too: its receipts and checkpoints carry both signatures, its bundles verify to
//! whoever asks for them and to whoever does not, and the commands in a bundle's own instructions say the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use api::bundle::trust::of_the_server;
use api::fsck::Checked;
use api::log::publisher::CHECKPOINT;
use api::log::witnesses::Witnesses;
use api::sm2::Sm2;
use domain::envelope::Envelope;
use domain::ids::WorkOrderId;
use domain::receipt::Receipt;
use domain::relay::{RelayCode, RelayHead};
use domain::time::{Millis, Timestamp};
use domain::tlog::note::Note;
use gm::Signer;
use gm::envelope::{Second, second};
use poem::http::Method;
use serde_json::json;
use verify::{Exit, FindingCode, Report, Trust, TrustedKey, container, verify};

use super::log::checked;
use crate::support::builders::{arrive, note, set_out};
use crate::support::{Ask, CITY, HOTLINE, Hand, TECH, TestApp};

fn signer(secret: u8) -> Signer {
    Signer::from_secret(&[secret; 32]).unwrap()
}

async fn start() -> TestApp {
    TestApp::signing_twice(Sm2::always(signer(5))).await
}

/// A technician arrives, and everything is delivered.
async fn arrived(test: &TestApp) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.say(set_out(), &id);
    hand.minutes(30);
    arrive(&mut hand, &id);
    hand.sync(test).await;
    (id, hand)
}

async fn bundle_of(test: &TestApp, id: &WorkOrderId) -> Vec<u8> {
    let path = format!("/work-orders/{id}/bundle");
    test.get(&path).by(CITY).send().await.bytes
}

fn is_by(envelope: &Envelope, secret: u8) -> bool {
    second(envelope, [signer(secret).public_key()]) == Second::Genuine
}

fn has_line(test: &TestApp, note: &[u8], secret: u8) -> bool {
    let origin = &test.app.publisher.identity().origin;
    let note = Note::parse(note).unwrap();
    gm::note::has_signed(&note, origin, signer(secret).public_key()).unwrap()
}

fn has(report: &Report, code: FindingCode, folder: &str) -> bool {
    let is_in = |file: &Option<String>| file.as_deref().unwrap_or_default().starts_with(folder);
    let mut findings = report.findings.iter();
    findings.any(|finding| finding.code == code && is_in(&finding.file))
}

#[tokio::test]
async fn every_receipt_carries_both_signatures_however_the_head_came() {
    let test = start().await;
    let (id, mut hand) = arrived(&test).await;
    let receipt = hand.head(&test).await;
    assert_eq!(receipt.signatures.len(), 2);
    assert!(is_by(&receipt, 5));
    Receipt::open(&receipt, test.app.signer.keys()).unwrap();
    // Somebody's phone scans the head, and the hotline is told the next one.
    hand.say(set_out(), &id);
    let scanned = hand.phone.head();
    let head = RelayHead {
        dev: hand.phone.device(),
        head_seq: scanned.seq,
        head: scanned.id,
    };
    let answer = Ask::new(&test, Method::GET, head.to_string()).send().await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
    hand.say(set_out(), &id);
    let code = RelayCode::of(hand.phone.head().id).grouped();
    let body = json!({ "code": code });
    test.post("/relay-codes").by(HOTLINE).json(&body).ok().await;
    hand.push(&test).await;
    let rows = test.store.receipts_of_device(&hand.dev()).await.unwrap();
    let mut ways: Vec<&str> = rows.iter().map(|row| row.via.as_str()).collect();
    ways.sort_unstable();
    ways.dedup();
    assert_eq!(ways, ["relay_code", "relay_qr", "sync"]);
    for row in &rows {
        let envelope = Envelope::parse(row.envelope.as_bytes()).unwrap();
        assert!(is_by(&envelope, 5), "{}", row.via);
    }
}

#[tokio::test]
async fn what_readers_get_of_the_log_is_signed_twice_and_the_states_kept_by_size_once() {
    let test = start().await;
    arrived(&test).await;
    let size = test.app.publisher.publish().await.unwrap();
    assert!(has_line(&test, &test.file("/log/checkpoint").await, 5));
    let row = test.store.checkpoint(size as i64).await.unwrap().unwrap();
    assert!(
        row.witnessed_at.is_some(),
        "the witness reads past the line"
    );
    assert!(has_line(&test, row.note.as_bytes(), 5));
    let kept = test
        .blobs
        .log_files()
        .read(&format!("checkpoints/{size}"))
        .await
        .unwrap();
    let kept = Note::parse(&kept.unwrap()).unwrap();
    assert_eq!(kept.signatures().len(), 1);
    let page = String::from_utf8(test.file("/log").await).unwrap();
    assert!(
        page.contains(&signer(5).public_key().spki_base64()),
        "{page}"
    );
    assert!(page.contains("国密公钥"), "{page}");
    let state = test.get("/log").ok().await;
    assert_eq!(state["sm2_key"], signer(5).public_key().spki_base64());
}

#[tokio::test]
async fn a_server_without_such_a_key_says_nothing_of_it() {
    let test = TestApp::watched().await;
    let (id, mut hand) = arrived(&test).await;
    assert_eq!(hand.head(&test).await.signatures.len(), 1);
    let page = String::from_utf8(test.file("/log").await).unwrap();
    assert!(!page.contains("SM2"), "{page}");
    assert!(test.get("/log").ok().await["sm2_key"].is_null());
    let bundle = bundle_of(&test, &id).await;
    let files = container::read(&bundle).unwrap();
    let manifest = files
        .iter()
        .find(|file| file.name == "manifest.json")
        .unwrap();
    assert!(!String::from_utf8_lossy(manifest.bytes).contains("sm3"));
}

#[tokio::test]
async fn what_was_signed_twice_is_still_checked_after_the_second_key_was_switched_off() {
    let mut test = start().await;
    let (id, mut hand) = arrived(&test).await;
    let mut ended = of_the_server(&test.app).sm2_keys;
    ended[0].until = Some(test.app.now());
    test.clock.advance(Millis(1));
    // As `serve` finds it in sm2.json, and as a server with another folder does not.
    for (known, said) in [
        (ended.clone(), "逐份核对成立"),
        (Vec::new(), "服务器没有当时公钥的登记"),
    ] {
        test.end_signing_twice(known.clone()).await;
        assert_eq!(of_the_server(&test.app).sm2_keys, known);
        assert!(test.get("/log").ok().await["sm2_key"].is_null());
        let document = test.report_of(&id).await;
        assert!(document.contains(said), "{document}");
    }
    // What is given from now on has one signature, and nobody misses the other.
    test.end_signing_twice(ended).await;
    hand.say(note("等备件"), &id);
    assert_eq!(hand.head(&test).await.signatures.len(), 1);
    let document = test.report_of(&id).await;
    assert!(!document.contains("而服务器签发时已启用"), "{document}");
}

/// Killed between the state kept by size and what comes after it, and started with another key or none.
#[tokio::test]
async fn a_change_of_the_key_is_no_alarm_even_in_the_middle_of_publishing() {
    for sm2 in [None, Some(6), Some(5)] {
        let test = start().await;
        test.reported().await;
        test.app.publisher.publish().await.unwrap();
        let files = test.blobs.log_files();
        let before = files.read(CHECKPOINT).await.unwrap().unwrap();
        test.reported().await;
        let size = test.app.publisher.publish().await.unwrap();
        files.replace(CHECKPOINT, before).await.unwrap();
        let sm2_again = sm2.map(|secret| Sm2::always(signer(secret)));
        let again = test.again_with(sm2_again, Witnesses::none()).await;
        let again = again.unwrap();
        assert_eq!(again.publisher.publish().await.unwrap(), size);
        assert_eq!(again.log.alarm(), None, "{sm2:?}");
        let published = test.file("/log/checkpoint").await;
        let signed: Vec<bool> = [5, 6]
            .map(|secret| has_line(&test, &published, secret))
            .to_vec();
        assert_eq!(signed, [sm2 == Some(5), sm2 == Some(6)]);
    }
}

#[tokio::test]
async fn a_bundle_verifies_to_whoever_asks_for_both_and_to_whoever_does_not() {
    let test = start().await;
    let (id, _) = arrived(&test).await;
    let bundle = bundle_of(&test, &id).await;
    let trust = of_the_server(&test.app);
    assert_eq!(
        trust.sm2_keys,
        [TrustedKey::always(signer(5).public_key().spki_base64())]
    );
    let report = verify(&bundle, Some(&trust));
    assert_eq!(report.findings, []);
    assert_eq!(report.exit, Exit::Proved);
    assert!(
        report.counts.signed_twice > report.counts.receipts,
        "{:?}",
        report.counts
    );
    let document = test.report_of(&id).await;
    assert!(
        document.contains("还有服务器的国密（SM2）签名"),
        "{document}"
    );
    assert!(
        !document.contains("没有国密") && !document.contains("没有启用国密"),
        "{document}"
    );
    let report = verify(&bundle, Some(&trust.clone().with_sm2(Vec::new())));
    assert_eq!((report.exit, report.counts.signed_twice), (Exit::Proved, 0));

    // Another key is false where the receipt says no whose it is, and absent where the note does.
    let other = trust.with_sm2(vec![TrustedKey::always(
        signer(6).public_key().spki_base64(),
    )]);
    let report = verify(&bundle, Some(&other));
    assert_eq!(report.exit, Exit::False);
    assert!(has(&report, FindingCode::Sm2NotGenuine, "receipts/"));
    assert!(has(&report, FindingCode::Sm2Absent, "proofs/"));
}

#[tokio::test]
async fn a_server_that_begins_later_is_asked_from_then_on_only() {
    let mut test = TestApp::watched().await;
    let (id, mut hand) = arrived(&test).await;
    test.app.publisher.publish().await.unwrap();
    hand.minutes(1);
    let begins = test.app.now();
    test.begin_signing_twice(Sm2::always(signer(5))).await;
    hand.say(note("等备件"), &id);
    hand.sync(&test).await;
    // That server knows no better than that its key has signed always.
    let document = test.report_of(&id).await;
    assert!(
        document.contains("没有国密（SM2）签名，而服务器签发时已启用"),
        "{document}"
    );
    let bundle = bundle_of(&test, &id).await;
    let since = |from: Timestamp| {
        let key = TrustedKey::since(signer(5).public_key().spki_base64(), from);
        of_the_server(&test.app).with_sm2(vec![key])
    };
    let report = verify(&bundle, Some(&since(begins)));
    assert_eq!(report.findings, []);
    assert!(report.counts.signed_twice > 0, "{:?}", report.counts);
    // What was given before has one signature, and whoever asks for two misses it.
    let report = verify(&bundle, Some(&since(Timestamp(0))));
    assert_eq!(report.exit, Exit::Missing);
    for folder in ["receipts/", "proofs/"] {
        assert!(has(&report, FindingCode::Sm2Absent, folder), "{folder}");
    }
}

fn trusted(secret: u8) -> TrustedKey {
    TrustedKey::always(signer(secret).public_key().spki_base64())
}

/// Where something was found, and what.
fn found(checked: &Checked) -> Vec<(&str, &str)> {
    let findings = checked.findings.iter();
    findings
        .map(|it| (it.place.as_str(), it.what.as_str()))
        .collect()
}

const MISSING: &str = "its second signature (SM2) is missing";
const NOT_GENUINE: &str = "its second signature (SM2) is of no key recorded for that time";

#[tokio::test]
async fn fsck_counts_the_second_signatures_and_names_those_of_other_keys() {
    let test = start().await;
    arrived(&test).await;
    test.app.publisher.publish().await.unwrap();
    let whole = checked(&test, &[trusted(5)]).await;
    assert_eq!(found(&whole), []);
    let rows = test.store.devices().await.unwrap();
    let mut receipts = 0;
    for row in &rows {
        let of_device = test.store.receipts_of_device(&row.dev).await.unwrap();
        receipts += of_device.len() as u64;
    }
    let checkpoints = test.store.checkpoints_from(0, 99).await.unwrap().len() as u64;
    assert_eq!(
        whole.signed_twice,
        receipts + checkpoints + 1,
        "all, and the published one"
    );

    // Of a receipt it is known only that no recorded key has signed; a note says whose its lines are.
    let other = checked(&test, &[trusted(6)]).await;
    let count = |what| found(&other).iter().filter(|it| it.1 == what).count() as u64;
    assert_eq!(
        (count(NOT_GENUINE), count(MISSING)),
        (receipts, checkpoints + 1)
    );
    assert_eq!(other.signed_twice, 0);
    // Nobody has written down that any key signs so, or the record is lost.
    let none = checked(&test, &[]).await;
    let mut places = found(&none).into_iter();
    assert!(places.all(|(place, what)| place.starts_with("receipt ") && what == NOT_GENUINE));
    assert_eq!(none.findings.len() as u64, receipts);
}

#[tokio::test]
async fn fsck_asks_for_second_signatures_from_the_recorded_moment_on_and_not_before() {
    let mut test = TestApp::watched().await;
    let (id, mut hand) = arrived(&test).await;
    test.app.publisher.publish().await.unwrap();
    let before = test
        .store
        .receipts_of_device(&hand.dev())
        .await
        .unwrap()
        .len();
    let last = test.store.log_tail().await.unwrap().ts;
    hand.minutes(1);
    let begins = test.app.now();
    test.begin_signing_twice(Sm2::always(signer(5))).await;
    hand.say(note("等备件"), &id);
    hand.sync(&test).await;
    test.app.publisher.publish().await.unwrap();
    let key = signer(5).public_key().spki_base64();
    for from in [Timestamp(last + 1), begins] {
        let since = checked(&test, &[TrustedKey::since(key.clone(), from)]).await;
        assert_eq!(found(&since), []);
        assert!(since.signed_twice > 0);
    }
    let early = checked(&test, &[TrustedKey::since(key.clone(), Timestamp(last))]).await;
    assert!(found(&early).iter().any(|it| it.0.starts_with("receipt ")));
    let always = checked(&test, &[TrustedKey::always(key)]).await;
    let of_receipts = found(&always).into_iter();
    let of_receipts = of_receipts.filter(|it| it.0.starts_with("receipt ") && it.1 == MISSING);
    assert_eq!(
        of_receipts.count(),
        before,
        "all that were given without it"
    );
}

#[tokio::test]
async fn fsck_misses_a_line_that_somebody_took_off_the_published_checkpoint() {
    let test = start().await;
    test.reported().await;
    test.app.publisher.publish().await.unwrap();
    let note = String::from_utf8(test.file("/log/checkpoint").await).unwrap();
    let origin = &test.app.publisher.identity().origin;
    let id = gm::note::key_id(origin, signer(5).public_key());
    // A line is a dash, the name, and base64 that begins with the key's number.
    let is_its = |line: &str| {
        use base64::Engine as _;
        let base64 = line.rsplit(' ').next().unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(base64);
        line.starts_with('\u{2014}') && bytes.is_ok_and(|bytes| bytes.starts_with(&id))
    };
    let stripped: Vec<&str> = note
        .split_inclusive('\n')
        .filter(|line| !is_its(line.trim_end()))
        .collect();
    assert_eq!(stripped.len() + 1, note.lines().count());
    let files = test.blobs.log_files();
    files
        .replace(CHECKPOINT, stripped.concat().into_bytes().into())
        .await
        .unwrap();
    let checked = checked(&test, &[trusted(5)]).await;
    assert_eq!(found(&checked), [(CHECKPOINT, MISSING)]);
}

/// The lines from `TRUST=` to the next empty one, as the reader of 验证说明.txt copies them.
fn commands(instructions: &str) -> String {
    let lines = instructions
        .lines()
        .skip_while(|line| !line.starts_with("TRUST="));
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    lines.join("\n")
}

struct Unpacked(PathBuf);

impl Unpacked {
    fn new(test: &TestApp, bundle: &[u8], trust: &Trust) -> Self {
        let folder = test.folder.join("unpacked/evidence");
        for file in container::read(bundle).unwrap() {
            let path = folder.join(file.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file.bytes).unwrap();
        }
        let text = serde_json::to_string_pretty(trust).unwrap();
        std::fs::write(folder.join("../trust.json"), text).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    /// What a shell prints that is given the commands.
    fn run(&self) -> String {
        let text = std::fs::read_to_string(self.path().join("验证说明.txt")).unwrap();
        let commands = commands(&text);
        assert!(commands.contains("distid:1234567812345678"), "{commands}");
        let shell = Command::new("sh")
            .args(["-c", &commands])
            .current_dir(self.path())
            .output()
            .unwrap();
        let (out, err) = (shell.stdout, shell.stderr);
        String::from_utf8_lossy(&out).into_owned() + &String::from_utf8_lossy(&err)
    }
}

fn count(text: &str, line: &str) -> usize {
    text.lines().filter(|it| *it == line).count()
}

#[tokio::test]
async fn the_commands_in_the_instructions_say_the_same_as_the_verifier() {
    let test = start().await;
    let (id, _) = arrived(&test).await;
    let bundle = bundle_of(&test, &id).await;
    let files = container::read(&bundle).unwrap();
    let in_folder = |folder: &str| {
        files
            .iter()
            .filter(|it| it.name.starts_with(folder))
            .count()
    };
    let signed = in_folder("receipts/") + in_folder("checkpoints/") + in_folder("proofs/");
    let unpacked = Unpacked::new(&test, &bundle, &of_the_server(&test.app));
    let said = unpacked.run();
    assert_eq!(count(&said, "Verified OK"), signed, "{said}");
    let listed = said.lines().filter(|line| line.starts_with("OK ")).count();
    assert_eq!(
        listed,
        files.len() - 2,
        "all but manifest and signature: {said}"
    );
    assert!(
        !said.contains("不符") && !said.contains("Traceback"),
        "{said}"
    );

    // A file with one bit changed, a receipt with one signature, and a receipt with one byte changed.
    let mut receipts: Vec<PathBuf> = std::fs::read_dir(unpacked.path().join("receipts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    receipts.sort();
    let change = |path: &Path, change: &dyn Fn(&mut Envelope)| {
        let mut envelope = Envelope::parse(&std::fs::read(path).unwrap()).unwrap();
        change(&mut envelope);
        std::fs::write(path, envelope.to_value().to_string()).unwrap();
    };
    change(&receipts[0], &|envelope| envelope.signatures.truncate(1));
    change(&receipts[1], &|envelope| envelope.payload_type.push('x'));
    let said = unpacked.run();
    assert_eq!(count(&said, "Verified OK"), signed - 2, "{said}");
    assert_eq!(said.matches("不符 receipts/").count(), 2, "{said}");
    assert_eq!(said.matches("没有国密签名").count(), 1, "{said}");
    assert_eq!(said.matches("erification failure").count(), 1, "{said}");

    let other = of_the_server(&test.app);
    let key = TrustedKey::always(signer(6).public_key().spki_base64());
    let unpacked = Unpacked::new(&test, &bundle, &other.with_sm2(vec![key]));
    let said = unpacked.run();
    assert_eq!(count(&said, "Verified OK"), 0, "{said}");
}
