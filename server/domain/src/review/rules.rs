//! What one group of sightings amounts to. Each rule sorts before it looks, so that the order in
//! which phones delivered plays no part, and says nothing that its own numbers do not carry.

use std::collections::{BTreeMap, BTreeSet};

use super::picture::Laid;
use super::policy::ReviewPolicy;
use super::{FINDINGS_MAX, Finding, Group, Kind, Measure, SIGHTINGS_MAX, Seen, Sighting};
use crate::geo::Position;
use crate::ids::{DeviceId, Digest, EventId, TerminalId};
use crate::time::Timestamp;

/// What this group amounts to. Pairs of pictures and of signatures have rules of their own.
pub fn findings(group: &Group, sightings: &[Sighting], policy: &ReviewPolicy) -> Vec<Finding> {
    let (sort, name) = group.0.split_once('/').unwrap_or((&group.0, ""));
    let sorted = sorted(sightings);
    let mut found = match sort {
        "person" => {
            let mut found = impossible_travel(&sorted, policy);
            found.extend(many_phones(name, &sorted, policy));
            found.extend(late_proof(name, &sorted, policy));
            found
        }
        "place" => Vec::from_iter(same_fix(name, &sorted, policy)),
        "coordinates" => Vec::from_iter(coordinates_suspect(name, &sorted, policy)),
        "session" => Vec::from_iter(one_phone_many_people(name, &sorted)),
        "signer" => Vec::from_iter(signer_many_names(name, &sorted, policy)),
        "photo" => Vec::from_iter(photo_same(name, &sorted)),
        "ink" => Vec::from_iter(ink_twice(name, &sorted)),
        "order" => sorted.iter().filter_map(alone).collect(),
        _ => Vec::new(),
    };
    found.truncate(FINDINGS_MAX);
    found
}

/// How two pictures look beside each other, the one with the lower hash first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PicturePair {
    pub first: Digest,
    pub second: Digest,
    pub apart_bits: u32,
    /// How the second lies against the first.
    pub laid: Laid,
}

/// Two pictures that look alike and serve different work orders. At one terminal they must be
/// nearer to each other, because honest pictures of one machine look alike as well.
pub fn photo_pair(
    pair: &PicturePair,
    first: &[Sighting],
    second: &[Sighting],
    policy: &ReviewPolicy,
) -> Option<Finding> {
    let (first, second) = (sorted(first), sorted(second));
    let is_between_two = first
        .iter()
        .any(|one| second.iter().any(|other| one.wo != other.wo));
    let terminals: BTreeSet<&TerminalId> = first
        .iter()
        .chain(&second)
        .map(|seen| &seen.terminal)
        .collect();
    let apart_max = match terminals.len() {
        1 => policy.photo_same_terminal_apart_bits_max,
        _ => policy.photo_apart_bits_max,
    };
    if !is_between_two || pair.apart_bits > apart_max {
        return None;
    }
    let about = format!("{}+{}", pair.first, pair.second);
    let measures = [(Measure::ApartBits, pair.apart_bits.into())];
    let mut finding = finding(Kind::PhotoNear, about, measures, half(first, second));
    finding.laid = Some(pair.laid);
    Some(finding)
}

/// How two drawn signatures lie on each other, the one with the lower commitment first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InkPair {
    pub first: Digest,
    pub second: Digest,
    pub apart_permille: u32,
    /// Every point is the same.
    pub is_same: bool,
    /// And was drawn at the same time after the first.
    pub has_same_timing: bool,
}

