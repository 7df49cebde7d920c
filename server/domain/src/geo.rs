//! Where: positions, distances and the fence (A17, A18). Angles are whole 10⁻⁷ degrees, lengths
//! whole centimetres, so that phone, server and verifier agree to the last digit: the geodesic
//! itself is computed in floating point, whose last bit differs between machines, and rounding
//! to the centimetre removes that bit. What a position proves is [`crate::presence`]'s business.

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

    /// Geodesic distance on the WGS-84 ellipsoid, rounded to whole centimetres.
    pub fn distance_cm(self, other: Position) -> i64 {
        let point = |at: Position| Point::new(degrees(at.lng_e7), degrees(at.lat_e7));
        (Geodesic.distance(point(self), point(other)) * 100.0).round() as i64
    }

    /// The same place as Chinese map services write it (GCJ-02): 581–613 m away in Shenzhen.
    pub fn to_gcj02(self) -> Position {
        let (lat, lng) = (degrees(self.lat_e7), degrees(self.lng_e7));
        if !(0.8293..=55.8271).contains(&lat) || !(72.004..=137.8347).contains(&lng) {
            return self;
        }
        let (lat_shift, lng_shift) = gcj02_shift(lat, lng);
        Position { lat_e7: e7(lat + lat_shift), lng_e7: e7(lng + lng_shift) }
    }

    /// The place that is written `self` in GCJ-02. There is no closed form; each round shrinks
    /// the error about a thousandfold, so four leave only the last rounding.
    pub fn from_gcj02(self) -> Position {
        let mut guess = self;
        for _ in 0..4 {
            let there = guess.to_gcj02();
            guess.lat_e7 += self.lat_e7 - there.lat_e7;
            guess.lng_e7 += self.lng_e7 - there.lng_e7;
        }
        guess
    }
}

impl Fix {
    /// Where it says the phone is, read as WGS-84 unless it calls itself GCJ-02.
    pub fn position(&self) -> Position {
        let written = Position { lat_e7: self.lat_e7, lng_e7: self.lng_e7 };
        if self.crs == Crs::Gcj02 { written.from_gcj02() } else { written }
    }

    /// Whether it can be a reading at all: on the globe, accuracy from nothing to half the
    /// equator. Whether it is a believable one is a question for the policy.
    pub fn is_valid(&self) -> bool {
        Position { lat_e7: self.lat_e7, lng_e7: self.lng_e7 }.is_valid()
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

fn e7(degrees: f64) -> i64 {
    libm::round(degrees * 1e7) as i64
}

/// How far GCJ-02 moves a place, in degrees of latitude and longitude. The constants are the
/// published ones: the Krasovsky ellipsoid and the fitted series around 35° N 105° E.
fn gcj02_shift(lat: f64, lng: f64) -> (f64, f64) {
    use std::f64::consts::PI;
    const AXIS_M: f64 = 6_378_245.0;
    const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

    let (x, y) = (lng - 105.0, lat - 35.0);
    let wave = |size: f64, turns: f64| size * libm::sin(turns * PI);
    let ripple = (wave(20.0, 6.0 * x) + wave(20.0, 2.0 * x)) * 2.0 / 3.0;
    let root = libm::sqrt(libm::fabs(x));
    let north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
        + ripple
        + (wave(20.0, y) + wave(40.0, y / 3.0)) * 2.0 / 3.0
        + (wave(160.0, y / 12.0) + wave(320.0, y / 30.0)) * 2.0 / 3.0;
    let east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
        + ripple
        + (wave(20.0, x) + wave(40.0, x / 3.0)) * 2.0 / 3.0
        + (wave(150.0, x / 12.0) + wave(300.0, x / 30.0)) * 2.0 / 3.0;

    let lat_radians = lat / 180.0 * PI;
    let sine = libm::sin(lat_radians);
    let squash = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
    let meridian_m = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (squash * libm::sqrt(squash));
    let parallel_m = AXIS_M / libm::sqrt(squash) * libm::cos(lat_radians);
    (north_m * 180.0 / (meridian_m * PI), east_m * 180.0 / (parallel_m * PI))
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
        assert_eq!(at(from).distance_cm(at(to)), distance_cm);
        assert_eq!(at(to).distance_cm(at(from)), distance_cm);
    }

    /// Made with npm `gcoord` 1.0.7.
    #[rstest]
    #[case::futian((225_431_000, 1_140_579_000), (225_403_828, 1_140_630_140))]
    #[case::luohu((225_333_000, 1_141_170_000), (225_306_107, 1_141_221_015))]
    #[case::yantian((225_572_000, 1_142_361_000), (225_543_392, 1_142_409_362))]
    #[case::nanshan((225_333_000, 1_139_304_000), (225_302_642, 1_139_352_639))]
    #[case::baoan((225_553_000, 1_138_831_000), (225_522_550, 1_138_879_871))]
    #[case::longgang((227_204_000, 1_142_469_000), (227_175_663, 1_142_517_361))]
    #[case::dapeng((225_954_000, 1_144_748_000), (225_926_155, 1_144_795_967))]
    fn gcj02_equals_gcoord_and_comes_back(#[case] wgs84: (i64, i64), #[case] gcj02: (i64, i64)) {
        let there = at(wgs84).to_gcj02();
        assert!((there.lat_e7 - gcj02.0).abs() <= 1 && (there.lng_e7 - gcj02.1).abs() <= 1, "{there:?}");
        let shift_cm = at(wgs84).distance_cm(there);
        assert!((58_100..=61_300).contains(&shift_cm), "{shift_cm} cm");
        assert!(there.lat_e7 < wgs84.0 && there.lng_e7 > wgs84.1, "Shenzhen is moved to the south-east");
        assert!(there.from_gcj02().distance_cm(at(wgs84)) <= 2);
    }

    #[test]
    fn gcj02_moves_nothing_abroad() {
        for abroad in [(515_000_000, -1_200_000), (356_800_000, 1_397_600_000)] {
            assert_eq!(at(abroad).to_gcj02(), at(abroad));
        }
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

        #[test]
        fn gcj02_round_trip_stays_within_two_centimetres(lat_e7 in 224_000_000i64..229_000_000, lng_e7 in 1_137_000_000i64..1_147_000_000) {
            let here = at((lat_e7, lng_e7));
            prop_assert!(here.to_gcj02().from_gcj02().distance_cm(here) <= 2);
        }
    }
}
