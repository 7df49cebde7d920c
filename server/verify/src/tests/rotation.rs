//! The server changes its key while a work order is open. Whoever was handed the first key verifies it all;
//! whoever stole the first key gains nothing from then on.

use domain::envelope::Signer;
use domain::ids::Nonce;
use domain::receipt::{Receipt, Via};
use domain::server_keys::{HeldChange, KeyChange, KeyUse};
use domain::tlog::leaf::LeafKind;

use super::*;
use crate::{Severity, Trust};

const CHANGE: i64 = NINE + 2 * MINUTE;

fn third_key() -> Signer {
    Signer::from_seed(&[12; 32])
}

fn to_lin() -> Fact {
    Fact::Assigned(domain::event::Assigned {
        technician: "P-0012".parse().unwrap(),
        reason: Some("再次指派".to_owned()),
    })
}

/// The day with a change of key in it.
fn across() -> (Sample, HeldChange) {
    let mut held = None;
    let s = day_with(Sample::new(server()), None, |s| {
        held = Some(s.changes_key(CHANGE, second_key()));
        // What the desk says after it stands in another chain.
        s.desk(CHANGE, "P-0002", to_lin());
    });
    (s, held.unwrap())
}

fn judged(files: Files) -> Report {
    verify(&sealed_by(files, &second_key()), Some(&trust()))
}

/// What is wrong, without what is only good to know.
fn wrong(report: &Report) -> Vec<(FindingCode, Option<String>)> {
    let wrong = report
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note);
    wrong
        .map(|finding| (finding.code, finding.detail.clone()))
        .collect()
}

fn statement(held: &HeldChange) -> String {
    Place::KeyChange(held.id).to_string()
}

#[test]
fn a_work_order_begun_before_and_ended_after_is_proved_under_the_first_trust_file() {
    let (s, held) = across();
    let report = judged(s.files);
    assert_eq!(wrong(&report), []);
    assert_eq!(report.exit, Exit::Proved);
    assert_found(&report, FindingCode::KeyChanged, &statement(&held));
    let text = report.text();
    for words in [
        "i [key_changed]",
        "server 1 · 2026-11-24 09:02:00.000",
        "密钥",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let plain = verified(sample().files);
    assert_eq!(
        report.judgement.map(|it| it.arrival),
        plain.judgement.map(|it| it.arrival)
    );
}

#[test]
fn two_changes_lead_to_the_third_key() {
    let mut s = day_with(Sample::new(server()), None, |s| {
        s.changes_key(CHANGE, second_key());
    });
    s.changes_key(NINE + 85 * MINUTE, third_key());
    s.state_verdict(NINE + 90 * MINUTE);
    let bundle = sealed_by(s.files, &third_key());
    let report = verify(&bundle, Some(&trust()));
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
}

#[test]
fn a_bundle_from_before_the_change_verifies_as_ever_and_says_nothing_of_it() {
    let (s, held) = across();
    let before = verify(&sealed(sample().files), Some(&trust()));
    assert_eq!(before.findings, []);
    // A trust file printed after the change holds the old server to its last moment, and no further.
    let informed = trust().with_key_changes(vec![held.envelope.clone()]);
    let report = verify(&sealed_by(s.files, &second_key()), Some(&informed));
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
    let mut early = Sample::new(server());
    early.surroundings();
    early.desk(NINE, "P-0002", reported());
    early.state_verdict(NINE + MINUTE);
    let reported_before = sealed_at(early.files, &server(), CHANGE - 1);
    assert!(!verify(&reported_before, Some(&informed)).has(FindingCode::ManifestNotSigned));
}

/// As [`sealed_by`], at an instant of one's own.
fn sealed_at(files: Files, key: &Signer, ts: i64) -> Vec<u8> {
    let bundle = sealed_by(files, key);
    let mut files: Files = container::read(&bundle)
        .unwrap()
        .iter()
        .map(|file| (file.name.to_owned(), file.bytes.to_vec()))
        .collect();
    let statement = crate::manifest::Statement {
        manifest: crate::manifest::sha256(&files["manifest.json"]),
        ts: Timestamp(ts),
        v: 1,
        wo: wo(),
    };
    let envelope = key.sign_as(&statement).unwrap();
    files.insert(
        "manifest.dsse.json".into(),
        envelope.to_value().to_string().into_bytes(),
    );
    container::write(&files)
}

#[rstest]
#[case::old_just_before(server(), CHANGE - 1, None)]
#[case::old_at_the_change(server(), CHANGE, Some("key_replaced"))]
#[case::old_after(server(), CHANGE + 1, Some("key_replaced"))]
#[case::new_just_before(second_key(), CHANGE - 1, Some("key_not_yet"))]
#[case::new_at_the_change(second_key(), CHANGE, None)]
#[case::new_after(second_key(), CHANGE + 1, None)]
fn a_bundle_is_signed_by_the_key_of_its_time(
    #[case] key: Signer,
    #[case] ts: i64,
    #[case] expected: Option<&str>,
) {
    let (s, _) = across();
    let report = verify(&sealed_at(s.files, &key, ts), Some(&trust()));
    let detail = report
        .findings
        .iter()
        .find(|finding| finding.code == FindingCode::ManifestNotSigned)
        .and_then(|finding| finding.detail.as_deref());
    assert_eq!(detail, expected);
}

/// A further receipt for the phone's last event, signed by this key at this time.
#[rstest]
#[case::old_at_the_change(server(), CHANGE, "key_replaced")]
#[case::old_after(server(), NINE + 81 * MINUTE, "key_replaced")]
#[case::new_before(second_key(), CHANGE - 1, "key_not_yet")]
fn a_receipt_outside_its_keys_span_is_false(
    #[case] key: Signer,
    #[case] ts: i64,
    #[case] detail: &str,
) {
    let (mut s, _) = across();
    let folder = phone_folder();
    let last = s.files.keys().rfind(|name| name.starts_with(&folder));
    let last = last.unwrap().clone();
    let mut phone = Phone::new(0x11, "P-0012");
    phone.continue_from(&s.files[&last]);
    let (head_seq, head) = phone.head();
    let receipt = Receipt {
        v: 1,
        cp: None,
        leaf: s.log.next(),
        dev: phone.dev,
        head_seq,
        head,
        nonce: Some(Nonce([4; 16])),
        ts: Timestamp(ts),
        via: Via::Sync,
    };
    let envelope = receipt.sign(&key).unwrap();
    s.put_envelope(
        (LeafKind::Receipt, NINE + 95 * MINUTE),
        Place::Receipt,
        &envelope,
    );
    let report = judged(s.files);
    assert_eq!(report.exit, Exit::False);
    assert!(
        wrong(&report).contains(&(FindingCode::RecordNotGenuine, Some(detail.to_owned()))),
        "{:#?}",
        report.findings
    );
}

#[test]
fn what_a_desk_says_with_the_old_key_after_the_change_is_false() {
    let mut s = across().0;
    s.server = server();
    s.desk(CHANGE, "P-0002", to_lin());
    let report = judged(s.files);
    assert_eq!(report.exit, Exit::False);
    assert!(
        wrong(&report).contains(&(
            FindingCode::EventNotGenuine,
            Some("key_replaced".to_owned())
        )),
        "{:#?}",
        report.findings
    );
}

#[test]
fn without_its_statement_the_second_key_is_a_strangers() {
    let (mut s, held) = across();
    s.files.remove(&statement(&held));
    let report = judged(s.files.clone());
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::ManifestNotSigned, "manifest");
    // Who has the statement in the trust file needs none in the bundle.
    let informed = trust().with_key_changes(vec![held.envelope]);
    let report = verify(&sealed_by(s.files, &second_key()), Some(&informed));
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
}