/// Two signatures of different evaluations that coincide.
pub fn ink_pair(
    pair: &InkPair,
    first: &[Sighting],
    second: &[Sighting],
    policy: &ReviewPolicy,
) -> Option<Finding> {
    let (first, second) = (sorted(first), sorted(second));
    let is_between_two = first
        .iter()
        .any(|one| second.iter().any(|other| one.event != other.event));
    if !is_between_two || pair.apart_permille > policy.ink_apart_permille_max {
        return None;
    }
    let about = format!("{}+{}", pair.first, pair.second);
    let kind = if pair.is_same {
        Kind::InkSame
    } else {
        Kind::InkNear
    };
    let measures = [
        (Measure::ApartPermille, pair.apart_permille.into()),
        (Measure::SameTiming, pair.has_same_timing.into()),
    ];
    Some(finding(kind, about, measures, half(first, second)))
}

/// Neither side may crowd the other out.
fn half(mut first: Vec<Sighting>, mut second: Vec<Sighting>) -> Vec<Sighting> {
    first.truncate(SIGHTINGS_MAX / 2);
    second.truncate(SIGHTINGS_MAX / 2);
    first.extend(second);
    first
}

fn finding<const N: usize>(
    kind: Kind,
    about: String,
    measures: [(Measure, i64); N],
    mut sightings: Vec<Sighting>,
) -> Finding {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let work_orders: BTreeSet<&str> = sightings.iter().map(|seen| seen.wo.as_str()).collect();
    let mut measures = BTreeMap::from(measures);
    measures.insert(Measure::WorkOrders, count(work_orders.len()));
    sightings.truncate(SIGHTINGS_MAX);
    Finding {
        kind,
        about,
        measures,
        laid: None,
        sightings,
    }
}

/// In a fixed order, each once.
fn sorted(sightings: &[Sighting]) -> Vec<Sighting> {
    let mut sorted = sightings.to_vec();
    let text = |seen: &Sighting| serde_json::to_string(seen).unwrap_or_default();
    sorted.sort_by_cached_key(|seen| (seen.wo.clone(), seen.event, text(seen)));
    sorted.dedup();
    sorted
}

fn photo_same(name: &str, sightings: &[Sighting]) -> Option<Finding> {
    let work_orders: BTreeSet<&str> = sightings.iter().map(|seen| seen.wo.as_str()).collect();
    (work_orders.len() > 1)
        .then(|| finding(Kind::PhotoSame, name.to_owned(), [], sightings.to_vec()))
}

/// One commitment in two evaluations: the very same value with the very same salt.
fn ink_twice(name: &str, sightings: &[Sighting]) -> Option<Finding> {
    let events: BTreeSet<EventId> = sightings.iter().map(|seen| seen.event).collect();
    let measures = [(Measure::ApartPermille, 0), (Measure::SameTiming, 1)];
    (events.len() > 1)
        .then(|| finding(Kind::InkSame, name.to_owned(), measures, sightings.to_vec()))
}

/// Neighbours in time that are too far apart on the reading kindest to the person: the shortest
/// way that both errors allow, in the longest time that the proof allows.
fn impossible_travel(sightings: &[Sighting], policy: &ReviewPolicy) -> Vec<Finding> {
    let mut located: Vec<(&Sighting, Position, i64, _)> = sightings
        .iter()
        .filter_map(|seen| match seen.seen {
            Seen::CheckIn {
                position: Some(position),
                accuracy_cm,
            } => Some((seen, position, accuracy_cm, seen.proved?)),
            _ => None,
        })
        .collect();
    located.sort_by_key(|(seen, _, _, proved)| (proved.latest, proved.earliest, seen.event));
    let mut found = Vec::new();
    for pair in located.windows(2) {
        let [(one, from, from_error, began), (other, to, to_error, ended)] = pair else {
            continue;
        };
        let Some(distance) = from.distance_cm(*to) else {
            continue;
        };
        let shortest_cm = (distance - from_error - to_error).max(0);
        let longest_ms = (ended.latest - began.earliest)
            .0
            .max((began.latest - ended.earliest).0)
            .max(0);
        // cm per ms is 36 km/h.
        let speed = i128::from(shortest_cm) * 36 / i128::from(longest_ms.max(1));
        let is_too_fast = i128::from(shortest_cm) * 36
            > i128::from(policy.speed_km_h_max) * i128::from(longest_ms);
        if shortest_cm == 0 || !is_too_fast {
            continue;
        }
        let (low, high) = (one.event.min(other.event), one.event.max(other.event));
        let phones = BTreeSet::from([one.dev, other.dev]).len();
        let measures = [
            (Measure::DistanceCm, shortest_cm),
            (Measure::LongestMs, longest_ms),
            (Measure::SpeedKmH, i64::try_from(speed).unwrap_or(i64::MAX)),
            (Measure::Phones, phones as i64),
        ];
        let sightings = vec![(*one).clone(), (*other).clone()];
        found.push(finding(
            Kind::ImpossibleTravel,
            format!("{low}+{high}"),
            measures,
            sightings,
        ));
    }
    found
}

