//! From files to facts: what each file says once its signature, its form and its place have been
//! checked. Order is that of the chain of proof: keys, events and their chains, receipts, then the
//! plain documents, which prove nothing by themselves. What follows from the facts is
//! [`crate::replay`]'s business.

mod chains;
mod documents;
mod receipts;

use std::collections::BTreeMap;

use domain::event::{Erased, Event, Fact};
use domain::ids::{DeviceId, Digest, EventId, PersonId, SiteId, TerminalId, WorkOrderId};
use domain::interval::Seen;
use domain::receipt::{KeyRecord, Receipt, RevocationRecord};
use domain::register::{Site, Terminal};
use domain::server_keys::HeldChange;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use serde_json::Value;

pub use self::documents::{LoggedVerdict, People, Person, SetAside, Verdict};
use crate::container::File;
use crate::finding::Finding;
use crate::keys::Keys;
use crate::place::Place;

/// A genuine event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opened {
    pub event: Event,
    pub id: EventId,
    /// The server time it embeds: it came later.
    pub anchor: Option<Timestamp>,
    /// The receipt it embeds, if that is genuine, and the hash of what was signed.
    pub acknowledged: Option<(Digest, Receipt)>,
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
    /// The receipts whose head is one of the events, by the hash of what was signed.
    pub confirmed: BTreeMap<Digest, Receipt>,
}

impl Chain {
    /// What the receipts say about time.
    pub fn seen(&self) -> Vec<Seen> {
        self.confirmed.values().map(Receipt::seen).collect()
    }

    /// Every receipt of this phone that is known here: confirming one of the events, or embedded in one.
    pub fn receipts(&self) -> BTreeMap<Digest, &Receipt> {
        let embedded = self
            .events
            .iter()
            .filter_map(|opened| opened.acknowledged.as_ref());
        let embedded = embedded.map(|(id, receipt)| (*id, receipt));
        let confirmed = self.confirmed.iter().map(|(id, receipt)| (*id, receipt));
        confirmed.chain(embedded).collect()
    }

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
    /// Changes of the server's own keys.
    pub key_changes: Vec<HeldChange>,
    /// With the hash of what was signed, as are the revocations.
    pub keys: KeyRecords,
    pub revocations: BTreeMap<DeviceId, (Digest, RevocationRecord)>,
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
    /// Verdicts that the server committed itself to, by the hash of their text.
    pub logged_verdicts: BTreeMap<Digest, LoggedVerdict>,
}

impl Evidence {
    /// Reads what can be believed, and says of the rest why it cannot.
    pub fn read(files: &[File], wo: WorkOrderId, signers: &Keys, found: &mut Vec<Finding>) -> Self {
        let server = &signers.server;
        let (keys, revocations) = receipts::key_records(files, server, found);
        let mut chains = chains::read(files, &keys, server, found);
        receipts::read(files, server, &mut chains, found);
        let sidecars = documents::sidecars(files, found);
        let photos = documents::photos(files, found);
        let mut evidence = Self {
            wo,
            key_changes: signers.changes.clone(),
            keys,
            revocations,
            chains,
            policy: None,
            terminals: BTreeMap::new(),
            sites: BTreeMap::new(),
            people: People::new(),
            sidecars,
            photos,
            verdict: None,
            logged_verdicts: BTreeMap::new(),
        };
        documents::read(files, &mut evidence, found);
        evidence
    }

    /// Every event, in no order of time.
    pub fn events(&self) -> impl Iterator<Item = &Opened> {
        self.chains.values().flat_map(|chain| &chain.events)
    }

    /// What the server's own chain says was erased of this work order.
    pub fn erasures(&self) -> impl Iterator<Item = &Erased> {
        let own = self.chains.values().filter(|chain| chain.person.is_none());
        own.flat_map(|chain| &chain.events)
            .filter(|opened| opened.event.wo.as_ref() == Some(&self.wo))
            .filter_map(|opened| match &opened.event.fact {
                Fact::Erased(erased) => Some(erased),
                _ => None,
            })
    }

    /// Every receipt, by the hash of what was signed.
    pub fn all_receipts(&self) -> BTreeMap<Digest, &Receipt> {
        self.chains.values().flat_map(Chain::receipts).collect()
    }
}

/// The key records by device, each with the hash of what was signed.
pub(crate) type KeyRecords = BTreeMap<DeviceId, (Digest, KeyRecord)>;
