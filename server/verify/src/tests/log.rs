//! Attacks on what the log says, by an operator who holds the keys of server and log, and by one who
//! left something out.

use domain::envelope::Signer;
use domain::ids::Nonce;
use domain::receipt::{Receipt, Via};
use domain::relay::RelayCode;
use domain::tlog::leaf::LeafKind;
use domain::tlog::note::Note;
use domain::tlog::proof::LogProof;

use super::*;
use crate::{LogTrust, Trust};

/// The sample after an operator's change of its log, told and proved as the operator would.
fn told(change: impl FnOnce(&mut Sample)) -> Report {
    let mut s = sample();
    change(&mut s);
    s.files.retain(|name, _| !is_of_the_log(name));
    s.state_verdict(NINE + 5_400_000);
    verified(s.files)
}

pub(super) fn is_of_the_log(name: &str) -> bool {
    ["proofs/", "checkpoints/", "consistency/", "stamps/"]
        .iter()
        .any(|folder| name.starts_with(folder))
}

fn trusting(log: impl FnOnce(&mut LogTrust)) -> Report {
    let mut trust = trust();
    log(&mut trust.log);
    assert_eq!(
        Trust::parse(serde_json::to_string(&trust).unwrap().as_bytes()),
        Ok(trust.clone())
    );
    verify(&sealed(sample().files), Some(&trust))
}

#[track_caller]
fn assert_only(report: &Report, codes: &[FindingCode]) {
    let mut found: Vec<FindingCode> = report.findings.iter().map(|finding| finding.code).collect();
    found.dedup();
    assert_eq!(found, codes, "{:#?}", report.findings);
}

#[test]
fn without_trusted_witnesses_a_guarantee_is_missing() {
    let report = trusting(|log| {
        log.witnesses.clear();
        log.quorum = 1;
    });
    assert_eq!(report.exit, Exit::Missing);
    assert_only(
        &report,
        &[FindingCode::NoExternalTime, FindingCode::VerdictByOthers],
    );
    let judgement = report.judgement.unwrap();
    assert_eq!(judgement.clocks[1].verdict, ClockVerdict::Met);
    assert_eq!(
        judgement.clocks[1].verdicts.external,
        ClockVerdict::CannotTell
    );
}

#[test]
fn without_a_key_of_the_log_nothing_in_it_counts() {
    let report = trusting(|log| *log = LogTrust::nobody());
    assert_eq!(report.exit, Exit::Missing);
    assert_only(
        &report,
        &[
            FindingCode::LogNotTrusted,
            FindingCode::NoExternalTime,
            FindingCode::VerdictByOthers,
        ],
    );
}

#[test]
fn one_witness_is_no_quorum_of_two_and_enough_for_one() {
    let one = |log: &mut LogTrust, quorum| {
        log.witnesses.truncate(1);
        log.quorum = quorum;
    };
    assert_eq!(trusting(|log| one(log, 1)).exit, Exit::Proved);
    // The second key is somebody's who never saw the log.
    let report = trusting(|log| {
        one(log, 2);
        let mut stranger = log.witnesses[0].clone();
        stranger.key = domain::tlog::note::NoteKey::new(
            "stranger.example",
            domain::tlog::note::KeyKind::Cosignature,
            Signer::from_seed(&[77; 32]).public_key(),
        )
        .unwrap()
        .to_string();
        log.witnesses.push(stranger);
    });
    assert_eq!(report.exit, Exit::Missing);
    assert!(report.has(FindingCode::NoExternalTime));
}

#[test]
fn a_witness_counts_only_while_it_is_trusted() {
    let report = trusting(|log| log.witnesses[0].until = Some(Timestamp(NINE)));
    assert_eq!(report.exit, Exit::Missing);
    assert_found(&report, FindingCode::NoExternalTime, "proofs/");
}

#[test]
fn a_proof_left_out_is_missing_and_one_exchanged_is_false() {
    let whole = sample().files;
    let (first, second) = (name_of(&whole, "proofs/", 0), name_of(&whole, "proofs/", 1));
    let mut files = whole.clone();
    files.remove(&first);
    assert_found(&verified(files), FindingCode::NotLogged, &first);

    let mut files = whole.clone();
    files.insert(first.clone(), whole[&second].clone());
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::Misnamed, &first);
}

#[test]
fn a_changed_way_to_the_root_proves_nothing() {
    let mut files = sample().files;
    let name = name_of(&files, "proofs/", 3);
    let mut proof = LogProof::parse(&files[&name]).unwrap();
    proof.hashes[0] = Digest([9; 32]);
    files.insert(name.clone(), proof.to_string().into_bytes());
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::ProofFails, &name);
}