/// Phones A, B and A again: a person who got a new phone does not go back to the old one.
fn many_phones(name: &str, sightings: &[Sighting], policy: &ReviewPolicy) -> Option<Finding> {
    let mut visits: Vec<&Sighting> = sightings.iter().collect();
    visits.sort_by_key(|seen| (seen.claimed, seen.event));
    let mut runs: Vec<Vec<&Sighting>> = Vec::new();
    for seen in visits {
        match runs.last_mut() {
            Some(run) if run[0].dev == seen.dev => run.push(seen),
            _ => runs.push(vec![seen]),
        }
    }
    let mut used: BTreeMap<(Timestamp, EventId), &Sighting> = BTreeMap::new();
    for turn in runs.windows(3) {
        let [before, between, again] = turn else {
            continue;
        };
        let (Some(left), Some(back)) = (before.last(), again.first()) else {
            continue;
        };
        let is_soon = (back.claimed - left.claimed).0 <= policy.phones_within_ms;
        if left.dev == back.dev && is_soon {
            let all = [*left]
                .into_iter()
                .chain(between.iter().copied())
                .chain([*back]);
            used.extend(all.map(|seen| ((seen.claimed, seen.event), seen)));
        }
    }
    let phones: BTreeSet<DeviceId> = used.values().map(|seen| seen.dev).collect();
    let measures = [
        (Measure::Phones, phones.len() as i64),
        (Measure::Visits, used.len() as i64),
    ];
    let sightings: Vec<Sighting> = used.into_values().cloned().collect();
    (!sightings.is_empty()).then(|| finding(Kind::ManyPhones, name.to_owned(), measures, sightings))
}

/// Of the last check-ins, most were proved long after the phone says they happened. A basement
/// explains one of them, not all.
fn late_proof(name: &str, sightings: &[Sighting], policy: &ReviewPolicy) -> Option<Finding> {
    let mut visits: Vec<(&Sighting, Timestamp)> = sightings
        .iter()
        .filter_map(|seen| Some((seen, seen.proved?.latest)))
        .collect();
    visits.sort_by_key(|(seen, latest)| (*latest, seen.event));
    let last = &visits[visits.len().saturating_sub(policy.late_check_ins)..];
    let late: Vec<Sighting> = last
        .iter()
        .filter(|(seen, latest)| (*latest - seen.claimed).0 >= policy.late_ms)
        .map(|(seen, _)| (*seen).clone())
        .collect();
    if last.len() < policy.late_check_ins_min.max(1) {
        return None;
    }
    let percent = late.len() as i64 * 100 / last.len() as i64;
    let measures = [
        (Measure::Visits, last.len() as i64),
        (Measure::LateVisits, late.len() as i64),
        (Measure::LatePercent, percent),
    ];
    (percent >= policy.late_percent_min)
        .then(|| finding(Kind::LateProof, name.to_owned(), measures, late))
}

fn same_fix(name: &str, sightings: &[Sighting], policy: &ReviewPolicy) -> Option<Finding> {
    let visits: BTreeSet<EventId> = sightings.iter().map(|seen| seen.event).collect();
    let people = people(sightings);
    let measures = [
        (Measure::Visits, visits.len() as i64),
        (Measure::People, people),
    ];
    (visits.len() >= policy.same_fix_visits_min)
        .then(|| finding(Kind::SameFix, name.to_owned(), measures, sightings.to_vec()))
}

