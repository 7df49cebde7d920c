//! Stories over several addresses.

mod bad_check_ins;
mod bad_envelopes;
mod bad_evaluations;
mod builds;
mod bundles;
mod chains;
mod codes;
mod codes_refused;
mod cursor;
mod erasure;
mod filing;
mod log;
mod offline_day;
mod outside;
mod reassignment;
mod rebuild;
mod recycled;
mod relay;
mod revocation;
mod rotation;
mod second_phone;
mod second_signatures;
mod site_moved;
mod stale_evaluation;
mod stamps;
mod terminal_moved;
