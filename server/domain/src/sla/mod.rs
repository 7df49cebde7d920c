//! Limits and clocks of clauses 9.2 and 9.3: [`policy`] holds the numbers, [`clock`] judges one
//! limit, [`unproved`] says until when an act may still be proved in time, [`calendar`] knows
//! working days, [`escalation`] when who is told. Minutes, hours and days run in natural time; only
//! what the standard calls 工作日 asks the calendar (A4).

pub mod calendar;
pub mod clock;
pub mod escalation;
pub mod policy;
pub mod unproved;

pub use policy::Policy;
