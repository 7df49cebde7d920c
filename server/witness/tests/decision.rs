//! What a witness cosigns and what it refuses, without HTTP, with a clock that the tests set.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use domain::ids::Digest;
use domain::text::Lang;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::note::{KeyKind, Note, NoteKey};
use proptest::prelude::*;
use sha2::Digest as _;
use support::{Clock, FORK_AT, LEAVES, Log, ORIGIN, WITNESS, folder, open};
use witness::key::WitnessKey;
use witness::{Refusal, RefusalCode, Witness, request_body};

fn code(judged: Result<String, Refusal>) -> Result<(), RefusalCode> {
    judged.map(|_| ()).map_err(|refusal| refusal.code)
}

#[test]
fn a_log_that_grows_is_cosigned_at_the_time_of_the_clock() {
    let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1_000_000));
    let witness = open(folder.path(), &[&log], &clock);
    let mut old = 0;
    for (step, size) in [0, 1, 1, 2, 3, 7, 8, 8, 9, 64, 1000, LEAVES]
        .into_iter()
        .enumerate()
    {
        let seconds = 1_000_000 + step as i64;
        clock.set(seconds);
        let line = witness
            .add_checkpoint(&log.request(old, size, false))
            .unwrap();
        let at = log.cosigned_at(size, false, &line, witness.public_key());
        assert_eq!(at.0, seconds * 1000, "{size}");
        old = size;
    }
}

#[test]
fn rollback_fork_and_invented_history_are_refused() {
    let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1));
    let witness = open(folder.path(), &[&log], &clock);
    witness.add_checkpoint(&log.request(0, 8, false)).unwrap();
    let known = |size| Err((RefusalCode::OtherSize, size));
    let inconsistent = Err((RefusalCode::Inconsistent, 0));
    let proof_of_honest = |new| {
        let honest = log.request(8, new, false);
        let border = honest.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let mut body = honest[..border + 2].to_vec();
        body.extend_from_slice(log.note(new, true).as_bytes());
        body
    };
    let with_proof = |old, proof: &[Digest], size, forked| {
        request_body(old, proof, &log.note(size, forked)).into_bytes()
    };
    let cases = [
        ("an older state", log.request(0, 7, false), known(8)),
        (
            "an older state, as if known",
            log.request(7, 7, false),
            known(8),
        ),
        (
            "old size above the checkpoint",
            log.request(8, 7, false),
            Err((RefusalCode::BadRequest, 0)),
        ),
        ("from nothing again", log.request(0, 9, false), known(8)),
        (
            "from nothing, other history",
            log.request(0, 9, true),
            known(8),
        ),
        ("size zero again", log.request(0, 0, false), known(8)),
        (
            "the same size, another tree",
            log.request(8, 8, true),
            inconsistent,
        ),
        (
            "the same size, another tree, from elsewhere",
            log.request(3, 8, true),
            known(8),
        ),
        ("another history", log.request(8, 20, true), inconsistent),
        (
            "another history, honest proof",
            proof_of_honest(20),
            inconsistent,
        ),
        ("no proof", with_proof(8, &[], 20, false), inconsistent),
        (
            "a proof too much",
            with_proof(8, &[Digest([0; 32])], 8, false),
            inconsistent,
        ),
        (
            "a size the log does not have yet",
            log.request(9, 20, false),
            known(8),
        ),
    ];
    for (name, request, expected) in cases {
        let judged = witness.add_checkpoint(&request);
        let judged = judged.map(|_| ()).map_err(|it| (it.code, it.known_size));
        assert_eq!(judged, expected, "{name}");
    }
    // What it refused changed nothing, and the contradictions were kept, each once.
    witness.add_checkpoint(&log.request(8, 9, false)).unwrap();
    assert_eq!(witness.states()[0].evidence, 6);
}

#[test]
fn size_zero_has_one_root_and_needs_no_proof() {
    let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1));
    let witness = open(folder.path(), &[&log], &clock);
    let signer = domain::envelope::Signer::from_seed(&[1; 32]);
    let empty = |root| {
        let (origin, size) = (ORIGIN.to_owned(), 0);
        let note = Checkpoint { origin, size, root }.sign(&signer).unwrap();
        request_body(0, &[], &note.to_string()).into_bytes()
    };
    let judged = witness.add_checkpoint(&empty(Digest([0; 32])));
    assert_eq!(code(judged), Err(RefusalCode::Inconsistent));
    let proof = request_body(0, &[Digest([1; 32])], &log.note(4, false));
    let judged = witness.add_checkpoint(proof.as_bytes());
    assert_eq!(code(judged), Err(RefusalCode::Inconsistent));
    assert_eq!(
        code(witness.add_checkpoint(&log.request(0, 0, false))),
        Ok(())
    );
    assert_eq!(
        code(witness.add_checkpoint(&log.request(0, 4, false))),
        Ok(())
    );
}

