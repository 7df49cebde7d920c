//! Replacing everything that was folded from events, in one transaction.
//!
//! The fold itself belongs to the caller, who reads all events with [`Store::events_page`].

use crate::Store;
use crate::changes::WorkOrderChange;
use crate::commit::{Committed, Numbered, Transaction, number};
use crate::devices::DeviceRow;
use crate::error::Result;

impl Store {
    /// Puts these work orders in place of all others and replaces these devices. Every feed hears of
    /// every work order given for it, with new numbers, so phones with old cursors fetch them again.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] if anything was committed since `expected_n`.
    pub async fn replace_projections(
        &self,
        expected_n: i64,
        work_orders: Vec<WorkOrderChange>,
        devices: Vec<DeviceRow>,
    ) -> Result<Committed> {
        let first_event_n = expected_n + 1;
        let mut n = expected_n;
        let Numbered {
            work_orders,
            changes,
            escalations,
        } = number(work_orders, &mut n);
        n = n.max(first_event_n);
        let mut feeds: Vec<String> = changes.iter().map(|change| change.feed.clone()).collect();
        feeds.sort();
        feeds.dedup();
        let mut transaction = Transaction::new(expected_n, n);
        transaction.statement("DELETE work_order RETURN NONE; DELETE change RETURN NONE; DELETE escalation RETURN NONE; ");
        transaction.insert(work_orders, "");
        transaction.insert(changes, "");
        transaction.insert(escalations, "");
        transaction.upsert(devices);
        transaction.run(self).await?;
        Ok(Committed {
            n,
            first_event_n,
            feeds,
        })
    }
}
