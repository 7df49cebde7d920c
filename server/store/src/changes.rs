//! What a phone has not heard yet. A feed is a person; a change says "this work order is different now"
//! and nothing more, so a reader that was away for a month gets each work order once, as it is.

use std::collections::HashMap;

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};
use crate::escalations::EscalationRow;
use crate::work_orders::WorkOrderRow;

/// A work order to write, and who must hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrderChange {
    /// The work order as it is from now on.
    pub row: WorkOrderRow,
    /// Person ids, also of the technician who has just lost it.
    pub feeds: Vec<String>,
    /// Its place in the leaders' queue, if it ever went up to one.
    pub escalation: Option<EscalationRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct ChangeRow {
    pub(crate) feed: String,
    pub(crate) n: i64,
    pub(crate) wo: String,
}

impl Row for ChangeRow {
    const TABLE: &'static str = "change";
    fn key(&self) -> RecordIdKey {
        key(&self.feed, self.n)
    }
}

fn key(feed: &str, n: i64) -> RecordIdKey {
    Array::from(vec![feed.into_value(), n.into_value()]).into()
}

/// One work order that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The number of its last change within the page.
    pub n: i64,
    /// The work order as it is now.
    pub row: WorkOrderRow,
}

/// Some changes in order of their numbers, each work order once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes.
    pub changes: Vec<Change>,
    /// What to ask after next time.
    pub cursor: i64,
    /// Whether there is more right now.
    pub more: bool,
}

impl Store {
    /// What a feed has to hear after number `after`, looking at no more than `changes_max` changes.
    pub async fn changes(&self, feed: &str, after: i64, changes_max: usize) -> Result<ChangePage> {
        let range = key(feed, after.saturating_add(1))..=key(feed, i64::MAX);
        let range = RecordId::new(ChangeRow::TABLE, RecordIdKeyRange::from(range));
        // The counter is read first: everything up to it is in what is read next.
        let text = "SELECT VALUE n FROM ONLY counter:main; SELECT * FROM $range LIMIT $limit;";
        let variables = bind([("range", range.into_value()), ("limit", limit(changes_max))]);
        let mut results = self.connection.run(text, variables).await?;
        let corrupt = |error| StoreError::corrupt("change", error);
        let head = results
            .take::<Option<i64>>(0)
            .map_err(corrupt)?
            .unwrap_or(0);
        let heard = results.take::<Vec<ChangeRow>>(1).map_err(corrupt)?;
        let more = heard.len() == changes_max;
        let last = heard.last().map_or(after, |change| change.n);
        let cursor = if more { last } else { last.max(head) };
        let changes = self.present_state(heard).await?;
        Ok(ChangePage {
            changes,
            cursor,
            more,
        })
    }

    /// Each work order once, at its last number.
    async fn present_state(&self, heard: Vec<ChangeRow>) -> Result<Vec<Change>> {
        let last: HashMap<String, i64> = heard
            .into_iter()
            .map(|change| (change.wo, change.n))
            .collect();
        let rows: Vec<WorkOrderRow> = self
            .connection
            .rows_by_key(last.keys().map(|id| id.as_str().into()))
            .await?;
        let mut changes: Vec<Change> = rows
            .into_iter()
            .filter_map(|row| last.get(&row.id).map(|n| Change { n: *n, row }))
            .collect();
        changes.sort_by_key(|change| change.n);
        Ok(changes)
    }
}
