//! The leaves of the transparency log. They are written in the transaction of what they are about, so
//! nothing is evidence without a leaf and no leaf is about nothing. The tiles that the world reads are
//! made from these rows; what a leaf says is not looked at here.

use surrealdb::types::{RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};

/// One leaf.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct LeafRow {
    /// Its place in the log, from 0, without gaps.
    pub number: i64,
    /// Its time, ms; never before that of the leaf before it.
    pub ts: i64,
    /// What it is about: a hash, hex.
    pub h: String,
    /// Its very bytes, canonical JSON.
    pub data: String,
}

impl Row for LeafRow {
    const TABLE: &'static str = "leaf";
    fn key(&self) -> RecordIdKey {
        self.number.into()
    }
}

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, SurrealValue)]
pub struct LogTail {
    /// How many leaves there are; the number of the next one.
    pub leaves: i64,
    /// The time of the last one, ms.
    pub ts: i64,
}

/// Finds the leaf that is about something.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Logged {
    h: String,
    number: i64,
}

impl Row for Logged {
    const TABLE: &'static str = "logged";
    fn key(&self) -> RecordIdKey {
        self.h.as_str().into()
    }
}

/// What finds these leaves again; of two about the same thing the first counts.
pub(crate) fn logged(leaves: &[LeafRow]) -> Vec<Logged> {
    leaves
        .iter()
        .map(|leaf| Logged {
            h: leaf.h.clone(),
            number: leaf.number,
        })
        .collect()
}

impl Store {
    /// Where the log ends. Still true at a commit if the counter has not moved since.
    pub async fn log_tail(&self) -> Result<LogTail> {
        let mut results = self
            .connection
            .run(
                "SELECT leaves, ts FROM ONLY counter:log",
                surrealdb::types::Variables::new(),
            )
            .await?;
        let tail = results
            .take::<Option<LogTail>>(0)
            .map_err(|error| StoreError::corrupt("counter", error))?;
        tail.ok_or_else(|| StoreError::corrupt("counter", "counter:log is missing"))
    }

    /// Up to `rows_max` leaves from number `from` on.
    pub async fn leaves_from(&self, from: i64, rows_max: usize) -> Result<Vec<LeafRow>> {
        let range = RecordIdKeyRange::from(RecordIdKey::from(from)..);
        let range = RecordId::new(LeafRow::TABLE, range).into_value();
        let text = "SELECT * FROM $range LIMIT $limit";
        self.connection
            .rows(text, bind([("range", range), ("limit", limit(rows_max))]))
            .await
    }

    /// The number of the first leaf that is about each of these hashes, in their order.
    pub async fn leaf_numbers(&self, hashes: &[&str]) -> Result<Vec<Option<i64>>> {
        let found: Vec<Logged> = self
            .connection
            .rows_by_key(hashes.iter().map(|h| RecordIdKey::from(*h)))
            .await?;
        let numbers: std::collections::HashMap<&str, i64> = found
            .iter()
            .map(|logged| (logged.h.as_str(), logged.number))
            .collect();
        Ok(hashes.iter().map(|h| numbers.get(h).copied()).collect())
    }
}
