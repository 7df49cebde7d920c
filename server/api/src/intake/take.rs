//! One event that follows its chain: judged by the rules, folded into its work order, and kept.
//!
//! An event that breaks a rule still has its place in the chain, because the next one names it
//! as its predecessor: the chain goes on, the refused event is kept beside it with its reason.

use std::collections::BTreeMap;

use domain::event::{Event, Fact};
use domain::ids::{Digest, PersonId};
use domain::interval::Bounds;
use domain::refusal::{CheckContext, RefusalCode, check};
use domain::register::Manager;
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::LeafKind;
use serde_json::Value;
use store::{EventRow, QuarantineRow, SidecarRow};

use super::carry::{Accepted, tolerance_at};
use super::draft::Draft;
use super::open::{Incoming, Opened};
use super::push::PushRequest;
use super::verdict::conclude;

/// Judges one event that follows the chain; appends and folds it, or says why not.
pub(super) fn take(
    draft: &mut Draft,
    request: &PushRequest,
    opened: &Opened,
    bounds: Bounds,
) -> Option<&'static str> {
    let event = &opened.event;
    keep_sidecars(draft, request, event);
    let sidecars = match sidecars_of(event, request) {
        Ok(sidecars) => sidecars,
        Err(code) => return keep(draft, opened, Some(code), bounds),
    };
    if let Err(code) = judge(draft, request, opened, &sidecars, bounds) {
        return keep(draft, opened, Some(code), bounds);
    }
    fold(draft, opened, bounds, sidecars);
    keep(draft, opened, None, bounds)
}

fn fold(draft: &mut Draft, opened: &Opened, bounds: Bounds, sidecars: BTreeMap<Digest, Value>) {
    let event = opened.event.clone();
    let Some(wo) = opened.event.wo.clone() else {
        return;
    };
    let (Some(work_order), Some(device)) = (
        draft.work_orders.get_mut(&wo),
        draft.devices.get_mut(&event.dev),
    ) else {
        return;
    };
    let accepted = Accepted {
        event,
        id: opened.id,
        bounds,
        sidecars,
    };
    device.carry.fold(work_order, accepted, &draft.register);
    draft.touch(&wo);
    match opened.event.fact {
        Fact::CheckedIn(_) | Fact::Restored(_) => draft.is_urgent = true,
        Fact::Evaluated(_) => {
            draft.is_urgent = true;
            conclude(draft, &wo);
        }
        _ => {}
    }
}

fn judge(
    draft: &Draft,
    request: &PushRequest,
    opened: &Opened,
    sidecars: &BTreeMap<Digest, Value>,
    bounds: Bounds,
) -> Result<(), &'static str> {
    let event = &opened.event;
    opened.anchor?;
    let revoked_at = draft
        .devices
        .get(&event.dev)
        .and_then(|device| device.row.revoked_at);
    // The bound lies a tolerance behind the receipt it rests on, and a receipt up to the very
    // moment of the revocation still counts.
    let tolerance = Millis(tolerance_at(&draft.register, draft.now).epsilon_ms);
    if revoked_at.is_some_and(|effective| bounds.b.latest > Timestamp(effective) + tolerance) {
        return Err(RefusalCode::RevokedKey.code());
    }
    let person = draft
        .register
        .people
        .get(&request.person)
        .ok_or(RefusalCode::UnknownDevice.code())?;
    let work_order = event.wo.as_ref().and_then(|wo| draft.work_orders.get(wo));
    let now = work_order.and_then(|work_order| draft.register.sites.get(&work_order.site));
    let born = work_order.and_then(|work_order| draft.born_places.get(&work_order.id));
    // Who was registered at the report may sign, and who has been registered since.
    let sites = now.into_iter().chain(born.map(|place| &place.site));
    let managers: Vec<PersonId> = sites
        .flat_map(|site| &site.managers)
        .map(|Manager { person, .. }| person.clone())
        .collect();
    let context = CheckContext {
        person: &person.id,
        person_phone: &person.phone,
        provider: &person.org,
        work_order,
        managers: &managers,
        is_terminal: &|terminal| draft.register.terminals.contains_key(terminal),
        sidecars,
    };
    check(event, &context).map_err(|code| code.code())
}

/// The values this event commits to. One that does not match its hash is refused by name; one
/// that is missing is left to the rules.
fn sidecars_of(
    event: &Event,
    request: &PushRequest,
) -> Result<BTreeMap<Digest, Value>, &'static str> {
    let mut values = BTreeMap::new();
    for c in event.fact.commitments() {
        let Some(sidecar) = request.sidecars.get(&c) else {
            continue;
        };
        sidecar
            .verify(c)
            .map_err(|_| RefusalCode::SidecarMismatch.code())?;
        values.insert(c, sidecar.value.clone());
    }
    Ok(values)
}

/// Keeps the values that the event commits to, also if a rule refuses it afterwards: without them nobody
/// could check the refusal.
fn keep_sidecars(draft: &mut Draft, request: &PushRequest, event: &Event) {
    for c in event.fact.commitments() {
        let sidecar = request.sidecars.get(&c);
        let Some(sidecar) = sidecar.filter(|sidecar| sidecar.verify(c).is_ok()) else {
            continue;
        };
        draft.commit.sidecars.push(SidecarRow {
            c: c.to_string(),
            salt: sidecar.salt.0.to_string(),
            value: sidecar.value.to_string(),
            wo: event.wo.as_ref().map(|wo| wo.to_string()),
            dev: event.dev.to_string(),
        });
    }
}

/// Keeps the event in its chain; returns the code it was given.
fn keep(
    draft: &mut Draft,
    opened: &Opened,
    code: Option<&'static str>,
    bounds: Bounds,
) -> Option<&'static str> {
    let event = &opened.event;
    // What was told to the authority was told, also if a rule refuses it: nobody can leave it out later.
    if matches!(event.fact, Fact::Filed(_)) {
        draft.log(LeafKind::Filing, Digest(opened.id.0));
        draft.is_urgent = true;
    }
    draft.append(EventRow {
        dev: event.dev.to_string(),
        seq: event.seq as i64,
        id: opened.id.to_string(),
        n: 0,
        t: event.fact.name().to_owned(),
        by: event.by.to_string(),
        wo: event.wo.as_ref().map(|wo| wo.to_string()),
        payload: opened.payload.clone(),
        sig: opened.sig.clone(),
        received_at: draft.now.0,
        refused: code.map(str::to_owned),
        bounds: serde_json::to_string(&bounds).ok(),
    });
    if let (Some(code), Some(device)) = (code, draft.devices.get_mut(&event.dev)) {
        device.refused.insert(event.seq, code);
    }
    code
}

/// Keeps what was sent, as it came, with the reason for which it does not count.
pub(super) fn quarantine(
    draft: &mut Draft,
    request: &PushRequest,
    incoming: &Incoming,
    code: &'static str,
) {
    let envelope = incoming.raw.to_string();
    let wo = incoming
        .opened()
        .and_then(|opened| opened.event.wo.as_ref());
    draft.commit.quarantined.push(QuarantineRow {
        id: crate::signer::sha256_hex(envelope.as_bytes()),
        dev: Some(request.dev.to_string()),
        seq: incoming.seq.map(|seq| seq as i64),
        event: incoming.id.map(|id| id.to_string()),
        person: Some(request.person.to_string()),
        wo: wo.map(|wo| wo.to_string()),
        code: code.to_owned(),
        envelope,
        received_at: draft.now.0,
        resolved: false,
    });
}
