//! Is this picture that picture again? A difference hash of 256 bits: the picture is averaged down
//! to 17 × 16 grey cells, and each bit says whether brightness rises from one cell to the next. It
//! survives recompression, another size and another brightness. A mirrored or turned copy is found
//! because a new picture is looked up in five ways: as it is, mirrored, and turned three times.
//!
//! Whole numbers only, so that every machine gets the same bits. It says that two pictures look
//! alike, never that somebody cheated: two honest photos of one kiosk look alike, too.

use serde::{Deserialize, Serialize};

/// Bits of a hash.
pub const BITS: u32 = 256;
/// Cells along and across; one more along, because a bit lies between two cells.
const ALONG: usize = 17;
const ACROSS: usize = 16;
/// Each side of a picture must have a pixel for every cell.
pub const SIDE_PX_MIN: u32 = ALONG as u32;
/// Two neighbouring cells differ visibly from this many steps of 255 on.
const STEP_MIN: i32 = 2;
/// A picture with fewer visible steps than this is plain: a lens cap, a white wall. Such pictures
/// all look alike, and that proves nothing.
const STEPS_MIN: usize = 48;

/// One hash, as four words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Print(pub [u64; 4]);

impl Print {
    /// How many bits differ: 0 for the same picture, around 128 for two that have nothing in common.
    pub fn apart(self, other: Print) -> u32 {
        let words = self.0.iter().zip(other.0);
        words.map(|(word, other)| (word ^ other).count_ones()).sum()
    }
}

/// How a copy lies against its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Laid {
    AsIs,
    Quarter,
    Half,
    ThreeQuarters,
    Mirrored,
}

impl Laid {
    /// All five, the plain one first. Whatever was done, undoing it is one of them, too.
    pub const ALL: [Laid; 5] = [
        Laid::AsIs,
        Laid::Quarter,
        Laid::Half,
        Laid::ThreeQuarters,
        Laid::Mirrored,
    ];

    /// What has to be done to the second picture if this was done to the first.
    pub fn inverse(self) -> Laid {
        match self {
            Laid::Quarter => Laid::ThreeQuarters,
            Laid::ThreeQuarters => Laid::Quarter,
            // Mirroring and a turn undo themselves.
            same => same,
        }
    }
}

/// A picture's hashes in all five ways, in the order of [`Laid::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [Print; 5]);

impl Fingerprint {
    /// Of grey pixels, row by row. None if they are no picture of this size, if it is smaller than
    /// [`SIDE_PX_MIN`], or so plain that its hash would say nothing.
    pub fn of(grey: &[u8], width: u32, height: u32) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let is_picture =
            width >= ALONG && height >= ALONG && width.checked_mul(height) == Some(grey.len());
        if !is_picture {
            return None;
        }
        // Turned by a quarter, the long side of the grid lies along the other side of the picture.
        let level = Cells::of(grey, width, height, ALONG, ACROSS);
        let upright = Cells::of(grey, width, height, ACROSS, ALONG);
        if level.visible_steps() < STEPS_MIN {
            return None;
        }
        let (right, low) = (ALONG - 1, ACROSS - 1);
        Some(Self([
            print(|x, y| level.at(x, y)),
            print(|x, y| upright.at(y, right - x)),
            print(|x, y| level.at(right - x, low - y)),
            print(|x, y| upright.at(low - y, x)),
            print(|x, y| level.at(right - x, y)),
        ]))
    }

    /// The hash of the picture as it is.
    pub fn upright(&self) -> Print {
        self.0[0]
    }

    /// How far the other picture is in the way in which it fits best; the plain way wins a tie.
    pub fn apart(&self, other: Print) -> (u32, Laid) {
        let ways = self.0.iter().zip(Laid::ALL);
        ways.map(|(print, laid)| (print.apart(other), laid))
            .min()
            .unwrap_or((BITS, Laid::AsIs))
    }

    /// The same, asked from both sides: the cells of a turned picture are cut a little differently,
    /// and which of two was seen first must not matter.
    pub fn alike(&self, other: &Fingerprint) -> (u32, Laid) {
        let (there, laid) = self.apart(other.upright());
        let (back, turned) = other.apart(self.upright());
        (there, laid).min((back, turned.inverse()))
    }

    /// The text to store: 320 hex digits.
    pub fn text(&self) -> String {
        let words = self.0.iter().flat_map(|print| print.0);
        words.map(|word| format!("{word:016x}")).collect()
    }

    /// Reads what [`Fingerprint::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 5 * 4 * 16 || !text.is_ascii() {
            return None;
        }
        let mut prints = [Print::default(); 5];
        for (index, word) in prints.iter_mut().flat_map(|print| &mut print.0).enumerate() {
            *word = u64::from_str_radix(&text[index * 16..index * 16 + 16], 16).ok()?;
        }
        Some(Self(prints))
    }
}

/// Average brightness of each cell.
struct Cells {
    means: Vec<u8>,
    along: usize,
}

impl Cells {
    fn of(grey: &[u8], width: usize, height: usize, along: usize, across: usize) -> Self {
        let mut means = Vec::with_capacity(along * across);
        for row in 0..across {
            let rows = row * height / across..(row + 1) * height / across;
            for column in 0..along {
                let (from, to) = (column * width / along, (column + 1) * width / along);
                let pixels = rows.len() * (to - from);
                let lines = rows
                    .clone()
                    .map(|y| &grey[y * width + from..y * width + to]);
                let sum: u64 = lines.flatten().map(|pixel| u64::from(*pixel)).sum();
                means.push((sum / pixels as u64) as u8);
            }
        }
        Self { means, along }
    }

