//! What goes into a bundle, by its name there: signed bytes as they came, documents in their
//! canonical spelling. Nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::canonical::canonical_of;
use domain::envelope::{Envelope, Signature, pae};
use domain::event::{EVENT_TYPE, Event, Fact};
use domain::ids::{Digest, PersonId, TerminalId};
use domain::server_keys::ServerKeys;
use domain::sidecar::{Salt, Sidecar};
use domain::work_order::WorkOrder;
use serde::Serialize;
use store::{EventRow, SidecarRow};
use verify::manifest::sha256;
use verify::{People, Person, Place, SetAside};

use super::stretch::{self, read};
use crate::devices::approver;
use crate::error::ApiError;
use crate::judged::{self, place_at_birth};
use crate::register::Register;
use crate::state::App;

/// For people: what the bundle is and how to check it with public tools.
const INSTRUCTIONS: &str = include_str!("instructions.txt");

/// Everything but manifest, verdict and the photos' bytes.
pub(super) struct Gathered {
    pub work_order: WorkOrder,
    pub files: BTreeMap<String, Vec<u8>>,
    pub photos: BTreeSet<Digest>,
    pub set_aside: Vec<SetAside>,
    /// Who approved the phones.
    approvers: BTreeSet<PersonId>,
}

impl Gathered {
    pub(super) fn put(&mut self, place: Place, bytes: impl Into<Vec<u8>>) {
        self.files.insert(place.to_string(), bytes.into());
    }

    fn put_plain<T: Serialize>(&mut self, place: Place, value: &T) -> Result<(), ApiError> {
        self.put(place, canonical_of(value).map_err(|_| broken("document"))?);
        Ok(())
    }

    /// A signed record under the hash of what was signed.
    fn put_record(&mut self, place: fn(Digest) -> Place, text: &str) -> Result<(), ApiError> {
        let envelope = Envelope::parse(text.as_bytes()).map_err(|_| broken("record"))?;
        let payload = STANDARD
            .decode(&envelope.payload)
            .map_err(|_| broken("record"))?;
        let id = sha256(&pae(&envelope.payload_type, &payload));
        self.put(place(id), text);
        Ok(())
    }
}

/// Collects the evidence of a work order.
pub(super) async fn gather(app: &App, work_order: &WorkOrder) -> Result<Gathered, ApiError> {
    let mut gathered = Gathered {
        work_order: work_order.clone(),
        files: BTreeMap::new(),
        photos: BTreeSet::new(),
        set_aside: Vec::new(),
        approvers: BTreeSet::new(),
    };
    gathered.put(Place::Instructions, INSTRUCTIONS);
    gathered.put(Place::ServerKey, app.signer.first().spki_base64());
    for held in app.signer.changes() {
        let text = held.envelope.to_value().to_string();
        gathered.put(Place::KeyChange(held.id), text);
    }
    let rows = chains(app, &mut gathered).await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        events.push(read(row)?);
        put_event(&mut gathered, row)?;
    }
    let own = |event: &&Event| event.wo.as_ref() == Some(&work_order.id);
    for event in events.iter().filter(own) {
        if let Fact::PhotoTaken(photo) = &event.fact {
            gathered.photos.insert(photo.sha256);
        }
    }
    surroundings(app, &mut gathered, &events).await?;
    people(app, &mut gathered, &events)?;
    sidecars(app, &mut gathered, &events).await?;
    logged_verdicts(app, &mut gathered).await?;
    Ok(gathered)
}

/// What the server bound itself to when the work order was evaluated.
async fn logged_verdicts(app: &App, gathered: &mut Gathered) -> Result<(), ApiError> {
    let id = gathered.work_order.id.clone();
    for row in app.store.verdicts_of(id.as_str()).await? {
        let h = sha256(row.statement.as_bytes());
        gathered.put(Place::LoggedVerdict(h), row.statement);
    }
    Ok(())
}

fn is_server(server: &ServerKeys, row: &EventRow) -> bool {
    row.dev.parse().is_ok_and(|dev| server.is_server(dev))
}

/// The work order's own events with the stretches of the phones' chains, in no order.
async fn chains(app: &App, gathered: &mut Gathered) -> Result<Vec<EventRow>, ApiError> {
    let work_order = gathered.work_order.clone();
    let server = app.signer.keys();
    let policy = app.register().policies.get(&work_order.policy).cloned();
    let (_, policy) = policy.ok_or_else(|| broken("policy"))?;
    let own = app
        .store
        .events_of_work_order(work_order.id.as_str())
        .await?;
    let mut of_phone: BTreeMap<String, Vec<&EventRow>> = BTreeMap::new();
    let (desk, phones): (Vec<EventRow>, Vec<EventRow>) =
        own.into_iter().partition(|row| is_server(server, row));
    for row in &phones {
        of_phone.entry(row.dev.clone()).or_default().push(row);
    }
    let mut rows = desk;
    for (dev, own) in of_phone {
        let device = app
            .store
            .device(&dev)
            .await?
            .ok_or_else(|| broken("device"))?;
        gathered.put_record(Place::Key, &device.key_record)?;
        gathered.approvers.extend(approver(app, &device));
        if let Some(revocation) = &device.revocation {
            gathered.put_record(Place::Key, revocation)?;
        }
        let stretch = stretch::around(&app.store, &dev, &own, &policy.presence).await?;
        for receipt in &stretch.receipts {
            gathered.put_record(Place::Receipt, &receipt.envelope)?;
        }
        rows.extend(stretch.events);
    }
    Ok(rows)
}

