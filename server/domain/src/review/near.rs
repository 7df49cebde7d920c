//! The pictures seen so far, to be asked for those that look like a new one. A plain walk over all
//! hashes: at a million it costs a few milliseconds for each of the five ways, it needs no tree
//! that could get out of step, and its memory is what it holds (`docs/bench.md`).

use super::picture::{Fingerprint, Laid, Print};
use crate::ids::Digest;

/// Most pictures that are kept in memory: 64 bytes each, 128 MB in all.
pub const PICTURES_MAX: usize = 2_000_000;

/// Hashes that are compared in one go, which the compiler turns into wide instructions.
const BLOCK: usize = 512;

/// A picture that looks like the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Bits that differ.
    pub apart: u32,
    pub photo: Digest,
    /// What was done to the picture asked for to get this one.
    pub laid: Laid,
}

/// All hashes, by the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    /// First words apart from the rest: most strangers are told by them alone.
    first: Vec<u64>,
    rest: Vec<[u64; 3]>,
    photos: Vec<Digest>,
}

impl Pictures {
    /// Keeps a picture; says no when there is no room. The same one twice is found twice.
    pub fn add(&mut self, photo: Digest, print: Print) -> bool {
        if self.photos.len() >= PICTURES_MAX {
            return false;
        }
        let [first, rest @ ..] = print.0;
        self.first.push(first);
        self.rest.push(rest);
        self.photos.push(photo);
        true
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.photos.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.photos.is_empty()
    }

    /// Bytes that the hashes and names take.
    pub fn bytes(&self) -> usize {
        self.first.capacity() * 8 + self.rest.capacity() * 24 + self.photos.capacity() * 32
    }

    /// Pictures at most `apart_max` bits away, nearest first, at most `results_max` of them, and
    /// not the photo itself.
    pub fn near(
        &self,
        photo: Digest,
        print: &Fingerprint,
        apart_max: u32,
        results_max: usize,
    ) -> Vec<Near> {
        let mut found: Vec<Near> = Vec::new();
        let mut first_apart = [0_u32; BLOCK];
        for (block, firsts) in self.first.chunks(BLOCK).enumerate() {
            for (way, laid) in print.0.iter().zip(Laid::ALL) {
                for (apart, first) in first_apart.iter_mut().zip(firsts) {
                    *apart = (way.0[0] ^ first).count_ones();
                }
                for (offset, apart) in first_apart[..firsts.len()].iter().enumerate() {
                    if *apart > apart_max {
                        continue;
                    }
                    let index = block * BLOCK + offset;
                    let rest = way.0[1..].iter().zip(self.rest[index]);
                    let apart = apart
                        + rest
                            .map(|(word, other)| (word ^ other).count_ones())
                            .sum::<u32>();
                    if apart <= apart_max && self.photos[index] != photo {
                        found.push(Near {
                            apart,
                            photo: self.photos[index],
                            laid,
                        });
                    }
                }
            }
        }
        // One picture may fit in two ways, a symmetrical one in all: its best is enough.
        found.sort_unstable_by_key(|near| (near.photo, near.apart, near.laid));
        found.dedup_by_key(|near| near.photo);
        found.sort_unstable();
        found.truncate(results_max);
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn photo(number: u8) -> Digest {
        Digest([number; 32])
    }

    /// A hash with the lowest so many bits of each given word flipped.
    fn flipped(bits: [u32; 4]) -> Print {
        Print(bits.map(|bits| {
            if bits == 0 {
                0
            } else {
                u64::MAX >> (64 - bits)
            }
        }))
    }

    /// Only the first way is near anything.
    fn asked(print: Print) -> Fingerprint {
        let mut ways = [Print([0xaaaa_aaaa_aaaa_aaaa; 4]); 5];
        ways[0] = print;
        Fingerprint(ways)
    }

    #[rstest]
    #[case::one_less([0, 0, 0, 25], true)]
    #[case::just([26, 0, 0, 0], true)]
    #[case::just_spread([7, 7, 6, 6], true)]
    #[case::one_more([27, 0, 0, 0], false)]
    #[case::one_more_spread([7, 7, 7, 6], false)]
    fn the_limit_itself_is_near_and_one_bit_more_is_not(
        #[case] bits: [u32; 4],
        #[case] is_near: bool,
    ) {
        let mut pictures = Pictures::default();
        assert!(pictures.add(photo(1), flipped(bits)));
        let found = pictures.near(photo(2), &asked(Print::default()), 26, 10);
        let expected = Near {
            apart: bits.iter().sum(),
            photo: photo(1),
            laid: Laid::AsIs,
        };
        assert_eq!(found, if is_near { vec![expected] } else { vec![] });
    }

    #[test]
    fn a_photo_is_not_its_own_copy_and_each_other_is_named_once_nearest_first() {
        let mut pictures = Pictures::default();
        for (number, bits) in [(1, 9), (2, 0), (3, 4), (4, 4), (3, 4)] {
            pictures.add(photo(number), flipped([bits, 0, 0, 0]));
        }
        let everywhere = Fingerprint([Print::default(); 5]);
        let near = |results_max| -> Vec<(u32, Digest)> {
            let found = pictures.near(photo(2), &everywhere, 26, results_max);
            found.iter().map(|near| (near.apart, near.photo)).collect()
        };
        assert_eq!(near(10), [(4, photo(3)), (4, photo(4)), (9, photo(1))]);
        assert_eq!(near(2), [(4, photo(3)), (4, photo(4))]);
        assert_eq!(near(0), []);
        assert!(pictures.bytes() >= pictures.len() * 64);
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_comparing_each_finds(
            words in proptest::collection::vec(proptest::array::uniform4(0u64..8), 1..40),
            apart_max in 0u32..12,
        ) {
            let mut pictures = Pictures::default();
            for (number, word) in words.iter().enumerate() {
                pictures.add(photo(number as u8), Print(*word));
            }
            let asked = asked(Print(words[0]));
            let mut slow: Vec<(u32, Digest)> = words.iter().enumerate().skip(1)
                .map(|(number, word)| (Print(words[0]).apart(Print(*word)), photo(number as u8)))
                .filter(|(apart, _)| *apart <= apart_max)
                .collect();
            slow.sort_unstable();
            let fast: Vec<(u32, Digest)> = pictures.near(photo(0), &asked, apart_max, 100).iter()
                .map(|near| (near.apart, near.photo)).collect();
            prop_assert_eq!(fast, slow);
        }
    }
}
