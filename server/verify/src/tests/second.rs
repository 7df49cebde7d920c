//! Second signatures (SM2): what is asked for, from when on, and what becomes of one that is absent, another
//! key's, damaged, or made under another identity.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::{Envelope, Signature};
use domain::tlog::note::{Note, NoteSignature};
use domain::tlog::proof::LogProof;
use sm2::dsa::SigningKey;
use sm2::dsa::signature::Signer as _;

use super::*;
use crate::{Trust, TrustedKey};

/// Long before the story begins.
const BEFORE: i64 = NINE - 1_000 * MINUTE;

fn asked(files: Files, trust: &Trust) -> Report {
    verify(&sealed_with_sm3(files), Some(trust))
}

fn count(report: &Report, code: FindingCode, folder: &str) -> usize {
    let is_it = |finding: &&crate::Finding| {
        let file = finding.file.as_deref().unwrap_or_default();
        finding.code == code && file.starts_with(folder)
    };
    report.findings.iter().filter(is_it).count()
}

/// The times of the receipts that the server hands out, in order.
fn receipt_times(files: &Files) -> Vec<i64> {
    let receipts = files
        .iter()
        .filter(|(name, _)| name.starts_with("receipts/"));
    let mut times: Vec<i64> = receipts
        .map(|(_, bytes)| payload(bytes)["ts"].as_i64().unwrap())
        .collect();
    times.sort_unstable();
    times
}

fn payload(bytes: &[u8]) -> Value {
    serde_json::from_slice(&base64(&Envelope::parse(bytes).unwrap().payload)).unwrap()
}

/// Changes the envelopes in a folder.
fn with_envelopes(files: &mut Files, folder: &str, change: impl Fn(&mut Envelope)) {
    for (_, bytes) in files
        .iter_mut()
        .filter(|(name, _)| name.starts_with(folder))
    {
        let mut envelope = Envelope::parse(bytes).unwrap();
        change(&mut envelope);
        *bytes = envelope.to_value().to_string().into_bytes();
    }
}

/// Changes the line of the second signature under every checkpoint; one that is emptied is taken away.
fn with_lines(files: &mut Files, change: impl Fn(&str, &mut NoteSignature)) {
    let changed = |note: &Note| {
        let mut other = Note::new(note.text().to_owned()).unwrap();
        for (at, line) in note.signatures().iter().enumerate() {
            let mut line = line.clone();
            if at == 1 {
                change(note.text(), &mut line);
            }
            if !line.bytes.is_empty() {
                other.add(line);
            }
        }
        other
    };
    for (name, bytes) in files.iter_mut() {
        if name.starts_with("checkpoints/") {
            *bytes = changed(&Note::parse(bytes).unwrap())
                .to_string()
                .into_bytes();
        } else if name.starts_with("proofs/") {
            let mut proof = LogProof::parse(bytes).unwrap();
            proof.checkpoint = changed(&proof.checkpoint);
            *bytes = proof.to_string().into_bytes();
        }
    }
}

#[test]
fn a_bundle_signed_twice_is_proved_to_whoever_asks_and_to_whoever_does_not() {
    let files = sample_sm2().files;
    let receipts = receipt_times(&files).len();
    let report = asked(files.clone(), &trust_sm2(BEFORE));
    assert_eq!(report.findings, []);
    assert_eq!(report.exit, Exit::Proved);
    assert!(report.counts.signed_twice > receipts, "{:?}", report.counts);
    let text = report.text();
    assert!(
        text.contains("国密（SM2）") && text.contains("verified with SM2 too"),
        "{text}"
    );

    let report = asked(files, &trust());
    assert_eq!(report.findings, []);
    assert_eq!(report.counts.signed_twice, 0);
    assert!(!report.text().contains("SM2"));
}

