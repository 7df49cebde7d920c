//! From files to facts: what each file says once its signature, its form and its place have been
//! checked. Order is that of the chain of proof: keys, events and their chains, receipts, then the
//! plain documents, which prove nothing by themselves. What follows from the facts is
//! [`crate::replay`]'s business.

mod chains;
mod documents;
mod receipts;

use std::collections::BTreeMap;

use domain::event::Event;
use domain::ids::{DeviceId, Digest, EventId, PersonId, SiteId, TerminalId, WorkOrderId};
use domain::interval::Seen;
use domain::receipt::KeyRecord;
use domain::register::{Site, Terminal};
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use serde_json::Value;

pub use self::documents::{People, Person, SetAside, Verdict};
use crate::container::File;
use crate::finding::Finding;
use crate::place::Place;
use crate::trust::Trust;

/// A genuine event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opened {
    pub event: Event,
    pub id: EventId,
    /// The server time it embeds: it came later.
    pub anchor: Option<Timestamp>,
}

impl Opened {
    pub fn place(&self) -> Place {
        Place::Event {
            dev: self.event.dev,
            seq: self.event.seq,
        }
    }
}

/// The stretch of a chain that is here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chain {
    /// Whose key it is; none for the server's own chain.
    pub person: Option<PersonId>,
    /// In order, none missing in between unless that was found.
    pub events: Vec<Opened>,
    /// The receipts whose head is one of the events.
    pub seen: Vec<Seen>,
}

impl Chain {
    pub fn is_from_the_start(&self) -> bool {
        self.events
            .first()
            .is_some_and(|first| first.event.seq == 1)
    }
}

/// Everything that could be believed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    pub wo: WorkOrderId,
    pub chains: BTreeMap<DeviceId, Chain>,
    pub policy: Option<Policy>,
    pub terminals: BTreeMap<TerminalId, Terminal>,
    pub sites: BTreeMap<SiteId, Site>,
    pub people: People,
    /// Verified against their commitments.
    pub sidecars: BTreeMap<Digest, Value>,
    /// Verified against their names; sizes.
    pub photos: BTreeMap<Digest, u64>,
    pub verdict: Option<Verdict>,
    pub receipts: usize,
}

impl Evidence {
    /// Reads what can be believed, and says of the rest why it cannot.
    pub fn read(files: &[File], wo: WorkOrderId, trust: &Trust, found: &mut Vec<Finding>) -> Self {
        let keys = receipts::key_records(files, trust, found);
        let mut chains = chains::read(files, &keys, trust, found);
        let receipts = receipts::read(files, trust, &mut chains, found);
        let sidecars = documents::sidecars(files, found);
        let photos = documents::photos(files, found);
        let mut evidence = Self {
            wo,
            chains,
            policy: None,
            terminals: BTreeMap::new(),
            sites: BTreeMap::new(),
            people: People::new(),
            sidecars,
            photos,
            verdict: None,
            receipts,
        };
        documents::read(files, &mut evidence, found);
        evidence
    }

    /// Every event, in no order of time.
    pub fn events(&self) -> impl Iterator<Item = &Opened> {
        self.chains.values().flat_map(|chain| &chain.events)
    }
}

/// The key records by device.
pub(crate) type Keys = BTreeMap<DeviceId, KeyRecord>;