/// Puts this statement into the bundle instead of the true one.
fn with_statement(change: &KeyChange, by: [&Signer; 2]) -> (Report, String) {
    let (mut s, held) = across();
    s.files.remove(&statement(&held));
    let value = serde_json::to_value(change).unwrap();
    let mut envelope = by[0]
        .sign(domain::server_keys::KEY_CHANGE_TYPE, &value)
        .unwrap();
    let second = by[1]
        .sign(domain::server_keys::KEY_CHANGE_TYPE, &value)
        .unwrap();
    envelope.signatures.extend(second.signatures);
    let place = Place::KeyChange(Digest(envelope.id().unwrap().0));
    s.put(place.clone(), envelope.to_value().to_string());
    (judged(s.files), place.to_string())
}

fn true_change() -> KeyChange {
    across().1.change
}

#[rstest]
#[case::by_the_new_key_alone([second_key(), second_key()], "key_change_one_sided")]
#[case::by_the_old_key_alone([server(), server()], "key_change_one_sided")]
#[case::by_neither([impostor(), impostor()], "key_change_not_genuine")]
fn a_change_needs_both_signatures(#[case] by: [Signer; 2], #[case] detail: &str) {
    let (report, place) = with_statement(&true_change(), [&by[0], &by[1]]);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyChangeRefused, &place);
    let found = wrong(&report);
    assert!(
        found.contains(&(FindingCode::KeyChangeRefused, Some(detail.to_owned()))),
        "{found:#?}"
    );
}

#[test]
fn a_chain_from_another_key_leads_nowhere() {
    let forged = KeyChange {
        old: impostor().public_key().spki_base64(),
        ..true_change()
    };
    let (report, place) = with_statement(&forged, [&impostor(), &second_key()]);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyChangeRefused, &place);
    assert_found(&report, FindingCode::ManifestNotSigned, "manifest");
}

