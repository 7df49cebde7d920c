//! Reporter slips: which report or complaint the hash of a code stands for.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::Row;
use crate::error::Result;

/// One slip. It names either an event of a work order or a complaint.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct SlipRow {
    /// SHA-256 of the code, hex.
    pub digest: String,
    /// The work order reported or joined.
    pub wo: Option<String>,
    /// The event that reported or joined it.
    pub event: Option<String>,
    /// The number of the complaint.
    pub complaint: Option<String>,
    /// Server time, ms.
    pub at: i64,
}

impl Row for SlipRow {
    const TABLE: &'static str = "slip";
    fn key(&self) -> RecordIdKey {
        self.digest.as_str().into()
    }
}

impl Store {
    /// The slip with this hash.
    pub async fn slip(&self, digest: &str) -> Result<Option<SlipRow>> {
        self.connection.row(digest).await
    }
}
