//! Token buckets per key (a login, an address). In memory and bounded: a restart forgives, a
//! flood of different keys cannot fill the memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::time::{Millis, Timestamp};

/// Keys remembered at most. Beyond that, buckets that are full again are dropped first.
const KEYS_MAX: usize = 20_000;

/// Allows `burst` at once and then one more every `interval`, for each key on its own.
#[derive(Debug)]
pub struct RateLimit {
    burst: i64,
    interval: Millis,
    /// Per key: the instant at which its bucket will be full again.
    full_at: Mutex<HashMap<String, Timestamp>>,
}

impl RateLimit {
    /// `burst` at once, refilled one by one.
    pub fn new(burst: i64, interval: Millis) -> Self {
        Self {
            burst,
            interval,
            full_at: Mutex::default(),
        }
    }

    /// Takes one for this key.
    ///
    /// # Errors
    /// The seconds to wait when there is none left.
    pub fn take(&self, key: &str, now: Timestamp) -> Result<(), u32> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEYS_MAX && !full_at.contains_key(key) {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= KEYS_MAX {
                return Err(self.wait_s(self.interval));
            }
        }
        let then = full_at.get(key).copied().unwrap_or(now).max(now) + self.interval;
        let excess = then - (now + Millis(self.interval.0.saturating_mul(self.burst)));
        if excess.0 > 0 {
            return Err(self.wait_s(excess));
        }
        full_at.insert(key.to_owned(), then);
        Ok(())
    }

    /// Gives one back: what was taken turned out to be harmless.
    pub fn give_back(&self, key: &str) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = full_at.get_mut(key) {
            *at = *at - self.interval;
        }
    }

    fn wait_s(&self, wait: Millis) -> u32 {
        u32::try_from(wait.0.div_euclid(1000) + 1).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_passes_then_one_per_interval() {
        let limit = RateLimit::new(3, Millis(1000));
        let now = Timestamp(1_000_000);
        for _ in 0..3 {
            assert_eq!(limit.take("a", now), Ok(()));
        }
        assert!(limit.take("a", now).is_err());
        assert_eq!(limit.take("b", now), Ok(()), "keys are independent");
        assert!(limit.take("a", now + Millis(999)).is_err());
        assert_eq!(limit.take("a", now + Millis(1000)), Ok(()));
        assert!(limit.take("a", now + Millis(1000)).is_err());
    }

    #[test]
    fn what_is_given_back_may_be_taken_again() {
        let limit = RateLimit::new(1, Millis(60_000));
        for _ in 0..100 {
            assert_eq!(limit.take("a", Timestamp(0)), Ok(()));
            limit.give_back("a");
        }
    }

    #[test]
    fn a_flood_of_keys_stays_bounded_and_is_forgiven_later() {
        let limit = RateLimit::new(1, Millis(1000));
        for key in 0..KEYS_MAX {
            assert_eq!(limit.take(&key.to_string(), Timestamp(0)), Ok(()));
        }
        assert!(limit.take("one more", Timestamp(0)).is_err());
        assert_eq!(limit.take("one more", Timestamp(2000)), Ok(()));
        assert_eq!(limit.full_at.lock().unwrap().len(), 1);
    }
}
