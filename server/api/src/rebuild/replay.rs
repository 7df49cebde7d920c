//! The events once more, in the order of their arrival. What arrived in one request is told by the
//! receipt that ended it: its bounds in time were computed together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::event::{Event, Fact, Reported};
use domain::ids::{Digest, EventId, SiteId, WorkOrderId};
use domain::interval::{Bounds, Link, Seen, reach};
use domain::receipt::{Via, anchor_of};
use domain::register::{Site, Terminal};
use domain::server_keys::ServerKeys;
use domain::time::Timestamp;
use domain::work_order::{Birth, Recorded, WorkOrder};
use serde_json::Value;
use store::{DeviceRow, EventRow, ReceiptRow, SidecarRow, Store, StoreError};

use super::Projections;
use crate::intake::carry::{Accepted, DeviceCarry, tolerance_at};
use crate::intake::past::{Given, Past, counting, seen_of};
use crate::intake::project;
use crate::judged::place_at_birth;
use crate::register::Register;

/// One chain while it is read.
struct Chain {
    row: DeviceRow,
    carry: DeviceCarry,
    receipts: Vec<ReceiptRow>,
    /// Events of a request of which the last has not been read yet.
    request: Vec<(EventRow, Event, EventId)>,
}

/// Everything that follows from the events taken so far.
pub(super) struct Replay<'a> {
    store: &'a Store,
    server: &'a ServerKeys,
    register: Register,
    chains: HashMap<String, Chain>,
    work_orders: BTreeMap<WorkOrderId, WorkOrder>,
}

impl<'a> Replay<'a> {
    pub async fn start(store: &'a Store, server: &'a ServerKeys) -> Result<Self, StoreError> {
        let register = Register::load(store).await?;
        Ok(Self {
            store,
            server,
            register,
            chains: HashMap::new(),
            work_orders: BTreeMap::new(),
        })
    }

    /// Takes the next event in the order of arrival.
    pub async fn take(&mut self, row: EventRow) -> Result<(), StoreError> {
        let event: Event =
            serde_json::from_str(&row.payload).map_err(|error| damaged(&row, error))?;
        let id: EventId = row
            .id
            .parse()
            .map_err(|_| damaged(&row, "its id is none"))?;
        if !self.chains.contains_key(&row.dev) {
            let chain = self.open_chain(&row).await?;
            self.chains.insert(row.dev.clone(), chain);
        }
        if self.server.is_server(event.dev) && row.refused.is_none() {
            return self.take_of_the_desk(&row, event, id).await;
        }
        let Some(chain) = self.chains.get_mut(&row.dev) else {
            return Ok(());
        };
        let is_last = chain.receipts.iter().any(|receipt| {
            let ends_a_request = receipt.nonce.is_none() && receipt.via == Via::Sync.name();
            ends_a_request && receipt.head_seq == row.seq && receipt.ts == row.received_at
        });
        let dev = row.dev.clone();
        chain.request.push((row, event, id));
        if is_last {
            self.take_request(&dev).await
        } else {
            Ok(())
        }
    }

    async fn open_chain(&self, row: &EventRow) -> Result<Chain, StoreError> {
        let device = self
            .store
            .device(&row.dev)
            .await?
            .ok_or_else(|| damaged(row, "its device is not known"))?;
        let receipts = self.store.receipts_of_device(&row.dev).await?;
        let receipts = counting(self.store, receipts).await?;
        let device = DeviceRow {
            head_seq: 0,
            ..device
        };
        Ok(Chain {
            row: device,
            carry: DeviceCarry::default(),
            receipts,
            request: Vec::new(),
        })
    }

    /// Bounds the events of one request together, and folds those that were not refused.
    async fn take_request(&mut self, dev: &str) -> Result<(), StoreError> {
        let Some(chain) = self.chains.get_mut(dev) else {
            return Ok(());
        };
        let request = std::mem::take(&mut chain.request);
        let Some((last, ..)) = request.last() else {
            return Ok(());
        };
        let links: Vec<Link> = request
            .iter()
            .map(|(_, event, id)| link(event, *id, self.server))
            .collect();
        let received_at = Timestamp(last.received_at);
        let tolerance = tolerance_at(&self.register, received_at);
        let given = chain
            .receipts
            .iter()
            .filter(|receipt| receipt.ts <= received_at.0)
            .map(Given::of)
            .collect::<Result<Vec<_>, _>>()?;
        let own = links.iter().map(|link| (link.seq, link.id));
        let mut seen = seen_of(&given, own);
        seen.push(Seen {
            head_seq: last.seq as u64,
            ts: received_at,
        });
        let reach = reach(links[0].seq, &seen, tolerance);
        let mut past = Past {
            before: chain.carry.interval,
            ..Past::default()
        };
        if chain.carry.is_reached(reach) {
            let head_seq = chain.row.head_seq;
            past = Past::load(self.store, dev, head_seq, reach, self.server).await?;
            let known = past.events.iter().map(|event| &event.link);
            let places = known.chain(&links).map(|link| (link.seq, link.id));
            let now = seen.pop();
            seen = seen_of(&given, places);
            seen.extend(now);
        }
        let (bounds, rebound) = chain.carry.bound(&past, &links, &seen, tolerance);
        for wo in past.folded.values().collect::<BTreeSet<_>>() {
            if let Some(work_order) = self.work_orders.get_mut(wo) {
                work_order.rebound(&rebound);
            }
        }
        chain.row.head_seq = last.seq;
        chain.row.head.clone_from(&last.id);
        for ((row, event, id), bounds) in request.into_iter().zip(bounds) {
            if row.refused.is_none() {
                self.fold(dev, event, id, bounds).await?;
            }
        }
        Ok(())
    }

