//! Instants and intervals. An offline act has no provable instant, only a provable interval;
//! every clock of the standard is therefore judged on two intervals with three answers.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01 UTC. Whose clock it is, the field's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// Whole minutes as milliseconds.
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes * 60_000)
    }
}

impl Sub for Millis {
    type Output = Millis;
    fn sub(self, less: Millis) -> Millis {
        Millis(self.0.saturating_sub(less.0))
    }
}

impl Add<Millis> for Timestamp {
    type Output = Timestamp;
    fn add(self, by: Millis) -> Timestamp {
        Timestamp(self.0.saturating_add(by.0))
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Timestamp;
    fn sub(self, by: Millis) -> Timestamp {
        Timestamp(self.0.saturating_sub(by.0))
    }
}

impl Sub for Timestamp {
    type Output = Millis;
    fn sub(self, earlier: Timestamp) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

/// The moment lies in here, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    pub earliest: Timestamp,
    pub latest: Timestamp,
}

impl Interval {
    /// A moment that is known exactly.
    pub fn exactly(at: Timestamp) -> Self {
        Self {
            earliest: at,
            latest: at,
        }
    }

    /// Whether any moment is left in it.
    pub fn is_possible(&self) -> bool {
        self.earliest <= self.latest
    }

    /// Whether `inner` lies inside this interval.
    pub fn contains(&self, inner: &Interval) -> bool {
        self.earliest <= inner.earliest && inner.latest <= self.latest
    }
}

/// The three answers. There is no fourth, and "cannot tell" is never rounded to "met".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Met,
    Breached,
    CannotTell,
}

impl Verdict {
    /// Judges "`ended` not later than `limit` after `started`" when both are only known as
    /// intervals: met if even the longest reading fits (`U_E − L_S ≤ limit`), breached if even
    /// the shortest does not (`L_E − U_S > limit`). The limit itself still counts as met: 3小时内.
    pub fn within(started: Interval, ended: Interval, limit: Millis) -> Self {
        if ended.latest - started.earliest <= limit {
            Verdict::Met
        } else if ended.earliest - started.latest > limit {
            Verdict::Breached
        } else {
            Verdict::CannotTell
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(earliest: i64, latest: i64) -> Interval {
        Interval {
            earliest: Timestamp(earliest),
            latest: Timestamp(latest),
        }
    }

    #[test]
    fn the_limit_itself_is_met_and_one_millisecond_more_is_not() {
        let started = Interval::exactly(Timestamp(0));
        let cases = [
            (between(99, 99), Verdict::Met),
            (between(100, 100), Verdict::Met),
            (between(101, 101), Verdict::Breached),
            (between(100, 101), Verdict::CannotTell),
            (between(0, 101), Verdict::CannotTell),
            (between(101, 500), Verdict::Breached),
        ];
        for (ended, verdict) in cases {
            assert_eq!(
                Verdict::within(started, ended, Millis(100)),
                verdict,
                "{ended:?}"
            );
        }
    }

    #[test]
    fn an_unsure_start_widens_both_ways() {
        let started = between(0, 10);
        assert_eq!(
            Verdict::within(started, between(100, 100), Millis(100)),
            Verdict::Met
        );
        assert_eq!(
            Verdict::within(started, between(105, 105), Millis(100)),
            Verdict::CannotTell
        );
        assert_eq!(
            Verdict::within(started, between(111, 111), Millis(100)),
            Verdict::Breached
        );
    }
}
