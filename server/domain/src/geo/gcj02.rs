//! GCJ-02, the moved coordinates of Chinese map services, there and back. Used for one thing: to
//! notice that a position or a register entry was taken from such a map (A18). Trigonometry comes
//! from `libm`, because the platforms' own sine differs between phone and server in the last bit.

use super::{Position, degrees};

impl Position {
    /// The same place as Chinese map services write it (GCJ-02): 581–613 m away in Shenzhen.
    pub fn to_gcj02(self) -> Position {
        let (lat, lng) = (degrees(self.lat_e7), degrees(self.lng_e7));
        if !(0.8293..=55.8271).contains(&lat) || !(72.004..=137.8347).contains(&lng) {
            return self;
        }
        let (lat_shift, lng_shift) = gcj02_shift(lat, lng);
        Position {
            lat_e7: e7(lat + lat_shift),
            lng_e7: e7(lng + lng_shift),
        }
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
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple
        + (wave(20.0, y) + wave(40.0, y / 3.0)) * 2.0 / 3.0
        + (wave(160.0, y / 12.0) + wave(320.0, y / 30.0)) * 2.0 / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + ripple
        + (wave(20.0, x) + wave(40.0, x / 3.0)) * 2.0 / 3.0
        + (wave(150.0, x / 12.0) + wave(300.0, x / 30.0)) * 2.0 / 3.0;

    let lat_radians = lat / 180.0 * PI;
    let sine = libm::sin(lat_radians);
    let squash = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
    let meridian_m = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (squash * libm::sqrt(squash));
    let parallel_m = AXIS_M / libm::sqrt(squash) * libm::cos(lat_radians);
    (
        north_m * 180.0 / (meridian_m * PI),
        east_m * 180.0 / (parallel_m * PI),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn at((lat_e7, lng_e7): (i64, i64)) -> Position {
        Position { lat_e7, lng_e7 }
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
        assert!(
            (there.lat_e7 - gcj02.0).abs() <= 1 && (there.lng_e7 - gcj02.1).abs() <= 1,
            "{there:?}"
        );
        let shift_cm = at(wgs84).distance_cm(there).unwrap();
        assert!((58_100..=61_300).contains(&shift_cm), "{shift_cm} cm");
        assert!(
            there.lat_e7 < wgs84.0 && there.lng_e7 > wgs84.1,
            "Shenzhen is moved to the south-east"
        );
        assert!(there.from_gcj02().distance_cm(at(wgs84)).unwrap() <= 2);
    }

    #[test]
    fn gcj02_moves_nothing_abroad() {
        for abroad in [(515_000_000, -1_200_000), (356_800_000, 1_397_600_000)] {
            assert_eq!(at(abroad).to_gcj02(), at(abroad));
        }
    }

    proptest! {
        #[test]
        fn gcj02_round_trip_stays_within_two_centimetres(lat_e7 in 224_000_000i64..229_000_000, lng_e7 in 1_137_000_000i64..1_147_000_000) {
            let here = at((lat_e7, lng_e7));
            prop_assert!(here.to_gcj02().from_gcj02().distance_cm(here).unwrap() <= 2);
        }
    }
}
