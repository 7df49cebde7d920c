//! Read, decide, commit, and start over if somebody else was faster: the loop around [`Store::commit`].

use std::time::{Duration, Instant};

use crate::Store;
use crate::commit::{Commit, Committed};
use crate::error::StoreError;

/// Who loses races for so long has met something else than bad luck.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first wait is at most this long; each further one at most twice the one before.
const WAIT_FIRST: Duration = Duration::from_millis(2);
const WAIT_MAX: Duration = Duration::from_millis(50);

impl Store {
    /// Calls `decide` with the counter `n` and commits what it returns (`expected_n` is filled in). If
    /// somebody else committed in between, waits a random moment and calls `decide` again: it must
    /// read afresh each time and must have no effect of its own. Callers in one process wait for each
    /// other in order of arrival; only writers elsewhere can win a race.
    ///
    /// # Errors
    /// Whatever `decide` refuses with, at once; [`StoreError::Conflict`] after ten seconds of lost races.
    pub async fn decide<T, E, F, Fut>(&self, mut decide: F) -> Result<(T, Committed), E>
    where
        F: FnMut(i64) -> Fut,
        Fut: Future<Output = Result<(Commit, T), E>>,
        E: From<StoreError>,
    {
        let _turn = self.turn.lock().await;
        let deadline = Instant::now() + PATIENCE;
        let mut attempt = 0;
        loop {
            let n = self.head().await?;
            let (commit, value) = decide(n).await?;
            match self
                .commit(Commit {
                    expected_n: n,
                    ..commit
                })
                .await
            {
                Ok(committed) => return Ok((value, committed)),
                Err(StoreError::Conflict) if Instant::now() < deadline => {}
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(wait(attempt)).await;
            attempt += 1;
        }
    }
}

/// A random part of a wait that doubles: writers that collided must not collide again in step.
fn wait(attempt: u32) -> Duration {
    let longest = WAIT_FIRST
        .saturating_mul(1 << attempt.min(16))
        .min(WAIT_MAX);
    // Without randomness the wait is merely less well spread.
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 0..100 {
            assert!(wait(attempt) <= WAIT_MAX, "{attempt}");
        }
        assert!((0..100).map(|_| wait(0)).max().unwrap() <= WAIT_FIRST);
        assert!((0..100).map(|_| wait(9)).max().unwrap() > WAIT_FIRST);
    }
}