/// A task for whoever keeps the register. Nothing follows from it by itself: presence has called these positions
/// uncertain already, and coordinates change only when a person has surveyed the place.
fn coordinates_suspect(
    name: &str,
    sightings: &[Sighting],
    policy: &ReviewPolicy,
) -> Option<Finding> {
    let distances = sightings.iter().filter_map(|seen| match seen.seen {
        Seen::CoordinatesSuspect {
            away_cm,
            corrected_cm,
            ..
        } => Some((away_cm, corrected_cm)),
        _ => None,
    });
    let (away, corrected): (Vec<i64>, Vec<i64>) = distances.unzip();
    let phones: BTreeSet<DeviceId> = sightings.iter().map(|seen| seen.dev).collect();
    let measures = [
        (Measure::Phones, phones.len() as i64),
        (Measure::Visits, away.len() as i64),
        (Measure::AwayCm, away.into_iter().min()?),
        (Measure::CorrectedCm, corrected.into_iter().max()?),
    ];
    (phones.len() >= policy.coordinates_phones_min).then(|| {
        finding(
            Kind::CoordinatesSuspect,
            name.to_owned(),
            measures,
            sightings.to_vec(),
        )
    })
}

/// A session is one page load and lives on one phone.
fn one_phone_many_people(name: &str, sightings: &[Sighting]) -> Option<Finding> {
    let people = people(sightings);
    (people > 1).then(|| {
        let measures = [(Measure::People, people)];
        finding(
            Kind::OnePhoneManyPeople,
            name.to_owned(),
            measures,
            sightings.to_vec(),
        )
    })
}

fn people(sightings: &[Sighting]) -> i64 {
    let people: BTreeSet<&str> = sightings.iter().map(|seen| seen.by.as_str()).collect();
    people.len() as i64
}

fn signer_many_names(name: &str, sightings: &[Sighting], policy: &ReviewPolicy) -> Option<Finding> {
    let names: BTreeSet<Digest> = sightings
        .iter()
        .filter_map(|seen| match seen.seen {
            Seen::Signer { name } => Some(name),
            _ => None,
        })
        .collect();
    (names.len() >= policy.signer_names_min).then(|| {
        let measures = [(Measure::Names, names.len() as i64)];
        finding(
            Kind::SignerManyNames,
            name.to_owned(),
            measures,
            sightings.to_vec(),
        )
    })
}

/// What contradicts itself within one work order.
fn alone(seen: &Sighting) -> Option<Finding> {
    let about = |what: &str| format!("{}{what}", seen.event);
    let alone = |kind, about, measures: Vec<(Measure, i64)>| {
        let mut found = finding(kind, about, [], vec![seen.clone()]);
        found.measures.extend(measures);
        found
    };
    Some(match &seen.seen {
        Seen::Contradicted {} => alone(Kind::PresenceContradicted, about(""), vec![]),
        Seen::SignerIsTechnician { .. } => alone(Kind::SignerIsTechnician, about(""), vec![]),
        Seen::ClockJump {
            delta_ms,
            before_ms,
        } => {
            let measures = vec![
                (Measure::DeltaMs, *delta_ms),
                (Measure::BeforeMs, *before_ms),
            ];
            alone(Kind::ClockJump, about(&format!("+{}", seen.wo)), measures)
        }
        Seen::ExifTime { apart_ms, .. } => alone(
            Kind::ExifTime,
            about(""),
            vec![(Measure::ApartMs, *apart_ms)],
        ),
        Seen::ExifPlace { away_cm, .. } => alone(
            Kind::ExifPlace,
            about(""),
            vec![(Measure::AwayCm, *away_cm)],
        ),
        _ => return None,
    })
}
