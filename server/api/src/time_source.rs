//! The one place where the server reads a clock. Everything else is told the time, so that
//! tests advance it instead of sleeping.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::time::{Millis, Timestamp};

/// Tells the time in UTC.
pub trait TimeSource: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system, which never runs backwards: after a correction to an
/// earlier time it stands still until the old time is reached again.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest: AtomicI64,
}

impl SystemClock {
    /// The same, which stands still at this instant until it is reached.
    pub fn not_before(earliest: Timestamp) -> Self {
        Self {
            latest: AtomicI64::new(earliest.0),
        }
    }
}

impl TimeSource for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.latest.fetch_max(now, Ordering::AcqRel).max(now))
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at this instant.
    pub fn starting(at: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(at.0),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Millis) {
        self.now.fetch_add(by.0, Ordering::AcqRel);
    }

    /// Puts the clock to this instant.
    pub fn set(&self, to: Timestamp) {
        self.now.store(to.0, Ordering::Release);
    }
}

impl TimeSource for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_never_runs_backwards() {
        let clock = SystemClock::default();
        let first = clock.now();
        let ahead = Timestamp(first.0 + 7_200_000);
        assert_eq!(SystemClock::not_before(ahead).now(), ahead);
        assert!(SystemClock::not_before(Timestamp(0)).now() >= first);
        clock.latest.store(first.0 + 3_600_000, Ordering::Release);
        assert_eq!(clock.now(), Timestamp(first.0 + 3_600_000));
    }
}
