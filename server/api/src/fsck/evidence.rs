//! Events, keys, receipts, rules and photos, each against its own hash, signature and leaf.

use std::collections::HashMap;

use domain::canonical::digest_of;
use domain::envelope::{Envelope, PublicKey, event_id, pae};
use domain::event::{EVENT_TYPE, Event, Fact};
use domain::ids::{Digest, EventId};
use domain::receipt::{KeyRecord, Receipt};
use domain::relay::RelayCode;
use domain::server_keys::HeldChange;
use domain::time::Timestamp;
use store::{DeviceRow, EventRow, StoreError};

use super::log::must_be_logged;
use super::{Checked, Subject};
use crate::keys::changes;
use crate::register::Register;

/// Events read at a time.
const PAGE: usize = 1_000;

pub(super) async fn check(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let devices = check_devices(subject, checked).await?;
    check_key_changes(subject, checked).await?;
    check_relay_codes(subject, checked).await?;
    check_register(subject, checked).await?;
    check_events(subject, checked, &devices).await
}

/// Keys and receipts. Returns the key of each device, the server's own included.
async fn check_devices(
    subject: &Subject<'_>,
    checked: &mut Checked,
) -> Result<HashMap<String, PublicKey>, StoreError> {
    let mut keys = HashMap::new();
    for row in subject.store.devices().await? {
        let place = format!("device {}", row.dev);
        let Ok(key) = PublicKey::from_base64(&row.spki) else {
            checked.find(&place, "its key cannot be read");
            continue;
        };
        if key.device_id().to_string() != row.dev {
            checked.find(&place, "its key is another device's");
        }
        if !subject.server.is_server(key.device_id()) {
            check_key_record(subject, checked, &place, &row).await?;
        }
        check_receipts(subject, checked, &row).await?;
        keys.insert(row.dev, key);
    }
    Ok(keys)
}

async fn check_key_record(
    subject: &Subject<'_>,
    checked: &mut Checked,
    place: &str,
    row: &DeviceRow,
) -> Result<(), StoreError> {
    let envelope = Envelope::parse(row.key_record.as_bytes());
    let record = envelope.and_then(|envelope| {
        let record = KeyRecord::open(&envelope, subject.server)?;
        Ok((record, envelope.id()?))
    });
    match record {
        Err(reason) => checked.find(place, format!("its key record: {}", reason.code())),
        Ok((record, id)) => {
            if record.spki != row.spki || record.person.as_str() != row.person {
                checked.find(place, "its key record is about another key or person");
            }
            must_be_logged(subject, checked, place, Digest(id.0)).await?;
        }
    }
    Ok(())
}

/// Each receipt is ours, and stands in the log where it says.
async fn check_receipts(
    subject: &Subject<'_>,
    checked: &mut Checked,
    device: &DeviceRow,
) -> Result<(), StoreError> {
    for row in subject.store.receipts_of_device(&device.dev).await? {
        let place = format!("receipt {} {}", row.dev, row.head_seq);
        let opened = Envelope::parse(row.envelope.as_bytes()).and_then(|envelope| {
            let receipt = Receipt::open(&envelope, subject.server)?;
            Ok((receipt, envelope.id()?))
        });
        match opened {
            Err(reason) => checked.find(&place, reason.code()),
            Ok((receipt, id)) => {
                let leaf = subject.store.leaves_from(receipt.leaf as i64, 1).await?;
                let (_, h) = receipt.logged_as(id);
                let is_there = leaf
                    .first()
                    .is_some_and(|leaf| leaf.h == h.to_string() && leaf.ts == receipt.ts.0);
                if !is_there {
                    checked.find(&place, format!("is not leaf {} of the log", receipt.leaf));
                }
            }
        }
    }
    Ok(())
}

/// Each change of key stands in the log where and when it says.
async fn check_key_changes(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    for HeldChange { id, change, .. } in changes(subject.store).await? {
        let leaf = subject.store.leaves_from(change.leaf as i64, 1).await?;
        let is_there = leaf
            .first()
            .is_some_and(|leaf| leaf.h == id.to_string() && leaf.ts == change.from.0);
        if !is_there {
            let place = format!("key change {} {}", change.kind.name(), change.index);
            checked.find(place, format!("is not leaf {} of the log", change.leaf));
        }
    }
    Ok(())
}

