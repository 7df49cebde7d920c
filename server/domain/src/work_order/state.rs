//! What is known of a work order: the facts said about it, each with its moment, and the stage
//! that follows from them. Times are never bare: a [`Moment`] carries who said it, where in the
//! chain, and between which bounds it can have happened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{
    Channel, Exif, Mode, NoFix, Part, PhotoSlot, PhotoSource, RepairClass, ResponseKind,
    ScanMethod, Summary,
};
use crate::fault::{FaultCode, Level};
use crate::geo::Fix;
use crate::ids::{
    DeviceId, Digest, District, EventId, OrgId, PersonId, SessionId, SiteId, TerminalId,
    WorkOrderId,
};
use crate::interval::Bounds;
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

/// The place proved before this one by the same phone, for the speed between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorFix {
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
    pub report: Said<Report>,
    pub assignments: Vec<Said<Assignment>>,
    pub responses: Vec<Said<Response>>,
    pub set_outs: Vec<Said<Mark>>,
    pub scans: Vec<Said<Scan>>,
    pub visits: Vec<Visit>,
    pub work: Vec<Said<Work>>,
    pub photos: Vec<Said<Photo>>,
    pub notes: Vec<Said<Note>>,
    pub restored: Vec<Said<Mark>>,
    pub evaluations: Vec<Said<Evaluation>>,
    /// Highest event folded in, per device: folding it again changes nothing.
    pub heads: BTreeMap<DeviceId, u64>,
}

/// Where a work order stands. Each stage carries what brought it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Stage {
    /// Nobody is named yet; the clocks run all the same (A1).
    Reported,
    Assigned { technician: PersonId },
    Responded { at: Moment, how: ResponseKind },
    UnderWay { since: Moment },
    OnSite { since: Moment },
    /// Repaired, and the site manager has not evaluated this state of things.
    Restored { at: Moment },
    Evaluated { at: Moment, stars: u8 },
    /// The site manager says it is not solved (9.4, 9.5).
    Reopened { at: Moment },
}

impl WorkOrder {
    /// The technician named last.
    pub fn technician(&self) -> Option<&PersonId> {
        self.assignments.last().map(|assignment| &assignment.what.technician)
    }

    /// The first response, which is the one that counts (A2).
    pub fn response(&self) -> Option<&Said<Response>> {
        self.responses.first()
    }

    /// The work record in force: the last one.
    pub fn work_in_force(&self) -> Option<&Said<Work>> {
        self.work.last()
    }

    /// The visit that is open on this device.
    pub fn open_visit(&self, dev: DeviceId) -> Option<&Visit> {
        self.visits.iter().rev().find(|visit| visit.check_in.at.dev == dev && visit.left.is_none())
    }

    /// The evaluation in force, if nothing was recorded after what it was shown.
    pub fn evaluation_in_force(&self) -> Option<&Said<Evaluation>> {
        let evaluation = self.evaluations.last()?;
        let shown = &evaluation.what.summary;
        let is_current = self.work_in_force().is_some_and(|work| work.at.event == shown.work)
            && self.restored.last().is_some_and(|restored| restored.at.event == shown.restored);
        is_current.then_some(evaluation)
    }

    /// Where it stands. Later stages win, so the order of arrival of facts does not matter.
    pub fn stage(&self) -> Stage {
        if let Some(evaluation) = self.evaluation_in_force() {
            let at = evaluation.at.clone();
            return if evaluation.what.resolved {
                Stage::Evaluated { at, stars: evaluation.what.stars }
            } else {
                Stage::Reopened { at }
            };
        }
        if let Some(restored) = self.restoration_in_force() {
            return Stage::Restored { at: restored.at.clone() };
        }
        if let Some(visit) = self.visits.iter().rev().find(|visit| visit.left.is_none()) {
            return Stage::OnSite { since: visit.check_in.at.clone() };
        }
        if let (Some(set_out), true) = (self.set_outs.last(), self.visits.is_empty()) {
            return Stage::UnderWay { since: set_out.at.clone() };
        }
        if let Some(response) = self.response() {
            return Stage::Responded { at: response.at.clone(), how: response.what.how };
        }
        match self.technician() {
            Some(technician) => Stage::Assigned { technician: technician.clone() },
            None => Stage::Reported,
        }
    }

    /// The last restoration, unless work on the same device began again after a "not solved".
    fn restoration_in_force(&self) -> Option<&Said<Mark>> {
        let restored = self.restored.last()?;
        let refused = self.evaluations.last().is_some_and(|evaluation| {
            !evaluation.what.resolved && evaluation.what.summary.restored == restored.at.event
        });
        (!refused).then_some(restored)
    }

    /// Whether anything is left to do.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage(), Stage::Evaluated { .. })
    }
}
