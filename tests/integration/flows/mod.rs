//! Stories over several addresses.

mod bad_check_ins;
mod bad_envelopes;
mod bad_evaluations;
mod chains;
mod cursor;
mod offline_day;
mod reassignment;
mod rebuild;
mod recycled;
mod revocation;
mod stale_evaluation;
