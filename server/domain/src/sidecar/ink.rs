//! The drawn signature of an evaluation (9.4): strokes with their timing, not a picture, so that
//! a copy can be told from a hand. It is no electronic signature in the sense of the law.

use serde::{Deserialize, Serialize};

/// Most strokes of one signature.
pub const STROKES_MAX: usize = 200;
/// Most points of one signature, all strokes together.
pub const POINTS_MAX: usize = 20_000;
/// Largest width or height of the drawing area, pixels.
pub const SIDE_MAX: u32 = 10_000;
/// A shorter drawing, in pixels of path, is a slip of the finger and counts as nothing.
const PATH_MIN: u128 = 20;
/// Path lengths are summed in thousandths of a pixel.
const MILLI: u128 = 1000;

/// Where the pen was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Pixels from the left.
    pub x: i32,
    /// Pixels from the top.
    pub y: i32,
    /// Milliseconds since the first point.
    pub t: u32,
}

/// A drawn signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ink {
    /// Of the drawing area, pixels.
    pub width: u32,
    /// Of the drawing area, pixels.
    pub height: u32,
    pub strokes: Vec<Vec<Point>>,
}

impl Ink {
    /// Whether there is nothing to see: no stroke with two distinct points, or less than 20 px of
    /// path in all.
    pub fn is_empty(&self) -> bool {
        let path: u128 = self
            .strokes
            .iter()
            .flat_map(|stroke| stroke.windows(2))
            .map(|pair| length(pair[0], pair[1]))
            .sum();
        path < PATH_MIN * MILLI
    }

    /// Whether size, strokes and points are within their limits.
    pub fn is_within_limits(&self) -> bool {
        (1..=SIDE_MAX).contains(&self.width)
            && (1..=SIDE_MAX).contains(&self.height)
            && self.strokes.len() <= STROKES_MAX
            && self.strokes.iter().map(Vec::len).sum::<usize>() <= POINTS_MAX
    }
}

/// Distance in thousandths of a pixel.
fn length(a: Point, b: Point) -> u128 {
    let across = u128::from(a.x.abs_diff(b.x));
    let down = u128::from(a.y.abs_diff(b.y));
    ((across * across + down * down) * MILLI * MILLI).isqrt()
}
