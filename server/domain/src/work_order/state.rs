//! What is known of a work order: the facts said about it, each with its moment. Where it stands
//! by them is [`super::stage`]'s business. Times are never bare: a [`Moment`] carries who said it, where in the
//! chain, and between which bounds it can have happened.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::code::Finding;
use crate::event::{
    Channel, Exif, FilingReason, Mode, NoFix, Part, PhotoSlot, PhotoSource, RepairClass,
    ResponseKind, ScanMethod, Summary,
};
use crate::fault::{FaultCode, Level};
use crate::geo::Fix;
use crate::ids::{
    DeviceId, Digest, District, EventId, OrgId, PersonId, SessionId, SiteId, TerminalId,
    WorkOrderId,
};
use crate::interval::Bounds;
use crate::presence::Presence;
use crate::sla::clock::ClockKind;
use crate::sla::escalation::Rung;
use crate::sla::policy::PresencePolicy;
use crate::time::Timestamp;

/// When, by which event, and how surely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub event: EventId,
    pub dev: DeviceId,
    pub seq: u64,
    pub sid: SessionId,
    pub mono: i64,
    /// Claimed by the device.
    pub wall: Timestamp,
    /// Proved.
    pub bounds: Bounds,
}

impl Moment {
    /// An order that never contradicts a device's own chain, whatever arrived first: the upper
    /// bound never decreases along a chain, and equal bounds fall back on the place in it.
    pub(super) fn order(&self) -> (Timestamp, DeviceId, u64) {
        (self.bounds.b.latest, self.dev, self.seq)
    }
}

/// A fact of type `T`, said by a person at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said<T> {
    pub at: Moment,
    pub by: PersonId,
    #[serde(flatten)]
    pub what: T,
}

/// The fault report it was born from (9.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub channel: Channel,
    pub fault: FaultCode,
    pub level: Level,
    pub text: String,
    pub occurred_at: Option<Timestamp>,
    /// Commitment to the reporter's name and phone.
    pub reporter_c: Option<Digest>,
}

/// Who is responsible from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub technician: PersonId,
    pub reason: Option<String>,
}

/// The responsible person's first human act (9.2 a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub how: ResponseKind,
    /// Who responded, if somebody else wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// Somebody else who sees the same fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    pub channel: Channel,
    pub text: String,
    pub occurred_at: Option<Timestamp>,
    /// Commitment to their name and phone.
    pub reporter_c: Option<Digest>,
}

/// A monitoring system that says that its alarm is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearing {
    pub alarm: String,
    pub cleared_at: Timestamp,
}

/// Set out, or restored: the moment is all there is to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {}

/// A terminal's code that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    pub terminal: Option<TerminalId>,
    pub text: String,
    pub method: ScanMethod,
}

/// What the server found out about a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeProof {
    pub scan: EventId,
    pub finding: Finding,
}

/// A later tap of the same tag that bounds the one behind `scan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follower {
    pub scan: EventId,
    pub latest: Timestamp,
}

/// The place proved before this one by the same phone, for the speed between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorFix {
    /// The check-in it belongs to.
    pub event: EventId,
    pub fix: Fix,
    pub bounds: Bounds,
}

/// An arrival as claimed, with all that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckIn {
    pub terminal: TerminalId,
    pub scan: Option<Said<Scan>>,
    pub fixes: Vec<Fix>,
    /// Commitment to the fixes; stays when they are erased.
    pub fixes_c: Option<Digest>,
    pub no_fix: Option<NoFix>,
    pub reason: Option<String>,
    pub prior: Option<PriorFix>,
}

/// From a check-in to leaving the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub check_in: Said<CheckIn>,
    pub left: Option<Moment>,
}

/// What was found and done (7.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub mode: Mode,
    pub fault: FaultCode,
    pub repair_class: RepairClass,
    pub cause: String,
    pub action: String,
    pub parts: Vec<Part>,
}

/// A photo by the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    pub sha256: Digest,
    pub size: u64,
    pub width: u32,
    pub height: u32,
    pub slot: PhotoSlot,
    pub source: PhotoSource,
    pub exif: Option<Exif>,
}

/// A line of the diagnosis log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
}

/// The site manager's judgement (9.4), frozen with what was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    pub summary: Summary,
    pub shown: Digest,
    pub stars: u8,
    pub resolved: bool,
    pub tags: Vec<String>,
    pub remark: String,
    pub unit: String,
    pub signer_person: Option<PersonId>,
    pub signer_c: Digest,
    pub ink_c: Digest,
    /// The link it came through; none if it was signed on the technician's phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Digest>,
}

/// A one-time link to evaluate through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationLink {
    pub link: Digest,
    pub shown: Digest,
    pub expires_at: Timestamp,
}

/// A link that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkEnd {
    pub link: Digest,
}

/// A restoration that nobody evaluated in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub restored: EventId,
    pub due_at: Timestamp,
}

/// The authority was told of a delay (9.2 a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    pub reason: FilingReason,
    pub text: String,
    pub expected_at: Timestamp,
}

