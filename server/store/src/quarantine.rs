//! Envelopes that were refused: kept whole, with the reason, until somebody has looked.

use surrealdb::types::{RecordId, RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One refused envelope.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct QuarantineRow {
    /// Chosen by the caller, the same for the same envelope, so that it is kept once.
    #[surreal(rename = "item")]
    pub id: String,
    /// The device it names, if that can be read.
    pub dev: Option<String>,
    /// Its number in the chain, if that can be read.
    pub seq: Option<i64>,
    /// The event id, if there is one.
    pub event: Option<String>,
    /// Who sent it.
    pub person: Option<String>,
    /// The work order it names.
    pub wo: Option<String>,
    /// The reason's code.
    pub code: String,
    /// The envelope exactly as it came.
    pub envelope: String,
    /// When it came, ms.
    pub received_at: i64,
    /// Whether somebody has dealt with it.
    pub resolved: bool,
}

impl Row for QuarantineRow {
    const TABLE: &'static str = "quarantine";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

impl Store {
    /// What a person sent, was refused and is not dealt with; newest first.
    pub async fn quarantine_of(&self, person: &str) -> Result<Vec<QuarantineRow>> {
        let text = "SELECT * FROM quarantine WHERE person = $person AND resolved = false \
                    ORDER BY received_at DESC";
        self.connection
            .rows(text, bind([("person", person.into_value())]))
            .await
    }

    /// Everything refused that named this work order, dealt with or not; oldest first.
    pub async fn quarantine_of_work_order(&self, wo: &str) -> Result<Vec<QuarantineRow>> {
        let text = "SELECT * FROM quarantine WHERE wo = $wo ORDER BY received_at";
        self.connection
            .rows(text, bind([("wo", wo.into_value())]))
            .await
    }

    /// Marks an item as dealt with; the envelope stays.
    pub async fn resolve_quarantine(&self, id: &str) -> Result<()> {
        let item = RecordId::new(QuarantineRow::TABLE, id);
        let text = "UPDATE $item SET resolved = true RETURN NONE";
        self.connection
            .run(text, bind([("item", item.into_value())]))
            .await
            .map(drop)
    }
}
