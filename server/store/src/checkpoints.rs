//! The states of the log that this server has signed, with what others said of them. The signed notes are
//! published as files; these rows only find the one that covers a leaf.

use surrealdb::types::{RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One signed state of the log.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct CheckpointRow {
    /// How many leaves it covers.
    pub size: i64,
    /// The signed note, with the cosignatures that have come in.
    pub note: String,
    /// When enough witnesses had seen it, by their clocks, ms.
    pub witnessed_at: Option<i64>,
    /// The time stamp of an authority (base64 of its reply).
    pub stamp: Option<String>,
    /// When it was stamped, by the authority's clock, ms.
    pub stamped_at: Option<i64>,
}

impl Row for CheckpointRow {
    const TABLE: &'static str = "checkpoint";
    fn key(&self) -> RecordIdKey {
        self.size.into()
    }
}

impl Store {
    /// Writes a checkpoint, or what has become known of it since.
    pub async fn put_checkpoint(&self, checkpoint: CheckpointRow) -> Result<()> {
        self.connection.replace(vec![checkpoint]).await
    }

    /// The checkpoint of this size.
    pub async fn checkpoint(&self, size: i64) -> Result<Option<CheckpointRow>> {
        self.connection.row(size).await
    }

    /// The smallest checkpoint that covers this leaf and has a time from outside.
    pub async fn first_external_checkpoint(&self, leaf: i64) -> Result<Option<CheckpointRow>> {
        let text = "SELECT * FROM $range WHERE witnessed_at != NONE OR stamped_at != NONE LIMIT 1";
        Ok(self.checkpoints(leaf + 1, text).await?.pop())
    }

    /// The largest checkpoint, and the largest with a time from outside.
    pub async fn last_checkpoints(&self) -> Result<(Option<CheckpointRow>, Option<CheckpointRow>)> {
        let last = "SELECT * FROM checkpoint ORDER BY id DESC LIMIT 1";
        let external = "SELECT * FROM checkpoint \
                        WHERE witnessed_at != NONE OR stamped_at != NONE ORDER BY id DESC LIMIT 1";
        let last = self.connection.rows(last, bind([])).await?.pop();
        Ok((last, self.connection.rows(external, bind([])).await?.pop()))
    }

    async fn checkpoints(&self, size_min: i64, text: &str) -> Result<Vec<CheckpointRow>> {
        let range = RecordIdKeyRange::from(RecordIdKey::from(size_min)..);
        let range = RecordId::new(CheckpointRow::TABLE, range).into_value();
        self.connection.rows(text, bind([("range", range)])).await
    }
}
