//! Attacks on a bundle, by somebody without any key and by the operator with the real one.

mod attacks;
mod erasure;
mod evaluation;
mod filing;
mod flips;
mod golden;
mod keys;
mod large;
mod log;
mod log_rotation;
mod rotation;
mod second;
mod stamps;
mod tampering;

use domain::envelope::Envelope;
use domain::event::{Fact, Noted};
use domain::ids::Digest;
use domain::sla::clock::ClockVerdict;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use rstest::rstest;
use serde_json::{Value, json};

use crate::container;
use crate::testing::*;
use crate::{Exit, FindingCode, Place, Report, TrustedKey, verify};

fn verified(files: Files) -> Report {
    verify(&sealed(files), Some(&trust()))
}

#[track_caller]
fn assert_found(report: &Report, code: FindingCode, file: &str) {
    let is_it = |finding: &&crate::Finding| {
        finding.code == code
            && finding
                .file
                .as_deref()
                .unwrap_or_default()
                .starts_with(file)
    };
    assert!(
        report.findings.iter().any(|finding| is_it(&finding)),
        "{code:?} {file}: {:#?}",
        report.findings
    );
}

fn name_of(files: &Files, folder: &str, n: usize) -> String {
    files
        .keys()
        .filter(|name| name.starts_with(folder))
        .nth(n)
        .unwrap()
        .clone()
}

fn phone_folder() -> String {
    format!("events/{}/", Phone::new(0x11, "P-0012").dev)
}

/// The file of the phone's event of this kind.
fn event_file(files: &Files, t: &str) -> String {
    let is_it = |bytes: &[u8]| {
        let envelope = Envelope::parse(bytes).unwrap();
        let payload: Value = serde_json::from_slice(&base64(&envelope.payload)).unwrap();
        payload["t"] == t
    };
    let events = files.iter().filter(|(name, _)| name.starts_with("events/"));
    events
        .filter(|(_, bytes)| is_it(bytes))
        .map(|(name, _)| name.clone())
        .next_back()
        .unwrap()
}

#[test]
fn an_honest_bundle_is_proved_and_its_verdicts_are_recomputed() {
    let report = verified(sample().files);
    assert_eq!(report.findings, []);
    assert_eq!(report.exit, Exit::Proved);
    let judgement = report.judgement.unwrap();
    let verdicts: Vec<Value> = judgement
        .clocks
        .iter()
        .map(|clock| serde_json::to_value(clock.verdict).unwrap())
        .collect();
    assert_eq!(verdicts, ["met", "met", "met"]);
    let by_witnesses = judgement.clocks.iter().map(|clock| clock.verdicts.external);
    assert!(by_witnesses.eq([ClockVerdict::Met; 3]));
    assert_eq!(judgement.presence.len(), 1);
}