#[test]
fn a_checkpoint_of_another_key_is_not_the_logs() {
    let mut files = sample().files;
    let name = name_of(&files, "checkpoints/", 1);
    let note = Note::parse(&files[&name]).unwrap();
    let mut forged = Note::new(note.text().to_owned()).unwrap();
    forged
        .sign("daochang.example/log", &Signer::from_seed(&[99; 32]))
        .unwrap();
    files.insert(name.clone(), forged.to_string().into_bytes());
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::CheckpointNotGenuine, &name);
}

#[test]
fn a_cosignature_that_is_not_the_witnesss_is_false() {
    let mut files = sample().files;
    let name = name_of(&files, "checkpoints/", 1);
    let text = String::from_utf8(files[&name].clone()).unwrap();
    let other = String::from_utf8(files[&name_of(&files, "checkpoints/", 2)].clone()).unwrap();
    let line = |text: &str| text.lines().nth_back(0).unwrap().to_owned();
    files.insert(
        name.clone(),
        text.replace(&line(&text), &line(&other)).into_bytes(),
    );
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::CheckpointNotGenuine, &name);
}

#[test]
fn a_checkpoint_left_out_proves_no_earliest_moment() {
    let whole = sample().files;
    let name = name_of(&whole, "checkpoints/", 2);
    let size: u64 = name["checkpoints/".len()..][..8].parse().unwrap();
    let mut files = whole.clone();
    files.remove(&name);
    // Proofs under the same checkpoint make it known all the same.
    files.retain(|other, bytes| {
        let proof = LogProof::parse(bytes).ok();
        !other.starts_with("proofs/")
            || proof.is_none_or(|proof| !proof.checkpoint.text().contains(&format!("\n{size}\n")))
    });
    let report = verified(files);
    assert_found(&report, FindingCode::CheckpointAbsent, &name);
    assert_found(&report, FindingCode::ConsistencyAbsent, "consistency/");
}

#[test]
fn a_consistency_proof_left_out_is_missing_and_one_exchanged_is_a_fork() {
    let whole = sample().files;
    let (first, second) = (
        name_of(&whole, "consistency/", 2),
        name_of(&whole, "consistency/", 3),
    );
    let mut files = whole.clone();
    files.remove(&first);
    let report = verified(files);
    assert_eq!(report.exit, Exit::Missing);
    assert_only(&report, &[FindingCode::ConsistencyAbsent]);

    let mut files = whole.clone();
    files.insert(first.clone(), whole[&second].clone());
    let report = verified(files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::LogForked, &first);
}

#[test]
fn a_rewritten_log_does_not_continue_what_was_seen_before() {
    // The operator keeps an early checkpoint that others hold and signs a log that forgets a leaf.
    let honest = sample();
    let mut other = sample_of_another_past();
    let early = name_of(&honest.files, "checkpoints/", 0);
    other
        .files
        .insert(early.clone(), honest.files[&early].clone());
    let report = verified(other.files);
    assert_eq!(report.exit, Exit::False);
    assert!(report.has(FindingCode::LogForked), "{:#?}", report.findings);
}

/// The same day over a log that begins with something else.
fn sample_of_another_past() -> Sample {
    let mut s = Sample::new(server());
    s.log
        .append(LeafKind::Policy, NINE - 7_200_000, Digest([5; 32]));
    day(s)
}

#[test]
fn a_receipt_that_names_another_place_in_the_log_is_false() {
    let report = told(|s| {
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
        let receipt = lin.receipt(NINE + 5_000_000, s.log.next() + 1, Nonce([1; 16]));
        let envelope = receipt.sign(&s.server).unwrap();
        s.put_envelope(
            (LeafKind::Receipt, NINE + 5_000_000),
            Place::Receipt,
            &envelope,
        );
    });
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::LeafOther, "proofs/");
}

/// A code is logged by its own name when it is told, and the receipt that is made of it days later stands on
/// that leaf; with another time it stands on none.
#[test]
fn a_receipt_by_telephone_stands_on_the_leaf_of_its_code() {
    const TOLD: i64 = NINE + 5_000_000;
    for (ts, exit) in [(TOLD, Exit::Proved), (TOLD - 60_000, Exit::Missing)] {
        let report = told(|s| {
            let mut lin = Phone::new(0x11, "P-0012");
            let folder = phone_folder();
            let events = s.files.keys().filter(|name| name.starts_with(&folder));
            let last = events.max().unwrap().clone();
            lin.continue_from(&s.files[&last]);
            let code = RelayCode::of(lin.head().1);
            let h = code.record_digest(Timestamp(TOLD));
            let leaf = s.log.append(LeafKind::Relay, TOLD, h);
            s.log.publish(TOLD + 2_000);
            let receipt = Receipt {
                nonce: None,
                via: Via::RelayCode,
                ..lin.receipt(ts, leaf, Nonce([1; 16]))
            };
            let envelope = receipt.sign(&s.server).unwrap();
            let id = Digest(envelope.id().unwrap().0);
            s.put(Place::Receipt(id), envelope.to_value().to_string());
        });
        assert_eq!(report.exit, exit, "{:#?}", report.findings);
    }
}

