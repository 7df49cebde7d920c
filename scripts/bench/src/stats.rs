//! Medians and percentiles of what was measured.

use std::time::Duration;

/// Latencies of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// Median, ms.
    pub p50_ms: f64,
    /// 99th percentile, ms.
    pub p99_ms: f64,
}

impl Latency {
    /// Of at least one sample.
    pub fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self {
            p50_ms: ms(percentile(&samples, 0.50)),
            p99_ms: ms(percentile(&samples, 0.99)),
        }
    }
}

/// The smallest sample that so large a part of all does not exceed; zero of none.
fn percentile(sorted: &[Duration], part: f64) -> Duration {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

/// The middle of one figure over all runs; the lower middle of an even number.
pub fn median<T>(runs: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut figures: Vec<f64> = runs.iter().map(figure).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures
        .get(figures.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Milliseconds with their fraction.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let samples = (1..=300).rev().map(Duration::from_millis).collect();
        assert_eq!(
            Latency::of(samples),
            Latency {
                p50_ms: 150.0,
                p99_ms: 297.0
            }
        );
        assert_eq!(
            Latency::of(vec![Duration::from_millis(7)]),
            Latency {
                p50_ms: 7.0,
                p99_ms: 7.0
            }
        );
    }

    #[test]
    fn the_median_ignores_the_outlier() {
        assert_eq!(median(&[3.0, 900.0, 2.0], |figure| *figure), 3.0);
        assert_eq!(median(&[1.0, 2.0], |figure| *figure), 1.0);
    }
}