    async fn fold(
        &mut self,
        dev: &str,
        event: Event,
        id: EventId,
        bounds: Bounds,
    ) -> Result<(), StoreError> {
        let sidecars = sidecars(self.store, &event).await?;
        let work_order = event
            .wo
            .as_ref()
            .and_then(|wo| self.work_orders.get_mut(wo));
        if let (Some(work_order), Some(chain)) = (work_order, self.chains.get_mut(dev)) {
            chain.carry.fold(
                work_order,
                Accepted {
                    event,
                    id,
                    bounds,
                    sidecars,
                },
                &self.register,
            );
        }
        Ok(())
    }

    /// The server lived through its own acts: their moment is exact.
    async fn take_of_the_desk(
        &mut self,
        row: &EventRow,
        event: Event,
        id: EventId,
    ) -> Result<(), StoreError> {
        if let Some(chain) = self.chains.get_mut(&row.dev) {
            chain.row.head_seq = row.seq;
            chain.row.head.clone_from(&row.id);
        }
        let Some(wo) = event.wo.clone() else {
            return Ok(());
        };
        let bounds = Bounds::exactly(event.wall);
        let sidecars = sidecars(self.store, &event).await?;
        let recorded = Recorded {
            event,
            id,
            bounds,
            sidecars,
            prior: None,
        };
        if let Fact::Reported(report) = &recorded.event.fact {
            let birth = self.birth(row, report).await?;
            self.work_orders
                .extend(WorkOrder::born(birth, &recorded).map(|work_order| (wo, work_order)));
        } else if let Some(work_order) = self.work_orders.get_mut(&wo) {
            work_order.apply(&recorded);
        }
        Ok(())
    }

    /// What the register said about terminal and site in the versions of the report.
    async fn birth(&self, row: &EventRow, report: &Reported) -> Result<Birth, StoreError> {
        let (terminal, version) = (&report.terminal, report.terminal_version);
        let stored = self
            .store
            .terminal_version(terminal.as_str(), i64::from(version))
            .await?;
        let stored =
            stored.ok_or_else(|| damaged(row, format!("{terminal} has no version {version}")))?;
        let terminal: Terminal =
            serde_json::from_str(&stored.doc).map_err(|error| damaged(row, error))?;
        let site = self.site(row, &terminal.site, report.site_version).await?;
        Ok(Birth {
            site: site.id,
            district: site.district,
            provider: terminal.provider,
            site_unit: site.unit,
        })
    }

    /// The site in this version; as it is now for reports from before sites were bound.
    async fn site(
        &self,
        row: &EventRow,
        id: &SiteId,
        version: Option<u32>,
    ) -> Result<Site, StoreError> {
        let unknown = || damaged(row, format!("{id} is not known in version {version:?}"));
        let Some(version) = version else {
            let site = self.register.sites.get(id);
            return site.cloned().ok_or_else(unknown);
        };
        let stored = self
            .store
            .site_version(id.as_str(), i64::from(version))
            .await?;
        let stored = stored.ok_or_else(unknown)?;
        serde_json::from_str(&stored.doc).map_err(|error| damaged(row, error))
    }

    /// The rows, once all events are taken.
    pub async fn into_projections(self, n: i64) -> Result<Projections, StoreError> {
        let mut devices = Vec::new();
        for Chain {
            row,
            carry,
            request,
            ..
        } in self.chains.into_values()
        {
            if let Some((unfinished, ..)) = request.first() {
                return Err(damaged(unfinished, "no receipt ended its request"));
            }
            let carry = serde_json::to_string(&carry);
            let carry = carry.map_err(|error| StoreError::Corrupt {
                table: "device",
                detail: error.to_string(),
            })?;
            devices.push(DeviceRow { carry, ..row });
        }
        devices.sort_unstable_by(|a, b| a.dev.cmp(&b.dev));
        let mut work_orders = Vec::new();
        for work_order in self.work_orders.values() {
            let born = place_at_birth(self.store, &self.register, work_order).await?;
            work_orders.push(project(work_order, born.as_ref(), &self.register)?);
        }
        Ok(Projections {
            n,
            work_orders,
            devices,
        })
    }
}

fn link(event: &Event, id: EventId, server: &ServerKeys) -> Link {
    let anchor_ts = anchor_of(event, server).unwrap_or(None);
    Link {
        seq: event.seq,
        id,
        sid: event.sid,
        mono: event.mono,
        anchor_ts,
    }
}

async fn sidecars(store: &Store, event: &Event) -> Result<BTreeMap<Digest, Value>, StoreError> {
    let names: Vec<String> = event
        .fact
        .commitments()
        .iter()
        .map(Digest::to_string)
        .collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let read =
        |row: SidecarRow| Some((row.c.parse().ok()?, serde_json::from_str(&row.value).ok()?));
    Ok(store
        .sidecars(&names)
        .await?
        .into_iter()
        .filter_map(read)
        .collect())
}

fn damaged(row: &EventRow, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        table: "event",
        detail: format!("{} of {}: {why}", row.seq, row.dev),
    }
}
