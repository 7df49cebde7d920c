//! What comes in about a fault that has a work order already (9.1): somebody else who sees it too, and the
//! monitoring system that sees it no longer. Both are said by the server, and neither moves a clock.

use serde::{Deserialize, Serialize};

use super::{Channel, Commitment};
use crate::time::Timestamp;

/// Somebody else reports the same fault and joins its work order ("me too", F41).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    pub channel: Channel,
    /// What they say, in their own words; may be empty.
    pub text: String,
    /// Their name and phone, if given.
    pub reporter: Option<Commitment>,
    /// When they say it happened.
    pub occurred_at: Option<Timestamp>,
}

/// The monitoring system that raised an alarm says that it is over. It closes nothing: whether the terminal
/// works again is for people to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmCleared {
    /// Names the alarm in the system it came from: fingerprint and start.
    pub alarm: String,
    /// Since when it is over, by that system's clock.
    pub cleared_at: Timestamp,
}
