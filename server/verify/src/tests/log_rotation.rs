//! The log changes its key while a work order is open. Whoever was handed the first key follows; whoever
//! stole it can sign no checkpoint that covers the change.

use domain::envelope::Signer;
use domain::server_keys::{KeyChange, KeyUse};
use domain::tlog::leaf::LeafKind;
use domain::tlog::note::{KeyKind, Note, NoteKey};

use super::*;
use crate::{LogTrust, Severity};

const CHANGE: i64 = NINE + 2 * MINUTE;

fn across(signs_along: bool) -> Sample {
    day_with(Sample::new(server()), None, |s| {
        s.changes_log_key(CHANGE, signs_along);
    })
}

fn wrong(report: &Report) -> Vec<FindingCode> {
    let wrong = report
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note);
    wrong.map(|finding| finding.code).collect()
}

#[rstest]
fn whoever_has_the_first_key_of_the_log_follows(#[values(false, true)] signs_along: bool) {
    let report = verified(across(signs_along).files);
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
    assert_found(&report, FindingCode::KeyChanged, "keys/changes/");
    assert!(report.text().contains("log 1 · 2026-11-24 09:02:00.000"));
}

#[test]
fn both_keys_of_the_server_and_of_the_log_may_change() {
    let s = day_with(Sample::new(server()), None, |s| {
        s.changes_key(CHANGE, second_key());
        s.changes_log_key(CHANGE + 1, true);
    });
    let report = verify(&sealed_by(s.files, &second_key()), Some(&trust()));
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
}

#[test]
fn without_the_statement_the_new_key_is_a_strangers_and_the_old_one_alone_suffices_if_it_signs_along()
 {
    let without = |signs_along| {
        let mut files = across(signs_along).files;
        files.retain(|name, _| !name.starts_with("keys/changes/"));
        verified(files)
    };
    let told_nobody = without(false);
    assert_eq!(told_nobody.exit, Exit::False);
    assert_found(&told_nobody, FindingCode::ProofFails, "proofs/");
    let report = without(true);
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
}

fn of_the_log(signer: &Signer) -> NoteKey {
    NoteKey::new("daochang.example/log", KeyKind::Note, signer.public_key()).unwrap()
}

#[test]
fn a_checkpoint_over_the_change_by_the_old_key_alone_is_false() {
    let mut s = across(true);
    let second = of_the_log(&second_log_key());
    let checkpoints = s.files.iter_mut();
    for (_, bytes) in checkpoints.filter(|(name, _)| name.starts_with("checkpoints/")) {
        let note = Note::parse(bytes).unwrap();
        let lines = note.signatures().iter();
        let by_second = lines.filter(|line| line.key_id == second.id());
        let mut text = note.to_string();
        for line in by_second {
            text = text.replace(&line.to_string(), "");
        }
        *bytes = text.into_bytes();
    }
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::False);
    let refused = report.findings.iter().find(|finding| {
        finding.code == FindingCode::CheckpointNotGenuine
            && finding.detail.as_deref() == Some("note_key_replaced")
    });
    assert!(refused.is_some(), "{:#?}", report.findings);
}

#[test]
fn a_change_of_the_logs_key_is_of_no_concern_to_whoever_trusts_no_log() {
    let trust = crate::Trust::in_key(server().public_key());
    let report = verify(&sealed(across(true).files), Some(&trust));
    assert_eq!(report.exit, Exit::Missing);
    assert!(!report.has(FindingCode::KeyChangeRefused));
}

#[test]
fn who_trusts_only_another_log_is_told_that_the_change_leads_nowhere() {
    let mut trust = trust();
    let other = of_the_log(&Signer::from_seed(&[99; 32]));
    trust.log = LogTrust {
        keys: vec![other.to_string()],
        ..trust.log
    };
    let report = verify(&sealed(across(true).files), Some(&trust));
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyChangeRefused, "keys/changes/");
}

#[test]
fn a_change_of_the_log_by_the_servers_keys_is_none() {
    let mut s = Sample::new(server());
    s.surroundings();
    s.desk(NINE, "P-0002", reported());
    let change = KeyChange {
        from: Timestamp(CHANGE),
        index: 1,
        kind: KeyUse::Log,
        leaf: s.log.next(),
        new: second_key().public_key().spki_base64(),
        old: server().public_key().spki_base64(),
        v: 1,
    };
    let envelope = change.sign(&server(), &second_key()).unwrap();
    s.put_envelope((LeafKind::KeyChange, CHANGE), Place::KeyChange, &envelope);
    s.state_verdict(NINE + 90 * MINUTE);
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyChangeRefused, "keys/changes/");
}