impl Phone {
    fn receipt(&self, at: i64, leaf: u64, nonce: Nonce) -> Receipt {
        let (head_seq, head) = self.head();
        Receipt {
            cp: None,
            dev: self.dev,
            head,
            head_seq,
            leaf,
            nonce: Some(nonce),
            ts: Timestamp(at),
            v: 1,
            via: Via::Sync,
        }
    }
}

#[test]
fn time_that_goes_back_in_the_log_is_false() {
    let mut s = sample();
    let h = sha256_of_policy();
    // The policy once more, much later in the log and dated before everything.
    s.log.append(LeafKind::Policy, 1, h);
    s.log.publish(NINE + 5_000_000);
    s.log.prove_last(h, &mut s.files);
    let report = verified(s.files);
    assert_eq!(report.exit, Exit::False);
    assert_found(&report, FindingCode::LogTimeWentBack, "proofs/");
}

fn sha256_of_policy() -> Digest {
    domain::sla::policy::Policy::v2024_10().digest()
}

#[test]
fn a_receipt_backdated_beyond_the_merge_delay_proves_only_what_the_witnesses_saw() {
    // All that the server dated after twenty past nine was first seen four hours later.
    let mut s = Sample::new(server());
    s.log.late = Some((NINE + 1_200_000, 4 * 3_600_000));
    let report = verified(day(s).files);
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    let judgement = report.judgement.unwrap();
    let arrival = &judgement.clocks[1];
    assert_eq!(arrival.verdicts.external, ClockVerdict::CannotTell);
    assert_eq!(arrival.verdict, ClockVerdict::CannotTell);

    // A server that states the verdict its own receipts would give is found out.
    let mut s = Sample::new(server());
    s.log.late = Some((NINE + 1_200_000, 4 * 3_600_000));
    let mut files = day(s).files;
    edit(&mut files, "verdict.json", |verdict| {
        verdict["judgement"]["clocks"][1]["verdict"] = json!("met")
    });
    assert_found(
        &verified(files),
        FindingCode::VerdictDiffers,
        "verdict.json",
    );
}

#[test]
fn checkpoints_signed_but_not_seen_prove_no_time() {
    let mut s = Sample::new(server());
    s.log.is_unwitnessed = true;
    let report = verified(day(s).files);
    assert_eq!(report.exit, Exit::Missing);
    assert_only(&report, &[FindingCode::NoExternalTime]);
}

#[test]
fn witnesses_whose_clocks_disagree_prove_no_time() {
    let mut s = Sample::new(server());
    s.log.witnesses_apart_ms = 301_000;
    let report = verified(day(s).files);
    assert_eq!(report.exit, Exit::Missing);
    assert!(report.has(FindingCode::WitnessesDisagree));
    let mut s = Sample::new(server());
    s.log.witnesses_apart_ms = 300_000;
    assert!(!verified(day(s).files).has(FindingCode::WitnessesDisagree));
}

#[test]
fn a_witness_named_twice_is_no_trust_file() {
    let mut trust = trust();
    trust.log.witnesses[1] = trust.log.witnesses[0].clone();
    let text = serde_json::to_string(&trust).unwrap();
    assert_eq!(Trust::parse(text.as_bytes()), Err(crate::BadTrust));
    trust.log.witnesses.truncate(1);
    let text = serde_json::to_string(&trust).unwrap();
    assert_eq!(
        Trust::parse(text.as_bytes()),
        Err(crate::BadTrust),
        "one cannot be a quorum of two"
    );
}

#[test]
fn a_verdict_logged_at_the_evaluation_is_proved_and_told() {
    let report = told(|s| {
        let judgement = verified(s.files.clone()).judgement.unwrap();
        let logged = crate::LoggedVerdict {
            heads: Default::default(),
            judgement,
            v: 1,
            wo: wo(),
        };
        s.log_verdict(NINE + 4_900_000, &logged);
    });
    assert_eq!(report.findings, []);
    assert_eq!(report.logged_verdicts.len(), 1);
    assert_eq!(
        report.logged_verdicts[0].logged_at,
        Some(Timestamp(NINE + 4_900_000))
    );
    assert!(report.text().contains("评价时入册的结论"));
}

#[test]
fn what_a_key_signs_after_its_end_does_not_count_and_both_times_are_told() {
    let ended = |effective: i64| {
        told(|s| {
            let dev = Phone::new(0x11, "P-0012").dev;
            s.revoke(dev, NINE + 4_950_000, effective);
        })
    };
    let late = ended(NINE + 4_860_000);
    assert_eq!(late.findings, []);
    assert_eq!(late.revocations.len(), 1);
    assert!(late.text().contains("密钥吊销"));
    // Reaching back before what has been receipted voids good evidence, and is found.
    let early = ended(NINE + 1_000_000);
    assert_eq!(early.exit, Exit::False);
    assert_found(&early, FindingCode::RefusalDiffers, &phone_folder());
}
