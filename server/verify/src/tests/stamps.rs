//! Time-stamps as voices beside the witnesses, and what is done to them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::{LogTrust, Trust};

/// The sample on a log that an authority stamps.
fn stamped(late_ms: i64, accuracy_s: u8, change: impl FnOnce(&mut Sample)) -> Files {
    let mut s = Sample::new(server());
    s.log.stamped = Some((late_ms, accuracy_s));
    change(&mut s);
    day(s).files
}

/// By a reader who trusts the authority, and of the witnesses the first `witnesses`.
fn verified_by(files: Files, witnesses: usize, quorum: u32) -> Report {
    verified_trusting(files, |log| {
        log.witnesses.truncate(witnesses);
        log.quorum = quorum;
    })
}

fn verified_trusting(files: Files, change: impl FnOnce(&mut LogTrust)) -> Report {
    let mut trust = trust();
    trust.log = trust.log.stamped_by(&tsa::testing::roots());
    change(&mut trust.log);
    let text = serde_json::to_string(&trust).unwrap();
    assert_eq!(Trust::parse(text.as_bytes()), Ok(trust.clone()));
    verify(&sealed(files), Some(&trust))
}

fn unwitnessed(s: &mut Sample) {
    s.log.is_unwitnessed = true;
}

fn by_the_outside(report: &Report) -> ClockVerdict {
    let judgement = report.judgement.as_ref().unwrap();
    judgement.clocks[1].verdicts.external
}

#[test]
fn where_no_witness_was_a_stamp_proves_the_time() {
    let report = verified_by(stamped(0, 1, unwitnessed), 0, 1);
    assert_eq!(by_the_outside(&report), ClockVerdict::Met);
    assert!(!report.has(FindingCode::NoExternalTime));
    assert!(report.counts.witnessed > 0);
}

#[test]
fn a_stamp_is_one_voice_and_no_more() {
    let files = stamped(1_000, 1, |_| {});
    for (witnesses, quorum) in [(2, 3), (1, 2), (0, 1)] {
        let report = verified_by(files.clone(), witnesses, quorum);
        assert_eq!(by_the_outside(&report), ClockVerdict::Met);
        assert!(!report.has(FindingCode::NoExternalTime));
    }
    let alone = verified_by(stamped(0, 1, unwitnessed), 2, 2);
    assert_eq!(by_the_outside(&alone), ClockVerdict::CannotTell);
    assert!(alone.has(FindingCode::NoExternalTime));
}

#[test]
fn a_stamp_of_a_stranger_is_none() {
    let files = stamped(0, 1, |_| {});
    assert_eq!(verified(files).exit, Exit::Proved);
    let report = verified(stamped(0, 1, unwitnessed));
    assert_eq!(by_the_outside(&report), ClockVerdict::CannotTell);
}

#[test]
fn an_authority_counts_only_while_it_is_trusted_and_only_if_its_clock_is_good() {
    let files = stamped(0, 1, unwitnessed);
    let report = verified_trusting(files, |log| {
        log.quorum = 1;
        log.stampers[0].until = Some(Timestamp(NINE - 86_400_000));
    });
    assert_eq!(by_the_outside(&report), ClockVerdict::CannotTell);
    let accurate = verified_by(stamped(0, 5, unwitnessed), 0, 1);
    assert_eq!(by_the_outside(&accurate), ClockVerdict::Met);
    let loose = verified_by(stamped(0, 6, unwitnessed), 0, 1);
    assert_eq!(by_the_outside(&loose), ClockVerdict::CannotTell);
}

#[test]
fn witnesses_and_stamps_that_disagree_prove_no_time() {
    // Witnesses say whole seconds.
    let just = verified_by(stamped(299_000, 1, |_| {}), 2, 2);
    assert!(!just.has(FindingCode::WitnessesDisagree));
    let apart = verified_by(stamped(301_000, 1, |_| {}), 2, 2);
    assert_eq!(apart.exit, Exit::Missing);
    assert!(apart.has(FindingCode::WitnessesDisagree));
    assert_eq!(by_the_outside(&apart), ClockVerdict::CannotTell);
}

#[test]
fn a_stamp_about_something_else_is_false_and_named() {
    let mut files = stamped(0, 1, |_| {});
    let (first, second) = (name_of(&files, "stamps/", 0), name_of(&files, "stamps/", 1));
    let other = files[&second].clone();
    files.insert(first.clone(), other);
    let report = verified_by(files, 2, 2);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::StampNotGenuine, &first);
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.file.as_ref() == Some(&first));
    assert_eq!(
        finding.unwrap().detail.as_deref(),
        Some("tsa_wrong_imprint")
    );
}

#[test]
fn a_changed_stamp_is_false_and_named() {
    let mut files = stamped(0, 1, |_| {});
    let name = name_of(&files, "stamps/", 0);
    let last = files[&name].len() - 1;
    files.get_mut(&name).unwrap()[last] ^= 1;
    assert_found(
        &verified_by(files, 2, 2),
        FindingCode::StampNotGenuine,
        &name,
    );
}

#[test]
fn a_stamp_of_no_checkpoint_here_does_not_belong() {
    let mut files = stamped(0, 1, |_| {});
    let known = name_of(&files, "stamps/", 0);
    let stray = "stamps/00123456.tsr".to_owned();
    files.insert(stray.clone(), files[&known].clone());
    assert_found(&verified_by(files, 2, 2), FindingCode::NotClaimed, &stray);
}

#[test]
fn half_understood_trust_in_an_authority_is_none() {
    let mut trust = trust();
    trust.log = trust.log.stamped_by(&tsa::testing::roots());
    let parses = |trust: &Trust| Trust::parse(serde_json::to_string(trust).unwrap().as_bytes());
    trust.log.quorum = 3;
    assert_eq!(parses(&trust), Ok(trust.clone()));
    let mut four = trust.clone();
    four.log.quorum = 4;
    assert_eq!(parses(&four), Err(crate::BadTrust));
    let mut broken = trust.clone();
    broken.log.stampers[0].key = STANDARD.encode(b"no certificate");
    assert_eq!(parses(&broken), Err(crate::BadTrust));
    let mut many = trust.clone();
    many.log.stampers = vec![trust.log.stampers[0].clone(); 9];
    assert_eq!(parses(&many), Err(crate::BadTrust));
}
