//! Changes of the server's own keys, as both keys have signed them. They enter through
//! [`crate::Store::commit`] only, with their leaf, and are never changed: old signatures are verified by
//! them for as long as there is evidence.

use surrealdb::types::{Array, RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct KeyChangeRow {
    /// `server` or `log`.
    pub kind: String,
    /// Its place among those of its kind, from 1.
    pub number: i64,
    /// The statement (envelope JSON).
    pub envelope: String,
}

impl Row for KeyChangeRow {
    const TABLE: &'static str = "key_change";
    fn key(&self) -> RecordIdKey {
        Array::from(vec![
            self.kind.as_str().into_value(),
            self.number.into_value(),
        ])
        .into()
    }
}

impl Store {
    /// All of them, each kind in its order.
    pub async fn key_changes(&self) -> Result<Vec<KeyChangeRow>> {
        self.connection
            .rows("SELECT * FROM key_change ORDER BY kind, number", bind([]))
            .await
    }
}
