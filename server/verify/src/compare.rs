//! The recomputed against the stated, and what is there against what is spoken of.

use std::collections::BTreeSet;

use domain::event::Fact;
use domain::ids::Digest;
use domain::time::Timestamp;
use serde_json::Value;

use crate::container::File;
use crate::evidence::{Evidence, Opened, SetAside, Verdict};
use crate::finding::{Finding, FindingCode};
use crate::keys::Keys;
use crate::log::Log;
use crate::place::Place;
use crate::replay::{Replayed, replay};
use crate::trust::LogTrust;

/// Replays the evidence and compares the outcome with the stated verdict. The server judged by the
/// witnesses it names; what it states is held against those, what is reported rests on the reader's.
pub(crate) fn recompute(
    evidence: &Evidence,
    files: &[File],
    keys: &Keys,
    log: &Log,
    found: &mut Vec<Finding>,
) -> Option<Replayed> {
    photos(evidence, files, found);
    sidecars(evidence, found);
    let Some(stated) = &evidence.verdict else {
        if !found
            .iter()
            .any(|finding| finding.file.as_deref() == Some("verdict.json"))
        {
            found.push(Finding::about(FindingCode::FileAbsent, Place::Verdict));
        }
        // Without a statement nothing is compared, and an open clock is called running.
        return replay(evidence, log, &[], Timestamp(0), found);
    };
    let replayed = replay(evidence, log, &stated.set_aside, stated.ts, found)?;
    // What is wrong with the log is found by whom the reader trusts; here it only weakens.
    let mut aside = Vec::new();
    let their_keys = keys.log_by(&stated.log);
    let theirs = Log::read(files, &stated.log, &their_keys, &mut aside);
    let by_theirs = replay(evidence, &theirs, &stated.set_aside, stated.ts, &mut aside)?;
    let computed = verdict_of(
        evidence,
        &by_theirs,
        &stated.log,
        &stated.set_aside,
        stated.ts,
    );
    if let Some(place) = first_difference(&computed, stated) {
        found.push(Finding::about(FindingCode::VerdictDiffers, Place::Verdict).because(place));
    } else if by_theirs.judgement != replayed.judgement {
        found.push(Finding::about(FindingCode::VerdictByOthers, Place::Verdict));
    }
    Some(replayed)
}

/// The verdict that should be stated.
pub(crate) fn verdict_of(
    evidence: &Evidence,
    replayed: &Replayed,
    log: &LogTrust,
    set_aside: &[SetAside],
    ts: Timestamp,
) -> Verdict {
    let of_it = evidence
        .events()
        .filter(|opened| opened.event.wo.as_ref() == Some(&evidence.wo));
    let bounds = of_it.filter_map(|opened| Some((opened.id, *replayed.bounds.get(&opened.id)?)));
    Verdict {
        bounds: bounds.collect(),
        judgement: replayed.judgement.clone(),
        log: log.clone(),
        policy: replayed.policy,
        set_aside: set_aside.to_vec(),
        ts,
        v: 1,
        wo: evidence.wo.clone(),
    }
}

/// Where two verdicts differ first, as a path of members.
fn first_difference(computed: &Verdict, stated: &Verdict) -> Option<String> {
    let as_value = |verdict| serde_json::to_value(verdict).unwrap_or_default();
    let (computed, stated) = (as_value(computed), as_value(stated));
    let mut path = String::new();
    (!descend(&computed, &stated, &mut path)).then_some(path)
}

/// Whether both are equal; otherwise the path leads to the difference.
fn descend(computed: &Value, stated: &Value, path: &mut String) -> bool {
    let length = path.len();
    let step = |name: &str, a: Option<&Value>, b: Option<&Value>, path: &mut String| {
        path.push('/');
        path.push_str(name);
        let is_equal = match (a, b) {
            (Some(a), Some(b)) => descend(a, b, path),
            (a, b) => a == b,
        };
        if is_equal {
            path.truncate(length);
        }
        is_equal
    };
    match (computed, stated) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            names
                .into_iter()
                .all(|name| step(name, a.get(name), b.get(name), path))
        }
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len()))
            .all(|index| step(&index.to_string(), a.get(index), b.get(index), path)),
        (a, b) => a == b,
    }
}

fn photos(evidence: &Evidence, files: &[File], found: &mut Vec<Finding>) {
    let mut claimed: BTreeSet<Digest> = BTreeSet::new();
    let of_it = |opened: &&Opened| opened.event.wo.as_ref() == Some(&evidence.wo);
    for opened in evidence.events().filter(of_it) {
        let Fact::PhotoTaken(photo) = &opened.event.fact else {
            continue;
        };
        claimed.insert(photo.sha256);
        match evidence.photos.get(&photo.sha256) {
            None => found.push(
                Finding::about(FindingCode::PhotoAbsent, opened.place()).because(photo.sha256),
            ),
            Some(size) if *size != photo.size => {
                found.push(Finding::about(FindingCode::PhotoOther, opened.place()).because("size"));
            }
            Some(_) => {}
        }
    }
    for file in files {
        if matches!(file.place, Place::Photo { sha256, .. } if !claimed.contains(&sha256)) {
            found.push(Finding::about(FindingCode::NotClaimed, file.name));
        }
    }
}

fn sidecars(evidence: &Evidence, found: &mut Vec<Finding>) {
    let mut claimed: BTreeSet<Digest> = BTreeSet::new();
    let erased: BTreeSet<Digest> = evidence
        .erasures()
        .flat_map(|erased| erased.values.iter().copied())
        .collect();
    for opened in evidence.events() {
        let is_of_it = opened.event.wo.as_ref() == Some(&evidence.wo);
        for c in opened.event.fact.commitments() {
            claimed.insert(c);
            if is_of_it && !evidence.sidecars.contains_key(&c) {
                let code = match erased.contains(&c) {
                    true => FindingCode::SidecarErased,
                    false => FindingCode::SidecarAbsent,
                };
                found.push(Finding::about(code, Place::Sidecar(c)));
            }
        }
    }
    for c in evidence.sidecars.keys().filter(|c| !claimed.contains(c)) {
        found.push(Finding::about(FindingCode::NotClaimed, Place::Sidecar(*c)));
    }
}
