//! A map without a map: fence, terminal and positions to scale on a plane that touches the earth
//! at the terminal. Distances that are judged come from the rules, never from here.

use domain::geo::{Fix, Position};
use domain::presence::Presence;

use crate::figures;
use crate::mark::{Area, BLUE, GREEN, INK, LINE, Mark, PALE, Pen, SKY, SOFT, Shape, Style, WHITE};

/// How many times farther than what matters a position may lie and still set the scale.
const FAR: f32 = 4.0;
/// Where far positions stand, from the edge.
const EDGE: f32 = 12.0;

/// Metres east and north of the terminal, by the rules' own geodesic.
fn offset(origin: Position, at: Position) -> Option<(f32, f32)> {
    let same_lat = Position {
        lat_e7: origin.lat_e7,
        ..at
    };
    let same_lng = Position {
        lng_e7: origin.lng_e7,
        ..at
    };
    let metres = |to: Position, is_less: bool| {
        let metres = origin.distance_cm(to)? as f32 / 100.0;
        Some(if is_less { -metres } else { metres })
    };
    let east = metres(same_lat, at.lng_e7 < origin.lng_e7)?;
    let north = metres(same_lng, at.lat_e7 < origin.lat_e7)?;
    Some((east, north))
}

struct Placed {
    east: f32,
    north: f32,
    accuracy: f32,
    is_judged: bool,
}

impl Placed {
    fn distance(&self) -> f32 {
        (self.east * self.east + self.north * self.north).sqrt()
    }
}

/// The judged fix: the one whose accuracy and distance the judgement names.
pub fn judged(terminal: Position, fixes: &[Fix], presence: &Presence) -> Option<usize> {
    let is_it = |fix: &Fix| {
        Some(fix.acc_cm) == presence.accuracy_cm
            && fix.position().distance_cm(terminal) == presence.distance_cm
    };
    presence.distance_cm?;
    fixes.iter().position(is_it)
}

/// Draws the sketch into a square.
pub fn sketch(area: Area, terminal: Position, fixes: &[Fix], presence: &Presence) -> Vec<Mark> {
    let best = judged(terminal, fixes, presence);
    let placed: Vec<Placed> = fixes
        .iter()
        .enumerate()
        .filter(|(_, fix)| fix.is_valid())
        .filter_map(|(index, fix)| {
            let (east, north) = offset(terminal, fix.position())?;
            Some(Placed {
                east,
                north,
                accuracy: fix.acc_cm as f32 / 100.0,
                is_judged: Some(index) == best,
            })
        })
        .collect();
    let radius = presence.radius_cm as f32 / 100.0;
    let best_away = placed
        .iter()
        .find(|fix| fix.is_judged)
        .map_or(0.0, Placed::distance);
    let matters = radius.max(best_away).max(10.0);
    let near = || placed.iter().filter(|fix| fix.distance() <= matters * FAR);
    let centres = near().map(Placed::distance).fold(matters, f32::max);
    let circles = near()
        .map(|fix| fix.distance() + fix.accuracy)
        .fold(0.0, f32::max);
    let reach = centres.max(circles.min(centres * 1.6));
    let half = area.w / 2.0;
    let scale = half * 0.9 / reach;
    let (x, y) = (area.x + half, area.y + half);

    let mut marks = vec![Mark::filled(Shape::Box(area), PALE)];
    let mut inside = vec![
        Mark::filled(
            Shape::Circle {
                x,
                y,
                r: radius * scale,
            },
            WHITE,
        ),
        Mark::drawn(
            Shape::Circle {
                x,
                y,
                r: radius * scale,
            },
            Pen::new(GREEN, 1.2).dashed(),
        ),
    ];
    let mut placed = placed;
    placed.sort_by_key(|fix| fix.is_judged);
    for fix in &placed {
        inside.extend(one(fix, (x, y), scale, matters, half));
    }
    let size = 3.6;
    let shape = Shape::Box(Area {
        x: x - size,
        y: y - size,
        w: 2.0 * size,
        h: 2.0 * size,
    });
    inside.push(Mark::filled(shape, INK));
    marks.push(Mark::Within {
        area,
        marks: inside,
    });
    marks.extend(furniture(area, scale));
    marks.push(Mark::drawn(Shape::Box(area), Pen::new(LINE, 0.6)));
    marks
}

