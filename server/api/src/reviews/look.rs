//! Taking changed work orders apart: what was seen in each replaces what was seen before, and every
//! group that gained or lost something is judged anew, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use domain::actor::{Role, Scope};
use domain::event::{Event, Fact};
use domain::ids::{Digest, PersonId};
use domain::interval::Bounds;
use domain::presence::{Presence, PresenceResult};
use domain::review::sighting::{self, Jump, digits};
use domain::review::{Group, Seen, Sighting};
use domain::sidecar::{Contact, Salt, Sidecar};
use domain::work_order::{Said, Surroundings as Place, Visit, WorkOrder, judge};
use store::{
    CheckInRow, EventRow, FingerprintRow, ReviewChange, ReviewState, SightingRow, StoreError,
    WorkOrderRow,
};

use super::Around;
use super::items::{self, Overlay};
use crate::judged::place_at_birth;
use crate::register::Register;

/// Events before a check-in that a jump of the clock is looked for in.
const BEFORE: i64 = 40;
/// And after it.
const AFTER: i64 = 3;

/// Looks at these work orders and writes what follows.
pub(super) async fn look(
    around: &Around,
    state: ReviewState,
    rows: &[WorkOrderRow],
) -> Result<(), StoreError> {
    let register = (around.register)();
    let mut overlay = Overlay::default();
    let mut check_ins = Vec::new();
    let mut groups = BTreeSet::new();
    let mut n = state.n;
    for row in rows {
        n = n.max(row.n);
        let before = around.store.sightings_of_work_order(&row.id).await?;
        groups.extend(before.into_iter().map(|seen| Group(seen.group_name)));
        // What was found may rest on something that is no longer there, such as handwriting since erased.
        let found = around
            .store
            .reviews_of_work_order(&row.id, &Scope::All)
            .await?;
        groups.extend(found.into_iter().map(|found| Group(found.group_name)));
        let Taken { seen, shown } = taken_apart(around, &register, row).await?;
        overlay.replace(&row.id, seen);
        check_ins.extend(shown);
    }
    groups.extend(overlay.groups().cloned());
    let wanted = wanted(&overlay);
    for row in &wanted {
        for pair in around.store.lookalikes_of(&row.name).await? {
            groups.insert(items::pair_group(&pair));
        }
    }
    let found = items::judge(around, &overlay, &groups).await?;
    let change = ReviewChange {
        version: state.version,
        n,
        work_orders: rows.iter().map(|row| row.id.clone()).collect(),
        sightings: sighting_rows(&overlay)?,
        check_ins,
        wanted,
        gone: found.gone,
        reviews: found.reviews,
        ..ReviewChange::default()
    };
    around.store.change_reviews(change).await
}

/// What is kept of one work order.
#[derive(Default)]
struct Taken {
    seen: Vec<(Group, Sighting)>,
    shown: Vec<CheckInRow>,
}

/// What the rules see in one work order, and how well its check-ins are shown. One that cannot be read or judged is
/// passed over, and its check-ins cannot be told: it is damaged, which `rebuild-projections --check` says, and must
/// not stop the review of all others.
async fn taken_apart(
    around: &Around,
    register: &Register,
    row: &WorkOrderRow,
) -> Result<Taken, StoreError> {
    let Ok(work_order) = serde_json::from_str::<WorkOrder>(&row.doc) else {
        tracing::error!(work_order = %row.id, "cannot be read, not reviewed");
        return Ok(Taken::default());
    };
    let cannot_tell = || Taken {
        seen: Vec::new(),
        shown: check_in_rows(row, &work_order, &[]),
    };
    let born = match place_at_birth(&around.store, register, &work_order).await {
        Err(StoreError::Corrupt { detail, .. }) => {
            tracing::error!(work_order = %row.id, detail, "its place cannot be read, not reviewed");
            return Ok(cannot_tell());
        }
        born => born?,
    };
    let policy = register.policies.get(&work_order.policy);
    let (Some(born), Some((_, policy))) = (born, policy) else {
        tracing::warn!(work_order = %row.id, "terminal, site or policy is not registered, not reviewed");
        return Ok(cannot_tell());
    };
    let terminal = &born.terminal;
    let place = Place {
        terminal,
        site: &born.site,
        policy,
        // Nothing that is looked for here rests on a time from outside.
        external: &BTreeMap::new(),
        now: around.time.now(),
    };
    let judgement = judge(&work_order, &place);
    let around_it = sighting::Around {
        judgement: &judgement,
        terminal,
        presence: &policy.presence,
        signers: &signers(around, &work_order).await?,
        technicians: &technicians(register),
        jumps: &jumps(around, &work_order).await?,
        policy: &around.policy,
    };
    Ok(Taken {
        seen: sighting::sightings(&work_order, &around_it),
        shown: check_in_rows(row, &work_order, &judgement.presence),
    })
}

