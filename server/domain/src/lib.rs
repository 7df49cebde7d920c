//! The rules of Daochang 到场, and nothing else: no clock, no randomness, no file, no network, no
//! database. The server, the phone (as WebAssembly) and an auditor's verifier run these same
//! functions. Facts come in as signed events; verdicts are computed, three-valued, with reasons.
//!
//! Read in this order:
//! - [`event`] what can happen, [`work_order`] what follows from it (fold, stages, hand-over);
//! - [`sla`] the clocks of clauses 9.2 and 9.3, [`geo`] and [`presence`] "was somebody there?";
//! - [`code`] what can be read at a terminal: labels, rotating codes, tags;
//! - [`interval`] when a phone without network did something, as an interval with a grade, and
//!   [`relay`] how its chain head reaches the server all the same;
//! - [`canonical`], [`envelope`], [`sidecar`], [`receipt`], [`chain`] the signed forms, and
//!   [`server_keys`] which key of the server may sign when;
//! - [`tlog`] the transparency log that binds the server to what it said, and when, and [`build`]
//!   which program it gave to the phones;
//! - [`review`] what is worth a second look across work orders, and what people decide about it;
//! - [`refusal`] every reason for which an event is set aside, in both languages;
//! - [`enrolment`] of a second phone, which somebody in charge approves;
//! - [`channel`] what is said outside the app, to whom, and how one goes on where nobody answers;
//! - [`actor`] who may do what, [`roster`] who is on duty, [`register`] terminals and sites, [`fault`] table 1,
//!   [`sync`] what a phone sends next, [`retention`] how long personal values are kept.

pub mod actor;
pub mod build;
pub mod canonical;
pub mod chain;
pub mod channel;
pub mod code;
pub mod enrolment;
pub mod envelope;
pub mod event;
pub mod fault;
pub mod geo;
pub mod ids;
pub mod interval;
pub mod presence;
pub mod receipt;
pub mod refusal;
pub mod register;
pub mod relay;
pub mod retention;
pub mod review;
pub mod roster;
pub mod server_keys;
pub mod sidecar;
pub mod sla;
pub mod slip;
mod spoken;
pub mod sync;
pub mod text;
pub mod time;
pub mod tlog;
pub mod work_order;
