//! The states of the log that this server has signed, with what others said of them. The signed notes are
//! published as files; these rows only find the one that covers a leaf.

use domain::ids::hex;
use sha2::{Digest as _, Sha256};
use surrealdb::types::{RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind, contents};
use crate::error::Result;

/// One signed state of the log.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct CheckpointRow {
    /// How many leaves it covers.
    pub size: i64,
    /// The signed note, with the cosignatures that have come in.
    pub note: String,
    /// When enough of those outside had seen it, by their clocks, ms.
    pub witnessed_at: Option<i64>,
    /// The reply of a time-stamp authority, base64.
    pub stamp: Option<String>,
    /// When it was stamped, by the authority's clock, ms; none if that clock does not count.
    pub stamped_at: Option<i64>,
}

impl Row for CheckpointRow {
    const TABLE: &'static str = "checkpoint";
    fn key(&self) -> RecordIdKey {
        self.size.into()
    }
}

/// A checkpoint that somebody outside has seen, without its text: many are looked up to judge one work
/// order, and a search that passes over those nobody has seen would read them all.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct WitnessedRow {
    /// How many leaves it covers.
    pub size: i64,
    /// SHA-256 of the cosigned note, hex; receipts name it so.
    pub note: String,
    /// When it was seen, by the clock of whoever saw it, ms.
    pub at: i64,
}

impl Row for WitnessedRow {
    const TABLE: &'static str = "witnessed";
    fn key(&self) -> RecordIdKey {
        self.size.into()
    }
}

impl CheckpointRow {
    fn witnessed(&self) -> Option<WitnessedRow> {
        let at = self.witnessed_at?;
        let digest = Sha256::digest(self.note.as_bytes());
        Some(WitnessedRow {
            size: self.size,
            note: hex(&digest),
            at,
        })
    }
}

impl Store {
    /// Writes a checkpoint that nobody outside has seen; one that is there already stays as it is.
    pub async fn add_checkpoint(&self, checkpoint: CheckpointRow) -> Result<()> {
        let text = "INSERT IGNORE INTO checkpoint $rows RETURN NONE";
        let rows = contents(vec![checkpoint]);
        self.connection.run(text, bind([("rows", rows)])).await?;
        Ok(())
    }

    /// Writes what has become known of a checkpoint since.
    pub async fn put_checkpoint(&self, checkpoint: CheckpointRow) -> Result<()> {
        let size = RecordIdKey::from(checkpoint.size);
        let witnessed = Vec::from_iter(checkpoint.witnessed());
        let text = "BEGIN; \
             FOR $row IN $checkpoint { UPSERT $row.id CONTENT $row RETURN NONE }; \
             DELETE $unseen RETURN NONE; \
             FOR $row IN $witnessed { UPSERT $row.id CONTENT $row RETURN NONE }; \
             COMMIT;";
        let variables = bind([
            ("checkpoint", contents(vec![checkpoint])),
            (
                "unseen",
                RecordId::new(WitnessedRow::TABLE, size).into_value(),
            ),
            ("witnessed", contents(witnessed)),
        ]);
        self.connection.run(text, variables).await?;
        Ok(())
    }

    /// The smallest checkpoint that covers this leaf and was seen from outside.
    pub async fn first_witnessed(&self, leaf: i64) -> Result<Option<WitnessedRow>> {
        let range = RecordIdKeyRange::from(RecordIdKey::from(leaf + 1)..);
        let range = RecordId::new(WitnessedRow::TABLE, range).into_value();
        let text = "SELECT * FROM $range LIMIT 1";
        let rows = self.connection.rows(text, bind([("range", range)])).await?;
        Ok(rows.into_iter().next())
    }

    /// The checkpoint of this size, if it was seen from outside.
    pub async fn witnessed(&self, size: i64) -> Result<Option<WitnessedRow>> {
        self.connection.row(size).await
    }

    /// The checkpoint of this size.
    pub async fn checkpoint(&self, size: i64) -> Result<Option<CheckpointRow>> {
        self.connection.row(size).await
    }

    /// Checkpoints of this size and larger, the smallest first.
    pub async fn checkpoints_from(&self, size: i64, rows_max: usize) -> Result<Vec<CheckpointRow>> {
        let range = RecordIdKeyRange::from(RecordIdKey::from(size)..);
        let range = RecordId::new(CheckpointRow::TABLE, range).into_value();
        let text = "SELECT * FROM $range LIMIT $limit";
        self.connection
            .rows(text, bind([("range", range), ("limit", limit(rows_max))]))
            .await
    }

    /// The largest checkpoints, the largest first.
    pub async fn recent_checkpoints(&self, rows_max: usize) -> Result<Vec<CheckpointRow>> {
        let text = "SELECT * FROM checkpoint ORDER BY id DESC LIMIT $limit";
        self.connection
            .rows(text, bind([("limit", limit(rows_max))]))
            .await
    }

    /// The smallest checkpoint that covers this leaf and has a time from outside.
    pub async fn first_external_checkpoint(&self, leaf: i64) -> Result<Option<CheckpointRow>> {
        match self.first_witnessed(leaf).await? {
            Some(witnessed) => self.checkpoint(witnessed.size).await,
            None => Ok(None),
        }
    }

    /// The largest checkpoint, and the largest with a time from outside.
    pub async fn last_checkpoints(&self) -> Result<(Option<CheckpointRow>, Option<CheckpointRow>)> {
        let last = "SELECT * FROM checkpoint ORDER BY id DESC LIMIT 1";
        let last = self.connection.rows(last, bind([])).await?.pop();
        let witnessed = "SELECT * FROM witnessed ORDER BY id DESC LIMIT 1";
        let witnessed: Vec<WitnessedRow> = self.connection.rows(witnessed, bind([])).await?;
        let external = match witnessed.first() {
            Some(witnessed) => self.checkpoint(witnessed.size).await?,
            None => None,
        };
        Ok((last, external))
    }
}
