//! Receipts the server signed: what a phone may rely on having been kept, and a lower bound in time.

use surrealdb::types::{
    Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Value, Variables,
};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};

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
    /// How the head came: `sync`, `relay_qr`, `relay_code`.
    pub via: String,
    /// The signed envelope (JSON).
    pub envelope: String,
}

impl Row for ReceiptRow {
    const TABLE: &'static str = "receipt";
    fn key(&self) -> RecordIdKey {
        // Anybody may relay any head, so two may claim one place at one time; both are kept.
        let nonce = self.nonce.clone().unwrap_or_default();
        let parts = [
            self.dev.clone().into_value(),
            self.head_seq.into_value(),
            self.ts.into_value(),
            self.head.clone().into_value(),
            self.via.clone().into_value(),
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
        self.receipts(dev, head_seq, i64::MAX, "", 0).await
    }

    /// For each of these devices, the receipts that confirm this number or a later one.
    pub async fn receipts_of_chains(&self, chains: &[(&str, i64)]) -> Result<Vec<Vec<ReceiptRow>>> {
        if chains.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = Vec::with_capacity(chains.len());
        let mut variables = Variables::new();
        for (place, (dev, from)) in chains.iter().enumerate() {
            asked.push(format!("(SELECT * FROM $range{place})"));
            variables.insert(format!("range{place}"), range(dev, *from, i64::MAX));
        }
        // One statement, because each is a transaction of its own and looks up what the table is like.
        let text = format!("RETURN [{}]", asked.join(", "));
        let mut results = self.connection.run(&text, variables).await?;
        let broken = |error| StoreError::corrupt(ReceiptRow::TABLE, error);
        results.take(0).map_err(broken)
    }

    /// The receipts of a device that confirm a number from `from` to `to`.
    pub async fn receipts_between(&self, dev: &str, from: i64, to: i64) -> Result<Vec<ReceiptRow>> {
        self.receipts(dev, from, to.saturating_add(1), "", 0).await
    }

    /// The first `limit` receipts of a device that confirm number `head_seq` or a later one.
    pub async fn next_receipts(
        &self,
        dev: &str,
        head_seq: i64,
        limit: usize,
    ) -> Result<Vec<ReceiptRow>> {
        let limit = format!("LIMIT {limit}");
        self.receipts(dev, head_seq, i64::MAX, &limit, 0).await
    }

    /// The receipts of a device given before `ts` that confirm a number from `from` to `to`.
    pub async fn receipts_before(
        &self,
        dev: &str,
        from: i64,
        to: i64,
        ts: i64,
    ) -> Result<Vec<ReceiptRow>> {
        let to = to.saturating_add(1);
        self.receipts(dev, from, to, "WHERE ts < $ts", ts).await
    }

    /// Those that confirm a number from `from` on and before `to`.
    async fn receipts(
        &self,
        dev: &str,
        from: i64,
        to: i64,
        which: &str,
        ts: i64,
    ) -> Result<Vec<ReceiptRow>> {
        let text = format!("SELECT * FROM $range {which}");
        let bound = bind([("range", range(dev, from, to)), ("ts", ts.into_value())]);
        self.connection.rows(&text, bound).await
    }
}

/// Those that confirm a number from `from` on and before `to`, as a query takes them.
fn range(dev: &str, from: i64, to: i64) -> Value {
    // An array sorts after its own beginning, so these bounds hold every time and nonce.
    let bound = |seq: i64| RecordIdKey::from(Array::from(vec![dev.into_value(), seq.into_value()]));
    let range = RecordIdKeyRange::from(bound(from)..bound(to));
    RecordId::new(ReceiptRow::TABLE, range).into_value()
}
