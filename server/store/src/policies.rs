//! The numbers work orders are judged by, each set known by its hash and never changed.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct PolicyRow {
    /// SHA-256 of its canonical JSON, hex.
    pub digest: String,
    /// From when on work orders are born under it, ms.
    pub valid_from: i64,
    /// The policy (JSON).
    pub doc: String,
}

impl Row for PolicyRow {
    const TABLE: &'static str = "policy";
    fn key(&self) -> RecordIdKey {
        self.digest.as_str().into()
    }
}

impl Store {
    /// Writes a policy.
    pub async fn put_policy(&self, policy: PolicyRow) -> Result<()> {
        self.connection.replace(vec![policy]).await
    }

    /// One policy.
    pub async fn policy(&self, digest: &str) -> Result<Option<PolicyRow>> {
        self.connection.row(digest).await
    }

    /// All policies, in order of when they took effect.
    pub async fn policies(&self) -> Result<Vec<PolicyRow>> {
        self.connection
            .rows("SELECT * FROM policy ORDER BY valid_from", bind([]))
            .await
    }
}