#[test]
fn without_second_signatures_a_guarantee_is_missing_to_whoever_asks() {
    let files = sample().files;
    let report = verify(&sealed(files.clone()), Some(&trust_sm2(BEFORE)));
    assert_eq!(report.exit, Exit::Missing);
    let receipts = receipt_times(&files).len();
    assert_eq!(
        count(&report, FindingCode::Sm2Absent, "receipts/"),
        receipts
    );
    assert!(count(&report, FindingCode::Sm2Absent, "proofs/") > 1);
    assert_eq!(count(&report, FindingCode::Sm3Absent, "manifest.json"), 1);
    let judgement = report.judgement.unwrap();
    assert_eq!(
        judgement.clocks[1].verdict,
        ClockVerdict::Met,
        "what is proved stays proved"
    );
}

#[rstest]
#[case::before(-1, 1)]
#[case::at(0, 1)]
#[case::after(1, 0)]
fn receipts_are_asked_from_the_moment_on_that_the_trust_file_names(
    #[case] offset: i64,
    #[case] absent: usize,
) {
    let files = sample().files;
    let last = *receipt_times(&files).last().unwrap();
    let report = asked(files, &trust_sm2(last + offset));
    assert_eq!(count(&report, FindingCode::Sm2Absent, "receipts/"), absent);
}

#[rstest]
#[case::before(-1, 0)]
#[case::at(0, 1)]
#[case::after(1, 1)]
fn receipts_are_asked_until_the_end_of_the_key(#[case] offset: i64, #[case] absent: usize) {
    let files = sample().files;
    let mut trust = trust_sm2(BEFORE);
    trust.sm2_keys[0].until = Some(Timestamp(receipt_times(&files)[0] + offset));
    let report = asked(files, &trust);
    assert_eq!(count(&report, FindingCode::Sm2Absent, "receipts/"), absent);
}

/// The time of the last leaf that is proved, and when the checkpoint over it was seen.
fn last_leaf(files: &Files) -> (i64, i64) {
    let proofs = files.iter().filter(|(name, _)| name.starts_with("proofs/"));
    let leaf = |bytes: &[u8]| {
        let extra = LogProof::parse(bytes).unwrap().extra.unwrap();
        domain::tlog::leaf::Leaf::parse(&extra).unwrap().ts.0
    };
    let last = proofs.map(|(_, bytes)| leaf(bytes)).max().unwrap();
    // The log of the tests publishes two seconds after each leaf, and is seen at once, to the second.
    (last, (last + 2_000) / 1_000 * 1_000)
}

#[rstest]
#[case::before(-1, 1)]
#[case::at(0, 1)]
#[case::after(1, 0)]
fn checkpoints_are_asked_if_something_in_them_is_of_that_time(
    #[case] offset: i64,
    #[case] absent: usize,
) {
    let files = sample().files;
    let (last, _) = last_leaf(&files);
    let report = asked(files, &trust_sm2(last + offset));
    assert_eq!(count(&report, FindingCode::Sm2Absent, "proofs/"), absent);
}

#[rstest]
#[case::before(-1, 0)]
#[case::at(0, 1)]
#[case::after(1, 1)]
fn a_key_that_ended_is_asked_for_checkpoints_that_were_seen_before_its_end(
    #[case] offset: i64,
    #[case] absent: usize,
) {
    let files = sample().files;
    let (last, seen) = last_leaf(&files);
    let mut trust = trust_sm2(last);
    trust.sm2_keys[0].until = Some(Timestamp(seen + offset));
    let report = asked(files, &trust);
    assert_eq!(count(&report, FindingCode::Sm2Absent, "proofs/"), absent);
}

#[test]
fn after_a_change_of_the_key_each_is_asked_for_its_own_time() {
    let files = sample_sm2().files;
    let other = gm::Signer::from_secret(&[6; 32]).unwrap();
    let times = receipt_times(&files);
    let mut trust = trust_sm2(BEFORE);
    let next = TrustedKey::since(other.public_key().spki_base64(), Timestamp(times[2]));
    trust.sm2_keys[0].until = Some(Timestamp(times[2] - 1));
    trust.sm2_keys.push(next);
    let report = asked(files, &trust);
    let bad = count(&report, FindingCode::Sm2NotGenuine, "receipts/");
    assert_eq!(bad, times.len() - 2, "the old key no longer counts");
}

