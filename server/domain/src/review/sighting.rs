//! What was seen in one work order that others must be compared with. A sighting repeats the facts
//! it rests on, so that a finding can show them; personal values (positions, numbers) come from
//! sidecars and go with them: a rebuilt review knows nothing of what was erased.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Group;
use super::policy::ReviewPolicy;
use crate::event::{PhotoSlot, PhotoSource};
use crate::geo::{Fix, FixSource, Position};
use crate::ids::{
    DeviceId, Digest, District, EventId, PersonId, SessionId, TerminalId, WorkOrderId,
};
use crate::interval::{Bounds, UNKNOWN_LATEST};
use crate::presence::{Doubt, PresenceResult};
use crate::register::Terminal;
use crate::sidecar::Contact;
use crate::sla::calendar::CivilDate;
use crate::sla::policy::PresencePolicy;
use crate::time::{Interval, Timestamp};
use crate::work_order::{Evaluation, Judgement, Moment, Photo, Said, Visit, WorkOrder};

/// Distinct positions of one visit that are remembered.
const PLACES_MAX: usize = 3;
/// Time in photo files is local and Shenzhen's, UTC+8 all year.
const SHENZHEN_MS: i64 = 8 * 3_600_000;

/// One thing seen, by whom, on which phone, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub wo: WorkOrderId,
    pub district: District,
    pub terminal: TerminalId,
    pub event: EventId,
    pub by: PersonId,
    pub dev: DeviceId,
    pub sid: SessionId,
    /// What the phone's clock said.
    pub claimed: Timestamp,
    /// What the server's receipts prove; none while no receipt covers the event.
    pub proved: Option<Interval>,
    #[serde(flatten)]
    pub seen: Seen,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// A person acted in a session of a phone.
    Acted {},
    CheckIn {
        position: Option<Position>,
        accuracy_cm: i64,
    },
    Photo {
        sha256: Digest,
        slot: PhotoSlot,
        source: PhotoSource,
    },
    Ink {
        c: Digest,
    },
    /// The name stands in the sidecar; here is its hash.
    Signer {
        name: Digest,
    },
    SignerIsTechnician {
        technician: PersonId,
    },
    Contradicted {},
    /// A position outside of the fence that would lie inside if the terminal's coordinates were GCJ-02.
    CoordinatesSuspect {
        position: Position,
        accuracy_cm: i64,
        /// Where the terminal was registered when the fault was reported.
        registered: Position,
        away_cm: i64,
        /// The same distance once the registered coordinates are read as GCJ-02.
        corrected_cm: i64,
    },
    ClockJump {
        delta_ms: i64,
        before_ms: i64,
    },
    ExifTime {
        sha256: Digest,
        taken_at: String,
        apart_ms: i64,
    },
    ExifPlace {
        sha256: Digest,
        away_cm: i64,
    },
}

/// A jump of a phone's clock, which belongs to the phone and to no work order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    pub event: EventId,
    pub dev: DeviceId,
    pub sid: SessionId,
    pub by: PersonId,
    /// After the jump.
    pub wall: Timestamp,
    pub bounds: Option<Bounds>,
    pub delta_ms: i64,
}

/// What is needed besides the work order.
pub struct Around<'a> {
    pub judgement: &'a Judgement,
    pub terminal: &'a Terminal,
    pub presence: &'a PresencePolicy,
    /// By commitment; those erased are missing.
    pub signers: &'a BTreeMap<Digest, Contact>,
    /// Registered phone numbers of technicians, digits only.
    pub technicians: &'a BTreeMap<String, PersonId>,
    /// Of the phones that worked on it.
    pub jumps: &'a [Jump],
    pub policy: &'a ReviewPolicy,
}

