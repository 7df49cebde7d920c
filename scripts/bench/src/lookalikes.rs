//! One question that has no request of its own: among a million photos, which look like this one?
//! The search runs in the review behind the intake; here it runs alone, on the bench's core.

use std::time::Instant;

use domain::ids::Digest;
use domain::review::near::Pictures;
use domain::review::picture::{Fingerprint, Print};
use domain::review::policy::ReviewPolicy;

use crate::Result;
use crate::stats::Latency;

const PICTURES: u64 = 1_000_000;
const QUESTIONS: u64 = 100;

/// Asks and prints.
///
/// # Errors
/// When the answer is not the picture that was asked for.
pub fn measure() -> Result<()> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut pictures = Pictures::default();
    for number in 0..PICTURES {
        pictures.add(named(number), random.print());
    }
    let apart_max = ReviewPolicy::v2026_11().photo_apart_bits_max;
    let mut samples = Vec::new();
    for number in 0..QUESTIONS {
        let mut ways = [0; 5].map(|_| random.print());
        pictures.add(named(PICTURES + number), ways[3]);
        ways[3].0[0] ^= 0b111;
        let asked = Fingerprint(ways);
        let began = Instant::now();
        let found = pictures.near(named(u64::MAX), &asked, apart_max, 16);
        samples.push(began.elapsed());
        if found.first().map(|near| (near.photo, near.apart)) != Some((named(PICTURES + number), 3))
        {
            return Err("the search did not find what it was asked for".into());
        }
    }
    let Latency { p50_ms, p99_ms } = Latency::of(samples);
    let mib = pictures.bytes() / (1024 * 1024);
    println!("near-duplicate among 1,000,000: p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, {mib} MiB");
    Ok(())
}

fn named(number: u64) -> Digest {
    let mut name = [0; 32];
    name[..8].copy_from_slice(&number.to_be_bytes());
    Digest(name)
}

struct Random(u64);

impl Random {
    fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn print(&mut self) -> Print {
        Print([0; 4].map(|_| self.word()))
    }
}
