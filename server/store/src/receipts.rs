//! Receipts the server signed: what a phone may rely on having been kept, and a lower bound in time.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One receipt.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ReceiptRow {
    /// Whose chain it is about.
    pub dev: String,
    /// The number it confirms.
    pub head_seq: i64,
    /// The event id there.
    pub head: String,
    /// The phone's nonce it answers, if it answers one.
    pub nonce: Option<String>,
    /// Server time, ms.
    pub ts: i64,
    /// The signed envelope (JSON).
    pub envelope: String,
}

impl Row for ReceiptRow {
    const TABLE: &'static str = "receipt";
    fn key(&self) -> RecordIdKey {
        let nonce = self.nonce.clone().unwrap_or_default();
        let parts = [
            self.dev.clone().into_value(),
            self.head_seq.into_value(),
            self.ts.into_value(),
            nonce.into_value(),
        ];
        Array::from(parts.to_vec()).into()
    }
}

impl Store {
    /// All receipts of a device in order of its chain.
    pub async fn receipts_of_device(&self, dev: &str) -> Result<Vec<ReceiptRow>> {
        self.receipts_from(dev, 0).await
    }

    /// The receipts of a device that confirm number `head_seq` or a later one.
    pub async fn receipts_from(&self, dev: &str, head_seq: i64) -> Result<Vec<ReceiptRow>> {
        self.receipts(dev, head_seq, i64::MAX, "SELECT * FROM $range")
            .await
    }

    /// The receipts of a device that confirm a number from `from` to `to`, and the first one after.
    pub async fn receipts_around(&self, dev: &str, from: i64, to: i64) -> Result<Vec<ReceiptRow>> {
        let mut rows = self
            .receipts(dev, from, to + 1, "SELECT * FROM $range")
            .await?;
        let next = self
            .receipts(dev, to + 1, i64::MAX, "SELECT * FROM $range LIMIT 1")
            .await?;
        rows.extend(next);
        Ok(rows)
    }

    /// Those that confirm a number from `from` on and before `to`.
    async fn receipts(&self, dev: &str, from: i64, to: i64, text: &str) -> Result<Vec<ReceiptRow>> {
        // An array sorts after its own beginning, so these bounds hold every time and nonce.
        let bound =
            |seq: i64| RecordIdKey::from(Array::from(vec![dev.into_value(), seq.into_value()]));
        let range = RecordIdKeyRange::from(bound(from)..bound(to));
        let range = RecordId::new(ReceiptRow::TABLE, range);
        self.connection
            .rows(text, bind([("range", range.into_value())]))
            .await
    }
}
