//! Repeatable chance for pictures and handwriting: the same seed draws the same picture. Not for
//! keys, salts or anything that must not be guessed.

/// A stream of numbers that depends on its seed alone (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The stream of this seed.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = i64::from(high) - i64::from(low) + 1;
        let offset = (self.bits() >> 33) as i64 % span.max(1);
        (i64::from(low) + offset) as i32
    }

    /// One of the choices.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let last = i32::try_from(choices.len()).expect("lists of choices are short") - 1;
        &choices[self.between(0, last) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_inside_the_limits() {
        let mut first = Chance::seeded(7);
        let mut second = Chance::seeded(7);
        let mut seen = [false; 7];
        for _ in 0..200 {
            let number = first.between(-3, 3);
            assert_eq!(number, second.between(-3, 3));
            seen[(number + 3) as usize] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_ne!(Chance::seeded(1).bits(), Chance::seeded(2).bits());
    }
}
