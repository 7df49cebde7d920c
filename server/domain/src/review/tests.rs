//! Each rule at its edge, and that order and repetition change nothing.

use proptest::prelude::*;
use rstest::rstest;

use super::policy::ReviewPolicy;
use super::rules::{InkPair, PicturePair, findings, ink_pair, photo_pair};
use super::*;
use crate::event::{PhotoSlot, PhotoSource};
use crate::geo::Position;
use crate::ids::{DeviceId, EventId, SessionId};
use crate::time::{Interval, Timestamp};

const MINUTE: i64 = 60_000;

fn policy() -> ReviewPolicy {
    ReviewPolicy::v2026_11()
}

/// Number `n`, of a work order and an event of its own.
fn sighting(n: u8, at_ms: i64, seen: Seen) -> Sighting {
    Sighting {
        wo: format!("WO-20261124-{n:04}").parse().unwrap(),
        district: "FT".parse().unwrap(),
        terminal: "SZ-FT-012344".parse().unwrap(),
        event: EventId([n; 32]),
        by: "P-0012".parse().unwrap(),
        dev: DeviceId([1; 16]),
        sid: SessionId([1; 8]),
        claimed: Timestamp(at_ms),
        proved: Some(Interval::exactly(Timestamp(at_ms))),
        seen,
    }
}

fn check_in(n: u8, at_ms: i64, north_e7: i64, accuracy_cm: i64) -> Sighting {
    let position = Some(Position {
        lat_e7: 225_430_000 + north_e7,
        lng_e7: 1_140_580_000,
    });
    sighting(
        n,
        at_ms,
        Seen::CheckIn {
            position,
            accuracy_cm,
        },
    )
}

fn photo(n: u8, name: u8) -> Sighting {
    let seen = Seen::Photo {
        sha256: Digest([name; 32]),
        slot: PhotoSlot::Before,
        source: PhotoSource::Camera,
    };
    sighting(n, 0, seen)
}

fn kinds(sort: &str, sightings: &[Sighting]) -> Vec<Kind> {
    let found = findings(&Group::new(sort, "x"), sightings, &policy());
    found.iter().map(|finding| finding.kind).collect()
}

/// 10,000 m north is 902,816 of 10⁻⁷ degrees, to a metre or so; errors of 50 m each are given away.
/// 9,900 m at 150 km/h take 237.6 s.
#[rstest]
#[case::slow_enough(239_000, false)]
#[case::too_fast(236_000, true)]
fn travel_is_judged_on_the_kindest_reading(#[case] longest_ms: i64, #[case] is_found: bool) {
    let pair = [
        check_in(1, 0, 0, 5_000),
        check_in(2, longest_ms, 902_816, 5_000),
    ];
    assert_eq!(
        kinds("person", &pair).contains(&Kind::ImpossibleTravel),
        is_found
    );
    // What no receipt covers proves no speed; a wide interval proves less.
    let mut unproved = pair.clone();
    unproved[1].proved = None;
    assert_eq!(kinds("person", &unproved), []);
    let mut wide = pair;
    wide[1].proved = Some(Interval {
        earliest: Timestamp(0),
        latest: Timestamp(300_000),
    });
    assert_eq!(kinds("person", &wide), []);
}

#[test]
fn travel_between_two_phones_names_both_and_errors_that_overlap_are_no_way() {
    let mut pair = [
        check_in(1, 0, 0, 5_000),
        check_in(2, MINUTE, 902_816, 5_000),
    ];
    pair[1].dev = DeviceId([2; 16]);
    let found = findings(&Group::new("person", "P-0012"), &pair, &policy());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].measures[&Measure::Phones], 2);
    assert!(
        found[0].measures[&Measure::SpeedKmH] > 500,
        "{:?}",
        found[0].measures
    );
    let blurred = [check_in(1, 0, 0, 500_000), check_in(2, 0, 902_816, 600_000)];
    assert_eq!(kinds("person", &blurred), []);
}

