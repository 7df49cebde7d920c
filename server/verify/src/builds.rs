//! Which program signed. Every page load in which something of the work order was signed has said
//! first what build of the app it runs; whether the operator had published that build by then, the log
//! proves (`domain::build`). What is not proved is a doubt, and no rule rests on it.

use std::collections::BTreeMap;

use domain::build::{BuildDoubt, doubt};
use domain::event::Fact;
use domain::ids::{DeviceId, Digest, EventId, SessionId};
use domain::interval::Bounds;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use serde::Serialize;

use crate::evidence::{Chain, Evidence, Opened};
use crate::finding::{Finding, FindingCode};
use crate::log::Log;

/// One page load of a phone in which something of the work order was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildLine {
    pub dev: DeviceId,
    pub sid: SessionId,
    /// Where the phone says it; none if the bundle does not reach back so far.
    pub file: Option<String>,
    /// The build as the phone names it.
    pub named: Option<String>,
    /// When that build was published, by the log; none if that is not proved here.
    pub logged_at: Option<Timestamp>,
    /// Without a trusted log nothing is doubted: nothing was looked up.
    pub doubt: Option<BuildDoubt>,
}

/// The page loads of this work order, each with the start that the chain tells of.
pub(crate) fn starts(evidence: &Evidence) -> Vec<(&Opened, Option<&Opened>)> {
    let phones = evidence
        .chains
        .values()
        .filter(|chain| chain.person.is_some());
    phones
        .flat_map(|chain| starts_of(chain, evidence))
        .collect()
}

fn starts_of<'a>(chain: &'a Chain, evidence: &Evidence) -> Vec<(&'a Opened, Option<&'a Opened>)> {
    let mut first: BTreeMap<SessionId, &Opened> = BTreeMap::new();
    for opened in &chain.events {
        if opened.event.wo.as_ref() == Some(&evidence.wo) {
            first.entry(opened.event.sid).or_insert(opened);
        }
    }
    let started = |opened: &Opened| {
        let (sid, seq) = (opened.event.sid, opened.event.seq);
        let is_it = |other: &&Opened| {
            let is_before = other.event.sid == sid && other.event.seq < seq;
            is_before && matches!(other.event.fact, Fact::AppStarted(_))
        };
        chain.events.iter().rfind(is_it)
    };
    let mut starts: Vec<_> = first
        .into_values()
        .map(|opened| (opened, started(opened)))
        .collect();
    starts.sort_by_key(|(opened, _)| opened.event.seq);
    starts
}

/// The build that a start names, if it is the name of one.
pub(crate) fn named(started: &Opened) -> Option<Digest> {
    match &started.event.fact {
        Fact::AppStarted(started) => started.build.parse().ok(),
        _ => None,
    }
}

/// Looks every page load's build up in the log.
pub(crate) fn of(
    evidence: &Evidence,
    log: &Log,
    bounds: &BTreeMap<EventId, Bounds>,
    found: &mut Vec<Finding>,
) -> Vec<BuildLine> {
    let mut lines = Vec::new();
    for (opened, started) in starts(evidence) {
        let line = line(opened, started, log, bounds);
        if let Some(doubt) = line.doubt {
            let place = started.unwrap_or(opened).place();
            found.push(Finding::about(FindingCode::BuildUnknown, place).because(doubt.code()));
        }
        lines.push(line);
    }
    lines
}

fn line(
    opened: &Opened,
    started: Option<&Opened>,
    log: &Log,
    bounds: &BTreeMap<EventId, Bounds>,
) -> BuildLine {
    let digest = started.and_then(named);
    let proved = digest.and_then(|digest| log.leaf_of(digest));
    let proved = proved.filter(|proved| proved.leaf.k == LeafKind::Build);
    let logged_at = proved.map(|proved| proved.leaf.ts);
    let latest = bounds.get(&started.unwrap_or(opened).id);
    let latest = latest.map_or(opened.event.wall, |bounds| bounds.b.latest);
    BuildLine {
        dev: opened.event.dev,
        sid: opened.event.sid,
        file: started.map(|started| started.place().to_string()),
        named: started.and_then(|started| match &started.event.fact {
            Fact::AppStarted(started) => Some(started.build.clone()),
            _ => None,
        }),
        logged_at,
        doubt: match log.is_trusted() {
            true => doubt(digest, logged_at, latest),
            false => None,
        },
    }
}
