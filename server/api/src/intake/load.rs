//! Reads what one turn needs to know of the phones whose requests it takes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::ids::{DeviceId, EventId};
use domain::interval::Tolerance;
use domain::time::{Millis, Timestamp};
use store::{DeviceRow, ReceiptRow, StoreError};

use super::Surroundings;
use super::carry::DeviceCarry;
use super::device::{Device, Found};
use super::past::{Given, Past, counting};
use super::relay::{Other, RelayCodes, Told};
use crate::register::corrupt;

/// See the module.
pub struct Loader<'a> {
    pub around: &'a Surroundings,
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
        let ids: BTreeSet<String> = wanted
            .keys()
            .chain(void.keys())
            .map(DeviceId::to_string)
            .collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let nothing = Events::new();
        let mut asked = Vec::new();
        for row in self.around.store.devices_by_id(&ids).await? {
            let dev: DeviceId = row.dev.parse().map_err(|_| corrupt("device", "id"))?;
            let events = wanted.get(&dev).unwrap_or(&nothing);
            asked.push((dev, row, events, void.get(&dev).copied()));
        }
        let heads = asked
            .iter()
            .filter(|(_, _, events, void)| !events.is_empty() || void.is_some())
            .map(|(_, row, ..)| (row.dev.as_str(), row.head_seq + 1));
        let heads: Vec<(&str, i64)> = heads.collect();
        let receipts = self.around.store.receipts_of_chains(&heads).await?;
        let names = heads.iter().map(|(dev, _)| (*dev).to_owned());
        let mut receipts: HashMap<String, Vec<ReceiptRow>> = names.zip(receipts).collect();
        let mut devices = HashMap::new();
        for (dev, row, events, void) in asked {
            let told = told.remove(&dev).unwrap_or_default();
            let receipts = receipts.remove(&row.dev);
            let device = self.device(row, events, receipts, told, void).await?;
            devices.insert(dev, device);
        }
        Ok(devices)
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