/// Everything seen in a work order, each with the group it must be compared in.
pub fn sightings(work_order: &WorkOrder, around: &Around) -> Vec<(Group, Sighting)> {
    let mut all = Vec::new();
    for (index, visit) in work_order.visits.iter().enumerate() {
        let presence = around.judgement.presence.get(index);
        let contradicts =
            presence.is_some_and(|presence| presence.result == PresenceResult::Contradicted);
        visited(work_order, visit, contradicts, around, &mut all);
        if presence.is_some_and(|presence| presence.doubts.contains(&Doubt::CrsSuspect)) {
            all.extend(registered_elsewhere(work_order, visit, around));
        }
    }
    for photo in &work_order.photos {
        photographed(work_order, photo, around, &mut all);
    }
    for evaluation in &work_order.evaluations {
        signed(work_order, evaluation, around, &mut all);
    }
    acted(work_order, &mut all);
    let own = |jump: &&Jump| work_order.heads.contains_key(&jump.dev);
    for jump in around.jumps.iter().filter(own) {
        jumped(work_order, jump, around, &mut all);
    }
    all
}

fn visited(
    work_order: &WorkOrder,
    visit: &Visit,
    contradicts: bool,
    around: &Around,
    all: &mut Vec<(Group, Sighting)>,
) {
    let check_in = &visit.check_in;
    let best = visit.best_fix(around.presence);
    let at = |seen| sighting(work_order, &check_in.at, &check_in.by, seen);
    let seen = Seen::CheckIn {
        position: best.map(Fix::position),
        accuracy_cm: best.map_or(0, |fix| fix.acc_cm),
    };
    all.push((Group::new("person", &check_in.by), at(seen)));
    for (position, accuracy_cm) in places(&check_in.what.fixes) {
        let group = Group::new(
            "place",
            format_args!("{}/{}", position.lat_e7, position.lng_e7),
        );
        let position = Some(position);
        all.push((
            group,
            at(Seen::CheckIn {
                position,
                accuracy_cm,
            }),
        ));
    }
    if contradicts {
        all.push((
            Group::new("order", &work_order.id),
            at(Seen::Contradicted {}),
        ));
    }
}

/// The doubt says that either side may be written in GCJ-02. It is the register's if moving the terminal brings both
/// nearer than moving the phone does; a phone that lies so everywhere is none of the register's business. Its group
/// names the coordinates, so that what was seen of them says nothing about the next ones.
fn registered_elsewhere(
    work_order: &WorkOrder,
    visit: &Visit,
    around: &Around,
) -> Option<(Group, Sighting)> {
    let fix = visit.best_fix(around.presence)?;
    let (position, registered) = (fix.position(), around.terminal.position());
    let away_cm = position.distance_cm(registered)?;
    let corrected_cm = position.distance_cm(registered.from_gcj02())?;
    let of_the_phone_cm = position.from_gcj02().distance_cm(registered)?;
    let check_in = &visit.check_in;
    let seen = Seen::CoordinatesSuspect {
        position,
        accuracy_cm: fix.acc_cm,
        registered,
        away_cm,
        corrected_cm,
    };
    let place = format!(
        "{}/{}/{}",
        around.terminal.id, registered.lat_e7, registered.lng_e7
    );
    (corrected_cm < of_the_phone_cm).then(|| {
        (
            Group::new("coordinates", place),
            sighting(work_order, &check_in.at, &check_in.by, seen),
        )
    })
}

/// The visit's distinct positions, sharpest first. What a network says may repeat honestly: it is
/// the place of a mast.
fn places(fixes: &[Fix]) -> Vec<(Position, i64)> {
    let mut usable: Vec<&Fix> = fixes
        .iter()
        .filter(|fix| fix.is_valid() && fix.src != FixSource::Network)
        .collect();
    usable.sort_by_key(|fix| (fix.acc_cm, fix.mono, fix.lat_e7, fix.lng_e7));
    let mut places: Vec<(Position, i64)> = Vec::new();
    for fix in usable {
        let position = Position {
            lat_e7: fix.lat_e7,
            lng_e7: fix.lng_e7,
        };
        if places.len() < PLACES_MAX && places.iter().all(|(known, _)| *known != position) {
            places.push((position, fix.acc_cm));
        }
    }
    places
}