#[test]
fn two_changes_of_one_number_are_both_refused() {
    let (mut s, held) = across();
    let other = KeyChange {
        new: third_key().public_key().spki_base64(),
        ..held.change.clone()
    };
    let envelope = other.sign(&server(), &third_key()).unwrap();
    s.put_envelope((LeafKind::KeyChange, CHANGE), Place::KeyChange, &envelope);
    let report = judged(s.files);
    let forked = (
        FindingCode::KeyChangeRefused,
        Some("key_change_forked".to_owned()),
    );
    let count = wrong(&report).iter().filter(|it| **it == forked).count();
    assert_eq!((report.exit, count), (Exit::False, 2));
}

#[test]
fn who_knows_the_true_change_sees_the_thiefs_as_a_fork() {
    let (s, held) = across();
    // Whoever has stolen the old key makes a bundle in which another key has followed it.
    let stolen = day_with(Sample::new(server()), None, |s| {
        s.changes_key(CHANGE, impostor());
    });
    let bundle = sealed_by(stolen.files, &impostor());
    let informed: Trust = trust().with_key_changes(vec![held.envelope]);
    let report = verify(&bundle, Some(&informed));
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyChangeRefused, "keys/changes/");
    drop(s);
}

#[test]
fn a_change_that_is_missing_before_another_breaks_the_line() {
    let mut s = day_with(Sample::new(server()), None, |s| {
        let first = s.changes_key(CHANGE, second_key());
        s.files.remove(&statement(&first));
    });
    s.changes_key(NINE + 85 * MINUTE, third_key());
    let report = verify(&sealed_by(s.files, &third_key()), Some(&trust()));
    assert_eq!(report.exit, Exit::False);
    assert!(wrong(&report).contains(&(
        FindingCode::KeyChangeRefused,
        Some("key_change_other_key".to_owned())
    )));
}

#[test]
fn a_change_that_the_log_does_not_hold_is_only_the_servers_word() {
    let (mut s, held) = across();
    s.files.remove(&Place::Proof(held.id).to_string());
    let report = judged(s.files);
    assert_eq!(report.exit, Exit::Missing);
    assert_found(
        &report,
        FindingCode::NotLogged,
        &Place::Proof(held.id).to_string(),
    );
}

#[rstest]
#[case::earlier(-1, 0)]
#[case::later(1, 0)]
#[case::elsewhere(0, 1)]
fn a_change_is_logged_when_and_where_it_says(#[case] later: i64, #[case] further: u64) {
    let mut s = Sample::new(server());
    s.surroundings();
    s.desk(NINE, "P-0002", reported());
    let change = KeyChange {
        from: Timestamp(CHANGE + later),
        index: 1,
        kind: KeyUse::Server,
        leaf: s.log.next() + further,
        new: second_key().public_key().spki_base64(),
        old: server().public_key().spki_base64(),
        v: 1,
    };
    let envelope = change.sign(&server(), &second_key()).unwrap();
    s.put_envelope((LeafKind::KeyChange, CHANGE), Place::KeyChange, &envelope);
    s.state_verdict(NINE + 90 * MINUTE);
    let report = judged(s.files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::LeafOther, "proofs/");
}

#[test]
fn a_key_that_is_no_longer_trusted_hands_over_to_nobody() {
    let (s, _) = across();
    let mut trust = trust();
    trust.server_keys[0].until = Some(Timestamp(CHANGE - 2));
    let report = verify(&sealed_by(s.files.clone(), &second_key()), Some(&trust));
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::KeyChangeRefused, "keys/changes/");
    trust.server_keys[0].until = Some(Timestamp(CHANGE - 1));
    let report = verify(&sealed_by(s.files, &second_key()), Some(&trust));
    assert_eq!((wrong(&report), report.exit), (vec![], Exit::Proved));
}

#[test]
fn without_a_trust_file_the_bundle_fits_itself() {
    let (s, _) = across();
    let report = verify(&sealed_by(s.files, &second_key()), None);
    assert_eq!(report.exit, Exit::Missing);
    assert!(!report.has(FindingCode::RecordNotGenuine));
}

#[test]
fn a_statement_under_another_name_is_named() {
    let (mut s, held) = across();
    let bytes = s.files.remove(&statement(&held)).unwrap();
    s.put(Place::KeyChange(Digest([7; 32])), bytes);
    assert_found(&judged(s.files), FindingCode::Misnamed, "keys/changes/");
}

#[test]
fn every_flipped_bit_of_a_statement_is_found() {
    let (s, held) = across();
    let name = statement(&held);
    let length = s.files[&name].len();
    for at in (0..length).step_by(7) {
        let mut files = s.files.clone();
        files.get_mut(&name).unwrap()[at] ^= 1 << (at % 8);
        // The manifest is signed anew: as the operator could.
        let keyid = |bytes: &[u8]| {
            let envelope = Envelope::parse(bytes).ok()?;
            HeldChange::open(&envelope).ok()
        };
        if keyid(&files[&name]).is_some() {
            // A key's number beside the signature means nothing.
            continue;
        }
        let report = judged(files);
        assert_eq!(report.exit, Exit::False, "{at}");
        assert_found(&report, FindingCode::KeyChangeRefused, &name);
    }
}
