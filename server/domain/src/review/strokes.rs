//! Is this drawn signature that one again? The ink is walked along from end to end and looked at
//! in equal steps, moved to a common corner and brought to a common size; what remains is the shape
//! of the hand's path, whatever pad it was drawn on and however fast. A hand never draws the same
//! path twice; a program that pastes old strokes does, also when it moves, stretches or retimes them.

use sha2::{Digest as _, Sha256};

use crate::ids::Digest;
use crate::sidecar::{Ink, Point};

/// Places at which the path is looked at.
pub const PLACES: usize = 32;
/// The longer side of the normalised drawing.
const SIDE: i64 = 1000;
/// Lengths are summed in sixty-fourths of a pixel.
const FINE: i64 = 64;

/// The normalised path: x and y of each place, thousandths of the drawing's longer side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(pub [(u16, u16); PLACES]);

impl Shape {
    /// Of a drawn signature; none if there is nothing to see.
    pub fn of(ink: &Ink) -> Option<Self> {
        if ink.is_empty() {
            return None;
        }
        let places = places(ink);
        let (left, right) = ends(places.iter().map(|place| place.0))?;
        let (top, bottom) = ends(places.iter().map(|place| place.1))?;
        let side = (right - left).max(bottom - top).max(1);
        let scaled = |value: i64, from: i64| ((value - from) * SIDE / side) as u16;
        let mut shape = [(0, 0); PLACES];
        for (at, (x, y)) in shape.iter_mut().zip(places) {
            *at = (scaled(x, left), scaled(y, top));
        }
        Some(Self(shape))
    }

    /// How far the paths lie apart on average, thousandths of their size.
    pub fn apart_permille(&self, other: &Shape) -> u32 {
        let pairs = self.0.iter().zip(other.0);
        let sum: u64 = pairs
            .map(|(a, b)| {
                let across = u64::from(a.0.abs_diff(b.0));
                let down = u64::from(a.1.abs_diff(b.1));
                (across * across + down * down).isqrt()
            })
            .sum();
        u32::try_from(sum / PLACES as u64).unwrap_or(u32::MAX)
    }

    /// The text to store: 256 hex digits.
    pub fn text(&self) -> String {
        let parts = self.0.iter().flat_map(|(x, y)| [*x, *y]);
        parts.map(|part| format!("{part:04x}")).collect()
    }

    /// Reads what [`Shape::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != PLACES * 8 || !text.is_ascii() {
            return None;
        }
        let mut shape = [(0, 0); PLACES];
        for (index, (x, y)) in shape.iter_mut().enumerate() {
            let part = |from: usize| u16::from_str_radix(&text[from..from + 4], 16).ok();
            (*x, *y) = (part(index * 8)?, part(index * 8 + 4)?);
        }
        Some(Self(shape))
    }
}

/// A drawn signature as it is remembered: its shape, and whether it is the same point for point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawing {
    pub shape: Shape,
    /// SHA-256 of all places of the pen.
    pub points: Digest,
    /// SHA-256 of all times of the pen.
    pub timing: Digest,
}

impl Drawing {
    /// Of a drawn signature; none if there is nothing to see.
    pub fn of(ink: &Ink) -> Option<Self> {
        let shape = Shape::of(ink)?;
        let (mut points, mut timing) = (Sha256::new(), Sha256::new());
        for stroke in &ink.strokes {
            for Point { x, y, t } in stroke {
                points.update(x.to_be_bytes());
                points.update(y.to_be_bytes());
                timing.update(t.to_be_bytes());
            }
            points.update(b"lift");
        }
        let (points, timing) = (
            Digest(points.finalize().into()),
            Digest(timing.finalize().into()),
        );
        Some(Self {
            shape,
            points,
            timing,
        })
    }

    /// The text to store.
    pub fn text(&self) -> String {
        format!("{}{}{}", self.shape.text(), self.points, self.timing)
    }

    /// Reads what [`Drawing::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (shape, hashes) = text.split_at_checked(PLACES * 8)?;
        let (points, timing) = hashes.split_at_checked(64)?;
        Some(Self {
            shape: Shape::parse(shape)?,
            points: points.parse().ok()?,
            timing: timing.parse().ok()?,
        })
    }
}

/// Across and down, in fine units.
type Place = (i64, i64);

/// Equal steps along the drawn path, the jumps between strokes left out.
fn places(ink: &Ink) -> Vec<Place> {
    let fine = |point: &Point| (i64::from(point.x) * FINE, i64::from(point.y) * FINE);
    let segments: Vec<(Place, Place, i64)> = ink
        .strokes
        .iter()
        .flat_map(|stroke| stroke.windows(2))
        .map(|pair| (fine(&pair[0]), fine(&pair[1])))
        .map(|(from, to)| (from, to, length(from, to)))
        .filter(|(_, _, length)| *length > 0)
        .collect();
    let whole: i64 = segments.iter().map(|segment| segment.2).sum();
    let mut walked = 0;
    let mut segments = segments.into_iter().peekable();
    let mut places = Vec::with_capacity(PLACES);
    for step in 0..PLACES as i64 {
        let goal = whole * step / (PLACES as i64 - 1);
        while let Some((_, _, length)) = segments.peek() {
            if walked + length >= goal {
                break;
            }
            walked += length;
            segments.next();
        }
        if let Some((from, to, length)) = segments.peek() {
            let along = goal - walked;
            let part = |way: i64| i128::from(way) * i128::from(along) / i128::from(*length);
            let between = |from: i64, to: i64| from + i64::try_from(part(to - from)).unwrap_or(0);
            places.push((between(from.0, to.0), between(from.1, to.1)));
        }
    }
    places
}

