//! Verdicts as they stood when a work order was evaluated. A cache is made again from facts at will; this
//! is no cache but what the server committed itself to, logged, so that nobody can later claim another.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One logged verdict.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct VerdictRow {
    /// The work order.
    pub wo: String,
    /// The number of its leaf.
    pub leaf: i64,
    /// The statement (canonical JSON); the leaf holds its hash.
    pub statement: String,
}

impl Row for VerdictRow {
    const TABLE: &'static str = "verdict";
    fn key(&self) -> RecordIdKey {
        key(&self.wo, self.leaf)
    }
}

fn key(wo: &str, leaf: i64) -> RecordIdKey {
    Array::from(vec![wo.into_value(), leaf.into_value()]).into()
}

impl Store {
    /// The verdicts logged about a work order, first to last.
    pub async fn verdicts_of(&self, wo: &str) -> Result<Vec<VerdictRow>> {
        let range = RecordIdKeyRange::from(key(wo, 0)..=key(wo, i64::MAX));
        let range = RecordId::new(VerdictRow::TABLE, range).into_value();
        self.connection
            .rows("SELECT * FROM $range", bind([("range", range)]))
            .await
    }
}