/// A visit of this phone whose position suits the coordinates only if they are GCJ-02.
fn suspects(n: u8, phone: u8, away_cm: i64, corrected_cm: i64) -> Sighting {
    let place = |lat_e7| Position {
        lat_e7,
        lng_e7: 1_140_580_000,
    };
    let seen = Seen::CoordinatesSuspect {
        position: place(225_430_000 + i64::from(n)),
        accuracy_cm: 1_500,
        registered: place(225_400_000),
        away_cm,
        corrected_cm,
    };
    Sighting {
        dev: DeviceId([phone; 16]),
        ..sighting(n, 0, seen)
    }
}

#[rstest]
#[case::one_phone(&[1], false)]
#[case::one_phone_again_and_again(&[1, 1, 1, 1], false)]
#[case::two_phones(&[1, 2], true)]
#[case::three(&[1, 2, 3], true)]
fn coordinates_are_surveyed_again_when_several_phones_disagree_with_them(
    #[case] phones: &[u8],
    #[case] is_found: bool,
) {
    let mut visits: Vec<Sighting> = (1..)
        .zip(phones)
        .map(|(n, phone)| suspects(n, *phone, 60_000 - i64::from(n), 900 + i64::from(n)))
        .collect();
    let group = Group::new("coordinates", "SZ-FT-012344/225400000/1140580000");
    let found = findings(&group, &visits, &policy());
    assert_eq!(found.len(), usize::from(is_found));
    let Some(task) = found.first() else { return };
    let last = phones.len() as i64;
    assert_eq!(task.kind, Kind::CoordinatesSuspect);
    assert_eq!(task.measures[&Measure::Phones], last);
    assert_eq!(
        task.measures[&Measure::AwayCm],
        60_000 - last,
        "the shortest"
    );
    assert_eq!(
        task.measures[&Measure::CorrectedCm],
        900 + last,
        "the longest"
    );
    visits.reverse();
    visits.extend(visits.clone());
    assert_eq!(findings(&group, &visits, &policy()), found);
}

#[rstest]
#[case(2, false)]
#[case(3, true)]
#[case(4, true)]
fn the_same_fix_is_remarkable_at_the_third_visit(#[case] visits: u8, #[case] is_found: bool) {
    let visits: Vec<Sighting> = (1..=visits).map(|n| check_in(n, 0, 0, 900)).collect();
    assert_eq!(
        kinds("place", &visits),
        if is_found {
            vec![Kind::SameFix]
        } else {
            vec![]
        }
    );
    // The same visit again is no other visit.
    let again = vec![visits[0].clone(); 5];
    assert_eq!(kinds("place", &again), []);
}

#[test]
fn one_session_belongs_to_one_person() {
    let mut acts = vec![
        sighting(1, 0, Seen::Acted {}),
        sighting(2, 0, Seen::Acted {}),
    ];
    assert_eq!(kinds("session", &acts), []);
    acts[1].by = "P-0013".parse().unwrap();
    assert_eq!(kinds("session", &acts), [Kind::OnePhoneManyPeople]);
}

#[rstest]
#[case::never_back(&[1, 1, 2, 2], 0, false)]
#[case::by_turns(&[1, 2, 1], 0, true)]
#[case::just_in_time(&[1, 2, 1], -2, true)]
#[case::after_too_long(&[1, 2, 1], 2, false)]
fn two_phones_by_turns(#[case] phones: &[u8], #[case] longer_ms: i64, #[case] is_found: bool) {
    let last = phones.len() as i64 - 1;
    let visits: Vec<Sighting> = phones
        .iter()
        .enumerate()
        .map(|(n, phone)| {
            let at_ms = (policy().phones_within_ms + longer_ms) * n as i64 / last;
            let mut seen = check_in(n as u8 + 1, at_ms, 0, 900);
            seen.dev = DeviceId([*phone; 16]);
            seen
        })
        .collect();
    assert_eq!(
        kinds("person", &visits).contains(&Kind::ManyPhones),
        is_found
    );
}