/// A position with its circle of accuracy, or an arrow at the edge if it is far away.
fn one(fix: &Placed, (x, y): (f32, f32), scale: f32, matters: f32, half: f32) -> Vec<Mark> {
    let (color, width) = if fix.is_judged {
        (BLUE, 1.3)
    } else {
        (SOFT, 0.6)
    };
    if fix.distance() > matters * FAR {
        let pull = (half - EDGE) / fix.distance();
        let (east, north) = (x + fix.east * pull, y - fix.north * pull);
        let away = figures::metres((fix.distance() * 100.0) as i64);
        return vec![
            Mark::line(
                x + fix.east * pull * 0.86,
                y - fix.north * pull * 0.86,
                east,
                north,
                Pen::new(color, width),
            ),
            Mark::filled(
                Shape::Circle {
                    x: east,
                    y: north,
                    r: 2.4,
                },
                color,
            ),
            Mark::centred(
                east.clamp(x - half + 30.0, x + half - 30.0),
                north + if fix.north > 0.0 { 10.0 } else { -5.0 },
                Style::new(7.0).color(color),
                &away,
            ),
        ];
    }
    let (px, py) = (x + fix.east * scale, y - fix.north * scale);
    let circle = Shape::Circle {
        x: px,
        y: py,
        r: (fix.accuracy * scale).max(0.5),
    };
    let mut marks = Vec::new();
    if fix.is_judged {
        marks.push(Mark::veil(circle.clone(), SKY, 30));
    }
    marks.push(Mark::drawn(circle, Pen::new(color, width * 0.7)));
    let r = if fix.is_judged { 2.6 } else { 1.7 };
    marks.push(Mark::filled(Shape::Circle { x: px, y: py, r }, color));
    marks
}

/// Scale bar and north.
fn furniture(area: Area, scale: f32) -> Vec<Mark> {
    let metres = round_metres(area.w * 0.28 / scale);
    let length = metres as f32 * scale;
    let (left, low) = (area.x + 8.0, area.y + area.h - 9.0);
    let (north, top) = (area.x + area.w - 14.0, area.y + 8.0);
    let pen = Pen::new(INK, 1.0);
    let label = if metres >= 1000 {
        format!("{} 公里", metres / 1000)
    } else {
        format!("{metres} 米")
    };
    vec![
        Mark::line(left, low, left + length, low, pen),
        Mark::line(left, low - 3.0, left, low + 3.0, pen),
        Mark::line(left + length, low - 3.0, left + length, low + 3.0, pen),
        Mark::text(left + length + 4.0, low + 2.6, Style::new(7.5), label),
        Mark::filled(
            Shape::Path {
                points: vec![
                    (north, top),
                    (north + 4.0, top + 12.0),
                    (north, top + 9.0),
                    (north - 4.0, top + 12.0),
                ],
                closed: true,
            },
            INK,
        ),
        Mark::centred(north, top + 21.0, Style::new(7.5), "北"),
    ]
}

/// The largest of 1, 2, 5 × 10ⁿ metres that is not longer.
fn round_metres(most: f32) -> i64 {
    let mut round = 1;
    let mut power = 1;
    while (power as f32) <= most {
        for lead in [1, 2, 5] {
            if (lead * power) as f32 <= most {
                round = lead * power;
            }
        }
        power *= 10;
    }
    round
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_agree_with_the_geodesic() {
        let origin = Position {
            lat_e7: 225_430_000,
            lng_e7: 1_140_580_000,
        };
        let north_east = Position {
            lat_e7: 225_443_456,
            lng_e7: 1_140_594_567,
        };
        let (east, north) = offset(origin, north_east).unwrap();
        assert!(
            (east - 149.84).abs() < 0.1 && (north - 149.01).abs() < 0.1,
            "{east} {north}"
        );
        let south_west = Position {
            lat_e7: 225_416_544,
            lng_e7: 1_140_565_433,
        };
        let (east, north) = offset(origin, south_west).unwrap();
        assert!(east < -149.0 && north < -148.0);
    }

    #[test]
    fn scale_bars_are_round() {
        assert_eq!(
            [0.3, 1.0, 4.9, 5.0, 37.0, 260.0, 9_000.0].map(round_metres),
            [1, 1, 2, 5, 20, 200, 5_000]
        );
    }
}
