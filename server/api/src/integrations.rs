//! Other systems that report faults (11.2.2 b): the hotline's ticket system, i深圳, the feedback button on a
//! terminal, monitoring. Each has an account ([`accounts`]) with one channel and some districts; alarms
//! ([`alarms`]) and tickets ([`tickets`]) end in the same single door as every other report, and what fits nowhere
//! waits for a person ([`held`]).

pub mod account;
pub mod accounts;
pub mod alarms;
pub mod held;
pub mod tickets;

use domain::time::Millis;

use crate::rate_limit::RateLimit;

/// How much other systems may send.
pub struct IntegrationLimits {
    /// Alarms and tickets, per account.
    account: RateLimit,
}

impl Default for IntegrationLimits {
    fn default() -> Self {
        // A whole district going dark, and then five a second.
        Self {
            account: RateLimit::new(600, Millis(200)),
        }
    }
}
