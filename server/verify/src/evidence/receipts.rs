//! What the server signed for phones: key records and receipts.

use std::collections::BTreeMap;

use domain::envelope::{Envelope, NotGenuine, Verified};
use domain::ids::{DeviceId, Digest};
use domain::receipt::{KeyRecord, REVOCATION_TYPE, Receipt, RevocationRecord};
use domain::server_keys::{Dated, ServerKeys};

use super::{Chain, KeyRecords};
use crate::container::File;
use crate::finding::{Finding, FindingCode};
use crate::place::Place;

type Revocations = BTreeMap<DeviceId, (Digest, RevocationRecord)>;

/// The key records and revocations that a trusted server key signed.
pub(super) fn key_records(
    files: &[File],
    server: &ServerKeys,
    found: &mut Vec<Finding>,
) -> (KeyRecords, Revocations) {
    let (mut keys, mut revocations) = (KeyRecords::new(), Revocations::new());
    for file in files {
        let Place::Key(name) = file.place else {
            continue;
        };
        if is_revocation(file) {
            let revocation = open::<RevocationRecord>(file, name, server, found);
            revocations.extend(revocation.map(|it| (it.dev, (name, it))));
            continue;
        }
        let Some(record) = open::<KeyRecord>(file, name, server, found) else {
            continue;
        };
        let (dev, person) = (record.dev, record.person.clone());
        let earlier = keys.insert(dev, (name, record));
        if earlier.is_some_and(|(_, earlier)| earlier.person != person) {
            found.push(Finding::about(FindingCode::KeyOfTwo, file.name).because(dev));
        }
    }
    (keys, revocations)
}

/// By the type that the signature covers.
fn is_revocation(file: &File) -> bool {
    let envelope = Envelope::parse(file.bytes);
    envelope.is_ok_and(|envelope| envelope.payload_type == REVOCATION_TYPE)
}

/// Binds the receipts to the events they confirm.
pub(super) fn read(
    files: &[File],
    server: &ServerKeys,
    chains: &mut BTreeMap<DeviceId, Chain>,
    found: &mut Vec<Finding>,
) {
    for file in files {
        let Place::Receipt(name) = file.place else {
            continue;
        };
        let Some(receipt) = open::<Receipt>(file, name, server, found) else {
            continue;
        };
        let Some(chain) = chains.get_mut(&receipt.dev) else {
            found.push(Finding::about(FindingCode::ReceiptOfOtherDevice, file.name));
            continue;
        };
        let confirmed = chain
            .events
            .iter()
            .find(|opened| opened.event.seq == receipt.head_seq);
        let is_about_it = confirmed
            .is_some_and(|opened| receipt.is_about(opened.event.dev, opened.event.seq, opened.id));
        if is_about_it {
            chain.confirmed.insert(name, receipt);
        } else {
            let place = format!("{} {}", receipt.dev, receipt.head_seq);
            found.push(Finding::about(FindingCode::ReceiptOfOtherEvent, file.name).because(place));
        }
    }
}

/// A server's record under its own name.
fn open<T: Dated>(
    file: &File,
    name: Digest,
    server: &ServerKeys,
    found: &mut Vec<Finding>,
) -> Option<T> {
    let opened: Result<(Verified, T), NotGenuine> =
        Envelope::parse(file.bytes).and_then(|envelope| server.open(&envelope));
    match opened {
        Ok((verified, record)) if verified.id.0 == name.0 => Some(record),
        Ok(_) => {
            found.push(Finding::about(FindingCode::Misnamed, file.name));
            None
        }
        Err(reason) => {
            found.push(
                Finding::about(FindingCode::RecordNotGenuine, file.name).because(reason.code()),
            );
            None
        }
    }
}
