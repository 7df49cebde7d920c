//! Evaluation away from the technician's phone (9.4): a one-time link to the site manager's own phone, and
//! the closing of what nobody evaluated (A16). All of it is said by the server.

use serde::{Deserialize, Serialize};

use crate::ids::{Digest, EventId};
use crate::time::Timestamp;

/// Somebody made a link through which this work order can be evaluated once. Whoever has the link has the
/// right; who that was nobody can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkMade {
    /// SHA-256 of the secret in the link; the secret itself is kept nowhere.
    pub link: Digest,
    /// SHA-256 of the canonical summary that it shows. If the work goes on, it shows nothing.
    pub shown: Digest,
    /// Good up to and including this instant.
    pub expires_at: Timestamp,
}

/// A link was taken back before it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRevoked {
    pub link: Digest,
}

/// Nobody evaluated this restoration in time, so it is closed as not evaluated, never as satisfied (A16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedUnevaluated {
    pub restored: EventId,
    /// Until when it could be evaluated.
    pub due_at: Timestamp,
}
