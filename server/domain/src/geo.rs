//! Where: positions, distances and the fence (A17, A18). Angles are whole 10⁻⁷ degrees, lengths
//! whole centimetres, so that phone, server and verifier agree to the last digit: the geodesic
//! itself is computed in floating point, whose last bit differs between machines, and rounding
//! to the centimetre removes that bit. What a position proves is [`crate::presence`]'s business.

mod gcj02;

use geo::{Distance, Geodesic, Point};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A place on the ground, degrees × 10⁷.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub lat_e7: i64,
    pub lng_e7: i64,
}

/// What kind of receiver made a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixSource {
    Gnss,
    Network,
    Unknown,
}

/// In which coordinate system a fix says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crs {
    Wgs84,
    Gcj02,
    Unknown,
}

/// One position reading of the phone, as it lies in the check-in's sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    pub lat_e7: i64,
    pub lng_e7: i64,
    /// Radius that holds the true place with 95 % (W3C), centimetres.
    pub acc_cm: i64,
    /// The reading's own time stamp; a hint only.
    pub ts: Timestamp,
    /// Monotonic clock of the page load when the reading arrived, the same clock as events'.
    pub mono: i64,
    pub src: FixSource,
    pub crs: Crs,
}

/// Where a reading lies against a fence. A distance alone never decides: its error does, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proximity {
    Inside,
    Outside,
    CannotTell,
    /// There is no reading to judge.
    NoFix,
}

impl Position {
    /// Whether it lies on the globe.
    pub fn is_valid(self) -> bool {
        (-900_000_000..=900_000_000).contains(&self.lat_e7)
            && (-1_800_000_000..=1_800_000_000).contains(&self.lng_e7)
    }

    /// Geodesic distance on the WGS-84 ellipsoid, rounded to whole centimetres; none if one of
    /// the two is not on the globe.
    pub fn distance_cm(self, other: Position) -> Option<i64> {
        let point = |at: Position| Point::new(degrees(at.lng_e7), degrees(at.lat_e7));
        (self.is_valid() && other.is_valid())
            .then(|| libm::round(Geodesic.distance(point(self), point(other)) * 100.0) as i64)
    }
}

impl Fix {
    /// Where it says the phone is, read as WGS-84 unless it calls itself GCJ-02.
    pub fn position(&self) -> Position {
        let written = Position {
            lat_e7: self.lat_e7,
            lng_e7: self.lng_e7,
        };
        if self.crs == Crs::Gcj02 {
            written.from_gcj02()
        } else {
            written
        }
    }

    /// Whether it can be a reading at all: on the globe, accuracy from nothing to half the
    /// equator. Whether it is a believable one is a question for the policy.
    pub fn is_valid(&self) -> bool {
        Position {
            lat_e7: self.lat_e7,
            lng_e7: self.lng_e7,
        }
        .is_valid()
            && (0..=ACCURACY_CM_MAX).contains(&self.acc_cm)
    }
}

/// Half the equator: beyond it an accuracy says nothing.
const ACCURACY_CM_MAX: i64 = 2_004_000_000;

/// Judges a reading at `distance_cm` from the middle of a fence. Inside only if the whole circle
/// of its error lies inside, outside only if all of it lies outside.
pub fn proximity(distance_cm: i64, accuracy_cm: i64, radius_cm: i64) -> Proximity {
    if distance_cm + accuracy_cm <= radius_cm {
        Proximity::Inside
    } else if distance_cm - accuracy_cm > radius_cm {
        Proximity::Outside
    } else {
        Proximity::CannotTell
    }
}

