//! Warnings and escalation 提醒、升级 (9.2 b, 9.3 c): the server says whom it told that a limit comes near, has
//! passed, or has passed for so long that somebody above must act; that person takes over.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::sla::clock::ClockKind;
use crate::sla::escalation::Rung;
use crate::time::Timestamp;

/// People were told of one or more steps that had fallen due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerted {
    pub steps: Vec<AlertedStep>,
}

/// One step: which clock, how far up, since when it was due, and who was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertedStep {
    pub clock: ClockKind,
    pub rung: Rung,
    /// The first instant at which this step was due, by the rules. The event's own time says when it was said.
    pub due_at: Timestamp,
    /// Nobody, if the duty roster names nobody; the step stands all the same.
    pub to: Vec<PersonId>,
}

/// A leader takes the matter into their own hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenOver {
    pub clock: ClockKind,
    /// What they are doing about it.
    pub text: String,
}
