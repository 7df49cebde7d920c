//! The working set of one turn: what the store says as of one counter value, plus everything the
//! requests of this turn have added so far. Becomes one commit, or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::ids::{DeviceId, Digest, EventId, SessionId, WorkOrderId};
use domain::interval::external::External;
use domain::receipt::CheckpointRef;
use domain::roster::Duty;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use domain::work_order::WorkOrder;
use store::{Commit, DayNumber, EventRow, IdempotencyRow, Store, StoreError};

use super::carry::tolerance_at;
use super::codes::Uses;
use super::device::Device;
use super::load::Loader;
use super::memory::{Left, Memory, Remembered};
use super::project::project;
use super::relay::RelayCodes;
use super::rosters::Rosters;
use super::wanted::{Wanted, load_uses};
use super::{Request, Surroundings};
use crate::judged::{Place, is_as_at_birth, place_at_birth};
use crate::keys::{KeyRing, REPLACED};
use crate::log::Tail;
use crate::register::Register;
use crate::register::corrupt;
use crate::sm2::Sm2;

/// The pseudo person behind what nobody said.
pub(super) const SYSTEM: &str = "system";

/// See the module.
pub struct Draft {
    pub now: Timestamp,
    pub register: Arc<Register>,
    pub signer: Arc<KeyRing>,
    /// Signs receipts a second time.
    pub sm2: Option<Arc<Sm2>>,
    /// This run of the server, as the session of its own events.
    pub session: SessionId,
    pub devices: HashMap<DeviceId, Device>,
    pub work_orders: HashMap<WorkOrderId, WorkOrder>,
    /// Terminals and sites of which one was changed after the fault was reported, as they were then.
    pub born_places: HashMap<WorkOrderId, Place>,
    pub idempotent: HashMap<(String, String), IdempotencyRow>,
    /// All codes that were told by telephone.
    pub relay_codes: Arc<RelayCodes>,
    /// Something was said whose time people will argue about: its proof should not wait.
    pub is_urgent: bool,
    /// The latest state of the log that somebody outside had seen.
    pub checkpoint: Option<CheckpointRef>,
    /// Codes used before that the scans of this turn may use again.
    pub code_uses: Uses,
    /// Events, receipts, sidecars and quarantine of this turn.
    pub commit: Commit,
    /// When a step of each was due according to its row.
    due_at: HashMap<WorkOrderId, i64>,
    rosters: Rosters,
    nothing: BTreeMap<EventId, External>,
    changed: BTreeSet<WorkOrderId>,
    tail: Tail,
    day: String,
    day_number: i64,
}

impl Draft {
    /// Reads what the requests touch, all as of one counter value.
    pub async fn load(
        around: &Surroundings,
        memory: &mut Memory,
        requests: &[&Request],
    ) -> Result<Self, StoreError> {
        let store = &around.store;
        let known = around.relay_codes.last_number();
        let standing = memory.standing(store, known).await?;
        let tail = Tail::of(standing.log);
        // The log's time never goes back, and a receipt says the time of its leaf.
        let now = tail.not_before(around.time.now());
        let mut wanted = Wanted::default();
        wanted.devices.entry(around.signer.device_id()).or_default();
        requests.iter().for_each(|request| wanted.add(request));
        let code_uses = load_uses(around, requests, &mut wanted).await?;

        let register = (around.register)();
        let relay_codes = around.relay_codes.with(&standing.relay_codes)?;
        let loader = Loader {
            around,
            memory,
            relay_codes: &relay_codes,
            now,
            tolerance: tolerance_at(&register, now),
        };
        let mut devices = loader.devices(&wanted.devices).await?;
        let server = around.signer.device_id();
        let own = devices
            .entry(server)
            .or_insert_with(|| Device::of_the_server(&around.signer, now));
        // Another process has changed the key on this database: what this one signs nobody would believe.
        if own.row.revoked_at.is_some() {
            return Err(StoreError::Unavailable(REPLACED.to_owned()));
        }
        let touched = devices
            .values()
            .flat_map(|device| device.past.folded.values());
        wanted.work_orders.extend(touched.cloned());
        let ids: Vec<String> = wanted
            .work_orders
            .iter()
            .map(WorkOrderId::to_string)
            .collect();
        let mut work_orders = HashMap::new();
        let mut due_at = HashMap::new();
        for row in store.work_orders_by_id(&texts(&ids)).await? {
            let work_order: WorkOrder = serde_json::from_str(&row.doc)
                .map_err(|error| corrupt("work_order", &error.to_string()))?;
            due_at.insert(work_order.id.clone(), row.due_at);
            work_orders.insert(work_order.id.clone(), work_order);
        }
        let born_places = changed_since(store, &register, &work_orders).await?;
        let rosters = Rosters::load(store, &register, requests, &work_orders).await?;
        let mut idempotent = HashMap::new();
        for (person, key) in wanted.keys {
            if let Some(row) = store.idempotent(&person, &key).await? {
                idempotent.insert((person, key), row);
            }
        }
        let day = crate::shenzhen::day(now);
        let is_report = requests
            .iter()
            .any(|request| matches!(request, Request::Desk(_)));
        let day_number = if is_report {
            store.last_number_of(&day).await?
        } else {
            0
        };
        Ok(Self {
            now,
            register,
            signer: around.signer.clone(),
            sm2: around.sm2.clone(),
            session: around.session,
            devices,
            work_orders,
            born_places,
            idempotent,
            relay_codes,
            is_urgent: false,
            checkpoint: around.log.latest_external(),
            tail,
            code_uses,
            commit: Commit {
                expected_n: standing.n,
                ..Commit::default()
            },
            due_at,
            rosters,
            nothing: BTreeMap::new(),
            changed: BTreeSet::new(),
            day,
            day_number,
        })
    }

