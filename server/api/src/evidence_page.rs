//! Everything an authority needs to judge a work order for itself: the facts, the judgement with
//! its reasons, the signed events as they came, receipts, keys, photos by hash, and what was set
//! aside. The page checks signatures, links and hashes again in the reader's own browser.

use std::collections::{BTreeMap, BTreeSet};

use domain::actor::Action;
use domain::ids::{DeviceId, Digest, EventId};
use domain::interval::Bounds;
use domain::receipt::Via;
use domain::relay::RelayDoubt;
use domain::time::Millis;
use domain::work_order::WorkOrder;
use poem_openapi::param::Path;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};
use store::{DeviceRow, EventRow, QuarantineRow, ReceiptRow};

use crate::auth::SignedIn;
use crate::covering::covering;
use crate::devices::approver;
use crate::error::ApiError;
use crate::intake::past::is_void;
use crate::judged::{judged, place_at_birth};
use crate::openapi::Tag;
use crate::page_loads::{looked_up, page_loads};
use crate::raw_json::RawJson;
use crate::reason::Reason;
use crate::register::Register;
use crate::retention;
use crate::state::{App, SharedApp};
use crate::work_orders::{find, read};

/// The evidence of one work order.
#[derive(Object)]
struct EvidenceDto {
    work_order: Any<Value>,
    judgement: Any<Value>,
    terminal: Any<Value>,
    site: Any<Value>,
    policy: Any<Value>,
    /// By id: name, role, organisation.
    people: Any<Value>,
    /// Signed events of the stretch of each chain that this work order lies in.
    events: Vec<Any<Value>>,
    receipts: Vec<Any<Value>>,
    /// By hash: stored or not, size.
    photos: Vec<Any<Value>>,
    ink: Vec<Any<Value>>,
    signers: Vec<Any<Value>>,
    devices: Vec<Any<Value>>,
    /// Which build of the app signed, page load by page load: what the phone names, when that was
    /// published, what is odd about it.
    builds: Vec<Any<Value>>,
    quarantined: Vec<Any<Value>>,
    /// When positions and handwriting are erased unless there is a hold, ms since 1970 UTC; null while the work order is open.
    retained_until: Option<i64>,
    /// SPKI of the server's first key, base64; always the same.
    server_key: String,
    /// The changes of key since, in their order: envelopes that old and new key have signed.
    key_changes: Any<Value>,
    /// Names of the witnesses whose times stand behind the external grade.
    witnesses: Vec<String>,
}

pub struct EvidencePageApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl EvidencePageApi {
    /// The evidence of a work order
    #[oai(path = "/:id/evidence", method = "get", operation_id = "getEvidence")]
    async fn evidence(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<RawJson<EvidenceDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::ReadEvidence).await?;
        let evidence = gather(&self.0, &read(&row)?).await?;
        // Positions and handwriting are personal: who looked is part of the record of the server.
        tracing::info!(person = %session.actor.person, work_order = %row.id, "evidence was read");
        Ok(RawJson::new(evidence.to_string()))
    }
}

async fn gather(app: &App, work_order: &WorkOrder) -> Result<Value, ApiError> {
    let register = app.register();
    let judgement = judged(app, &register, work_order).await?;
    let server = app.signer.keys();
    let mut devices = Vec::new();
    let mut receipts = Vec::new();
    let mut builds = Vec::new();
    let mut events: BTreeMap<(String, i64), EventRow> = BTreeMap::new();
    for event in app
        .store
        .events_of_work_order(work_order.id.as_str())
        .await?
    {
        events.insert((event.dev.clone(), event.seq), event);
    }
    for dev in work_order
        .heads
        .keys()
        .filter(|dev| !server.is_server(**dev))
    {
        builds.extend(builds_of(app, *dev, work_order, &events).await?);
        let (from, to) = stretch(&events, *dev);
        let to = to.max(bound_at(app, *dev, to - AFTER).await?);
        for event in app.store.chain(&dev.to_string(), from, to).await? {
            events.insert((event.dev.clone(), event.seq), event);
        }
        let dev = dev.to_string();
        if let Some(row) = app.store.device(&dev).await? {
            let owed = owed(app, &row).await?;
            devices.push(device_json(app, &register, row, owed));
        }
        let given = app.store.receipts_between(&dev, from, to + 20).await?;
        for receipt in &given {
            receipts.push(receipt_json(receipt, doubt_of(app, receipt).await?));
        }
    }
    let quarantined = app
        .store
        .quarantine_of_work_order(work_order.id.as_str())
        .await?;
    let bounds = work_order.bounds();
    let place = place_at_birth(&app.store, &register, work_order).await?;
    Ok(json!({
        "terminal": place.as_ref().map(|place| &place.terminal),
        "site": place.as_ref().map(|place| &place.site),
        "policy": register.policies.get(&work_order.policy).map(|(_, policy)| policy),
        "people": people(app, work_order),
        "events": events.into_values().map(|row| event_json(row, &bounds)).collect::<Vec<_>>(),
        "receipts": receipts,
        "photos": photos(app, work_order).await?,
        "ink": sidecars(app, work_order.evaluations.iter().map(|e| e.what.ink_c)).await?,
        "signers": sidecars(app, work_order.evaluations.iter().map(|e| e.what.signer_c)).await?,
        "devices": devices,
        "builds": builds,
        "quarantined": quarantined.into_iter().map(quarantined_json).collect::<Vec<_>>(),
        "retained_until": retention::ends_at(app, work_order),
        "server_key": app.signer.first().spki_base64(),
        "key_changes": app.signer.changes().iter().map(|it| it.envelope.to_value()).collect::<Vec<_>>(),
        "witnesses": witnesses(app),
        "judgement": judgement,
        "work_order": work_order,
    }))
}

