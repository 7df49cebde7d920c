//! The store on its real engines: in memory and RocksDB in a temporary folder.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod blobs;
mod changes;
mod check_ins;
mod checkpoints;
mod codes;
mod commits;
mod enrolments;
mod escalations;
mod intake;
mod key_changes;
mod log_files;
mod opening;
mod people;
mod races;
mod reads;
mod register;
mod rosters;
mod storm;
mod support;
