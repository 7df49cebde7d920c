//! Personal values kept beside the events: an event carries only a salted hash, so that a value can
//! be deleted one day without breaking the chain.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::Row;
use crate::error::Result;

/// The value behind one commitment.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct SidecarRow {
    /// The commitment.
    pub c: String,
    /// The salt, hex.
    pub salt: String,
    /// The value (canonical JSON).
    pub value: String,
    /// The work order of the event that names it.
    pub wo: Option<String>,
    /// The device that sent it.
    pub dev: String,
}

impl Row for SidecarRow {
    const TABLE: &'static str = "sidecar";
    fn key(&self) -> RecordIdKey {
        self.c.as_str().into()
    }
}

impl Store {
    /// The values behind these commitments; unknown ones are left out.
    pub async fn sidecars(&self, commitments: &[&str]) -> Result<Vec<SidecarRow>> {
        self.connection
            .rows_by_key(commitments.iter().map(|c| RecordIdKey::from(*c)))
            .await
    }
}
