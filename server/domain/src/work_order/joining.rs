//! Joining a report ("me too", F41): who sees the same fault at the same terminal need not start a work order of
//! their own. Joining moves no clock, so nothing may be joined whose repair is claimed already: a terminal that
//! breaks again is a new report with clocks of its own.

use super::stage::Stage;
use super::state::WorkOrder;
use crate::text::coded;

/// Most people that join one work order; each further one is told that it is known well enough.
pub const JOINS_MAX: usize = 200;

coded! {
    /// Why somebody cannot join.
    JoinRefusal {
        JoinTooLate "join_too_late"
            "该故障已报修复或已关闭，不能再附议。如果终端仍有故障，请重新报修。"
            "This fault was said to be repaired, or is closed, so nobody can join it. If the terminal is still broken, report it again.";
        JoinLimit "join_limit"
            "附议人数已达上限，故障已充分知晓，正在处理。"
            "So many people have joined that the fault is well known; it is being dealt with.";
    }
}

impl WorkOrder {
    /// Whether somebody else may join its report.
    ///
    /// # Errors
    /// Why not.
    pub fn may_be_joined(&self) -> Result<(), JoinRefusal> {
        let is_over = matches!(
            self.stage(),
            Stage::Restored { .. } | Stage::Evaluated { .. } | Stage::ClosedUnevaluated { .. }
        );
        if is_over {
            Err(JoinRefusal::JoinTooLate)
        } else if self.joins.len() >= JOINS_MAX {
            Err(JoinRefusal::JoinLimit)
        } else {
            Ok(())
        }
    }

    /// Whether monitoring has said of this alarm that it is over.
    pub fn is_cleared(&self, alarm: &str) -> bool {
        self.clearings
            .iter()
            .any(|clearing| clearing.what.alarm == alarm)
    }
}