#[test]
fn only_the_keys_of_known_logs_count() {
    let (folder, clock) = (folder(), Clock::at(1));
    let (log, thief, other) = (
        Log::new(ORIGIN, 1),
        Log::new(ORIGIN, 2),
        Log::new("other.example/log", 3),
    );
    let witness = open(folder.path(), &[&log], &clock);
    let judged = witness.add_checkpoint(&other.request(0, 4, false));
    assert_eq!(code(judged), Err(RefusalCode::UnknownLog));
    let judged = witness.add_checkpoint(&thief.request(0, 4, false));
    assert_eq!(code(judged), Err(RefusalCode::NotSigned));
    // A signature that was altered, and one that stands twice.
    let note = log.note(4, false);
    let line = note.lines().last().unwrap();
    let altered = note.replace(line, &line.replace("=", "").replacen("A", "B", 1));
    for note in [altered, format!("{note}{line}\n")] {
        let judged = witness.add_checkpoint(request_body(0, &[], &note).as_bytes());
        let judged = code(judged);
        assert!(
            matches!(
                judged,
                Err(RefusalCode::NotSigned | RefusalCode::BadRequest)
            ),
            "{judged:?}"
        );
    }
    // Signatures of unknown keys are ignored, and not handed on.
    let stranger = thief.note(4, false);
    let line = stranger.lines().last().unwrap();
    let both = format!("{}{line}\n", log.note(4, false));
    let judged = witness.add_checkpoint(request_body(0, &[], &both).as_bytes());
    assert_eq!(code(judged), Ok(()));
    let hash = Digest(sha2::Sha256::digest(ORIGIN).into());
    let kept = witness.checkpoint(&hash.to_string()).unwrap();
    assert_eq!(Note::parse(kept.as_bytes()).unwrap().signatures().len(), 2);
    assert_eq!(witness.checkpoint(ORIGIN), None);
}

#[test]
fn a_log_may_have_two_keys_while_it_changes_them() {
    let (folder, clock) = (folder(), Clock::at(1));
    let (before, after) = (Log::new(ORIGIN, 1), Log::new(ORIGIN, 2));
    let witness = open(folder.path(), &[&before, &after], &clock);
    assert_eq!(
        code(witness.add_checkpoint(&before.request(0, 4, false))),
        Ok(())
    );
    assert_eq!(
        code(witness.add_checkpoint(&after.request(4, 9, false))),
        Ok(())
    );
    assert_eq!(witness.states().len(), 1);
}

#[test]
fn logs_do_not_know_of_each_other() {
    let (folder, clock) = (folder(), Clock::at(1));
    let (one, two) = (Log::new(ORIGIN, 1), Log::new("other.example/log", 3));
    let witness = open(folder.path(), &[&one, &two], &clock);
    assert_eq!(
        code(witness.add_checkpoint(&one.request(0, 9, false))),
        Ok(())
    );
    assert_eq!(
        code(witness.add_checkpoint(&two.request(0, 4, true))),
        Ok(())
    );
    assert_eq!(
        code(witness.add_checkpoint(&one.request(9, 10, false))),
        Ok(())
    );
}

#[test]
fn the_time_never_goes_back() {
    let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1000));
    let witness = open(folder.path(), &[&log], &clock);
    witness.add_checkpoint(&log.request(0, 4, false)).unwrap();
    for (seconds, wait) in [(999, 1), (995, 5), (0, 60), (-5, 60)] {
        clock.set(seconds);
        let refusal = witness
            .add_checkpoint(&log.request(4, 5, false))
            .unwrap_err();
        assert_eq!(
            (refusal.code, refusal.retry_after_s),
            (RefusalCode::ClockBehind, wait)
        );
    }
    // Also not over a restart; the same second is not back.
    drop(witness);
    let witness = open(folder.path(), &[&log], &clock);
    let judged = witness.add_checkpoint(&log.request(4, 5, false));
    assert_eq!(code(judged), Err(RefusalCode::ClockBehind));
    clock.set(1000);
    assert_eq!(
        code(witness.add_checkpoint(&log.request(4, 5, false))),
        Ok(())
    );
}

#[test]
fn it_remembers_over_a_restart_and_notices_damage() {
    let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1));
    let witness = open(folder.path(), &[&log], &clock);
    witness.add_checkpoint(&log.request(0, 9, false)).unwrap();
    let second = Witness::open(folder.path(), vec![log.key()], clock.source());
    assert_eq!(
        second.err().map(|it| it.kind()),
        Some(ErrorKind::ResourceBusy)
    );
    drop(witness);
    let witness = open(folder.path(), &[&log], &clock);
    let refusal = witness
        .add_checkpoint(&log.request(0, 9, true))
        .unwrap_err();
    assert_eq!(
        (refusal.code, refusal.known_size),
        (RefusalCode::OtherSize, 9)
    );
    drop(witness);
    let state = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path().join("checkpoint"))
        .find(|path| path.exists())
        .unwrap();
    let good = fs::read_to_string(&state).unwrap();
    let other = open_other(&log, &clock);
    for bad in [
        "",
        &good[..good.len() - 9],
        &good.replacen("\n9\n", "\n8\n", 1),
        &other,
    ] {
        fs::write(&state, bad).unwrap();
        let opened = Witness::open(folder.path(), vec![log.key()], clock.source());
        assert_eq!(
            opened.err().map(|it| it.kind()),
            Some(ErrorKind::InvalidData),
            "{bad}"
        );
    }
    fs::write(&state, good).unwrap();
    open(folder.path(), &[&log], &clock);
}

