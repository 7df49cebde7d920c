//! The signed events and how they hang together. A phone's stretch begins with its first event or
//! with a receipt and has no gap; of the server's own chain only the work order's events are here,
//! because the rest is other people's business and the server could sign it anew anyway.

use std::collections::BTreeMap;

use domain::chain::{ChainHead, ChainLink, Placement, place};
use domain::envelope::{Envelope, NotGenuine, Verified};
use domain::event::{Event, Fact};
use domain::ids::{DeviceId, Digest, PersonId};
use domain::receipt::{Receipt, anchor_of};
use domain::server_keys::{KeySpan, ServerKeys, Standing};

use super::{Chain, KeyRecords, Opened};
use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::place::Place;

/// Reads all chains.
pub(super) fn read(
    files: &[File],
    keys: &KeyRecords,
    server: &ServerKeys,
    found: &mut Vec<Finding>,
) -> BTreeMap<DeviceId, Chain> {
    let mut chains: BTreeMap<DeviceId, Chain> = BTreeMap::new();
    for file in files {
        let Place::Event { dev, seq } = file.place else {
            continue;
        };
        let Some((span, person)) = key_of(dev, keys, server) else {
            found.push(Finding::about(FindingCode::KeyAbsent, file.name));
            continue;
        };
        let Some(opened) = open(file, (dev, seq), &span, server, found) else {
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
fn key_of(
    dev: DeviceId,
    keys: &KeyRecords,
    server: &ServerKeys,
) -> Option<(KeySpan, Option<PersonId>)> {
    if let Some(span) = server.of_device(dev) {
        return Some((span.clone(), None));
    }
    let (_, record) = keys.get(&dev)?;
    let span = KeySpan::always(record.key().ok()?);
    Some((span, Some(record.person.clone())))
}

/// The event, if the key has signed it and might.
fn genuine(file: &File, span: &KeySpan) -> Result<(Verified, Event), NotGenuine> {
    let envelope = Envelope::parse(file.bytes)?;
    let (verified, event) = domain::envelope::open::<Event>(&envelope, &span.key)?;
    match span.standing(event.wall) {
        Standing::Signs => Ok((verified, event)),
        Standing::NotYet => Err(NotGenuine::KeyNotYet),
        Standing::NoLonger => Err(NotGenuine::KeyReplaced),
    }
}

fn open(
    file: &File,
    (dev, seq): (DeviceId, u64),
    span: &KeySpan,
    server: &ServerKeys,
    found: &mut Vec<Finding>,
) -> Option<Opened> {
    let (verified, event) = match genuine(file, span) {
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
    let anchor = anchor_of(&event, server).unwrap_or_else(|reason| {
        found.push(Finding::about(FindingCode::AnchorNotGenuine, file.name).because(reason.code()));
        None
    });
    Some(Opened {
        acknowledged: anchor.and_then(|_| acknowledged(&event, server)),
        event,
        id: verified.id,
        anchor,
    })
}

/// The receipt that an event embeds.
fn acknowledged(event: &Event, server: &ServerKeys) -> Option<(Digest, Receipt)> {
    let Fact::SyncAcknowledged(acknowledged) = &event.fact else {
        return None;
    };
    let envelope = Envelope::from_value(acknowledged.receipt.clone()).ok()?;
    let (verified, receipt) = server.open::<Receipt>(&envelope).ok()?;
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