#[rstest]
#[case::too_few(4, 4, 0, false)]
#[case::five_of_five(5, 5, 0, true)]
#[case::four_of_five(5, 4, 0, true)]
#[case::three_of_five(5, 3, 0, false)]
#[case::just_late(5, 5, 0, true)]
#[case::not_quite_late(5, 5, -1, false)]
#[case::eight_of_ten(10, 8, 1, true)]
#[case::seven_of_ten(10, 7, 1, false)]
fn late_proof_is_a_pattern_only_when_most_are_late(
    #[case] visits: i64,
    #[case] late: i64,
    #[case] more_ms: i64,
    #[case] is_found: bool,
) {
    let visits: Vec<Sighting> = (0..visits)
        .map(|n| {
            let mut seen = check_in(n as u8 + 1, n * 24 * 60 * MINUTE, n, 900);
            let after = if n < late {
                policy().late_ms + more_ms
            } else {
                0
            };
            seen.proved = Some(Interval {
                earliest: seen.claimed,
                latest: Timestamp(seen.claimed.0 + after),
            });
            seen
        })
        .collect();
    assert_eq!(
        kinds("person", &visits).contains(&Kind::LateProof),
        is_found
    );
}

#[rstest]
#[case(&[1, 1, 2], false)]
#[case(&[1, 2, 3], true)]
fn three_names_with_one_number(#[case] names: &[u8], #[case] is_found: bool) {
    let signers: Vec<Sighting> = names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            sighting(
                n as u8,
                0,
                Seen::Signer {
                    name: Digest([*name; 32]),
                },
            )
        })
        .collect();
    assert_eq!(
        kinds("signer", &signers),
        if is_found {
            vec![Kind::SignerManyNames]
        } else {
            vec![]
        }
    );
}

#[test]
fn a_photo_in_two_work_orders_is_one_finding_however_often_it_is_seen() {
    assert_eq!(kinds("photo", &[photo(1, 7), photo(1, 7)]), []);
    let seen = [photo(1, 7), photo(2, 7), photo(3, 7), photo(2, 7)];
    let found = findings(&Group::new("photo", "x"), &seen, &policy());
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].sightings.len()),
        (Kind::PhotoSame, 3)
    );
    let two = findings(&Group::new("photo", "x"), &seen[..2], &policy());
    assert_eq!(two[0].id(), found[0].id(), "it grows under the same name");
    assert_ne!(
        two[0].digest(),
        found[0].digest(),
        "what was shown is told apart"
    );
}

#[rstest]
#[case::near(26, false, true)]
#[case::not_near(27, false, false)]
#[case::near_at_one_terminal(10, true, true)]
#[case::not_near_at_one_terminal(11, true, false)]
fn pictures_of_one_terminal_must_be_nearer(
    #[case] apart_bits: u32,
    #[case] same: bool,
    #[case] is_found: bool,
) {
    let pair = PicturePair {
        first: Digest([7; 32]),
        second: Digest([8; 32]),
        apart_bits,
        laid: Laid::Mirrored,
    };
    let mut other = photo(2, 8);
    if !same {
        other.terminal = "SZ-NS-007777".parse().unwrap();
    }
    let found = photo_pair(&pair, &[photo(1, 7)], &[other], &policy());
    assert_eq!(found.is_some(), is_found);
    // Two pictures of one work order are compared with nothing.
    assert_eq!(
        photo_pair(
            &PicturePair {
                apart_bits: 0,
                ..pair
            },
            &[photo(1, 7)],
            &[photo(1, 8)],
            &policy()
        ),
        None
    );
}

#[rstest]
#[case(12, true)]
#[case(13, false)]
fn strokes_that_coincide(#[case] apart_permille: u32, #[case] is_found: bool) {
    let (one, other) = (Digest([7; 32]), Digest([8; 32]));
    let pair = InkPair {
        first: one,
        second: other,
        apart_permille,
        is_same: false,
        has_same_timing: false,
    };
    let signed = |n: u8, c| sighting(n, 0, Seen::Ink { c });
    let found = ink_pair(&pair, &[signed(1, one)], &[signed(2, other)], &policy());
    assert_eq!(
        found.map(|found| found.kind),
        is_found.then_some(Kind::InkNear)
    );
    let same = InkPair {
        apart_permille: 0,
        is_same: true,
        has_same_timing: true,
        ..pair
    };
    let found = ink_pair(&same, &[signed(1, one)], &[signed(2, other)], &policy()).unwrap();
    assert_eq!(
        (found.kind, found.measures[&Measure::SameTiming]),
        (Kind::InkSame, 1)
    );
    assert_eq!(
        ink_pair(&same, &[signed(1, one)], &[signed(1, other)], &policy()),
        None,
        "the same evaluation"
    );
    assert_eq!(
        kinds("ink", &[signed(1, one), signed(2, one)]),
        [Kind::InkSame]
    );
}

