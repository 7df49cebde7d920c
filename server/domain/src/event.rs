//! Events: what happened, said once, signed by the phone (or, for desk work, by the server for
//! the named person), never changed. This module is the vocabulary; whether an event is genuine
//! is [`crate::envelope`]'s business, whether it may stand is [`crate::refusal`]'s.

mod escalation;
mod filing;
mod intake;
mod link;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::code::Finding;
use crate::fault::{FaultCode, Level};
use crate::ids::{DeviceId, Digest, EventId, Nonce, PersonId, SessionId, TerminalId, WorkOrderId};
use crate::presence::Presence;
use crate::receipt::CheckpointRef;
use crate::time::Timestamp;

pub use escalation::{Alerted, AlertedStep, TakenOver};
pub use filing::{Filed, FilingAnswered, FilingReason};
pub use intake::{AlarmCleared, Joined};
pub use link::{ClosedUnevaluated, LinkMade, LinkRevoked};

/// The payload type inside the signature of an event.
pub const EVENT_TYPE: &str = "application/vnd.daochang.event.v1+json";

/// One event as it stands in the signed payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this form; always 1.
    pub v: u32,
    /// The key that signs; the server has one of its own.
    pub dev: DeviceId,
    /// Place in the device's chain, from 1, without gaps.
    pub seq: u64,
    /// The event before this one in the chain.
    pub prev: EventId,
    /// The page load it happened in.
    pub sid: SessionId,
    /// Monotonic clock of that page load, milliseconds; a lower bound of elapsed time, because
    /// it stops while the phone sleeps. 0 for the server.
    pub mono: i64,
    /// What the device's wall clock said. Shown to people, never used for a verdict.
    pub wall: Timestamp,
    /// Who acted: the key's person, or the person for whom the server signs.
    pub by: PersonId,
    /// The work order it belongs to; none for events about the device itself.
    pub wo: Option<WorkOrderId>,
    /// The policy version the device judged by, if it judged.
    pub pol: Option<Digest>,
    /// What happened. In the payload it stands as the two members `t` and `body`.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened, in the past tense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "body", rename_all = "snake_case")]
pub enum Fact {
    Enrolled(Enrolled),
    AppStarted(AppStarted),
    Paused(Nothing),
    Resumed(Nothing),
    ClockJumped(ClockJumped),
    SyncRequested(SyncRequested),
    SyncAcknowledged(SyncAcknowledged),
    Reported(Reported),
    Joined(Joined),
    AlarmCleared(AlarmCleared),
    Assigned(Assigned),
    Responded(Responded),
    SetOut(Nothing),
    Scanned(Scanned),
    CheckedIn(CheckedIn),
    PhotoTaken(PhotoTaken),
    WorkRecorded(WorkRecorded),
    Noted(Noted),
    Restored(Nothing),
    Evaluated(Box<Evaluated>),
    LeftSite(Nothing),
    Filed(Filed),
    FilingAnswered(FilingAnswered),
    Alerted(Alerted),
    TakenOver(TakenOver),
    LinkMade(LinkMade),
    LinkRevoked(LinkRevoked),
    ClosedUnevaluated(ClosedUnevaluated),
    CodeVerified(CodeVerified),
    TapFollowed(TapFollowed),
    Erased(Erased),
    Held(Hold),
    Released(Hold),
}