fn degrees(e7: i64) -> f64 {
    e7 as f64 / 1e7
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn at((lat_e7, lng_e7): (i64, i64)) -> Position {
        Position { lat_e7, lng_e7 }
    }

    /// Made with Python's geographiclib 2.1, `Geodesic.WGS84.Inverse`.
    #[rstest]
    #[case::same_place((225_430_000, 1_140_580_000), (225_430_000, 1_140_580_000), 0)]
    #[case::north((225_430_000, 1_140_580_000), (225_443_456, 1_140_580_000), 14_901)]
    #[case::east((225_430_000, 1_140_580_000), (225_430_000, 1_140_594_567), 14_984)]
    #[case::across_the_fence((225_480_678, 1_140_543_456), (225_475_555, 1_140_557_777), 15_785)]
    #[case::across_town((225_430_000, 1_140_580_000), (225_001_234, 1_139_001_234), 1_692_215)]
    #[case::to_beijing((225_430_000, 1_140_580_000), (399_042_000, 1_164_074_000), 193_772_557)]
    #[case::equator((0, 0), (0, 10_000_000), 11_131_949)]
    #[case::over_the_pole((899_000_000, 0), (899_000_000, 1_800_000_000), 2_233_880)]
    #[case::south_west((-225_000_000, -1_140_000_000), (-225_001_000, -1_140_001_000), 1_512)]
    #[case::date_line((0, 1_799_999_000), (0, -1_799_999_000), 2_226)]
    fn distance_equals_geographiclib_to_the_centimetre(
        #[case] from: (i64, i64),
        #[case] to: (i64, i64),
        #[case] distance_cm: i64,
    ) {
        assert_eq!(at(from).distance_cm(at(to)), Some(distance_cm));
        assert_eq!(at(to).distance_cm(at(from)), Some(distance_cm));
    }

    #[rstest]
    #[case::one_inside(14_899, 100, 15_000, Proximity::Inside)]
    #[case::on_the_line(14_900, 100, 15_000, Proximity::Inside)]
    #[case::one_over(14_901, 100, 15_000, Proximity::CannotTell)]
    #[case::still_reaching_in(15_099, 100, 15_000, Proximity::CannotTell)]
    #[case::touching_from_outside(15_100, 100, 15_000, Proximity::CannotTell)]
    #[case::one_beyond(15_101, 100, 15_000, Proximity::Outside)]
    #[case::sharp_on_the_line(15_000, 0, 15_000, Proximity::Inside)]
    #[case::sharp_one_beyond(15_001, 0, 15_000, Proximity::Outside)]
    #[case::three_kilometres_wide(0, 300_000, 15_000, Proximity::CannotTell)]
    #[case::wide_but_far(315_001, 300_000, 15_000, Proximity::Outside)]
    fn the_fence_is_judged_to_the_centimetre(
        #[case] distance_cm: i64,
        #[case] accuracy_cm: i64,
        #[case] radius_cm: i64,
        #[case] expected: Proximity,
    ) {
        assert_eq!(proximity(distance_cm, accuracy_cm, radius_cm), expected);
    }

    #[rstest]
    #[case::shenzhen(225_430_000, 1_140_580_000, 1_200, true)]
    #[case::accuracy_nothing(225_430_000, 1_140_580_000, 0, true)]
    #[case::accuracy_below_nothing(225_430_000, 1_140_580_000, -1, false)]
    #[case::three_kilometres(225_430_000, 1_140_580_000, 300_000, true)]
    #[case::pole(900_000_000, 0, 1, true)]
    #[case::above_the_pole(900_000_001, 0, 1, false)]
    #[case::latitude_91(910_000_000, 0, 1, false)]
    #[case::longitude_over(0, 1_800_000_001, 1, false)]
    #[case::absurd(i64::MIN, i64::MIN, i64::MAX, false)]
    fn a_reading_must_be_on_the_globe(
        #[case] lat_e7: i64,
        #[case] lng_e7: i64,
        #[case] acc_cm: i64,
        #[case] valid: bool,
    ) {
        let fix = Fix {
            lat_e7,
            lng_e7,
            acc_cm,
            ts: Timestamp(0),
            mono: 0,
            src: FixSource::Gnss,
            crs: Crs::Wgs84,
        };
        assert_eq!(fix.is_valid(), valid);
        let elsewhere = Position {
            lat_e7: 0,
            lng_e7: 0,
        };
        let on_the_globe = Position { lat_e7, lng_e7 }.is_valid();
        assert_eq!(
            elsewhere.distance_cm(Position { lat_e7, lng_e7 }).is_some(),
            on_the_globe
        );
    }

    #[test]
    fn a_reading_cannot_be_a_fraction_or_no_number() {
        for wrong in ["22.543", "NaN", "1e400", "\"225430000\"", "null"] {
            let text = format!(
                r#"{{"lat_e7":{wrong},"lng_e7":0,"acc_cm":1,"ts":0,"mono":0,"src":"gnss","crs":"wgs84"}}"#
            );
            assert!(serde_json::from_str::<Fix>(&text).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_worse_accuracy_never_proves_more(distance_cm in 0i64..1_000_000, accuracy_cm in 0i64..500_000, worse in 0i64..500_000) {
            let (sharp, blurred) = (proximity(distance_cm, accuracy_cm, 15_000), proximity(distance_cm, accuracy_cm + worse, 15_000));
            prop_assert!(blurred == sharp || blurred == Proximity::CannotTell);
        }
    }
}