#[test]
fn the_report_tells_both_languages_what_is_and_is_not_proved() {
    let text = verified(sample().files).text();
    for words in [
        "结论 0",
        "Result 0",
        "见证级",
        "达标",
        "met",
        "checked_in 林志强 P-0012",
        "不能证明",
        "does not prove",
        "2026-11-24 09:31",
        "定位在围栏之内",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn the_same_files_always_make_the_same_bundle() {
    assert_eq!(sealed(sample().files), sealed(sample().files));
}

#[test]
fn without_a_trust_file_nothing_says_whose_server_it_was() {
    let report = verify(&sealed(sample().files), None);
    assert_eq!(report.exit, Exit::Missing);
    assert!(report.has(FindingCode::SelfSupplied));
}

#[test]
fn a_bundle_forged_with_own_keys_is_false_to_whoever_has_the_trust_file() {
    let forged = sealed_by(sample_of(impostor()).files, &impostor());
    let report = verify(&forged, Some(&trust()));
    assert_eq!(report.exit, Exit::False);
    assert_found(
        &report,
        FindingCode::ManifestNotSigned,
        "manifest.dsse.json",
    );
    assert_found(&report, FindingCode::RecordNotGenuine, "keys/");
    assert_found(&report, FindingCode::NoReport, "");
    assert_eq!(verify(&forged, None).exit, Exit::Missing);
}

#[test]
fn a_key_is_believed_only_while_it_was_valid() {
    let mut trust = trust();
    trust.server_keys[0].until = Some(Timestamp(NINE));
    let report = verify(&sealed(sample().files), Some(&trust));
    assert_eq!(report.exit, Exit::False);
    assert_found(
        &report,
        FindingCode::ManifestNotSigned,
        "manifest.dsse.json",
    );
    assert_found(&report, FindingCode::RecordNotGenuine, "receipts/");
}

#[test]
fn a_bundle_made_before_the_server_changed_its_key_still_verifies() {
    let mut trust = trust();
    trust.server_keys[0].until = Some(Timestamp(NINE + 36_000_000));
    let next = impostor().public_key().spki_base64();
    trust.server_keys.insert(
        0,
        TrustedKey {
            key: next,
            from: Some(Timestamp(NINE + 36_000_000)),
            until: None,
        },
    );
    assert_eq!(
        verify(&sealed(sample().files), Some(&trust)).exit,
        Exit::Proved
    );
}

#[test]
fn a_verdict_changed_and_signed_again_by_the_real_key_is_false() {
    for (pointer, value) in [
        ("/judgement/clocks/1/verdict", json!("breached")),
        ("/judgement/presence/0/points", json!(80)),
        ("/judgement/clocks/0/started/earliest", json!(NINE - 1)),
        ("/policy", json!("00".repeat(32))),
    ] {
        let mut files = sample().files;
        edit(&mut files, "verdict.json", |verdict| {
            *verdict.pointer_mut(pointer).unwrap() = value.clone()
        });
        let report = verified(files);
        assert_eq!(report.exit, Exit::False);
        assert_found(&report, FindingCode::VerdictDiffers, "verdict.json");
        assert_eq!(report.findings[0].detail.as_deref(), Some(pointer));
    }
}

#[test]
fn an_event_taken_out_leaves_a_gap() {
    let whole = sample().files;
    let events: Vec<String> = whole
        .keys()
        .filter(|name| name.starts_with(&phone_folder()))
        .cloned()
        .collect();
    // Without its first event the chain is a stretch that begins without an anchor.
    let mut files = whole.clone();
    files.remove(&events[0]);
    assert_found(&verified(files), FindingCode::StretchUnanchored, &events[1]);
    for name in &events[1..] {
        let mut files = whole.clone();
        files.remove(name);
        let report = verified(files);
        assert_eq!(report.exit, Exit::False, "{name}");
    }
    let mut files = whole.clone();
    files.remove(&events[8]);
    assert_found(&verified(files), FindingCode::ChainGap, &events[9]);
}

#[test]
fn an_event_put_in_or_exchanged_does_not_follow() {
    let mut files = sample().files;
    let other = sample().files;
    let (sixth, seventh) = (
        name_of(&files, &phone_folder(), 6),
        name_of(&files, &phone_folder(), 7),
    );
    files.insert(seventh.clone(), other[&sixth].clone());
    assert_found(&verified(files), FindingCode::Misnamed, &seventh);

    // The phone's own key signs another event for the same place: two histories of one key.
    let mut s = sample();
    let mut twin = Phone::new(0x11, "P-0012");
    let mut aside = Sample::new(server());
    aside.enrols(&mut twin, NINE - 3_600_000);
    for _ in 0..10 {
        aside.says(
            &mut twin,
            NINE,
            None,
            Fact::Paused(domain::event::Nothing {}),
        );
    }
    let tenth = name_of(&aside.files, &phone_folder(), 9);
    s.files.insert(tenth.clone(), aside.files[&tenth].clone());
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::ChainFork, &tenth);
}

#[test]
fn a_receipt_of_another_device_or_another_history_is_named() {
    let mut s = sample();
    let mut stranger = Phone::new(0x22, "P-0012");
    s.enrols(&mut stranger, NINE);
    s.files
        .retain(|name, _| !name.starts_with(&format!("events/{}", stranger.dev)));
    s.receipt(&stranger, NINE + 1, None);
    assert_found(
        &verified(s.files),
        FindingCode::ReceiptOfOtherDevice,
        "receipts/",
    );

    let mut s = sample();
    let mut twin = Phone::new(0x11, "P-0012");
    Sample::new(server()).enrols(&mut twin, NINE + 5);
    s.receipt(&twin, NINE + 50, None);
    assert_found(
        &verified(s.files),
        FindingCode::ReceiptOfOtherEvent,
        "receipts/",
    );
}

#[test]
fn a_receipt_left_out_only_weakens_and_then_the_verdict_differs() {
    let whole = sample().files;
    let mut differs = 0;
    for name in whole.keys().filter(|name| name.starts_with("receipts/")) {
        let mut files = whole.clone();
        files.remove(name);
        differs += usize::from(verified(files).has(FindingCode::VerdictDiffers));
    }
    assert!(differs >= 2);
}

#[test]
fn signed_things_of_another_type_are_not_taken_for_events_or_receipts() {
    let mut files = sample().files;
    let (event, receipt) = (
        name_of(&files, &phone_folder(), 4),
        name_of(&files, "receipts/", 0),
    );
    let (of_event, of_receipt) = (files[&event].clone(), files[&receipt].clone());
    files.insert(event.clone(), of_receipt);
    files.insert(receipt.clone(), of_event);
    let report = verified(files);
    assert_found(&report, FindingCode::EventNotGenuine, &event);
    assert_found(&report, FindingCode::RecordNotGenuine, &receipt);
    let wrong_type = |finding: &&crate::Finding| finding.detail.as_deref() == Some("wrong_type");
    assert_eq!(report.findings.iter().filter(wrong_type).count(), 2);
}

#[test]
fn a_duplicate_key_has_no_single_meaning() {
    let mut files = sample().files;
    let receipt = name_of(&files, "receipts/", 0);
    let text = String::from_utf8(files[&receipt].clone()).unwrap();
    files.insert(
        receipt.clone(),
        text.replacen('{', "{\"payload\":\"\",", 1).into_bytes(),
    );
    let policy = String::from_utf8(files["policy.json"].clone()).unwrap();
    files.insert(
        "policy.json".into(),
        policy.replacen('{', "{\"rho_ppm\":1,", 1).into_bytes(),
    );
    let report = verified(files);
    assert_found(&report, FindingCode::RecordNotGenuine, &receipt);
    assert_found(&report, FindingCode::Malformed, "policy.json");
}

/// The other s that verifies as well: the order of P-256 less this one.
fn n_minus(s: &[u8]) -> Vec<u8> {
    const N: [u32; 8] = [
        0xffff_ffff,
        0,
        0xffff_ffff,
        0xffff_ffff,
        0xbce6_faad,
        0xa717_9e84,
        0xf3b9_cac2,
        0xfc63_2551,
    ];
    let n: Vec<u8> = N.iter().flat_map(|word| word.to_be_bytes()).collect();
    let mut borrow = 0;
    let mut difference = vec![0; 32];
    for at in (0..32).rev() {
        let digit = i32::from(n[at]) - i32::from(s[at]) - borrow;
        borrow = i32::from(digit < 0);
        difference[at] = digit.rem_euclid(256) as u8;
    }
    difference
}

#[test]
fn the_other_valid_signature_of_the_same_event_is_the_same_event() {
    let mut files = sample().files;
    let name = name_of(&files, &phone_folder(), 4);
    let mut envelope: Value = serde_json::from_slice(&files[&name]).unwrap();
    let raw = base64(envelope["signatures"][0]["sig"].as_str().unwrap());
    let mirrored = [&raw[..32], &n_minus(&raw[32..])].concat();
    use base64::Engine as _;
    envelope["signatures"][0]["sig"] = base64::engine::general_purpose::STANDARD
        .encode(mirrored)
        .into();
    files.insert(name, envelope.to_string().into_bytes());
    assert_eq!(verified(files).exit, Exit::Proved);
}

#[rstest]
#[case::other_policy("policy.json", "/arrival/limit_minutes", json!(600), FindingCode::PolicyOther)]
#[case::other_version("register/terminals", "/version", json!(4), FindingCode::RegisterOther)]
#[case::other_terminal("register/terminals", "/id", json!("SZ-NS-000777"), FindingCode::Malformed)]
#[case::terminal_moved("register/terminals", "/lat_e7", json!(225_530_000), FindingCode::RegisterOther)]
#[case::fence_widened("register/sites", "/radius_cm", json!(900_000), FindingCode::RegisterOther)]
#[case::other_employer("people.json", "/P-0012/org", json!("O-OTHER"), FindingCode::RefusalDiffers)]
fn other_terms_than_the_reports_are_noticed(
    #[case] name: &str,
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] code: FindingCode,
) {
    let mut files = sample().files;
    let name = name_of(&files, name, 0);
    edit(&mut files, &name, |document| {
        *document.pointer_mut(pointer).unwrap() = value
    });
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, code, "");
}

