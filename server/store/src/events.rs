//! Events as they were signed, in the order of their device's chain; other orders are in `runs`.
//! Nothing changes or deletes them; they enter through [`crate::Store::commit`] only.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// One accepted event.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct EventRow {
    /// The device that signed it.
    pub dev: String,
    /// Its number in the device's chain, from 1.
    pub seq: i64,
    /// The event id: hash of what was signed.
    #[surreal(rename = "event")]
    pub id: String,
    /// Its number in the order of arrival, given by [`Store::commit`]; what the writer sets is ignored.
    pub n: i64,
    /// The kind of fact, `checked_in`.
    pub t: String,
    /// The person.
    pub by: String,
    /// The work order it belongs to.
    pub wo: Option<String>,
    /// The signed payload, byte for byte.
    pub payload: String,
    /// The signature, base64.
    pub sig: String,
    /// When the server got it, ms.
    pub received_at: i64,
    /// The code of the rule it broke. It keeps its place in the chain, but counts for nothing.
    pub refused: Option<String>,
    /// When it happened, as intervals (JSON), as far as was known when it arrived. What is known now
    /// stands in the work order.
    pub bounds: Option<String>,
}

impl Row for EventRow {
    const TABLE: &'static str = "event";
    fn key(&self) -> RecordIdKey {
        event_key(&self.dev, self.seq)
    }
}

pub(crate) fn event_key(dev: &str, seq: i64) -> RecordIdKey {
    Array::from(vec![dev.into_value(), seq.into_value()]).into()
}

impl Store {
    /// A device's events from `from` to `to`, both included, in order of its chain.
    pub async fn chain(&self, dev: &str, from: i64, to: i64) -> Result<Vec<EventRow>> {
        let range = RecordIdKeyRange::from(event_key(dev, from)..=event_key(dev, to));
        let range = RecordId::new(EventRow::TABLE, range);
        self.connection
            .rows(
                "SELECT * FROM $range",
                bind([("range", range.into_value())]),
            )
            .await
    }

    /// Those of these chain positions that are taken already: duplicates, or forks of the chain.
    pub async fn known_events(&self, dev: &str, seqs: &[i64]) -> Result<Vec<EventRow>> {
        self.connection
            .rows_by_key(seqs.iter().map(|seq| event_key(dev, *seq)))
            .await
    }
}
