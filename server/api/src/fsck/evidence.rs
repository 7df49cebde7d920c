//! Keys, receipts and proof codes, each against its own hash, signature and leaf.

use std::collections::HashMap;

use domain::envelope::{Envelope, PublicKey};
use domain::ids::Digest;
use domain::receipt::{KeyRecord, Receipt, RevocationRecord};
use domain::relay::RelayCode;
use domain::server_keys::HeldChange;
use domain::time::Timestamp;
use store::{DeviceRow, StoreError};

use super::log::must_be_logged;
use super::second::check_receipt;
use super::{Checked, Subject, events};
use crate::keys::changes;

pub(super) async fn check(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let devices = check_devices(subject, checked).await?;
    check_key_changes(subject, checked).await?;
    check_relay_codes(subject, checked).await?;
    events::check(subject, checked, &devices).await
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
    let Some(revocation) = &row.revocation else {
        return Ok(());
    };
    let id = Envelope::parse(revocation.as_bytes()).and_then(|envelope| {
        subject.server.open::<RevocationRecord>(&envelope)?;
        envelope.id()
    });
    match id {
        Err(reason) => checked.find(place, format!("its revocation: {}", reason.code())),
        Ok(id) => must_be_logged(subject, checked, place, Digest(id.0)).await?,
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
            let id = envelope.id()?;
            Ok((receipt, id, envelope))
        });
        match opened {
            Err(reason) => checked.find(&place, reason.code()),
            Ok((receipt, id, envelope)) => {
                check_receipt(subject, checked, &place, &envelope, &receipt);
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
