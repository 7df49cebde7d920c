//! Answers already given, so that a request sent twice acts once.

use surrealdb::types::{Array, RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::Row;
use crate::error::Result;

/// The answer to one request of one person.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct IdempotencyRow {
    /// Who asked.
    pub person: String,
    /// The `Idempotency-Key` they sent.
    pub key: String,
    /// A digest of the request, to tell a repetition from a second use of the key.
    pub request: String,
    /// What was answered (JSON).
    pub response: String,
    /// When, ms.
    pub at: i64,
}

impl Row for IdempotencyRow {
    const TABLE: &'static str = "idempotency";
    fn key(&self) -> RecordIdKey {
        key(&self.person, &self.key)
    }
}

fn key(person: &str, key: &str) -> RecordIdKey {
    Array::from(vec![person.into_value(), key.into_value()]).into()
}

impl Store {
    /// What was answered to this person's request with this key, if it was answered.
    pub async fn idempotent(
        &self,
        person: &str,
        request_key: &str,
    ) -> Result<Option<IdempotencyRow>> {
        self.connection.row(key(person, request_key)).await
    }
}
