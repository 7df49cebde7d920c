//! The outcome of a verification: what was found, what is proved and what is not, as data for a
//! machine (`--json`, the page) and as text for people ([`crate::words`]).

use std::collections::BTreeMap;

use domain::ids::{DeviceId, Digest, EventId, PersonId, WorkOrderId};
use domain::interval::Bounds;
use domain::receipt::{KeyRecord, RevocationRecord};
use domain::sla::clock::{ClockKind, ClockVerdict};
use domain::text::Lang;
use domain::time::{Interval, Timestamp};
use domain::work_order::Judgement;
use serde::Serialize;

use crate::builds::BuildLine;
use crate::container::File;
use crate::evidence::{Evidence, LoggedVerdict};
use crate::finding::{Finding, FindingCode, Severity};
use crate::log::Log;
use crate::manifest::Statement;
use crate::place::Place;
use crate::replay::Replayed;
use crate::words::{self, Words};

/// Exit codes, which scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
pub enum Exit {
    /// All that a bundle promises is proved.
    Proved,
    /// Something is false.
    False,
    /// Intact, but something promised is missing.
    Missing,
    /// Not a bundle that can be read.
    BadInput,
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> u8 {
        match exit {
            Exit::Proved => 0,
            Exit::False => 1,
            Exit::Missing => 2,
            Exit::BadInput => 3,
        }
    }
}

impl Exit {
    fn of(found: &[Finding]) -> Self {
        match found.iter().map(|finding| finding.severity).max() {
            None | Some(Severity::Note) => Exit::Proved,
            Some(Severity::Missing) => Exit::Missing,
            Some(Severity::False) => Exit::False,
            Some(Severity::BadInput) => Exit::BadInput,
        }
    }
}

/// One event of the work order with what is proved of its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventLine {
    pub id: EventId,
    pub file: String,
    /// The kind of fact, `checked_in`.
    pub t: &'static str,
    /// Who acted, by name where the bundle knows it.
    pub by: String,
    pub bounds: Bounds,
    /// By trusted witnesses; none while none of them has seen any of it.
    pub external: Option<Interval>,
    /// What the device's own clock said; proves nothing.
    pub claimed: Timestamp,
    /// Why it counts for nothing, if it does.
    pub set_aside: Option<String>,
}

/// A verdict that the server committed itself to; later facts may have brought another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedLine {
    pub file: String,
    /// When it entered the log; none if that is not proved here.
    pub logged_at: Option<Timestamp>,
    pub clocks: Vec<(ClockKind, ClockVerdict)>,
}

/// A phone's key and whose it is, by the server's word.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyLine {
    pub dev: DeviceId,
    /// By name where the bundle knows it.
    pub person: String,
    /// Since when, by the server's clock.
    pub enrolled_at: Timestamp,
    /// Who approved it, by name where the bundle knows it; none for a phone that needed no approval.
    pub approved_by: Option<String>,
}

/// The end of a key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevocationLine {
    pub dev: DeviceId,
    /// From when what it signs no longer counts.
    pub effective: Timestamp,
    /// When that was said.
    pub said_at: Timestamp,
    pub reason: String,
}

/// How much was verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub files: usize,
    pub events: usize,
    pub receipts: usize,
    pub photos: usize,
    pub sidecars: usize,
    /// Records that are proved to be in the log.
    pub logged: usize,
    /// States of the log that enough trusted witnesses have seen.
    pub witnessed: usize,
    /// Receipts and checkpoints whose second signature (SM2) holds.
    pub signed_twice: usize,
}

/// Everything a verification has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub exit: Exit,
    pub work_order: Option<WorkOrderId>,
    /// When the server says it made the bundle.
    pub made_at: Option<Timestamp>,
    pub findings: Vec<Finding>,
    pub counts: Counts,
    /// In the order of their latest possible moments.
    pub events: Vec<EventLine>,
    /// As recomputed, whatever the bundle states.
    pub judgement: Option<Judgement>,
    pub logged_verdicts: Vec<LoggedLine>,
    pub keys: Vec<KeyLine>,
    pub revocations: Vec<RevocationLine>,
    /// Which program signed, page load by page load.
    pub builds: Vec<BuildLine>,
    pub not_proved: Vec<Words>,
}

impl Report {
    /// Of bytes that are no bundle.
    pub(crate) fn refused(reason: Finding) -> Self {
        Self::of(vec![reason], &[])
    }

    /// What was found in these files, before anything follows from them.
    pub(crate) fn of(mut findings: Vec<Finding>, files: &[File]) -> Self {
        findings.sort_by(|a, b| (b.severity, &a.file, a.code).cmp(&(a.severity, &b.file, b.code)));
        findings.dedup();
        let photos = files
            .iter()
            .filter(|file| matches!(file.place, Place::Photo { .. }));
        Self {
            exit: Exit::of(&findings),
            work_order: None,
            made_at: None,
            findings,
            counts: Counts {
                files: files.len(),
                photos: photos.count(),
                ..Counts::default()
            },
            events: Vec::new(),
            judgement: None,
            logged_verdicts: Vec::new(),
            keys: Vec::new(),
            revocations: Vec::new(),
            builds: Vec::new(),
            not_proved: Vec::new(),
        }
    }

