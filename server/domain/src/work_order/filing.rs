//! Filings 报备 (9.2 a, R16): whether one was made before the deadline of the arrival, and what the
//! authority answered. Shown beside the result of the clock, which no filing rewrites.

use serde::{Deserialize, Serialize};

use super::state::{FilingAnswer, Said, WorkOrder};
use crate::event::FilingReason;
use crate::ids::EventId;
use crate::sla::clock::{Clock, ClockReason, ClockVerdict};

/// A filing with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingJudged {
    pub event: EventId,
    pub reason: FilingReason,
    /// `Met` when it was filed before the deadline of the arrival, `Breached` when after it, `CannotTell`
    /// when the proved time of the filing does not decide. None where no arrival is needed.
    pub in_time: Option<ClockVerdict>,
    pub reasons: Vec<ClockReason>,
    /// Whether the authority accepted it; none while it has not answered.
    pub accepted: Option<bool>,
}

impl WorkOrder {
    /// The answer in force to this filing: the first one, an authority does not take back its word.
    pub fn answer_to(&self, filing: EventId) -> Option<&Said<FilingAnswer>> {
        self.filing_answers
            .iter()
            .find(|answer| answer.what.filing == filing)
    }

    /// Whether the authority still has to answer a filing.
    pub fn awaits_an_answer(&self) -> bool {
        self.filings
            .iter()
            .any(|filing| self.answer_to(filing.at.event).is_none())
    }

    /// All filings, each measured by the clock that `measure` makes of its moment.
    pub(super) fn judge_filings(
        &self,
        measure: impl Fn(&super::state::Moment) -> Option<Clock>,
    ) -> Vec<FilingJudged> {
        let judged = self.filings.iter().map(|filing| {
            let clock = measure(&filing.at);
            let answer = self.answer_to(filing.at.event);
            FilingJudged {
                event: filing.at.event,
                reason: filing.what.reason,
                in_time: clock.as_ref().map(|clock| clock.verdict),
                reasons: clock.map(|clock| clock.reasons).unwrap_or_default(),
                accepted: answer.map(|answer| answer.what.accepted),
            }
        });
        judged.collect()
    }
}
