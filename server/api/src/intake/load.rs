//! Reads what one turn needs to know of the phones whose requests it takes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::ids::{DeviceId, EventId};
use domain::interval::Tolerance;
use domain::time::{Millis, Timestamp};
use store::{DeviceRow, ReceiptRow, StoreError};

use super::Surroundings;
use super::carry::DeviceCarry;
use super::device::{Device, Found};
use super::memory::{Memory, Remembered};
use super::past::{Given, Past, counting};
use super::relay::{Other, RelayCodes, Told};
use crate::register::corrupt;

/// See the module.
pub struct Loader<'a> {
    pub around: &'a Surroundings,
    pub memory: &'a Memory,
    pub relay_codes: &'a RelayCodes,
    pub now: Timestamp,
    pub tolerance: Tolerance,
}

type Events = BTreeSet<(u64, EventId)>;

impl Loader<'_> {
    /// The wanted devices as far as they are enrolled, and those that told a code which an event of
    /// somebody else matches as well.
    pub async fn devices(
        &self,
        wanted: &BTreeMap<DeviceId, Events>,
    ) -> Result<HashMap<DeviceId, Device>, StoreError> {
        let mut told = BTreeMap::new();
        let mut void: BTreeMap<DeviceId, Timestamp> = BTreeMap::new();
        for (dev, events) in wanted {
            let found = self.told(*dev, events).await?;
            for told in found.values() {
                for other in &told.others {
                    let at = void.entry(other.parse_dev()?).or_insert(told.ts);
                    *at = told.ts.min(*at);
                }
            }
            told.insert(*dev, found);
        }
        let ids: BTreeSet<DeviceId> = wanted.keys().chain(void.keys()).copied().collect();
        let rows = self.rows(&ids).await?;
        let nothing = Events::new();
        let events_of = |dev: &DeviceId| wanted.get(dev).unwrap_or(&nothing);
        let asked = rows
            .iter()
            .filter(|(dev, _)| !events_of(dev).is_empty() || void.contains_key(dev));
        let mut receipts = self.receipts(asked).await?;
        let mut devices = HashMap::new();
        for (dev, Remembered { row, is_bare }) in rows {
            let told = told.remove(&dev).unwrap_or_default();
            let receipts = receipts.remove(&dev);
            let is_bare = is_bare || receipts.as_ref().is_some_and(Vec::is_empty);
            let void = void.get(&dev).copied();
            let mut device = self
                .device(row, events_of(&dev), receipts, told, void)
                .await?;
            device.is_bare = is_bare;
            devices.insert(dev, device);
        }
        Ok(devices)
    }

    /// Those of these devices that are enrolled.
    async fn rows(
        &self,
        ids: &BTreeSet<DeviceId>,
    ) -> Result<Vec<(DeviceId, Remembered)>, StoreError> {
        let remembered = |dev: &DeviceId| self.memory.device(*dev).cloned();
        let mut rows: Vec<(DeviceId, Remembered)> = ids
            .iter()
            .filter_map(|dev| Some((*dev, remembered(dev)?)))
            .collect();
        let unknown = ids.iter().filter(|dev| self.memory.device(**dev).is_none());
        let unknown: Vec<String> = unknown.map(DeviceId::to_string).collect();
        let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
        for row in self.around.store.devices_by_id(&unknown).await? {
            let dev: DeviceId = row.dev.parse().map_err(|_| corrupt("device", "id"))?;
            let is_bare = false;
            rows.push((dev, Remembered { row, is_bare }));
        }
        Ok(rows)
    }

    /// The receipts of these devices for their heads and beyond.
    async fn receipts<'r>(
        &self,
        devices: impl Iterator<Item = &'r (DeviceId, Remembered)>,
    ) -> Result<HashMap<DeviceId, Vec<ReceiptRow>>, StoreError> {
        let (bare, rest): (Vec<_>, Vec<_>) = devices.partition(|(_, device)| device.is_bare);
        let heads = rest.iter().map(|(_, Remembered { row, .. })| row);
        let heads: Vec<(&str, i64)> = heads
            .map(|row| (row.dev.as_str(), row.head_seq + 1))
            .collect();
        let found = self.around.store.receipts_of_chains(&heads).await?;
        let found = rest.iter().map(|(dev, _)| *dev).zip(found);
        let nothing = bare.into_iter().map(|(dev, _)| (*dev, Vec::new()));
        Ok(found.chain(nothing).collect())
    }

    /// Which of these events have a code that was told, and what else that code matches.
    async fn told(
        &self,
        dev: DeviceId,
        events: &Events,
    ) -> Result<HashMap<EventId, Told>, StoreError> {
        let mut found = HashMap::new();
        for (_, id) in events {
            let Some(mut told) = self.relay_codes.told(*id) else {
                continue;
            };
            let matches = self.around.store.relay_matches(told.code.as_str()).await?;
            told.others = matches
                .into_iter()
                .filter(|other| other.head != id.to_string())
                .map(|other| Other {
                    dev: other.dev,
                    head: other.head,
                })
                .collect();
            let is_alone = told.others.is_empty();
            tracing::debug!(%dev, is_alone, "a code that was told has found an event");
            found.insert(*id, told);
        }
        Ok(found)
    }

    /// `receipts` are those for its head and beyond; none if nothing is asked of it.
    async fn device(
        &self,
        row: DeviceRow,
        events: &Events,
        receipts: Option<Vec<ReceiptRow>>,
        told: HashMap<EventId, Told>,
        void: Option<Timestamp>,
    ) -> Result<Device, StoreError> {
        let store = &self.around.store;
        let carry = match row.carry.as_str() {
            "" => DeviceCarry::default(),
            text => {
                serde_json::from_str(text).map_err(|error| corrupt("device", &error.to_string()))?
            }
        };
        let (known, refused) = self.below(&row, events).await?;
        let mut past = Past {
            before: carry.interval,
            ..Past::default()
        };
        let mut given = Vec::new();
        if let Some(receipts) = receipts {
            let rows = counting(store, receipts).await?;
            given = rows.iter().map(Given::of).collect::<Result<Vec<_>, _>>()?;
            let promised = given
                .iter()
                .filter(|given| events.contains(&(given.head_seq, given.head)))
                .map(|given| given.ts);
            let earliest = promised
                .chain(told.values().map(|told| told.ts))
                // What the code itself has bounded must be among what is bounded again.
                .chain(void.map(|ts| ts - Millis(1)))
                .min();
            let reach = earliest.map_or(self.now, |ts| ts.min(self.now))
                + Millis(self.tolerance.epsilon_ms);
            if carry.is_reached(reach) || void.is_some() {
                let key = self.around.signer.keys();
                past = Past::load(store, &row.dev, row.head_seq, reach, key).await?;
                if let Some(first) = past.first_seq() {
                    let rows = store.receipts_from(&row.dev, first as i64).await?;
                    let rows = counting(store, rows).await?;
                    given = rows.iter().map(Given::of).collect::<Result<Vec<_>, _>>()?;
                }
            }
        }
        let found = Found {
            known,
            refused,
            past,
            given,
            told,
            is_bare: false,
        };
        Ok(Device::loaded(row, carry, found))
    }

    /// What stands already where the request's events belong, and why it was refused if it was.
    async fn below(
        &self,
        row: &DeviceRow,
        events: &Events,
    ) -> Result<(HashMap<u64, EventId>, HashMap<u64, &'static str>), StoreError> {
        let below: Vec<i64> = events
            .iter()
            .map(|(seq, _)| *seq as i64)
            .filter(|seq| *seq <= row.head_seq)
            .collect();
        let (mut known, mut refused) = (HashMap::new(), HashMap::new());
        if below.is_empty() {
            return Ok((known, refused));
        }
        for event in self.around.store.known_events(&row.dev, &below).await? {
            let id = event.id.parse().map_err(|_| corrupt("event", "id"))?;
            known.insert(event.seq as u64, id);
            let code = event.refused.and_then(known_code);
            refused.extend(code.map(|code| (event.seq as u64, code)));
        }
        Ok((known, refused))
    }
}

/// The code as the rules know it.
fn known_code(code: String) -> Option<&'static str> {
    domain::text::all()
        .map(|(known, ..)| known)
        .find(|known| *known == code)
}
