//! A moment as each grade of trust knows it: what was proved when its event arrived, and what the
//! log and its witnesses have said since. They can add grade A; from the others they only take.

use std::collections::BTreeMap;

use super::state::Moment;
use crate::ids::EventId;
use crate::interval::Bounds;
use crate::interval::external::External;
use crate::sla::clock::LogDoubts;
use crate::time::Interval;

/// When something happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Grade A; none while nothing is known from outside.
    pub a: Option<Interval>,
    /// Grade B, as far as the log bears the receipts out.
    pub b: Interval,
    /// Grade C, as far as B goes.
    pub c: Interval,
    pub doubts: LogDoubts,
}

impl Known {
    /// The moment, with what is known of its event from outside.
    pub(super) fn of(at: &Moment, external: &BTreeMap<EventId, External>) -> Self {
        let Bounds { b, c, .. } = at.bounds;
        let Some(external) = external.get(&at.event) else {
            return Self {
                a: None,
                b,
                c,
                doubts: LogDoubts::default(),
            };
        };
        // Widened, never moved: the log takes away what a receipt was believed to prove.
        let widened = |interval: Interval| Interval {
            earliest: external
                .clock_ahead
                .map_or(interval.earliest, |at| at.min(interval.earliest)),
            latest: external
                .late_logged
                .map_or(interval.latest, |at| at.max(interval.latest)),
        };
        Self {
            a: Some(external.a),
            b: widened(b),
            c: widened(c),
            doubts: LogDoubts {
                late_logged: external.late_logged.is_some(),
                clock_ahead: external.clock_ahead.is_some(),
            },
        }
    }

    /// The same, knowing that it was not before `first`.
    pub(super) fn after(self, first: &Self) -> Self {
        let after = |interval: Interval, first: Interval| Interval {
            earliest: interval.earliest.max(first.earliest),
            latest: interval.latest,
        };
        Self {
            a: self.a.map(|a| first.a.map_or(a, |first| after(a, first))),
            b: after(self.b, first.b),
            c: after(self.c, first.c),
            doubts: self.doubts.or(first.doubts),
        }
    }
}
