//! The store on its real engines: in memory and RocksDB in a temporary folder.

mod blobs;
mod changes;
mod commits;
mod people;
mod races;
mod reads;
mod register;
mod storm;
mod support;
