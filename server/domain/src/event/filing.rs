//! Filings 报备 (9.2 a): whoever cannot arrive in time because of special circumstances tells the
//! authority, and still arrives as soon as possible. A filing stands beside the deadline and never moves it.

use serde::{Deserialize, Serialize};

use crate::ids::EventId;
use crate::time::Timestamp;

/// What kind of circumstance keeps somebody from arriving in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingReason {
    /// Typhoon, rainstorm, and other warnings.
    Weather,
    Traffic,
    /// The site's opening hours end before anybody can be there (A5).
    SiteClosed,
    /// The site's unit or guard does not let anybody in.
    NoAccess,
    /// It would be dangerous to go or to work.
    Safety,
    /// The part or tool without which going there is pointless is not at hand.
    Parts,
    Other,
}

/// The authority is told of a delay, by the technician's phone or by the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    pub reason: FilingReason,
    pub text: String,
    /// When somebody will be there.
    pub expected_at: Timestamp,
}

/// The authority's answer to one filing. It says whether the circumstances are recognised; the result
/// of the clock stays what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingAnswered {
    /// The event that filed it.
    pub filing: EventId,
    pub accepted: bool,
    /// Needed when it is refused.
    pub text: String,
}
