//! A witness for transparency logs (C2SP tlog-witness), run by an authority on its own machine.
//! It remembers the largest state it has seen of each log and cosigns a newer one only if that
//! provably continues it, with the time by its own clock. So an operator can neither rewrite its
//! log nor show two versions of it, and cannot say later that something was logged earlier.
//!
//! - [`wire`] what is sent and answered, for both sides; pure;
//! - [`key`] the witness's name and key; [`state`] what it remembers, on disk before it speaks;
//! - [`witness`] the decision; [`refusal`] its reasons; [`http`] and [`page`] the outside.
//!
//! Not here: the mathematics and the text forms (`domain::tlog`).

pub mod http;
pub mod key;
mod page;
mod refusal;
mod state;
pub mod wire;
pub mod witness;

pub use refusal::{Refusal, RefusalCode};
pub use wire::{Answer, answer, request_body};
pub use witness::{TimeSource, Witness};
