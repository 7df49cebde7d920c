//! What becomes of a repair that nobody evaluates (A16): after the policy's working days it closes as not
//! evaluated. The server says so once ([`crate::event::ClosedUnevaluated`]); the rule says when it may.

use super::stage::Stage;
use super::state::{Closing, Mark, Said, WorkOrder};
use crate::event::ClosedUnevaluated;
use crate::interval::UNKNOWN_LATEST;
use crate::refusal::RefusalCode;
use crate::sla::calendar::{Calendar, WorkingDeadline};
use crate::sla::policy::Policy;
use crate::time::{Millis, Timestamp};

impl WorkOrder {
    /// The closing of this restoration.
    pub(super) fn closing_of(&self, restored: &Said<Mark>) -> Option<&Said<Closing>> {
        self.closings
            .iter()
            .find(|closing| closing.what.restored == restored.at.event)
    }

    /// Until when, inclusive, it can be evaluated before it closes without; none unless it waits for an
    /// evaluation. Counted from the latest moment the restoration can have happened, so that nobody loses
    /// a day to a phone that was without network.
    pub fn evaluation_due(&self, policy: &Policy, calendar: &Calendar) -> Option<WorkingDeadline> {
        let Stage::Restored { .. } = self.stage() else {
            return None;
        };
        due(self.restoration_in_force()?, policy, calendar)
    }

    /// The first moment at which it is closed without; none unless it waits for an evaluation.
    pub fn closes_at(&self, policy: &Policy, calendar: &Calendar) -> Option<Timestamp> {
        let due = self.evaluation_due(policy, calendar)?;
        Some(due.at + Millis(1))
    }

    /// The closing that is to be said now, if any.
    pub fn closes_unevaluated(
        &self,
        policy: &Policy,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Option<ClosedUnevaluated> {
        let due = self.evaluation_due(policy, calendar)?;
        (now >= self.closes_at(policy, calendar)?).then_some(ClosedUnevaluated {
            restored: self.restoration_in_force()?.at.event,
            due_at: due.at,
        })
    }

    /// Whether a closing was said in its time; for whoever checks it later.
    pub fn check_closing(
        &self,
        closing: &Said<Closing>,
        policy: &Policy,
        calendar: &Calendar,
    ) -> Result<(), RefusalCode> {
        let restored = self
            .restored
            .iter()
            .find(|restored| restored.at.event == closing.what.restored)
            .ok_or(RefusalCode::NothingToEvaluate)?;
        match due(restored, policy, calendar) {
            Some(due) if closing.at.wall <= due.at => Err(RefusalCode::ClosedTooEarly),
            _ => Ok(()),
        }
    }
}

fn due(restored: &Said<Mark>, policy: &Policy, calendar: &Calendar) -> Option<WorkingDeadline> {
    let latest = restored.at.bounds.b.latest;
    (latest < UNKNOWN_LATEST)
        .then(|| calendar.add_working_days(latest, policy.evaluation_timeout_workdays))
}
