//! The demonstration: an invented city on real ground, and phones without phones.
//!
//! - [`data`] the city (sites, terminals, people) from the JSON files of this folder;
//! - [`phone`] a simulated technician's phone, also for integration tests and the bench;
//! - [`picture`] drawn photos, [`ink`] drawn handwriting, on [`canvas`] and [`chance`].

pub mod canvas;
pub mod chance;
pub mod data;
pub mod ink;
pub mod phone;
pub mod picture;