impl Fact {
    /// What the payload's member `t` says.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::Enrolled(_) => "enrolled",
            Fact::AppStarted(_) => "app_started",
            Fact::Paused(_) => "paused",
            Fact::Resumed(_) => "resumed",
            Fact::ClockJumped(_) => "clock_jumped",
            Fact::SyncRequested(_) => "sync_requested",
            Fact::SyncAcknowledged(_) => "sync_acknowledged",
            Fact::Reported(_) => "reported",
            Fact::Joined(_) => "joined",
            Fact::AlarmCleared(_) => "alarm_cleared",
            Fact::Assigned(_) => "assigned",
            Fact::Responded(_) => "responded",
            Fact::SetOut(_) => "set_out",
            Fact::Scanned(_) => "scanned",
            Fact::CheckedIn(_) => "checked_in",
            Fact::PhotoTaken(_) => "photo_taken",
            Fact::WorkRecorded(_) => "work_recorded",
            Fact::Noted(_) => "noted",
            Fact::Restored(_) => "restored",
            Fact::Evaluated(_) => "evaluated",
            Fact::LeftSite(_) => "left_site",
            Fact::Filed(_) => "filed",
            Fact::FilingAnswered(_) => "filing_answered",
            Fact::Alerted(_) => "alerted",
            Fact::TakenOver(_) => "taken_over",
            Fact::LinkMade(_) => "link_made",
            Fact::LinkRevoked(_) => "link_revoked",
            Fact::ClosedUnevaluated(_) => "closed_unevaluated",
            Fact::CodeVerified(_) => "code_verified",
            Fact::TapFollowed(_) => "tap_followed",
            Fact::Erased(_) => "erased",
            Fact::Held(_) => "held",
            Fact::Released(_) => "released",
        }
    }

    /// Whether it belongs to a work order (and must name one) or to the device (and must not).
    pub fn is_about_a_work_order(&self) -> bool {
        !matches!(
            self,
            Fact::Enrolled(_)
                | Fact::AppStarted(_)
                | Fact::Paused(_)
                | Fact::Resumed(_)
                | Fact::ClockJumped(_)
                | Fact::SyncRequested(_)
                | Fact::SyncAcknowledged(_)
        )
    }

    /// Whether only the desk or the server itself may say it, through the server's own key.
    pub fn is_said_by_the_desk(&self) -> bool {
        match self {
            Fact::Reported(_)
            | Fact::Joined(_)
            | Fact::AlarmCleared(_)
            | Fact::Assigned(_)
            | Fact::FilingAnswered(_)
            | Fact::Alerted(_)
            | Fact::TakenOver(_)
            | Fact::LinkMade(_)
            | Fact::LinkRevoked(_)
            | Fact::ClosedUnevaluated(_)
            | Fact::CodeVerified(_)
            | Fact::TapFollowed(_)
            | Fact::Erased(_)
            | Fact::Held(_)
            | Fact::Released(_) => true,
            Fact::Evaluated(evaluated) => evaluated.link.is_some(),
            // Nobody says on a phone of their own that somebody else has called.
            Fact::Responded(responded) => responded.person.is_some(),
            _ => false,
        }
    }

    /// Whether it is about an evaluation away from the technician's phone, or about there being none (9.4):
    /// signed by the server alone, and therefore a leaf of the log.
    pub fn is_about_evaluation_elsewhere(&self) -> bool {
        match self {
            Fact::LinkMade(_) | Fact::LinkRevoked(_) | Fact::ClosedUnevaluated(_) => true,
            Fact::Evaluated(evaluated) => evaluated.link.is_some(),
            _ => false,
        }
    }

    /// Whether the desk may say it, through the server's own key, for the named person.
    pub fn may_be_said_by_the_desk(&self) -> bool {
        self.is_said_by_the_desk() || matches!(self, Fact::Filed(_) | Fact::Responded(_))
    }

    /// The sidecars without which the fact cannot be read.
    pub fn commitments(&self) -> Vec<Digest> {
        match self {
            Fact::CheckedIn(check_in) => check_in.fixes.iter().map(|fixes| fixes.c).collect(),
            Fact::Evaluated(evaluation) => vec![evaluation.signer.c, evaluation.ink.c],
            Fact::Reported(report) => report.reporter.iter().map(|reporter| reporter.c).collect(),
            Fact::Joined(joined) => joined.reporter.iter().map(|reporter| reporter.c).collect(),
            _ => Vec::new(),
        }
    }
}

/// An empty body, `{}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A value kept beside the chain because it is personal: only its salted hash is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// SHA-256 of a 16-byte salt followed by the canonical value.
    pub c: Digest,
}

/// A signed envelope inside an event, exactly as it was received.
pub type EmbeddedEnvelope = Value;

/// First event of a chain: the server's record of this key. Also the first lower time bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    pub key_record: EmbeddedEnvelope,
}

/// A new page load; `build` names the program that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppStarted {
    pub build: String,
}

/// The wall clock moved against the monotonic one by more than two seconds: a sleep or a
/// forward step when positive, set back when negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockJumped {
    pub delta_ms: i64,
}

/// The phone asks the server for a receipt of its chain head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncRequested {
    pub nonce: Nonce,
}

/// The receipt came back: everything after this event is later than the receipt's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncAcknowledged {
    pub receipt: EmbeddedEnvelope,
}

/// Through which door a fault report came (9.1, 11.2.3 a, b).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    PublicQr,
    Hotline,
    Dispatcher,
    Inspector,
    Monitoring,
    Api,
    /// The city's app i深圳.
    IShenzhen,
    /// 问题反馈 on the terminal's own screen.
    TerminalFeedback,
}

/// A fault report became a work order (9.1). Its time starts the clocks of 9.2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    pub terminal: TerminalId,
    pub fault: FaultCode,
    pub level: Level,
    pub channel: Channel,
    pub text: String,
    /// Name and phone of the reporter, if given.
    pub reporter: Option<Commitment>,
    /// When the reporter says it happened.
    pub occurred_at: Option<Timestamp>,
    /// The policy this work order is judged by for ever.
    pub policy: Digest,
    /// The terminal's register version at birth.
    pub terminal_version: u32,
    /// The site's register version at birth. Reports from before sites were bound name none, and
    /// neither of the two hashes below.
    pub site_version: Option<u32>,
    /// SHA-256 of the terminal's canonical record at birth: a version number could be given twice.
    pub terminal_record: Option<Digest>,
    /// SHA-256 of the site's canonical record at birth: its place, its fence, its managers.
    pub site_record: Option<Digest>,
    /// The latest checkpoint somebody outside had seen: the report cannot be earlier.
    pub cp: Option<CheckpointRef>,
}