    /// The next free number of today, `WO-20261124-0001`.
    pub fn next_work_order_id(&mut self) -> WorkOrderId {
        self.day_number += 1;
        self.commit.day_number = Some(DayNumber {
            day: self.day.clone(),
            last: self.day_number,
        });
        let id = format!("WO-{}-{:04}", self.day, self.day_number);
        id.parse().expect("digits and dashes make an identifier")
    }

    /// Where the next leaf will stand.
    pub fn next_leaf(&self) -> u64 {
        self.tail.next()
    }

    /// Puts a leaf behind the log's end, in the same write as what it is about.
    pub fn log(&mut self, kind: LeafKind, h: Digest) {
        self.tail.append(&mut self.commit, kind, h, self.now);
    }

    /// Marks a projection for writing.
    pub fn touch(&mut self, work_order: &WorkOrderId) {
        self.changed.insert(work_order.clone());
    }

    /// Marks it only if its row says that something is due.
    pub fn touch_if_due(&mut self, work_order: &WorkOrderId) {
        if self
            .due_at
            .get(work_order)
            .is_some_and(|due_at| *due_at <= self.now.0)
        {
            self.touch(work_order);
        }
    }

    /// What the rules need to know around a work order.
    pub fn around(&self, work_order: &WorkOrder) -> Option<domain::work_order::Surroundings<'_>> {
        let born = self.born_places.get(&work_order.id);
        super::project::around(work_order, born, &self.register, &self.nothing)
    }

    /// Who is on duty for a work order, and who above them.
    pub fn duty(&self, work_order: &WorkOrder) -> Duty {
        let WorkOrder {
            provider,
            terminal,
            site,
            ..
        } = work_order;
        self.rosters
            .duty(&self.register.calendar, self.now, provider, terminal, site)
    }

    /// Puts an event row behind the ones of this turn.
    pub fn append(&mut self, row: EventRow) {
        self.commit.events.push(row);
    }

    /// Everything of this turn as one write, and what is true once it is made.
    pub fn into_commit(mut self) -> Result<(Commit, Left), StoreError> {
        for id in &self.changed {
            let work_order = &self.work_orders[id];
            self.commit.work_orders.push(project(
                work_order,
                self.born_places.get(id),
                &self.register,
            )?);
        }
        let mut devices = Vec::with_capacity(self.devices.len());
        for (dev, device) in self.devices {
            let mut row = device.row;
            if device.is_changed {
                row.carry = serde_json::to_string(&device.carry)
                    .map_err(|error| corrupt("device", &error.to_string()))?;
                self.commit.devices.push(row.clone());
            }
            let is_bare = device.is_bare;
            // A row that was never written is the server's own before its first event.
            if device.is_changed || row.head_seq > 0 || !row.key_record.is_empty() {
                devices.push((dev, Remembered { row, is_bare }));
            }
        }
        let left = Left::by(&self.commit, self.tail.end(), devices.into_iter());
        Ok((self.commit, left))
    }
}

/// What the register has replaced since these work orders were born; almost always nothing.
async fn changed_since(
    store: &Store,
    register: &Register,
    work_orders: &HashMap<WorkOrderId, WorkOrder>,
) -> Result<HashMap<WorkOrderId, Place>, StoreError> {
    let mut born = HashMap::new();
    for (id, work_order) in work_orders {
        if !is_as_at_birth(register, work_order) {
            let place = place_at_birth(store, register, work_order).await?;
            born.extend(place.map(|place| (id.clone(), place)));
        }
    }
    Ok(born)
}

fn texts(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}