/// Each proof code stands in the log where it says, with the time it was told.
async fn check_relay_codes(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    for row in subject.store.relay_codes_after(0).await? {
        let place = format!("proof code {}", row.number);
        let Ok(code) = RelayCode::try_from(row.code) else {
            checked.find(&place, "it cannot be read");
            continue;
        };
        let h = code.record_digest(Timestamp(row.ts));
        let leaf = subject.store.leaves_from(row.leaf, 1).await?;
        if leaf.first().is_none_or(|leaf| leaf.h != h.to_string()) {
            checked.find(&place, format!("is not leaf {} of the log", row.leaf));
        }
    }
    Ok(())
}

async fn check_register(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let register = Register::load(subject.store).await?;
    for (digest, (_, policy)) in &register.policies {
        if policy.digest() != *digest {
            checked.find(format!("policy {digest}"), "is not what its name says");
        }
        must_be_logged(subject, checked, &format!("policy {digest}"), *digest).await?;
    }
    for terminal in register.terminals.values() {
        let place = format!("terminal {} version {}", terminal.id, terminal.version);
        if let Ok(digest) = digest_of(terminal) {
            must_be_logged(subject, checked, &place, digest).await?;
        }
    }
    for site in register.sites.values() {
        if let Ok(digest) = digest_of(site) {
            must_be_logged(subject, checked, &format!("site {}", site.id), digest).await?;
        }
    }
    Ok(())
}

async fn check_events(
    subject: &Subject<'_>,
    checked: &mut Checked,
    keys: &HashMap<String, PublicKey>,
) -> Result<(), StoreError> {
    let mut heads: HashMap<String, (i64, EventId)> = HashMap::new();
    let mut after = 0;
    loop {
        let page = subject.store.events_page(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.n;
        for row in page {
            checked.events += 1;
            let place = format!("event {} {}", row.dev, row.seq);
            match genuine(&row, keys.get(&row.dev)) {
                Err(what) => checked.find(&place, what),
                Ok(event) => {
                    check_link(checked, &place, &row, &event, &mut heads);
                    check_fact(subject, checked, &place, &row, &event).await?;
                }
            }
        }
    }
}

fn genuine(row: &EventRow, key: Option<&PublicKey>) -> Result<Event, &'static str> {
    let id = event_id(row.payload.as_bytes());
    if id.to_string() != row.id {
        return Err("its payload is not what its id says");
    }
    let key = key.ok_or("its device is not known")?;
    use base64::Engine as _;
    let signature = base64::engine::general_purpose::STANDARD.decode(&row.sig);
    let signature = signature.map_err(|_| "its signature is not base64")?;
    if !key.has_signed(&pae(EVENT_TYPE, row.payload.as_bytes()), &signature) {
        return Err("its signature is not its device's");
    }
    serde_json::from_str(&row.payload).map_err(|_| "its payload cannot be read")
}

fn check_link(
    checked: &mut Checked,
    place: &str,
    row: &EventRow,
    event: &Event,
    heads: &mut HashMap<String, (i64, EventId)>,
) {
    let (seq, prev) = heads
        .get(&row.dev)
        .copied()
        .unwrap_or((0, EventId::GENESIS));
    if event.seq as i64 != row.seq || row.seq != seq + 1 || event.prev != prev {
        checked.find(place, "does not follow the event before it");
    }
    heads.insert(row.dev.clone(), (row.seq, event_id(row.payload.as_bytes())));
}

async fn check_fact(
    subject: &Subject<'_>,
    checked: &mut Checked,
    place: &str,
    row: &EventRow,
    event: &Event,
) -> Result<(), StoreError> {
    match &event.fact {
        Fact::Reported(_) => {
            let h = Digest(event_id(row.payload.as_bytes()).0);
            must_be_logged(subject, checked, place, h).await
        }
        Fact::PhotoTaken(photo) => {
            let name = photo.sha256.to_string();
            // A photo that has not arrived yet is missing, not damaged.
            if let Some(is_intact) = subject.blobs.is_intact(&name).await? {
                checked.photos += 1;
                if !is_intact {
                    checked.find(format!("photo {name}"), "is not what its name says");
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