/// The desk gave the work order to a technician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    pub technician: PersonId,
    pub reason: Option<String>,
}

/// Kinds of response that count under 9.2 a: the first human act of the responsible side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseKind {
    Accepted,
    Called,
    Messaged,
    RemoteDiagnosis,
}

/// The responsible person responded (9.2 a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responded {
    pub how: ResponseKind,
    /// Who responded, when somebody at a desk writes down what they were told by telephone (A2): the event
    /// itself then names whoever wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// How a terminal's code was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanMethod {
    Camera,
    Typed,
    Photo,
}

/// A code was read. `text` is what the code said, `terminal` what the phone understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    pub terminal: Option<TerminalId>,
    pub text: String,
    pub method: ScanMethod,
}

/// The server compared a scanned code with what only it knows. Said once for every scan of a code
/// that is more than a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeVerified {
    pub scan: EventId,
    pub finding: Finding,
}

/// A later tap of the same tag is proved to have happened by `latest`, so the tap behind `scan`
/// happened before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TapFollowed {
    pub scan: EventId,
    /// The scan of the later tap.
    pub by: EventId,
    pub latest: Timestamp,
}

/// Personal values of this work order were erased for good (PIPL art. 47): their commitments stay, and what
/// the positions among them had shown is kept as it was judged just before. For the presence it names it is
/// the server's word; what the server had bound itself to at the evaluation stands beside it in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// Commitments whose values are gone.
    pub values: Vec<Digest>,
    /// By check-in that rests on one of them, or on a position that is gone from another work order.
    pub presence: BTreeMap<EventId, Presence>,
    pub reason: String,
}

/// Nothing personal of this work order may be erased from now on, because somebody needs it, or may be again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    pub reason: String,
}

/// Why there is no position; never a reason to refuse the check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoFix {
    Denied,
    Timeout,
    Indoors,
    Basement,
    NoSensor,
}

/// The technician arrived (9.2 a): scan and positions together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedIn {
    pub terminal: TerminalId,
    /// The scan it rests on.
    pub scan: Option<EventId>,
    /// Commitment to the burst of [`crate::geo::Fix`]es.
    pub fixes: Option<Commitment>,
    pub no_fix: Option<NoFix>,
    /// Why at another terminal than the work order's.
    pub reason: Option<String>,
}

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSlot {
    Before,
    After,
    Scene,
    Plate,
    Label,
}

/// Where a photo came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSource {
    Camera,
    Gallery,
}

/// What the original file said about itself. A hint, never proof: absence means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exif {
    pub taken_at: Option<String>,
    pub lat_e7: Option<i64>,
    pub lng_e7: Option<i64>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub orientation: Option<u8>,
}

/// A photo was taken; `sha256` names the very bytes that will be uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoTaken {
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    pub slot: PhotoSlot,
    pub source: PhotoSource,
    pub exif: Option<Exif>,
}

/// 7.1 or 7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Remote,
    OnSite,
}

/// What kind of repair it is, which decides the limit of 9.3 (A8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairClass {
    Ordinary,
    Program,
    DepartmentInterface,
    HardwarePart,
    WholeMachine,
}

/// A part that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub name: String,
    pub quantity: u32,
    pub serial: Option<String>,
}

/// The technician filled in the work order (7.2). The last record is the one in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkRecorded {
    pub mode: Mode,
    pub fault: FaultCode,
    pub repair_class: RepairClass,
    pub cause: String,
    pub action: String,
    pub parts: Vec<Part>,
}

/// A line of the diagnosis log (11.2.3 c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noted {
    pub text: String,
}

/// The site manager evaluated the work (9.4), bound to exactly what was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluated {
    pub summary: Summary,
    /// SHA-256 of the canonical summary.
    pub shown: Digest,
    /// 1 to 5.
    pub stars: u8,
    pub resolved: bool,
    pub tags: Vec<String>,
    pub remark: String,
    /// The unit the signer speaks for.
    pub unit: String,
    /// Commitment to name and phone.
    pub signer: Commitment,
    /// The registered person, if the signer is one.
    pub signer_person: Option<PersonId>,
    /// Commitment to the strokes.
    pub ink: Commitment,
    /// The link it came through, from a phone that has no key: then the server signs, and says no more
    /// than that somebody who had the link sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Digest>,
}

/// What the site manager reads before signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub wo: WorkOrderId,
    pub terminal: TerminalId,
    pub site_name: String,
    pub technician: PersonId,
    pub fault: FaultCode,
    pub mode: Mode,
    pub repair_class: RepairClass,
    pub cause: String,
    pub action: String,
    pub parts: Vec<Part>,
    pub arrived_wall: Option<Timestamp>,
    pub restored_wall: Timestamp,
    pub photos: Vec<Digest>,
    /// The events the text was taken from.
    pub work: EventId,
    pub restored: EventId,
    pub check_in: Option<EventId>,
}
