//! How many check-ins of a span are shown strongly (evidence §2.4). A count, and so of three values like all that it
//! counts: what may have happened outside of the span, or is not judged for want of its positions, is its own number,
//! never strong and never left out.

use serde::{Deserialize, Serialize};

use super::PresenceResult;
use crate::time::{Interval, Timestamp};

/// From a moment, up to and without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Whether something happened in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    Inside,
    Outside,
    CannotTell,
}

impl Span {
    /// Whether what happened at some moment of this interval happened in the span.
    pub fn holds(&self, interval: Interval) -> Within {
        if interval.earliest >= self.from && interval.latest < self.to {
            Within::Inside
        } else if interval.latest < self.from || interval.earliest >= self.to {
            Within::Outside
        } else {
            Within::CannotTell
        }
    }
}

/// Check-ins by how well each is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub strong: u64,
    pub adequate: u64,
    pub weak: u64,
    pub none: u64,
    pub contradicted: u64,
    pub cannot_tell: u64,
}

impl Share {
    /// Counts `n` more; no result is one that cannot be told yet.
    pub fn add(&mut self, result: Option<PresenceResult>, within: Within, n: u64) {
        let counted = match (within, result) {
            (Within::Outside, _) => return,
            (Within::CannotTell, _) | (_, None) => &mut self.cannot_tell,
            (Within::Inside, Some(PresenceResult::Strong)) => &mut self.strong,
            (Within::Inside, Some(PresenceResult::Adequate)) => &mut self.adequate,
            (Within::Inside, Some(PresenceResult::Weak)) => &mut self.weak,
            (Within::Inside, Some(PresenceResult::None)) => &mut self.none,
            (Within::Inside, Some(PresenceResult::Contradicted)) => &mut self.contradicted,
        };
        *counted += n;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.told() + self.cannot_tell
    }

    fn told(&self) -> u64 {
        self.strong + self.adequate + self.weak + self.none + self.contradicted
    }

    /// The least and the greatest that the share of strong ones can be, in thousandths: rounded down and up, so that
    /// the truth lies between. None of none.
    pub fn strong_permille(&self) -> Option<(u64, u64)> {
        let total = self.total();
        (total > 0).then(|| {
            let least = self.strong * 1000 / total;
            let most = ((self.strong + self.cannot_tell) * 1000).div_ceil(total);
            (least, most)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const SPAN: Span = Span {
        from: Timestamp(1_000),
        to: Timestamp(2_000),
    };

    #[rstest]
    #[case::inside(1_000, 1_999, Within::Inside)]
    #[case::a_moment(1_500, 1_500, Within::Inside)]
    #[case::begins_before(999, 1_500, Within::CannotTell)]
    #[case::ends_at_the_end(1_500, 2_000, Within::CannotTell)]
    #[case::around(0, 5_000, Within::CannotTell)]
    #[case::before(0, 999, Within::Outside)]
    #[case::to_the_first_moment(0, 1_000, Within::CannotTell)]
    #[case::from_the_last(1_999, 9_000, Within::CannotTell)]
    #[case::after(2_000, 9_000, Within::Outside)]
    fn a_span_holds_what_surely_happened_in_it(
        #[case] earliest: i64,
        #[case] latest: i64,
        #[case] expected: Within,
    ) {
        let interval = Interval {
            earliest: Timestamp(earliest),
            latest: Timestamp(latest),
        };
        assert_eq!(SPAN.holds(interval), expected);
    }

    #[test]
    fn what_cannot_be_told_is_never_strong_and_never_left_out() {
        let mut share = Share::default();
        assert_eq!(share.strong_permille(), None);
        share.add(Some(PresenceResult::Strong), Within::Inside, 1);
        assert_eq!(share.strong_permille(), Some((1000, 1000)));
        share.add(Some(PresenceResult::Strong), Within::CannotTell, 1);
        share.add(None, Within::Inside, 1);
        assert_eq!((share.strong, share.cannot_tell), (1, 2));
        assert_eq!(share.strong_permille(), Some((333, 1000)));
        for result in [
            PresenceResult::Adequate,
            PresenceResult::Weak,
            PresenceResult::None,
            PresenceResult::Contradicted,
        ] {
            share.add(Some(result), Within::Inside, 1);
            share.add(Some(result), Within::Outside, 9);
        }
        assert_eq!(share.total(), 7);
        assert_eq!(share.strong_permille(), Some((142, 429)), "1 to 3 of 7");
    }

    proptest! {
        /// Whatever becomes of those that cannot be told (strong, not strong, or outside), the share was between.
        #[test]
        fn the_truth_lies_between(strong in 0_u64..50, weak in 0_u64..50, unknown in prop::collection::vec(0_u8..3, 0..50)) {
            let share = Share { strong, weak, cannot_tell: unknown.len() as u64, ..Share::default() };
            let mut truth = Share { strong, weak, ..Share::default() };
            for fate in unknown {
                match fate {
                    0 => truth.add(Some(PresenceResult::Strong), Within::Inside, 1),
                    1 => truth.add(Some(PresenceResult::Weak), Within::Inside, 1),
                    _ => truth.add(Some(PresenceResult::Strong), Within::Outside, 1),
                }
            }
            if let (Some((least, most)), Some((low, high))) = (share.strong_permille(), truth.strong_permille()) {
                prop_assert!(least <= low && high <= most, "{share:?} {truth:?}");
            }
        }
    }
}
