//! The signed events and how they hang together. A phone's stretch begins with its first event or
//! with a receipt and has no gap; of the server's own chain only the work order's events are here,
//! because the rest is other people's business and the server could sign it anew anyway.

use std::collections::BTreeMap;

use domain::chain::{ChainHead, ChainLink, Placement, place};
use domain::envelope::{Envelope, NotGenuine, PublicKey, Verified};
use domain::event::{Event, Fact};
use domain::ids::{DeviceId, Digest, PersonId};
use domain::receipt::Receipt;

use super::{Chain, Keys, Opened};
use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::place::Place;
use crate::trust::Trust;

/// Reads all chains.
pub(super) fn read(
    files: &[File],
    keys: &Keys,
    trust: &Trust,
    found: &mut Vec<Finding>,
) -> BTreeMap<DeviceId, Chain> {
    let mut chains: BTreeMap<DeviceId, Chain> = BTreeMap::new();
    for file in files {
        let Place::Event { dev, seq } = file.place else {
            continue;
        };
        let Some((key, person)) = key_of(dev, keys, trust) else {
            found.push(Finding::about(FindingCode::KeyAbsent, file.name));
            continue;
        };
        let Some(opened) = open(file, dev, seq, &key, trust, found) else {
            continue;
        };
        let chain = chains.entry(dev).or_insert_with(|| Chain {
            person,
            events: Vec::new(),
            confirmed: BTreeMap::new(),
        });
        chain.events.push(opened);
    }
    for chain in chains.values() {
        follow(chain, found);
    }
    chains
}

/// The key that signs for a device, from a record; and whose it is, if it is a phone's.
fn key_of(dev: DeviceId, keys: &Keys, trust: &Trust) -> Option<(PublicKey, Option<PersonId>)> {
    if let Some((key, _)) = trust.server_device(dev) {
        return Some((key, None));
    }
    let (_, record) = keys.get(&dev)?;
    Some((record.key().ok()?, Some(record.person.clone())))
}

fn open(
    file: &File,
    dev: DeviceId,
    seq: u64,
    key: &PublicKey,
    trust: &Trust,
    found: &mut Vec<Finding>,
) -> Option<Opened> {
    let opened: Result<(Verified, Event), NotGenuine> =
        Envelope::parse(file.bytes).and_then(|envelope| domain::envelope::open(&envelope, key));
    let (verified, event) = match opened {
        Ok(opened) => opened,
        Err(reason) => {
            found.push(
                Finding::about(FindingCode::EventNotGenuine, file.name).because(reason.code()),
            );
            return None;
        }
    };
    if (event.dev, event.seq) != (dev, seq) {
        found.push(Finding::about(FindingCode::Misnamed, file.name));
        return None;
    }
    let anchor = trust.anchor_of(&event).unwrap_or_else(|reason| {
        found.push(Finding::about(FindingCode::AnchorNotGenuine, file.name).because(reason.code()));
        None
    });
    Some(Opened {
        acknowledged: anchor.and_then(|_| acknowledged(&event, trust)),
        event,
        id: verified.id,
        anchor,
    })
}

/// The receipt that an event embeds.
fn acknowledged(event: &Event, trust: &Trust) -> Option<(Digest, Receipt)> {
    let Fact::SyncAcknowledged(acknowledged) = &event.fact else {
        return None;
    };
    let envelope = Envelope::from_value(acknowledged.receipt.clone()).ok()?;
    let opened = trust.open::<Receipt>(&envelope, |receipt| receipt.ts);
    let (verified, receipt) = opened.ok()?;
    Some((Digest(verified.id.0), receipt))
}

/// Whether each event follows the one before it.
fn follow(chain: &Chain, found: &mut Vec<Finding>) {
    let Some(first) = chain.events.first() else {
        return;
    };
    let is_phone = chain.person.is_some();
    let is_anchored =
        matches!(first.event.fact, Fact::SyncAcknowledged(_)) && first.anchor.is_some();
    if is_phone && first.event.seq > 1 && !is_anchored {
        found.push(Finding::about(
            FindingCode::StretchUnanchored,
            first.place(),
        ));
    }
    let mut head = before(first);
    for opened in &chain.events {
        let link = ChainLink::of(&opened.event, opened.id);
        let is_next = link.seq == head.seq + 1;
        // Between the server's own events lie those of other work orders.
        if is_phone || is_next {
            match place(head, &link, |_| None) {
                Placement::Follows => {}
                Placement::Gap { expected } => {
                    let missing = format!("{expected}–{}", link.seq - 1);
                    found.push(
                        Finding::about(FindingCode::ChainGap, opened.place()).because(missing),
                    );
                }
                Placement::Duplicate | Placement::Fork(_) => {
                    found.push(Finding::about(FindingCode::ChainFork, opened.place()));
                }
            }
        }
        head = link.as_head();
    }
}

/// What the first event must follow: nothing, or whatever it names itself.
fn before(first: &Opened) -> ChainHead {
    if first.event.seq == 1 {
        ChainHead::START
    } else {
        ChainHead {
            seq: first.event.seq - 1,
            id: first.event.prev,
        }
    }
}