/// The same checkpoint, remembered by another witness.
fn open_other(log: &Log, clock: &Clock) -> String {
    let folder = tempfile::tempdir().unwrap();
    WitnessKey::create(folder.path(), WITNESS, &[43; 32]).unwrap();
    let witness = open(folder.path(), &[log], clock);
    witness.add_checkpoint(&log.request(0, 9, false)).unwrap();
    let note = witness.states()[0].seen.as_ref().unwrap().note.clone();
    note.unwrap()
}

#[test]
fn a_witness_that_cannot_write_says_nothing_any_more() {
    let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1));
    let witness = open(folder.path(), &[&log], &clock);
    witness.add_checkpoint(&log.request(0, 4, false)).unwrap();
    let state = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("checkpoint").exists())
        .unwrap();
    fs::create_dir(state.join("checkpoint.new")).unwrap();
    for _ in 0..2 {
        let judged = witness.add_checkpoint(&log.request(4, 5, false));
        assert_eq!(code(judged), Err(RefusalCode::Broken));
        let _ = fs::remove_dir(state.join("checkpoint.new"));
    }
    drop(witness);
    let witness = open(folder.path(), &[&log], &clock);
    assert_eq!(
        code(witness.add_checkpoint(&log.request(4, 5, false))),
        Ok(())
    );
}

#[test]
fn of_requests_that_race_one_wins() {
    let (folder, log, clock) = (folder(), Arc::new(Log::new(ORIGIN, 1)), Clock::at(1));
    let witness = Arc::new(open(folder.path(), &[&log], &clock));
    for round in 0..10 {
        let old = round * 100;
        let racers: Vec<_> = (1..9)
            .map(|step| {
                let (witness, log) = (Arc::clone(&witness), Arc::clone(&log));
                std::thread::spawn(move || {
                    let size = if step == 8 { old + 100 } else { old + step };
                    (
                        size,
                        code(witness.add_checkpoint(&log.request(old, size, false))),
                    )
                })
            })
            .collect();
        let judged: Vec<_> = racers.into_iter().map(|it| it.join().unwrap()).collect();
        let won: Vec<u64> = judged
            .iter()
            .filter(|it| it.1.is_ok())
            .map(|it| it.0)
            .collect();
        assert_eq!(won.len(), 1, "{judged:?}");
        let lost = judged
            .iter()
            .filter(|it| it.1 == Err(RefusalCode::OtherSize))
            .count();
        assert_eq!(lost, 7, "{judged:?}");
        let next = log.request(won[0], old + 100, false);
        assert_eq!(code(witness.add_checkpoint(&next)), Ok(()));
    }
}

#[test]
fn keys_that_are_no_log_keys_are_refused_at_the_start() {
    let (folder, clock) = (folder(), Clock::at(1));
    let own = WitnessKey::read(folder.path()).unwrap();
    let as_log = NoteKey::new(ORIGIN, KeyKind::Note, own.signer.public_key()).unwrap();
    for key in [own.public, as_log] {
        let opened = Witness::open(folder.path(), vec![key], clock.source());
        assert_eq!(
            opened.err().map(|it| it.kind()),
            Some(ErrorKind::InvalidInput)
        );
    }
}

#[test]
fn every_refusal_has_words_and_a_status() {
    for (code, zh, en) in RefusalCode::TEXTS {
        assert!(
            code.starts_with("witness_") && en.is_ascii() && zh.contains('。'),
            "{code}"
        );
    }
    assert_eq!(RefusalCode::OtherSize.status(), 409);
    assert!(RefusalCode::NotSigned.text(Lang::Zh).contains("未见证"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked, everything that was ever cosigned is one history that only grows.
    #[test]
    fn all_that_was_cosigned_is_one_history(
        requests in proptest::collection::vec(
            (0..12_u64, 0..12_u64, any::<bool>(), any::<bool>(), -1..3_i64, any::<bool>()),
            1..40,
        ),
    ) {
        let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(100));
        let mut witness = open(folder.path(), &[&log], &clock);
        let (mut seconds, mut known, mut last_at) = (100, 0, 0);
        let mut history = None;
        for (old, size, forked, from_known, tick, restart) in requests {
            if restart {
                drop(witness);
                witness = open(folder.path(), &[&log], &clock);
            }
            seconds += tick;
            clock.set(seconds);
            let old = if from_known { known } else { old };
            let Ok(line) = witness.add_checkpoint(&log.request(old, size, forked)) else { continue };
            let at = log.cosigned_at(size, forked, &line, witness.public_key()).0;
            prop_assert!(size >= known && at >= last_at);
            if size > FORK_AT {
                prop_assert_eq!(*history.get_or_insert(forked), forked);
            }
            (known, last_at) = (size, at);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (folder, log, clock) = (folder(), Log::new(ORIGIN, 1), Clock::at(1));
        let witness = open(folder.path(), &[&log], &clock);
        prop_assert!(witness.add_checkpoint(&body).is_err());
    }
}