/// What phones have signed binds the operator: he cannot say later that the report named other rules.
#[rstest]
#[case::those_of_the_report(Policy::v2024_10().digest(), Exit::Proved)]
#[case::others(Digest([9; 32]), Exit::False)]
fn a_report_under_other_rules_than_the_phone_signed_is_false(
    #[case] pol: Digest,
    #[case] exit: Exit,
) {
    let mut s = Sample::new(server());
    s.surroundings();
    let mut lin = Phone::new(0x11, "P-0012");
    s.enrols(&mut lin, NINE - 60 * MINUTE);
    s.syncs(&mut lin, NINE - 5 * MINUTE);
    s.desk(NINE, "P-0002", reported());
    lin.pol = Some(pol);
    let text = "到了".to_owned();
    s.says(
        &mut lin,
        NINE + MINUTE,
        Some(wo()),
        Fact::Noted(Noted { text }),
    );
    lin.pol = None;
    s.syncs(&mut lin, NINE + 2 * MINUTE);
    s.state_verdict(NINE + 3 * MINUTE);
    let report = verified(s.files);
    assert_eq!(report.exit, exit, "{:#?}", report.findings);
    if exit == Exit::False {
        assert_found(&report, FindingCode::RefusalDiffers, "events/");
    }
}

/// The register's record of this place, changed and put into the log after the report; the verdict stated
/// anew: everything that an operator with all keys can do.
fn restated(name: &str, pointer: &str, value: Value, kind: LeafKind) -> Report {
    let mut s = sample();
    let name = name_of(&s.files, name, 0);
    edit(&mut s.files, &name, |document| {
        *document.pointer_mut(pointer).unwrap() = value
    });
    let h = crate::manifest::sha256(&s.files[&name]);
    s.log.append(kind, NINE + 85 * MINUTE, h);
    s.log.publish(NINE + 86 * MINUTE);
    s.files.retain(|name, _| !log::is_of_the_log(name));
    s.try_to_state_verdict(NINE + 90 * MINUTE);
    verified(s.files)
}

