//! Handwriting for the demonstration: the signer's surname in pen strokes, followed by the
//! flourish with which people write the rest. Produces the value of an ink sidecar (9.4); it is
//! a drawing, not a signature in the cryptographic sense.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::chance::Chance;

/// Size of the pad on the phone, in its own pixels.
const WIDTH: i32 = 640;
const HEIGHT: i32 = 280;
/// Side of the box in which a surname is written.
const SURNAME_PX: i32 = 190;
/// A finger's pause between two strokes, milliseconds.
const LIFT_MS: (i32, i32) = (70, 160);

type Stroke = Vec<(f64, f64)>;

#[derive(Deserialize)]
struct InkFile {
    glyphs: BTreeMap<String, Vec<Vec<(i32, i32)>>>,
}

/// The strokes of `name` as the phone would record them; the same seed writes the same strokes.
/// A surname without a drawing becomes a flourish.
///
/// # Panics
/// When the built-in drawings are malformed, which the tests of this module exclude.
pub fn handwritten(name: &str, seed: u64) -> Value {
    let InkFile { glyphs } =
        serde_json::from_str(include_str!("ink.json")).expect("ink.json is well formed");
    let mut chance = Chance::seeded(seed);
    let mut letters = name.chars();
    let surname = letters.next().map(String::from).unwrap_or_default();
    let (left, top) = (chance.between(24, 48), chance.between(34, 56));
    let mut strokes: Vec<Stroke> = match glyphs.get(&surname) {
        Some(glyph) => glyph
            .iter()
            .map(|stroke| placed(stroke, left, top, &mut chance))
            .collect(),
        None => vec![flourish(left, top + 60, &mut chance)],
    };
    let mut x = left + SURNAME_PX + chance.between(6, 24);
    for _ in letters {
        strokes.push(flourish(x, top + chance.between(30, 60), &mut chance));
        x += chance.between(130, 150);
    }
    json!({"width": WIDTH, "height": HEIGHT, "strokes": timed(&strokes, &mut chance)})
}

/// A stroke of the grid at its place on the pad, slanted a little and never quite straight.
fn placed(stroke: &[(i32, i32)], left: i32, top: i32, chance: &mut Chance) -> Stroke {
    let slant = f64::from(chance.between(-4, 9)) / 100.0;
    let scale = f64::from(SURNAME_PX) / 100.0;
    let mut corner = |&(x, y): &(i32, i32)| {
        let (x, y) = (
            f64::from(x + chance.between(-2, 2)),
            f64::from(y + chance.between(-2, 2)),
        );
        let leaning = x + (50.0 - y) * slant;
        (
            f64::from(left) + leaning * scale,
            f64::from(top) + y * scale,
        )
    };
    stroke.iter().map(&mut corner).collect()
}

/// A running hand: loops that drift to the right and get smaller.
fn flourish(left: i32, middle: i32, chance: &mut Chance) -> Stroke {
    let turns = chance.between(2, 4);
    let mut points = Vec::new();
    for step in 0..=turns * 4 {
        let angle = f64::from(step) * std::f64::consts::FRAC_PI_2;
        let shrink = 1.0 - f64::from(step) / f64::from(turns * 5);
        let (wide, high) = (
            f64::from(chance.between(20, 30)),
            f64::from(chance.between(34, 62)),
        );
        let drift = f64::from(step) * 120.0 / f64::from(turns * 4);
        let x = f64::from(left) + drift + angle.cos() * wide * shrink;
        let y = f64::from(middle) + 40.0 - angle.sin() * high * shrink;
        points.push((x, y));
    }
    points
}

/// Rounds the corners, adds the points between them, and gives each point its time.
fn timed(strokes: &[Stroke], chance: &mut Chance) -> Vec<Vec<Value>> {
    let mut t = 0;
    let mut all = Vec::with_capacity(strokes.len());
    for stroke in strokes {
        let mut points = Vec::new();
        for (x, y) in smooth(stroke) {
            let x = (x.round() as i32 + chance.between(-1, 1)).clamp(0, WIDTH - 1);
            let y = (y.round() as i32 + chance.between(-1, 1)).clamp(0, HEIGHT - 1);
            points.push(json!({"x": x, "y": y, "t": t}));
            t += chance.between(11, 19);
        }
        t += chance.between(LIFT_MS.0, LIFT_MS.1);
        all.push(points);
    }
    all
}

/// Catmull-Rom curve through the corners, a point about every eight pixels.
fn smooth(corners: &[(f64, f64)]) -> Stroke {
    let at = |index: isize| corners[index.clamp(0, corners.len() as isize - 1) as usize];
    let mut curve = vec![at(0)];
    for index in 0..corners.len() as isize - 1 {
        let (p, q, r, s) = (at(index - 1), at(index), at(index + 1), at(index + 2));
        let steps = ((r.0 - q.0).hypot(r.1 - q.1) / 8.0).ceil().max(1.0);
        for step in 1..=steps as i32 {
            let t = f64::from(step) / steps;
            let blend = |p: f64, q: f64, r: f64, s: f64| {
                let square = 2.0 * p - 5.0 * q + 4.0 * r - s;
                let cube = 3.0 * q - p - 3.0 * r + s;
                0.5 * (2.0 * q + (r - p) * t + square * t * t + cube * t * t * t)
            };
            curve.push((blend(p.0, q.0, r.0, s.0), blend(p.1, q.1, r.1, s.1)));
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_are_integers_on_the_pad_and_time_only_grows() {
        for (seed, name) in ["王静", "林雅琴", "李", "欧阳锋", ""]
            .into_iter()
            .enumerate()
        {
            let ink = handwritten(name, seed as u64);
            let mut before = -1;
            let strokes = ink["strokes"].as_array().unwrap();
            assert!(!strokes.is_empty(), "{name:?}");
            for point in strokes.iter().flat_map(|stroke| stroke.as_array().unwrap()) {
                let number = |key: &str| point[key].as_i64().unwrap();
                assert!((0..i64::from(WIDTH)).contains(&number("x")), "{name:?}");
                assert!((0..i64::from(HEIGHT)).contains(&number("y")), "{name:?}");
                assert!(number("t") > before);
                before = number("t");
            }
        }
    }

    #[test]
    fn the_same_person_never_writes_the_same_strokes_twice() {
        assert_eq!(handwritten("王静", 1), handwritten("王静", 1));
        assert_ne!(handwritten("王静", 1), handwritten("王静", 2));
    }

    #[test]
    fn every_site_manager_of_the_demonstration_can_write_the_surname() {
        let InkFile { glyphs } = serde_json::from_str(include_str!("ink.json")).unwrap();
        let city = crate::demo::data::City::load();
        for person in city
            .people
            .iter()
            .filter(|person| person.role == "site_manager")
        {
            let surname = person.name.chars().next().unwrap().to_string();
            assert!(glyphs.contains_key(&surname), "{}", person.name);
        }
    }
}