fn length(from: Place, to: Place) -> i64 {
    let (across, down) = (i128::from(to.0 - from.0), i128::from(to.1 - from.1));
    i64::try_from((across * across + down * down).isqrt()).unwrap_or(i64::MAX / (1 << 20))
}

fn ends(values: impl Iterator<Item = i64> + Clone) -> Option<(i64, i64)> {
    Some((values.clone().min()?, values.max()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ink(strokes: &[&[(i32, i32)]]) -> Ink {
        let mut t = 0;
        let strokes = strokes.iter().map(|stroke| {
            let points = stroke.iter().map(|(x, y)| {
                t += 16;
                Point { x: *x, y: *y, t }
            });
            points.collect()
        });
        Ink {
            width: 640,
            height: 280,
            strokes: strokes.collect(),
        }
    }

    const HAND: &[&[(i32, i32)]] = &[
        &[(20, 40), (120, 42), (125, 90), (30, 160)],
        &[(180, 30), (175, 200)],
        &[(240, 120), (300, 60), (340, 140), (420, 90), (470, 150)],
    ];

    fn changed(change: impl Fn((i32, i32)) -> (i32, i32)) -> Ink {
        let strokes: Vec<Vec<(i32, i32)>> = HAND
            .iter()
            .map(|stroke| stroke.iter().map(|point| change(*point)).collect())
            .collect();
        ink(&strokes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn apart(other: &Ink) -> u32 {
        Shape::of(&ink(HAND))
            .unwrap()
            .apart_permille(&Shape::of(other).unwrap())
    }

    #[test]
    fn moving_scaling_and_retiming_change_nothing() {
        assert_eq!(apart(&ink(HAND)), 0);
        assert_eq!(apart(&changed(|(x, y)| (x + 137, y + 9))), 0);
        assert!(apart(&changed(|(x, y)| (x * 3, y * 3))) <= 1);
        assert!(apart(&changed(|(x, y)| (x * 3 / 4 + 5, y * 3 / 4 - 2))) <= 3);
        let mut slow = ink(HAND);
        slow.strokes
            .iter_mut()
            .flatten()
            .for_each(|point| point.t *= 3);
        assert_eq!(apart(&slow), 0);
    }

    #[test]
    fn another_hand_another_order_and_another_proportion_are_told() {
        assert!(apart(&changed(|(x, y)| (x, y + (x / 9) % 40))) > 20);
        assert!(apart(&changed(|(x, y)| (x, y * 2))) > 50);
        let backwards: Vec<&[(i32, i32)]> = HAND.iter().rev().copied().collect();
        assert!(apart(&ink(&backwards)) > 100);
    }

    #[test]
    fn nothing_drawn_has_no_shape_and_extremes_do_not_overflow() {
        assert_eq!(Shape::of(&ink(&[])), None);
        assert_eq!(Shape::of(&ink(&[&[(5, 5), (5, 5)]])), None);
        let far: &[&[(i32, i32)]] = &[&[(i32::MIN, i32::MIN), (i32::MAX, i32::MAX), (0, i32::MIN)]];
        assert!(Shape::of(&ink(far)).is_some());
        assert!(Shape::of(&ink(&[&[(0, 0), (0, 300)]])).is_some());
    }

    #[test]
    fn the_text_is_read_back_and_nothing_else_is() {
        let shape = Shape::of(&ink(HAND)).unwrap();
        assert_eq!(Shape::parse(&shape.text()), Some(shape));
        let drawing = Drawing::of(&ink(HAND)).unwrap();
        assert_eq!(Drawing::parse(&drawing.text()), Some(drawing));
        assert_eq!(Drawing::parse(&drawing.text()[1..]), None);
        assert_eq!(Shape::parse(""), None);
        assert_eq!(Shape::parse(&"x".repeat(256)), None);
        assert_eq!(Shape::parse(&"é".repeat(128)), None);
    }

    proptest! {
        #[test]
        fn points_more_often_on_the_same_path_are_the_same_shape(parts in 2i32..6) {
            let finer: Vec<Vec<(i32, i32)>> = HAND.iter().map(|stroke| {
                let mut points = vec![stroke[0]];
                for pair in stroke.windows(2) {
                    let (from, to) = (pair[0], pair[1]);
                    points.extend((1..=parts).map(|part| {
                        (from.0 + (to.0 - from.0) * part / parts, from.1 + (to.1 - from.1) * part / parts)
                    }));
                }
                points
            }).collect();
            let finer = ink(&finer.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert!(apart(&finer) <= 4, "{}", apart(&finer));
        }
    }
}