fn put_event(gathered: &mut Gathered, row: &EventRow) -> Result<(), ApiError> {
    let (Ok(dev), Ok(seq), Ok(event)) = (row.dev.parse(), u64::try_from(row.seq), row.id.parse())
    else {
        return Err(broken("event"));
    };
    let envelope = Envelope {
        payload_type: EVENT_TYPE.to_owned(),
        payload: STANDARD.encode(&row.payload),
        signatures: vec![Signature {
            keyid: row.dev.clone(),
            sig: row.sig.clone(),
        }],
    };
    gathered.put(Place::Event { dev, seq }, envelope.to_value().to_string());
    let code = row.refused.clone();
    gathered
        .set_aside
        .extend(code.map(|code| SetAside { code, event }));
    Ok(())
}

/// Policy, and the register's records of every place that the events name.
async fn surroundings(
    app: &App,
    gathered: &mut Gathered,
    events: &[Event],
) -> Result<(), ApiError> {
    let register = app.register();
    let work_order = gathered.work_order.clone();
    let policy = register.policies.get(&work_order.policy);
    let (_, policy) = policy.ok_or_else(|| broken("policy"))?;
    gathered.put_plain(Place::Policy, policy)?;
    let born = place_at_birth(&app.store, &register, &work_order).await?;
    let judged::Place {
        terminal: born,
        site,
    } = born.ok_or_else(|| broken("terminal or site"))?;
    gathered.put_plain(Place::Site(site.id.clone()), &site)?;
    let named = |event: &Event| -> Option<TerminalId> {
        let is_own = event.wo.as_ref() == Some(&work_order.id);
        match &event.fact {
            Fact::CheckedIn(check_in) if is_own => Some(check_in.terminal.clone()),
            _ => None,
        }
    };
    for id in events.iter().filter_map(named).collect::<BTreeSet<_>>() {
        if let Some(terminal) = register.terminals.get(&id).filter(|_| id != born.id) {
            gathered.put_plain(Place::Terminal(id), terminal)?;
        }
    }
    gathered.put_plain(Place::Terminal(born.id.clone()), &born)
}

/// Names of those who acted or approved a phone, and the numbers that the rule about signing for oneself needs.
fn people(app: &App, gathered: &mut Gathered, events: &[Event]) -> Result<(), ApiError> {
    let register = app.register();
    let mut people = People::new();
    let own = |event: &&Event| event.wo.as_ref() == Some(&gathered.work_order.id);
    for event in events.iter().filter(own) {
        let mut ids: Vec<&PersonId> = vec![&event.by];
        match &event.fact {
            Fact::Assigned(assigned) => ids.push(&assigned.technician),
            Fact::Evaluated(evaluated) => ids.extend(&evaluated.signer_person),
            Fact::Responded(responded) => ids.extend(&responded.person),
            _ => {}
        }
        let is_phones = !app.signer.keys().is_server(event.dev);
        for person in ids.into_iter().filter_map(|id| register.people.get(id)) {
            let is_signer = is_phones && person.id == event.by;
            let entry = people.entry(person.id.clone());
            let entry = entry.or_insert_with(|| named(&register, person));
            if is_signer {
                entry.phone = Some(person.phone.clone());
            }
        }
    }
    let approvers = gathered.approvers.iter();
    for person in approvers.filter_map(|id| register.people.get(id)) {
        let entry = people.entry(person.id.clone());
        entry.or_insert_with(|| named(&register, person));
    }
    gathered.put_plain(Place::People, &people)
}

fn named(register: &Register, person: &crate::register::Person) -> Person {
    Person {
        name: person.name.clone(),
        org: person.org.clone(),
        org_name: register.org_name(&person.org).to_owned(),
        phone: None,
        role: person.role,
    }
}

/// The personal values of the work order, and the positions at the check-ins before it.
async fn sidecars(app: &App, gathered: &mut Gathered, events: &[Event]) -> Result<(), ApiError> {
    let is_needed = |event: &&Event| {
        let is_own = event.wo.as_ref() == Some(&gathered.work_order.id);
        is_own || matches!(event.fact, Fact::CheckedIn(_))
    };
    let needed = events.iter().filter(is_needed);
    let names: BTreeSet<String> = needed
        .flat_map(|event| event.fact.commitments())
        .map(|c| c.to_string())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for row in app.store.sidecars(&names).await? {
        let c = row.c.parse().map_err(|_| broken("sidecar"))?;
        let text = sidecar_of(&row).ok_or_else(|| broken("sidecar"))?;
        gathered.put(Place::Sidecar(c), text);
    }
    Ok(())
}

fn sidecar_of(row: &SidecarRow) -> Option<String> {
    let sidecar = Sidecar {
        salt: Salt(row.salt.parse().ok()?),
        value: serde_json::from_str(&row.value).ok()?,
    };
    sidecar.text().ok()
}

pub(super) fn broken(what: &'static str) -> ApiError {
    ApiError::internal("bundle", format!("{what} is missing or damaged"))
}