/// What the authority said to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingAnswer {
    pub filing: EventId,
    pub accepted: bool,
    pub text: String,
}

/// People were told of a step of a clock's ladder (9.2 b, 9.3 c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub clock: ClockKind,
    pub rung: Rung,
    pub due_at: Timestamp,
    pub to: Vec<PersonId>,
}

/// A leader took the matter into their own hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takeover {
    pub clock: ClockKind,
    pub text: String,
}

/// Personal values that are gone, and the presence that rested on them as it was judged before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    pub values: Vec<Digest>,
    pub presence: BTreeMap<EventId, Presence>,
    pub reason: String,
}

/// Nothing personal may be erased while the last of these is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldMark {
    pub is_on: bool,
    pub reason: String,
}

/// All that is known of one work order. Lists are in the order of [`Moment`]s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkOrder {
    pub id: WorkOrderId,
    pub terminal: TerminalId,
    pub site: SiteId,
    pub district: District,
    /// Who does the work.
    pub provider: OrgId,
    /// Who looks after the terminal and evaluates.
    pub site_unit: OrgId,
    /// The policy it is judged by for ever.
    pub policy: Digest,
    pub terminal_version: u32,
    /// None if it was born before sites were bound: then the site counts as it is registered now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_version: Option<u32>,
    pub report: Said<Report>,
    pub assignments: Vec<Said<Assignment>>,
    pub responses: Vec<Said<Response>>,
    pub set_outs: Vec<Said<Mark>>,
    pub scans: Vec<Said<Scan>>,
    pub codes: Vec<Said<CodeProof>>,
    pub followers: Vec<Said<Follower>>,
    pub visits: Vec<Visit>,
    pub work: Vec<Said<Work>>,
    pub photos: Vec<Said<Photo>>,
    pub notes: Vec<Said<Note>>,
    pub restored: Vec<Said<Mark>>,
    pub evaluations: Vec<Said<Evaluation>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filings: Vec<Said<Filing>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filing_answers: Vec<Said<FilingAnswer>>,
    /// Each step once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Said<Alert>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takeovers: Vec<Said<Takeover>>,
    /// Who else reported it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Said<Join>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clearings: Vec<Said<Clearing>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Said<EvaluationLink>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link_ends: Vec<Said<LinkEnd>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closings: Vec<Said<Closing>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erasures: Vec<Said<Erasure>>,
    /// Holds put on it and taken off again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Said<HoldMark>>,
    /// Highest event folded in, per device: folding it again changes nothing.
    pub heads: BTreeMap<DeviceId, u64>,
}

impl WorkOrder {
    /// Whether somebody needs its personal values, so that none may be erased.
    pub fn is_on_hold(&self) -> bool {
        self.holds.last().is_some_and(|hold| hold.what.is_on)
    }

    /// Whether the value behind this commitment was erased.
    pub fn has_erased(&self, c: Digest) -> bool {
        self.erasures
            .iter()
            .any(|erasure| erasure.what.values.contains(&c))
    }

    /// The presence at a check-in whose grounds were erased, as it was judged before.
    pub fn presence_kept(&self, check_in: EventId) -> Option<&Presence> {
        let kept = |erasure: &'_ Said<Erasure>| erasure.what.presence.contains_key(&check_in);
        let erasure = self.erasures.iter().find(|erasure| kept(erasure))?;
        erasure.what.presence.get(&check_in)
    }

    /// The moments that clocks run between. An arrival may be as early as the scan it rests on.
    pub fn clock_moments(&self) -> impl Iterator<Item = &Moment> {
        let scans = self
            .visits
            .iter()
            .filter_map(|visit| visit.check_in.what.scan.as_ref());
        std::iter::once(&self.report.at)
            .chain(scans.map(|scan| &scan.at))
            .chain(self.assignments.iter().map(|said| &said.at))
            .chain(self.responses.iter().map(|said| &said.at))
            .chain(self.visits.iter().map(|visit| &visit.check_in.at))
            .chain(self.restored.iter().map(|said| &said.at))
    }
}

impl Visit {
    /// The reading that says best where the phone was: valid, taken around the check-in, and not
    /// as exact as only a simulator is. None if there is no such reading, because a place that was
    /// not measured here must not make the next check-in look impossibly fast.
    pub fn best_fix(&self, points: &PresencePolicy) -> Option<&Fix> {
        let check_in_mono = self.check_in.at.mono;
        let oldest_mono = check_in_mono.saturating_sub(points.together_ms);
        let is_usable = |fix: &&Fix| {
            fix.is_valid()
                && fix.acc_cm > points.accuracy_cm_min
                && (oldest_mono..=check_in_mono).contains(&fix.mono)
        };
        let best_first = |fix: &&Fix| {
            (
                fix.acc_cm,
                Reverse(fix.mono),
                fix.ts,
                fix.lat_e7,
                fix.lng_e7,
            )
        };
        self.check_in
            .what
            .fixes
            .iter()
            .filter(is_usable)
            .min_by_key(best_first)
    }
}
