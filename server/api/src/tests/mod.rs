//! The outer server through its front door, one file per group of paths.

mod devices;
mod kit;
mod problems;
mod public;
mod session;
mod web;