#[test]
fn one_that_was_taken_away_is_missing() {
    let mut files = sample_sm2().files;
    let receipt = name_of(&files, "receipts/", 1);
    with_envelopes(&mut files, &receipt, |envelope| {
        envelope.signatures.truncate(1)
    });
    let report = asked(files, &trust_sm2(BEFORE));
    assert_eq!(report.exit, Exit::Missing);
    assert_eq!(count(&report, FindingCode::Sm2Absent, ""), 1);
    assert_found(&report, FindingCode::Sm2Absent, &receipt);

    let mut files = sample_sm2().files;
    with_lines(&mut files, |_, line| line.bytes.clear());
    let report = asked(files, &trust_sm2(BEFORE));
    assert_eq!(count(&report, FindingCode::Sm2Absent, "receipts/"), 0);
    assert!(count(&report, FindingCode::Sm2Absent, "proofs/") > 1);
    assert!(
        report.has(FindingCode::CheckpointAbsent),
        "its note was named by its hash"
    );
}

#[test]
fn one_of_another_key_proves_nothing() {
    let other = gm::Signer::from_secret(&[6; 32]).unwrap();
    let files = sample_sm2().files;
    let mut trust = trust_sm2(BEFORE);
    trust.sm2_keys[0].key = other.public_key().spki_base64();
    let report = asked(files, &trust);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::Sm2NotGenuine, "receipts/");
    // A line under a note says whose it is, and is simply not the one that is asked for.
    assert_found(&report, FindingCode::Sm2Absent, "proofs/");
}

#[test]
fn one_with_a_flipped_bit_is_false() {
    for bit in [0, 255, 256, 511] {
        let flip = |bytes: &mut [u8]| bytes[bit / 8] ^= 1 << (bit % 8);
        let mut files = sample_sm2().files;
        let receipt = name_of(&files, "receipts/", 0);
        with_envelopes(&mut files, &receipt, |envelope| {
            let mut bytes = base64(&envelope.signatures[1].sig);
            flip(&mut bytes);
            envelope.signatures[1].sig = STANDARD.encode(bytes);
        });
        with_lines(&mut files, |_, line| flip(&mut line.bytes));
        let report = asked(files, &trust_sm2(BEFORE));
        assert_eq!(report.exit, Exit::False);
        assert_eq!(count(&report, FindingCode::Sm2NotGenuine, "receipts/"), 1);
        assert_found(&report, FindingCode::Sm2NotGenuine, "proofs/");
    }
    // In the number of the key it makes the line a stranger's.
    let mut files = sample_sm2().files;
    with_lines(&mut files, |_, line| line.key_id[3] ^= 1);
    let report = asked(files, &trust_sm2(BEFORE));
    assert!(!report.has(FindingCode::Sm2NotGenuine));
    assert_found(&report, FindingCode::Sm2Absent, "proofs/");
}

#[test]
fn one_under_another_identity_is_false() {
    let secret = sm2::SecretKey::from_slice(&[5; 32]).unwrap();
    let stranger = SigningKey::new("1234567812345679", &secret).unwrap();
    let sign = |bytes: &[u8]| stranger.sign(bytes).to_bytes().to_vec();
    let mut files = sample_sm2().files;
    with_envelopes(&mut files, "receipts/", |envelope| {
        let signature = sign(&envelope.signed_bytes().unwrap());
        envelope.signatures[1].sig = STANDARD.encode(signature);
    });
    with_lines(&mut files, |text, line| line.bytes = sign(text.as_bytes()));
    let report = asked(files.clone(), &trust_sm2(BEFORE));
    assert_eq!(report.exit, Exit::False);
    let receipts = receipt_times(&files).len();
    assert_eq!(
        count(&report, FindingCode::Sm2NotGenuine, "receipts/"),
        receipts
    );
    assert_found(&report, FindingCode::Sm2NotGenuine, "proofs/");
}