fn photographed(
    work_order: &WorkOrder,
    photo: &Said<Photo>,
    around: &Around,
    all: &mut Vec<(Group, Sighting)>,
) {
    let Photo {
        sha256,
        slot,
        source,
        exif,
        ..
    } = &photo.what;
    let at = |seen| sighting(work_order, &photo.at, &photo.by, seen);
    let seen = Seen::Photo {
        sha256: *sha256,
        slot: *slot,
        source: *source,
    };
    all.push((Group::new("photo", sha256), at(seen)));
    let Some(exif) = exif else { return };
    let order = || Group::new("order", &work_order.id);
    let policy = around.policy;
    let taken = exif
        .taken_at
        .as_deref()
        .and_then(|text| Some((text, taken_at(text)?)));
    if let (Some((text, taken)), Some(proved)) = (taken, proved(&photo.at.bounds)) {
        let apart = (proved.earliest - taken).0.max((taken - proved.latest).0);
        if apart > policy.exif_apart_ms_max {
            let seen = Seen::ExifTime {
                sha256: *sha256,
                taken_at: text.to_owned(),
                apart_ms: apart,
            };
            all.push((order(), at(seen)));
        }
    }
    let place = exif
        .lat_e7
        .zip(exif.lng_e7)
        .map(|(lat_e7, lng_e7)| Position { lat_e7, lng_e7 });
    let away = place.and_then(|place| place.distance_cm(around.terminal.position()));
    if let Some(away_cm) = away.filter(|away_cm| *away_cm > policy.exif_away_cm_max) {
        all.push((
            order(),
            at(Seen::ExifPlace {
                sha256: *sha256,
                away_cm,
            }),
        ));
    }
}

fn signed(
    work_order: &WorkOrder,
    evaluation: &Said<Evaluation>,
    around: &Around,
    all: &mut Vec<(Group, Sighting)>,
) {
    let at = |seen| sighting(work_order, &evaluation.at, &evaluation.by, seen);
    let c = evaluation.what.ink_c;
    if !work_order.has_erased(c) {
        all.push((Group::new("ink", c), at(Seen::Ink { c })));
    }
    let Some(signer) = around.signers.get(&evaluation.what.signer_c) else {
        return;
    };
    let number = digits(&signer.phone);
    if number.is_empty() {
        return;
    }
    let name = hashed(signer.name.trim());
    all.push((
        Group::new("signer", hashed(&number)),
        at(Seen::Signer { name }),
    ));
    if let Some(technician) = around.technicians.get(&number) {
        let technician = technician.clone();
        all.push((
            Group::new("order", &work_order.id),
            at(Seen::SignerIsTechnician { technician }),
        ));
    }
}

/// One per person, phone and session, because a session has as many facts as a day is long. What
/// the desk said has the server for a phone.
fn acted(work_order: &WorkOrder, all: &mut Vec<(Group, Sighting)>) {
    let desk = work_order.report.at.dev;
    let visits = work_order
        .visits
        .iter()
        .map(|visit| (&visit.check_in.at, &visit.check_in.by));
    let work = work_order.work.iter().map(|said| (&said.at, &said.by));
    let photos = work_order.photos.iter().map(|said| (&said.at, &said.by));
    let marks = work_order.set_outs.iter().chain(&work_order.restored);
    let marks = marks.map(|said| (&said.at, &said.by));
    let responses = work_order.responses.iter().map(|said| (&said.at, &said.by));
    let mut first: BTreeMap<(SessionId, DeviceId, &PersonId), &Moment> = BTreeMap::new();
    for (at, by) in visits
        .chain(work)
        .chain(photos)
        .chain(marks)
        .chain(responses)
    {
        if at.dev == desk {
            continue;
        }
        let known = first.entry((at.sid, at.dev, by)).or_insert(at);
        if at.seq < known.seq {
            *known = at;
        }
    }
    all.extend(first.into_iter().map(|((sid, _, by), at)| {
        (
            Group::new("session", sid),
            sighting(work_order, at, by, Seen::Acted {}),
        )
    }));
}