fn witnesses(app: &App) -> Vec<String> {
    let keys = app.publisher.witnesses().keys();
    keys.into_iter().map(|key| key.name().to_owned()).collect()
}

/// The page loads in which this phone signed something of the work order.
async fn builds_of(
    app: &App,
    dev: DeviceId,
    work_order: &WorkOrder,
    events: &BTreeMap<(String, i64), EventRow>,
) -> Result<Vec<Value>, ApiError> {
    let name = dev.to_string();
    let own = events.values().filter(|row| row.dev == name);
    let own = own.filter(|row| row.wo.as_deref() == Some(work_order.id.as_str()));
    let own: Vec<&EventRow> = own.collect();
    let register = app.register();
    let policy = register.policies.get(&work_order.policy);
    let epsilon = Millis(policy.map_or(0, |(_, policy)| policy.epsilon_ms));
    let mut builds = Vec::new();
    for load in page_loads(&app.store, dev, &own).await? {
        let (logged_at, doubt) = looked_up(&app.store, &load, epsilon).await?;
        builds.push(json!({
            "dev": load.dev, "sid": load.sid, "seq": load.started.as_ref().map(|(seq, _)| seq),
            "named": load.started.as_ref().map(|(_, build)| build), "logged_at": logged_at,
            "doubt": doubt.map(|doubt| reason_json(Reason::of(doubt.code()))),
        }));
    }
    Ok(builds)
}

/// From the last server time before the work order's first event to its last one: what a reader
/// needs to follow the bounds.
fn stretch(events: &BTreeMap<(String, i64), EventRow>, dev: DeviceId) -> (i64, i64) {
    let dev = dev.to_string();
    let own = events
        .keys()
        .filter(|(other, _)| *other == dev)
        .map(|(_, seq)| *seq);
    let (first, last) = own.fold((i64::MAX, 0), |(first, last), seq| {
        (first.min(seq), last.max(seq))
    });
    ((first.min(last) - 40).max(1), last + AFTER)
}

/// Events shown behind the last one of the work order.
const AFTER: i64 = 3;
/// The place of the head whose receipt bounds this event, if the chain has reached it. It may lie
/// far behind: after days without network much is recorded before anybody sees its head.
async fn bound_at(app: &App, dev: DeviceId, seq: i64) -> Result<i64, ApiError> {
    let given = covering(&app.store, &dev.to_string(), seq, seq).await?;
    let first = given.iter().min_by_key(|receipt| receipt.ts);
    Ok(first.map_or(seq, |receipt| receipt.head_seq))
}

/// A proof code that two records match counts for none of them, and that is said.
async fn doubt_of(app: &App, receipt: &ReceiptRow) -> Result<Option<Reason>, ApiError> {
    let is_void = is_void(&app.store, receipt).await?;
    Ok(is_void.then(|| Reason::of(RelayDoubt::Ambiguous.code())))
}

/// With the bounds as they are now; of events that are not the work order's own, as on arrival.
fn event_json(row: EventRow, known: &BTreeMap<EventId, Bounds>) -> Value {
    let now = row.id.parse().ok().and_then(|id| known.get(&id));
    let bounds = match now {
        Some(bounds) => json!(bounds),
        None => row
            .bounds
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default(),
    };
    json!({
        "id": row.id, "dev": row.dev, "seq": row.seq, "t": row.t, "by": row.by, "wo": row.wo,
        "payload": row.payload, "sig": row.sig, "received_at": row.received_at, "bounds": bounds,
        "refused": row.refused.map(Reason::of).map(reason_json),
    })
}

/// Events of a phone that have a receipt and have not arrived: it still sends, or it is lost (evidence §2.6).
struct Owed {
    events: i64,
    /// Of the first receipt beyond what has arrived.
    since: i64,
}