    pub(crate) fn with(
        self,
        evidence: &Evidence,
        log: &Log,
        (replayed, builds): (Option<Replayed>, Vec<BuildLine>),
        statement: Option<Statement>,
    ) -> Self {
        let events = replayed
            .as_ref()
            .map_or_else(Vec::new, |replayed| lines(evidence, replayed));
        Self {
            work_order: Some(evidence.wo.clone()),
            made_at: statement.map(|statement| statement.ts),
            counts: Counts {
                events: evidence.events().count(),
                receipts: evidence.chains.values().map(|it| it.confirmed.len()).sum(),
                photos: evidence.photos.len(),
                sidecars: evidence.sidecars.len(),
                logged: log.leaf_count(),
                witnessed: log.witnessed().len(),
                ..self.counts
            },
            events,
            judgement: replayed.map(|replayed| replayed.judgement),
            logged_verdicts: logged_verdicts(evidence, log),
            keys: keys(evidence),
            revocations: revocations(evidence),
            builds,
            not_proved: words::not_proved(),
            ..self
        }
    }

    /// The same, with how many receipts and checkpoints were verified with SM2 too.
    pub(crate) fn signed_twice(mut self, signed_twice: usize) -> Self {
        self.counts.signed_twice = signed_twice;
        self
    }

    /// Whether this was found.
    pub fn has(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    /// For people, in Chinese and in English.
    pub fn texts(&self) -> (String, String) {
        (words::tell(self, Lang::Zh), words::tell(self, Lang::En))
    }

    /// Both, one after the other.
    pub fn text(&self) -> String {
        let (zh, en) = self.texts();
        zh + &en
    }
}

fn logged_verdicts(evidence: &Evidence, log: &Log) -> Vec<LoggedLine> {
    let line = |(h, verdict): (&Digest, &LoggedVerdict)| LoggedLine {
        file: Place::LoggedVerdict(*h).to_string(),
        logged_at: log.leaf_of(*h).map(|proved| proved.leaf.ts),
        clocks: (verdict.judgement.clocks.iter())
            .map(|clock| (clock.kind, clock.verdict))
            .collect(),
    };
    let mut lines: Vec<LoggedLine> = evidence.logged_verdicts.iter().map(line).collect();
    lines.sort_by_key(|line| line.logged_at);
    lines
}

fn keys(evidence: &Evidence) -> Vec<KeyLine> {
    let line = |(_, record): &(Digest, KeyRecord)| KeyLine {
        dev: record.dev,
        person: named(evidence, &record.person),
        enrolled_at: record.ts,
        approved_by: record.approved_by.as_ref().map(|by| named(evidence, by)),
    };
    evidence.keys.values().map(line).collect()
}

/// The name where the bundle knows it, and the identifier.
fn named(evidence: &Evidence, id: &PersonId) -> String {
    match evidence.people.get(id) {
        Some(person) => format!("{} {id}", person.name),
        None => id.to_string(),
    }
}

fn revocations(evidence: &Evidence) -> Vec<RevocationLine> {
    let line = |(_, revocation): &(Digest, RevocationRecord)| RevocationLine {
        dev: revocation.dev,
        effective: revocation.effective,
        said_at: revocation.ts,
        reason: revocation.reason.clone(),
    };
    evidence.revocations.values().map(line).collect()
}

fn lines(evidence: &Evidence, replayed: &Replayed) -> Vec<EventLine> {
    let stated = evidence
        .verdict
        .iter()
        .flat_map(|verdict| &verdict.set_aside);
    let set_aside: BTreeMap<EventId, &String> =
        stated.map(|aside| (aside.event, &aside.code)).collect();
    let of_it = evidence
        .events()
        .filter(|opened| opened.event.wo.as_ref() == Some(&evidence.wo));
    let mut lines: Vec<EventLine> = of_it
        .filter_map(|opened| {
            Some(EventLine {
                id: opened.id,
                file: opened.place().to_string(),
                t: opened.event.fact.name(),
                by: named(evidence, &opened.event.by),
                bounds: *replayed.bounds.get(&opened.id)?,
                external: replayed.external.get(&opened.id).map(|external| external.a),
                claimed: opened.event.wall,
                set_aside: set_aside.get(&opened.id).map(|code| (*code).clone()),
            })
        })
        .collect();
    lines.sort_by(|a, b| (a.bounds.b.latest, &a.file).cmp(&(b.bounds.b.latest, &b.file)));
    lines
}