#[rstest]
#[case::terminal_moved("register/terminals", "/lat_e7", json!(225_530_000), LeafKind::Terminal)]
#[case::fence_of_the_terminal("register/terminals", "/radius_cm", json!(900_000), LeafKind::Terminal)]
#[case::fence_of_the_site("register/sites", "/radius_cm", json!(900_000), LeafKind::Site)]
#[case::fence_a_hair_wider("register/sites", "/radius_cm", json!(15_001), LeafKind::Site)]
#[case::fence_a_hair_narrower("register/sites", "/radius_cm", json!(14_999), LeafKind::Site)]
#[case::site_moved("register/sites", "/lat_e7", json!(225_430_001), LeafKind::Site)]
#[case::other_managers("register/sites", "/managers", json!([]), LeafKind::Site)]
fn a_place_changed_after_the_report_is_false_though_all_is_logged_and_signed_again(
    #[case] name: &str,
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] kind: LeafKind,
) {
    let report = restated(name, pointer, value, kind);
    assert_eq!(report.exit, Exit::False, "{:#?}", report.findings);
    assert_found(&report, FindingCode::RegisterOther, name);
}

#[test]
fn the_same_place_registered_again_is_the_same_place() {
    let radius = json!(15_000);
    let report = restated("register/sites", "/radius_cm", radius, LeafKind::Site);
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
}

#[test]
fn a_report_that_binds_no_records_is_the_servers_word_about_the_place() {
    let mut s = Sample::new(server());
    s.surroundings();
    let Fact::Reported(bound) = reported() else {
        unreachable!("a report is a report")
    };
    let unbound = domain::event::Reported {
        site_version: None,
        terminal_record: None,
        site_record: None,
        ..bound
    };
    s.desk(NINE, "P-0002", Fact::Reported(unbound));
    s.state_verdict(NINE + MINUTE);
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::Missing, "{:#?}", report.findings);
    assert_found(&report, FindingCode::RegisterUnbound, "events/");
}

#[test]
fn a_photo_swapped_after_signing_is_named_even_when_all_is_signed_again() {
    let mut files = sample().files;
    let photo = name_of(&files, "photos/", 0);
    files.insert(photo.clone(), b"another picture".to_vec());
    assert_found(&verified(files.clone()), FindingCode::PhotoOther, &photo);

    // Under its own hash it is a photo that nobody took.
    files.remove(&photo);
    let sha256 = crate::manifest::sha256(b"another picture");
    let stray = Place::Photo {
        sha256,
        extension: "jpg",
    }
    .to_string();
    files.insert(stray.clone(), b"another picture".to_vec());
    let report = verified(files);
    assert_found(&report, FindingCode::NotClaimed, &stray);
    assert_found(&report, FindingCode::PhotoAbsent, &phone_folder());
}