async fn owed(app: &App, row: &DeviceRow) -> Result<Option<Owed>, ApiError> {
    let beyond = row.head_seq.saturating_add(1);
    let receipts = app.store.receipts_from(&row.dev, beyond).await?;
    // What somebody else relayed may claim any number; what the phone itself sent is signed with its key.
    let own = receipts
        .iter()
        .filter(|receipt| receipt.via == Via::Sync.name());
    let last = own.clone().map(|receipt| receipt.head_seq).max();
    let since = own.map(|receipt| receipt.ts).min();
    Ok(last.zip(since).map(|(last, since)| Owed {
        events: last - row.head_seq,
        since,
    }))
}

fn device_json(app: &App, register: &Register, row: DeviceRow, owed: Option<Owed>) -> Value {
    let approver = approver(app, &row);
    let owed = owed.map(|owed| json!({ "events": owed.events, "since": owed.since }));

    json!({
        "dev": row.dev, "person": row.person, "alg": row.alg, "spki": row.spki, "label": row.label,
        "enrolled_at": row.enrolled_at, "revoked_at": row.revoked_at,
        "revoked_reason": row.revoked_reason,
        "approved_by_name": approver.map(|by| register.name_of(&by).to_owned()), "key_record": embedded(&row.key_record),
        "owed": owed,
    })
}

fn receipt_json(row: &ReceiptRow, doubt: Option<Reason>) -> Value {
    json!({
        "dev": row.dev, "head_seq": row.head_seq, "head": row.head, "ts": row.ts, "via": row.via,
        "doubt": doubt.map(reason_json), "envelope": embedded(&row.envelope),
    })
}

fn quarantined_json(row: QuarantineRow) -> Value {
    json!({
        "id": row.id, "event": row.event, "dev": row.dev, "seq": row.seq, "person": row.person,
        "reason": reason_json(Reason::of(&row.code)), "received_at": row.received_at,
        "envelope": embedded(&row.envelope),
    })
}

fn reason_json(reason: Reason) -> Value {
    json!({ "code": reason.code, "zh": reason.zh, "en": reason.en })
}

fn embedded(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn people(app: &App, work_order: &WorkOrder) -> Value {
    let register = app.register();
    let site = register.sites.get(&work_order.site);
    let mut ids: BTreeSet<_> = work_order
        .assignments
        .iter()
        .map(|a| a.what.technician.clone())
        .collect();
    ids.extend(work_order.assignments.iter().map(|a| a.by.clone()));
    ids.extend(
        work_order
            .responses
            .iter()
            .map(|response| response.by.clone()),
    );
    ids.extend(
        work_order
            .responses
            .iter()
            .filter_map(|response| response.what.person.clone()),
    );
    ids.extend(work_order.joins.iter().map(|join| join.by.clone()));
    ids.extend(
        work_order
            .visits
            .iter()
            .map(|visit| visit.check_in.by.clone()),
    );
    ids.extend(work_order.work.iter().map(|work| work.by.clone()));
    ids.extend(
        work_order
            .alerts
            .iter()
            .flat_map(|alert| alert.what.to.clone()),
    );
    ids.extend(work_order.takeovers.iter().map(|said| said.by.clone()));
    ids.extend(work_order.links.iter().map(|link| link.by.clone()));
    ids.extend(work_order.link_ends.iter().map(|end| end.by.clone()));
    ids.extend(work_order.erasures.iter().map(|erasure| erasure.by.clone()));
    ids.extend(work_order.holds.iter().map(|hold| hold.by.clone()));
    ids.extend(
        work_order
            .evaluations
            .iter()
            .filter_map(|e| e.what.signer_person.clone()),
    );
    ids.extend(
        site.iter()
            .flat_map(|site| &site.managers)
            .map(|manager| manager.person.clone()),
    );
    ids.insert(work_order.report.by.clone());
    let known = ids.iter().filter_map(|id| register.people.get(id));
    let entries = known.map(|person| {
        let entry = json!({ "name": person.name, "role": person.role, "org": register.org_name(&person.org) });
        (person.id.to_string(), entry)
    });
    Value::Object(entries.collect())
}

async fn photos(app: &App, work_order: &WorkOrder) -> Result<Vec<Value>, ApiError> {
    let mut photos = Vec::new();
    for photo in &work_order.photos {
        let stored = app.blobs.stat(&photo.what.sha256.to_string()).await?;
        photos.push(json!({
            "sha256": photo.what.sha256, "stored": stored.is_some(), "size": stored,
            "width": photo.what.width, "height": photo.what.height,
        }));
    }
    Ok(photos)
}

async fn sidecars(
    app: &App,
    commitments: impl Iterator<Item = Digest>,
) -> Result<Vec<Value>, ApiError> {
    let names: Vec<String> = commitments.map(|c| c.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = app.store.sidecars(&names).await?;
    let entry = |row: store::SidecarRow| json!({ "c": row.c, "salt": row.salt, "value": embedded(&row.value) });
    Ok(rows.into_iter().map(entry).collect())
}