fn check_in_rows(
    row: &WorkOrderRow,
    work_order: &WorkOrder,
    presence: &[Presence],
) -> Vec<CheckInRow> {
    let one = |(visit, result): (&Visit, Option<PresenceResult>)| {
        let Said { at, by, .. } = &visit.check_in;
        CheckInRow {
            event: at.event.to_string(),
            wo: row.id.clone(),
            district: row.district.clone(),
            provider: row.provider.clone(),
            terminal: row.terminal.clone(),
            person: by.to_string(),
            result: result
                .map_or(store::CANNOT_TELL, PresenceResult::name)
                .to_owned(),
            earliest: at.bounds.b.earliest.0,
            latest: at.bounds.b.latest.0,
        }
    };
    work_order.visits_shown(presence).map(one).collect()
}

async fn signers(
    around: &Around,
    work_order: &WorkOrder,
) -> Result<BTreeMap<Digest, Contact>, StoreError> {
    let names: Vec<String> = work_order
        .evaluations
        .iter()
        .map(|said| said.what.signer_c.to_string())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = around.store.sidecars(&names).await?;
    let read = |row: store::SidecarRow| Some((row.c.parse().ok()?, sidecar(&row)?.contact().ok()?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// A kept value as the rules read it.
pub(super) fn sidecar(row: &store::SidecarRow) -> Option<Sidecar> {
    Some(Sidecar {
        salt: Salt(row.salt.parse().ok()?),
        value: serde_json::from_str(&row.value).ok()?,
    })
}

fn technicians(register: &Register) -> BTreeMap<String, PersonId> {
    let technicians = register
        .people
        .values()
        .filter(|person| person.role == Role::Technician);
    let numbers = technicians.map(|person| (digits(&person.phone), person.id.clone()));
    numbers.filter(|(number, _)| !number.is_empty()).collect()
}

/// Jumps of the phones' clocks around their check-ins.
async fn jumps(around: &Around, work_order: &WorkOrder) -> Result<Vec<Jump>, StoreError> {
    let mut jumps: BTreeMap<String, Jump> = BTreeMap::new();
    for visit in &work_order.visits {
        let at = &visit.check_in.at;
        let seq = i64::try_from(at.seq).unwrap_or(i64::MAX - AFTER);
        let chain = around
            .store
            .chain(&at.dev.to_string(), (seq - BEFORE).max(1), seq + AFTER)
            .await?;
        let found = chain
            .iter()
            .filter(|row| row.t == "clock_jumped" && row.refused.is_none());
        jumps.extend(found.filter_map(|row| Some((row.id.clone(), jump(row)?))));
    }
    Ok(jumps.into_values().collect())
}

fn jump(row: &EventRow) -> Option<Jump> {
    let event: Event = serde_json::from_str(&row.payload).ok()?;
    let Fact::ClockJumped(jumped) = event.fact else {
        return None;
    };
    let bounds = row
        .bounds
        .as_deref()
        .and_then(|text| serde_json::from_str::<Bounds>(text).ok());
    Some(Jump {
        event: row.id.parse().ok()?,
        dev: event.dev,
        sid: event.sid,
        by: event.by,
        wall: event.wall,
        bounds,
        delta_ms: jumped.delta_ms,
    })
}

/// Fingerprints of all photos and signatures seen, to be made if they are not there yet.
fn wanted(overlay: &Overlay) -> Vec<FingerprintRow> {
    let named = overlay.sightings().filter_map(|seen| match seen.seen {
        Seen::Photo { sha256, .. } => Some(("photo", sha256)),
        Seen::Ink { c } => Some(("ink", c)),
        _ => None,
    });
    let names: BTreeSet<(&str, Digest)> = named.collect();
    let row = |(sort, name): (&str, Digest)| FingerprintRow {
        sort: sort.to_owned(),
        name: name.to_string(),
        state: "wanted".to_owned(),
        text: String::new(),
    };
    names.into_iter().map(row).collect()
}

fn sighting_rows(overlay: &Overlay) -> Result<Vec<SightingRow>, StoreError> {
    let mut rows = Vec::new();
    for (wo, seen) in overlay.by_work_order() {
        for (place, (group, sighting)) in seen.iter().enumerate() {
            rows.push(SightingRow {
                group_name: group.0.clone(),
                wo: wo.clone(),
                place: i64::try_from(place).unwrap_or(i64::MAX),
                doc: items::text(sighting)?,
            });
        }
    }
    Ok(rows)
}