    fn at(&self, x: usize, y: usize) -> u8 {
        self.means[y * self.along + x]
    }

    /// Neighbours, side by side, of clearly different brightness.
    fn visible_steps(&self) -> usize {
        let rows = self.means.chunks(self.along);
        let pairs = rows.flat_map(|row| row.windows(2));
        pairs
            .filter(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs() >= STEP_MIN)
            .count()
    }
}

/// One bit between each cell and its right neighbour: is the right one brighter?
fn print(cell: impl Fn(usize, usize) -> u8) -> Print {
    let mut words = [0_u64; 4];
    for y in 0..ACROSS {
        for x in 0..ALONG - 1 {
            let bit = y * (ALONG - 1) + x;
            words[bit / 64] |= u64::from(cell(x, y) < cell(x + 1, y)) << (bit % 64);
        }
    }
    Print(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Both divide evenly into 16 and 17 cells, so that a turn moves no pixel across a border.
    const W: usize = 544;
    const H: usize = 272;

    /// Blocks of random brightness; the seed decides which.
    fn scene(seed: u64) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as u8
        };
        let blocks: Vec<u8> = (0..W / 8 * (H / 8)).map(|_| random()).collect();
        (0..W * H)
            .map(|at| blocks[at / W / 8 * (W / 8) + at % W / 8])
            .collect()
    }

    fn fingerprint(grey: &[u8], width: usize, height: usize) -> Fingerprint {
        Fingerprint::of(grey, width as u32, height as u32).unwrap()
    }

    /// The picture turned by a quarter, clockwise.
    fn turned(grey: &[u8], width: usize, height: usize) -> Vec<u8> {
        (0..width * height)
            .map(|at| {
                let (x, y) = (at % height, at / height);
                grey[(height - 1 - x) * width + y]
            })
            .collect()
    }

    fn mirrored(grey: &[u8], width: usize) -> Vec<u8> {
        grey.chunks(width)
            .flat_map(|row| row.iter().rev().copied())
            .collect()
    }

    #[test]
    fn each_way_of_laying_a_picture_down_is_found_under_its_name() {
        let grey = scene(1);
        let original = fingerprint(&grey, W, H);
        let mut size = (W, H);
        let mut copies = vec![
            (Laid::AsIs, grey.clone(), size),
            (Laid::Mirrored, mirrored(&grey, W), size),
        ];
        let mut copy = grey.clone();
        for turn in [Laid::Quarter, Laid::Half, Laid::ThreeQuarters] {
            copy = turned(&copy, size.0, size.1);
            size = (size.1, size.0);
            copies.push((turn, copy.clone(), size));
        }
        for (laid, copy, (width, height)) in copies {
            let copy = fingerprint(&copy, width, height);
            let (apart, found) = original.apart(copy.upright());
            assert_eq!(apart, 0, "{laid:?}");
            assert_eq!(found, laid);
            let (apart_back, back) = copy.apart(original.upright());
            assert_eq!(apart_back, 0, "{laid:?} back");
            assert_eq!(back, laid.inverse());
        }
    }

    #[test]
    fn unrelated_scenes_are_far_apart() {
        let prints: Vec<Fingerprint> = (1..40)
            .map(|seed| fingerprint(&scene(seed), W, H))
            .collect();
        for (index, one) in prints.iter().enumerate() {
            for other in &prints[index + 1..] {
                let (apart, laid) = one.apart(other.upright());
                assert!(apart > 40, "{apart} {laid:?}");
            }
        }
    }

    #[test]
    fn plain_small_and_wrongly_measured_pictures_have_no_fingerprint() {
        let noise: Vec<u8> = (0..W * H).map(|at| 200 + (at % 2) as u8).collect();
        assert_eq!(Fingerprint::of(&vec![0; W * H], W as u32, H as u32), None);
        assert_eq!(Fingerprint::of(&noise, W as u32, H as u32), None);
        let grey = scene(1);
        assert_eq!(Fingerprint::of(&grey, W as u32, H as u32 - 1), None);
        assert_eq!(Fingerprint::of(&grey, u32::MAX, u32::MAX), None);
        assert_eq!(Fingerprint::of(&[], 0, 0), None);
        let stripes = |side: u32| -> Vec<u8> {
            (0..side * side)
                .map(|at| {
                    if (at % side).is_multiple_of(2) {
                        0
                    } else {
                        255
                    }
                })
                .collect()
        };
        assert_eq!(Fingerprint::of(&stripes(16), 16, 16), None);
        assert!(Fingerprint::of(&stripes(17), 17, 17).is_some());
    }

    #[test]
    fn the_text_is_read_back_and_nothing_else_is() {
        let print = fingerprint(&scene(3), W, H);
        let text = print.text();
        assert_eq!(Fingerprint::parse(&text), Some(print));
        let wrong = [
            "",
            &text[1..],
            &format!("{text}0"),
            &format!("x{}", &text[1..]),
            &"é".repeat(160),
        ];
        for wrong in wrong {
            assert_eq!(Fingerprint::parse(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn brightness_changes_little_and_being_near_is_mutual(seed in 1u64..500, darker in 1u8..30) {
            let grey = scene(seed);
            let dark: Vec<u8> = grey.iter().map(|pixel| (u16::from(*pixel) * (255 - u16::from(darker)) / 255) as u8).collect();
            let (one, other) = (fingerprint(&grey, W, H), fingerprint(&dark, W, H));
            let (apart, laid) = one.apart(other.upright());
            prop_assert!(apart <= 26 && laid == Laid::AsIs, "{apart} {laid:?}");
            prop_assert_eq!(one.alike(&other).0, other.alike(&one).0);
        }
    }
}
