//! A work order 运维工单: what follows from its events.
//!
//! [`state`] is what is known, [`fold`] how an event adds to it, [`rebound`] how a receipt narrows
//! what stands, [`stage`] where it stands, [`summary`] what the site manager
//! is shown before signing, [`known`] when things happened by each grade of trust, [`visit`] what
//! supports one visit, [`filing`] what was told to the authority about delays, [`steps`] who is to be told of
//! a limit and when, [`link`] how it is evaluated on somebody else's phone, [`closing`] what becomes of it if
//! nobody does, [`judge`] the verdicts of clauses 9.2 and 9.3 on it. Nothing here is
//! ever edited: a later record stands beside the earlier one.

mod closing;
mod filing;
mod fold;
mod joining;
mod judge;
mod known;
mod link;
mod rebound;
mod stage;
mod state;
mod steps;
mod summary;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod visit;

pub use filing::FilingJudged;
pub use fold::{Birth, Recorded};
pub use joining::{JOINS_MAX, JoinRefusal};
pub use judge::{Arrival, ArrivalReason, Judgement, Surroundings, judge};
pub use link::{EvaluationSource, LINK_VALID, LinkRefusal};
pub use stage::Stage;
pub use state::*;
pub use steps::Steps;
pub use summary::hand_over_summary;