#[test]
fn what_contradicts_itself_is_found_alone() {
    let seen = [
        sighting(1, 0, Seen::Contradicted {}),
        sighting(
            2,
            0,
            Seen::SignerIsTechnician {
                technician: "P-0013".parse().unwrap(),
            },
        ),
        sighting(
            3,
            0,
            Seen::ClockJump {
                delta_ms: -600_000,
                before_ms: 5,
            },
        ),
        sighting(
            4,
            0,
            Seen::ExifTime {
                sha256: Digest([1; 32]),
                taken_at: "2026:11:01 09:00:00".into(),
                apart_ms: 9,
            },
        ),
        sighting(
            5,
            0,
            Seen::ExifPlace {
                sha256: Digest([1; 32]),
                away_cm: 200_000,
            },
        ),
        sighting(6, 0, Seen::Acted {}),
    ];
    use Kind::*;
    assert_eq!(
        kinds("order", &seen),
        [
            PresenceContradicted,
            SignerIsTechnician,
            ClockJump,
            ExifTime,
            ExifPlace
        ]
    );
}

#[test]
fn a_finding_over_two_districts_lies_in_none() {
    let mut seen = [photo(1, 7), photo(2, 7)];
    let within = findings(&Group::new("photo", "x"), &seen, &policy());
    assert_eq!(within[0].district().map(District::as_str), Some("FT"));
    assert_eq!(
        within[0].work_orders(),
        ["WO-20261124-0001", "WO-20261124-0002"]
    );
    seen[1].district = "NS".parse().unwrap();
    assert_eq!(
        findings(&Group::new("photo", "x"), &seen, &policy())[0].district(),
        None
    );
}

#[test]
fn a_run_away_group_is_bounded() {
    let many: Vec<Sighting> = (0..200)
        .map(|n| check_in(n, i64::from(n), i64::from(n % 2) * 900_000, 900))
        .collect();
    let found = findings(&Group::new("person", "x"), &many, &policy());
    assert_eq!(found.len(), FINDINGS_MAX);
    let same: Vec<Sighting> = (0..200).map(|n| photo(n, 7)).collect();
    let found = findings(&Group::new("photo", "x"), &same, &policy());
    assert_eq!(found[0].sightings.len(), SIGHTINGS_MAX);
    assert_eq!(found[0].measures[&Measure::WorkOrders], 200);
}

prop_compose! {
    fn any_sighting()(n in 0u8..12, at in 0i64..500, north in 0i64..4, dev in 0u8..3, by in 0u8..3, late in 0i64..200, what in 0u8..4) -> Sighting {
        let mut seen = match what {
            0 => check_in(n, at * MINUTE, north * 400_000, 900),
            1 => photo(n, 7),
            2 => sighting(n, at * MINUTE, Seen::Signer { name: Digest([n % 5; 32]) }),
            _ => sighting(n, at * MINUTE, Seen::Contradicted {}),
        };
        seen.dev = DeviceId([dev; 16]);
        seen.by = format!("P-000{by}").parse().unwrap();
        seen.proved = Some(Interval { earliest: seen.claimed, latest: Timestamp(seen.claimed.0 + late * MINUTE) });
        seen
    }
}

proptest! {
    #[test]
    fn order_of_arrival_and_repetition_change_nothing(
        sightings in proptest::collection::vec(any_sighting(), 0..20),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let mut shuffled = sightings.clone();
        if !sightings.is_empty() {
            for (from, index) in order.iter().enumerate() {
                let len = shuffled.len();
                shuffled.swap(from % len, index.index(len));
            }
            shuffled.push(sightings[0].clone());
        }
        for sort in ["person", "place", "session", "signer", "photo", "ink", "order", "coordinates", "unheard"] {
            let group = Group::new(sort, "x");
            prop_assert_eq!(findings(&group, &sightings, &policy()), findings(&group, &shuffled, &policy()));
        }
    }
}