#[test]
fn a_phones_copy_of_a_receipt_speaks_only_where_the_server_brings_none() {
    let mut strips = Sample::new(server()).signing_twice();
    strips.phones_strip = true;
    let files = day(strips).files;
    let report = asked(files.clone(), &trust_sm2(BEFORE));
    assert_eq!(report.findings, [], "the server's own copies are whole");
    // The receipt that the last acknowledgement embeds is in no other file then.
    let without = |mut files: Files| {
        let event = event_file(&files, "sync_acknowledged");
        let embedded = payload(&files[&event])["body"]["receipt"].clone();
        let id = Envelope::from_value(embedded).unwrap().id().unwrap();
        files
            .remove(&Place::Receipt(Digest(id.0)).to_string())
            .unwrap();
        (files, event)
    };
    let (files, event) = without(files);
    let report = asked(files, &trust_sm2(BEFORE));
    assert_found(&report, FindingCode::Sm2Absent, &event);
    let (files, _) = without(sample_sm2().files);
    let report = asked(files, &trust_sm2(BEFORE));
    assert!(
        !report.has(FindingCode::Sm2Absent),
        "{:#?}",
        report.findings
    );
}

#[test]
fn nothing_but_a_receipt_may_be_signed_twice() {
    let twice = |envelope: &mut Envelope| {
        let sig = envelope.signatures[0].sig.clone();
        let keyid = String::new();
        envelope.signatures.push(Signature { keyid, sig });
    };
    for (folder, code) in [
        ("events/", FindingCode::EventNotGenuine),
        ("keys/", FindingCode::RecordNotGenuine),
        ("receipts/", FindingCode::RecordNotGenuine),
    ] {
        let mut files = sample_sm2().files;
        let server_key = files.remove("keys/server.spki").unwrap();
        with_envelopes(&mut files, folder, twice);
        files.insert("keys/server.spki".to_owned(), server_key);
        let report = asked(files, &trust_sm2(BEFORE));
        assert_found(&report, code, folder);
        let is_it = |finding: &crate::Finding| finding.detail.as_deref() == Some("signature_count");
        assert!(report.findings.iter().any(is_it), "{:#?}", report.findings);
    }
}

/// The operator lists and signs whatever it likes.
fn listing(change: impl FnOnce(&mut Value)) -> Report {
    let bundle = sealed_with_sm3(sample_sm2().files);
    let mut files: Files = container::read(&bundle)
        .unwrap()
        .iter()
        .map(|file| (file.name.to_owned(), file.bytes.to_vec()))
        .collect();
    edit(&mut files, "manifest.json", change);
    let statement = crate::manifest::Statement {
        manifest: crate::manifest::sha256(&files["manifest.json"]),
        ts: Timestamp(NINE + 91 * MINUTE),
        v: 1,
        wo: wo(),
    };
    let envelope = server().sign_as(&statement).unwrap();
    let signature = envelope.to_value().to_string().into_bytes();
    files.insert("manifest.dsse.json".to_owned(), signature);
    verify(
        &container::write(&files),
        Some(&trust_sm2(NINE + 91 * MINUTE)),
    )
}

#[test]
fn every_digest_that_is_listed_must_fit() {
    let report = listing(|_| ());
    assert_eq!(report.findings, []);
    let report = listing(|manifest| {
        manifest["files"]["policy.json"]["sm3"] = json!(gm::sm3(b"other").to_string());
    });
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::FileDamaged, "policy.json");
    assert_eq!(report.findings[0].detail.as_deref(), Some("sm3"));
}

#[test]
fn a_digest_that_is_not_listed_is_missing_to_whoever_asks() {
    let drop_one = |manifest: &mut Value| {
        let listed = manifest["files"]["policy.json"].as_object_mut().unwrap();
        listed.remove("sm3");
    };
    let report = listing(drop_one);
    assert_eq!(report.exit, Exit::Missing);
    assert_found(&report, FindingCode::Sm3Absent, "manifest.json");
    // The manifest is of 10:31; the moment before and the moment after.
    for (from, is_asked) in [(-1, true), (0, true), (1, false)] {
        let trust = trust_sm2(NINE + 91 * MINUTE + from);
        let report = verify(&sealed(sample().files), Some(&trust));
        assert_eq!(report.has(FindingCode::Sm3Absent), is_asked, "{from}");
    }
}