/// Remarkable if the phone's clock came to stand shortly before a deadline of this work order, by
/// its own account or by what is proved.
fn jumped(work_order: &WorkOrder, jump: &Jump, around: &Around, all: &mut Vec<(Group, Sighting)>) {
    let policy = around.policy;
    if jump.delta_ms.saturating_abs() < policy.clock_jump_ms_min {
        return;
    }
    let latest = jump
        .bounds
        .as_ref()
        .and_then(proved)
        .map(|proved| proved.latest);
    let moments = [Some(jump.wall), latest];
    let due = around
        .judgement
        .clocks
        .iter()
        .filter_map(|clock| clock.due_at);
    let before = due
        .flat_map(|due| {
            moments
                .into_iter()
                .flatten()
                .map(move |moment| (due - moment).0)
        })
        .filter(|before_ms| (0..=policy.before_deadline_ms).contains(before_ms))
        .min();
    let Some(before_ms) = before else { return };
    let sighting = Sighting {
        wo: work_order.id.clone(),
        district: work_order.district.clone(),
        terminal: work_order.terminal.clone(),
        event: jump.event,
        by: jump.by.clone(),
        dev: jump.dev,
        sid: jump.sid,
        claimed: jump.wall,
        proved: jump.bounds.as_ref().and_then(proved),
        seen: Seen::ClockJump {
            delta_ms: jump.delta_ms,
            before_ms,
        },
    };
    all.push((Group::new("order", &work_order.id), sighting));
}

fn sighting(work_order: &WorkOrder, at: &Moment, by: &PersonId, seen: Seen) -> Sighting {
    Sighting {
        wo: work_order.id.clone(),
        district: work_order.district.clone(),
        terminal: work_order.terminal.clone(),
        event: at.event,
        by: by.clone(),
        dev: at.dev,
        sid: at.sid,
        claimed: at.wall,
        proved: proved(&at.bounds),
        seen,
    }
}

fn proved(bounds: &Bounds) -> Option<Interval> {
    (bounds.b.latest < UNKNOWN_LATEST).then_some(bounds.b)
}

/// The digits of a phone number, however it is written.
pub fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

fn hashed(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).into())
}

/// `2026:11:24 10:30:00`, local time of Shenzhen. None for what is no time.
fn taken_at(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    let date: CivilDate = date.replace(':', "-").parse().ok()?;
    let clock: Vec<i64> = time
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [hour @ 0..24, minute @ 0..60, second @ 0..=60] = clock[..] else {
        return None;
    };
    let minutes = (date.day_number() * 24 + hour) * 60 + minute;
    Some(Timestamp(minutes * 60_000 + second * 1000 - SHENZHEN_MS))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026:11:24 09:00:00", Some(1_795_482_000_000))]
    #[case("1970:01:01 08:00:00", Some(0))]
    #[case("2024:02:29 23:59:59", Some(1_709_222_399_000))]
    #[case("0000:00:00 00:00:00", None)]
    #[case("2026:13:24 09:00:00", None)]
    #[case("2026:11:24", None)]
    #[case("-2026:11:24 09:00:00", None)]
    #[case("", None)]
    fn the_time_in_a_photo_is_shenzhens(#[case] text: &str, #[case] expected: Option<i64>) {
        assert_eq!(taken_at(text), expected.map(Timestamp));
    }

    #[test]
    fn a_number_is_its_digits() {
        assert_eq!(digits("+86 138-0000 0000"), "8613800000000");
        assert_eq!(digits("不详"), "");
    }
}
