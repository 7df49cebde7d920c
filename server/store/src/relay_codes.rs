//! Proof codes that were told by telephone, and the events they turned out to be about. A code names
//! nobody; whose it is shows when the chain arrives.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Value};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One code, as it was told.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct RelayCodeRow {
    /// Running number, from 1, given by the writer.
    pub number: i64,
    /// The twenty characters.
    pub code: String,
    /// Server time, ms.
    pub ts: i64,
    /// The place in the log that says so.
    pub leaf: i64,
    /// The person who typed it.
    pub by: String,
}

impl Row for RelayCodeRow {
    const TABLE: &'static str = "relay_code";
    fn key(&self) -> RecordIdKey {
        self.number.into()
    }
}

/// An event whose id begins with a code.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct RelayMatchRow {
    /// The code.
    pub code: String,
    /// The chain.
    pub dev: String,
    /// The place in it.
    pub seq: i64,
    /// The event id there.
    pub head: String,
}

impl Row for RelayMatchRow {
    const TABLE: &'static str = "relay_match";
    fn key(&self) -> RecordIdKey {
        let parts = [
            self.code.clone().into_value(),
            self.head.clone().into_value(),
        ];
        Array::from(parts.to_vec()).into()
    }
}

/// The codes with a number greater than `after`, as a query takes them.
pub(crate) fn codes_after(after: i64) -> Value {
    let range = RecordIdKeyRange::from(RecordIdKey::from(after.saturating_add(1))..);
    RecordId::new(RelayCodeRow::TABLE, range).into_value()
}

impl Store {
    /// The codes with a number greater than `after`, in order.
    pub async fn relay_codes_after(&self, after: i64) -> Result<Vec<RelayCodeRow>> {
        self.connection
            .rows(
                "SELECT * FROM $codes",
                bind([("codes", codes_after(after))]),
            )
            .await
    }

    /// Every event that this code matches; more than one and the code proves nothing.
    pub async fn relay_matches(&self, code: &str) -> Result<Vec<RelayMatchRow>> {
        let start = RecordIdKey::from(Array::from(vec![code.into_value()]));
        // No event id sorts after this.
        let end = Array::from(vec![code.into_value(), "~".into_value()]);
        let range = RecordIdKeyRange::from(start..RecordIdKey::from(end));
        let range = RecordId::new(RelayMatchRow::TABLE, range);
        self.connection
            .rows(
                "SELECT * FROM $range",
                bind([("range", range.into_value())]),
            )
            .await
    }
}
