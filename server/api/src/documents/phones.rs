//! What the documents of a work order say of its phones: who approved them, and the second signatures (SM2) under
//! the receipts that bound their facts in time.

use std::collections::BTreeMap;

use domain::envelope::Envelope;
use domain::ids::{DeviceId, PersonId};
use domain::time::Timestamp;
use domain::work_order::WorkOrder;
use gm::envelope::Second;
use report::SecondSignatures;
use store::{ReceiptRow, StoreError};
use verify::SecondKeys;

use crate::covering::covering;
use crate::devices::approver;
use crate::register::corrupt;
use crate::state::App;

/// See the module.
#[derive(Default)]
pub(super) struct Phones {
    /// Who approved those that were not their owner's first.
    pub approved: BTreeMap<DeviceId, PersonId>,
    pub second: SecondSignatures,
}

impl Phones {
    /// Looks them up.
    ///
    /// # Errors
    /// When the store does not answer, or a receipt in it cannot be read.
    pub async fn of(app: &App, work_order: &WorkOrder) -> Result<Self, StoreError> {
        let keys = SecondKeys::of(app.config.sm2_keys());
        let mut found = Self::default();
        let of_phones = work_order
            .heads
            .iter()
            .filter(|(dev, _)| !app.signer.keys().is_server(**dev));
        for (dev, last) in of_phones {
            let name = dev.to_string();
            let row = app.store.device(&name).await?;
            let by = row.as_ref().and_then(|row| approver(app, row));
            found.approved.extend(by.map(|by| (*dev, by)));
            let moments = work_order.clock_moments().filter(|at| at.dev == *dev);
            let first = moments.map(|at| at.seq).min().unwrap_or(*last);
            for row in covering(&app.store, &name, first as i64, *last as i64).await? {
                count(&mut found.second, &keys, &row)?;
            }
        }
        Ok(found)
    }
}

fn count(
    second: &mut SecondSignatures,
    keys: &SecondKeys<'_>,
    row: &ReceiptRow,
) -> Result<(), StoreError> {
    let envelope = Envelope::parse(row.envelope.as_bytes());
    let envelope = envelope.map_err(|reason| corrupt("receipt", reason.code()))?;
    let number = match keys.receipt(&envelope, Timestamp(row.ts)) {
        Some(Second::Genuine) => &mut second.held,
        Some(Second::Absent) => &mut second.missing,
        Some(Second::NotGenuine) => &mut second.wrong,
        // Given while no key signed so, as far as the record in the data folder goes: it may be of another folder.
        None if envelope.signatures.len() > 1 => &mut second.unchecked,
        None => &mut second.not_asked,
    };
    *number += 1;
    Ok(())
}