#[test]
fn a_redacted_sidecar_is_missing_not_false() {
    for n in 0..3 {
        let mut s = sample();
        let sidecar = name_of(&s.files, "sidecars/", n);
        s.files.remove(&sidecar);
        s.state_verdict(NINE + 5_400_000);
        let report = verified(s.files);
        assert_eq!(report.exit, Exit::Missing, "{:#?}", report.findings);
        assert_found(&report, FindingCode::SidecarAbsent, &sidecar);
    }
}

#[test]
fn a_changed_sidecar_is_false() {
    for n in 0..3 {
        let mut files = sample().files;
        let sidecar = name_of(&files, "sidecars/", n);
        edit(&mut files, &sidecar, |sidecar| {
            sidecar["salt"] = "00".repeat(16).into()
        });
        assert_found(&verified(files), FindingCode::SidecarOther, &sidecar);
    }
}

#[test]
fn an_event_called_refused_that_the_rules_let_stand_is_named() {
    let mut files = sample().files;
    let check_in = event_file(&files, "checked_in");
    let id = {
        let envelope = Envelope::parse(&files[&check_in]).unwrap();
        domain::envelope::event_id(&base64(&envelope.payload))
    };
    edit(&mut files, "verdict.json", |verdict| {
        verdict["set_aside"] = json!([{ "code": "already_checked_in", "event": id }]);
    });
    assert_found(&verified(files), FindingCode::RefusalDiffers, &check_in);
}

#[test]
fn an_event_that_the_rules_refuse_counts_for_nothing_and_agrees_with_the_server() {
    let mut s = sample();
    // Written by the same phone after it left: there is nothing to leave again.
    let mut lin = Phone::new(0x11, "P-0012");
    let last = name_of(
        &s.files,
        &phone_folder(),
        s.files
            .keys()
            .filter(|name| name.starts_with(&phone_folder()))
            .count()
            - 1,
    );
    lin.continue_from(&s.files[&last]);
    let id = s.says(
        &mut lin,
        NINE + 5_000_000,
        Some(wo()),
        Fact::LeftSite(domain::event::Nothing {}),
    );
    s.receipt(&lin, NINE + 5_000_100, None);
    s.set_aside = vec![crate::SetAside {
        code: "not_checked_in".into(),
        event: id,
    }];
    s.state_verdict(NINE + 5_400_000);
    let report = verified(s.files.clone());
    assert_eq!(report.findings, []);

    edit(&mut s.files, "verdict.json", |verdict| {
        verdict["set_aside"] = json!([])
    });
    assert_found(
        &verified(s.files),
        FindingCode::RefusalDiffers,
        &phone_folder(),
    );
}

#[test]
fn files_added_taken_or_changed_without_the_key_are_named() {
    let bundle = |change: &dyn Fn(&mut Files)| {
        let mut files: Files = container::read(&sealed(sample().files))
            .unwrap()
            .into_iter()
            .map(|file| (file.name.to_owned(), file.bytes.to_vec()))
            .collect();
        change(&mut files);
        verify(&container::write(&files), Some(&trust()))
    };
    let report = bundle(&|files| {
        files.insert(Place::Sidecar(Digest([1; 32])).to_string(), b"{}".to_vec());
    });
    assert_found(&report, FindingCode::FileNotListed, "sidecars/0101");
    let report = bundle(&|files| drop(files.remove("people.json")));
    assert_found(&report, FindingCode::FileAbsent, "people.json");
    let report = bundle(&|files| files.get_mut("policy.json").unwrap().push(b' '));
    assert_found(&report, FindingCode::FileDamaged, "policy.json");
    let report = bundle(&|files| drop(files.remove("manifest.json")));
    assert_eq!(
        (report.exit, report.findings[0].code),
        (Exit::BadInput, FindingCode::NoManifest)
    );
    let report = bundle(&|files| drop(files.remove("manifest.dsse.json")));
    assert_found(
        &report,
        FindingCode::ManifestNotSigned,
        "manifest.dsse.json",
    );
}

#[test]
fn a_bundle_of_another_work_order_does_not_pass_under_this_name() {
    let mut files = sample().files;
    edit(&mut files, "verdict.json", |verdict| {
        verdict["wo"] = "WO-2026-000002".into()
    });
    assert_found(
        &verified(files),
        FindingCode::VerdictDiffers,
        "verdict.json",
    );
}

#[test]
fn what_is_no_bundle_is_bad_input() {
    for bytes in [&b""[..], b"PK", b"PK\x03\x04", b"<html>", &[0; 64]] {
        assert_eq!(verify(bytes, Some(&trust())).exit, Exit::BadInput);
    }
}
