//! Deliveries: one message through one channel, with every attempt. They are written in the transaction of the
//! fact they tell of ([`crate::Commit::deliveries`]), and change until they have arrived or were given up.

use surrealdb::types::{RecordId, RecordIdKey, SurrealValue, Variables};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind, contents};
use crate::error::{Result, StoreError};
use crate::escalations::NEVER;

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct DeliveryRow {
    /// The name of the message, the same at each attempt.
    #[surreal(rename = "delivery")]
    pub id: String,
    pub channel: String,
    /// Whose channel it is.
    pub org: String,
    /// What it is about; none for a test.
    pub wo: Option<String>,
    /// The message (JSON).
    pub message: String,
    /// When the fact was said, ms.
    pub made_at: i64,
    /// `waiting`, `failed` (is tried again), `sent` or `given_up`.
    pub state: String,
    /// When it is tried next, ms; [`crate::NEVER`] when nothing is to be done.
    pub due_at: i64,
    /// In order of time.
    pub attempts: Vec<AttemptRow>,
    /// Failures since it was made or somebody asked for it again.
    pub failures: i64,
    /// Counts up with every change.
    pub version: i64,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct AttemptRow {
    /// Server time, ms.
    pub at: i64,
    /// Why it failed, a code; none if the message was taken.
    pub why: Option<String>,
    /// The number that goes with it, such as `HTTP 500`.
    pub number: Option<String>,
}

impl Row for DeliveryRow {
    const TABLE: &'static str = "delivery";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// What to list.
#[derive(Debug, Clone)]
pub struct DeliveryQuery {
    /// Of this organisation; of all if none.
    pub org: Option<String>,
    /// Made at or after this instant, ms.
    pub since: i64,
    /// Only those that were given up or are tried again.
    pub troubled_only: bool,
    pub offset: usize,
    pub limit: usize,
}

impl DeliveryQuery {
    fn statement(&self) -> String {
        let of = self.org.as_ref().map_or("", |_| "org = $org AND");
        let only = match self.troubled_only {
            true => "AND state IN ['failed', 'given_up']",
            false => "",
        };
        format!(
            "SELECT * FROM delivery WHERE {of} made_at >= $since {only} \
             ORDER BY made_at DESC LIMIT $limit START $offset"
        )
    }

    fn variables(&self) -> Variables {
        bind([
            ("org", self.org.clone().into_value()),
            ("since", self.since.into_value()),
            ("offset", limit(self.offset)),
            ("limit", limit(self.limit)),
        ])
    }
}

/// Asked every second.
const IS_DUE: &str = "SELECT VALUE due_at FROM delivery WHERE due_at <= $now LIMIT 1";
const DUE: &str = "SELECT * FROM delivery WHERE channel = $channel AND due_at <= $now \
                   ORDER BY due_at LIMIT $limit";

impl Store {
    /// Makes a delivery that belongs to no fact; one that is there already stays as it is.
    pub async fn put_delivery(&self, row: DeliveryRow) -> Result<()> {
        let text = "INSERT IGNORE INTO delivery $rows RETURN NONE";
        let variables = bind([("rows", contents(vec![row]))]);
        self.connection.run(text, variables).await.map(drop)
    }

    /// Whether any delivery is due.
    pub async fn is_delivery_due(&self, now: i64) -> Result<bool> {
        let variables = bind([("now", now.into_value())]);
        let mut results = self.connection.run(IS_DUE, variables).await?;
        let due = results
            .take::<Vec<i64>>(0)
            .map_err(|error| StoreError::corrupt("delivery", error))?;
        Ok(!due.is_empty())
    }

    /// Deliveries of a channel that are due, longest due first.
    pub async fn deliveries_due(
        &self,
        channel: &str,
        now: i64,
        rows_max: usize,
    ) -> Result<Vec<DeliveryRow>> {
        let variables = bind([
            ("channel", channel.to_owned().into_value()),
            ("now", now.into_value()),
            ("limit", limit(rows_max)),
        ]);
        self.connection.rows(DUE, variables).await
    }

    /// Writes what has become of a delivery, if it still is as it was read: the version before `row`'s. Whether it
    /// was; somebody else was faster if not.
    pub async fn change_delivery(&self, row: DeliveryRow) -> Result<bool> {
        let text = "UPDATE $id CONTENT $row WHERE version = $before RETURN VALUE version";
        let variables = bind([
            (
                "id",
                RecordId::new(DeliveryRow::TABLE, row.key()).into_value(),
            ),
            ("before", (row.version - 1).into_value()),
            (
                "row",
                crate::connection::content(DeliveryRow::TABLE, row.key(), row),
            ),
        ]);
        let mut results = match self.connection.run(text, variables).await {
            Err(StoreError::Conflict) => return Ok(false),
            other => other?,
        };
        let changed = results
            .take::<Vec<i64>>(0)
            .map_err(|error| StoreError::corrupt("delivery", error))?;
        Ok(!changed.is_empty())
    }

    /// One delivery.
    pub async fn delivery(&self, id: &str) -> Result<Option<DeliveryRow>> {
        self.connection.row(id).await
    }

    /// A page of deliveries, newest first.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>> {
        self.connection
            .rows(&query.statement(), query.variables())
            .await
    }
}

impl DeliveryRow {
    /// A delivery that nobody has tried, due at once.
    pub fn waiting(id: String, channel: String, org: String, made_at: i64) -> Self {
        Self {
            id,
            channel,
            org,
            wo: None,
            message: String::new(),
            made_at,
            state: "waiting".to_owned(),
            due_at: made_at,
            attempts: Vec::new(),
            failures: 0,
            version: 1,
        }
    }

    /// Whether anything is still to be done.
    pub fn is_open(&self) -> bool {
        self.due_at != NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Commit, StoreConfig};

    fn row(id: &str, channel: &str, at: i64) -> DeliveryRow {
        DeliveryRow::waiting(id.to_owned(), channel.to_owned(), "O-1".to_owned(), at)
    }

    async fn plan(store: &Store, statement: &str, variables: Variables) -> String {
        let mut results = store
            .connection
            .run(&format!("EXPLAIN {statement}"), variables)
            .await
            .unwrap();
        results.take::<Option<String>>(0).unwrap().unwrap()
    }

    #[tokio::test]
    async fn nothing_sorts_or_scans_the_table() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let mut plans = vec![
            plan(&store, IS_DUE, bind([("now", 5.into_value())])).await,
            plan(
                &store,
                DUE,
                bind([
                    ("channel", "C1".into_value()),
                    ("now", 5.into_value()),
                    ("limit", limit(9)),
                ]),
            )
            .await,
        ];
        for org in [None, Some("O-1".to_owned())] {
            for troubled_only in [false, true] {
                let query = DeliveryQuery {
                    org: org.clone(),
                    since: 1,
                    troubled_only,
                    offset: 0,
                    limit: 9,
                };
                plans.push(plan(&store, &query.statement(), query.variables()).await);
            }
        }
        for plan in plans {
            assert!(plan.contains("IndexScan"), "{plan}");
            assert!(
                !plan.contains("Sort") && !plan.contains("TableScan"),
                "{plan}"
            );
        }
    }

    #[tokio::test]
    async fn a_delivery_is_made_with_its_fact_and_never_twice() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let commit = |expected_n, deliveries| Commit {
            expected_n,
            deliveries,
            ..Commit::default()
        };
        let first = row("msg_1", "C1", 7);
        store.commit(commit(0, vec![first.clone()])).await.unwrap();
        let refused = store.commit(commit(0, vec![row("msg_2", "C1", 8)])).await;
        assert!(refused.unwrap_err().is_conflict());
        assert_eq!(store.delivery("msg_2").await.unwrap(), None);
        let n = store.head().await.unwrap();
        store
            .commit(commit(n, vec![row("msg_1", "C9", 99)]))
            .await
            .unwrap();
        assert_eq!(store.delivery("msg_1").await.unwrap(), Some(first));
    }

    #[tokio::test]
    async fn what_is_due_is_found_by_channel_and_changes_once() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        for (id, channel, at) in [("msg_1", "C1", 5), ("msg_2", "C1", 3), ("msg_3", "C2", 1)] {
            store.put_delivery(row(id, channel, at)).await.unwrap();
        }
        assert!(!store.is_delivery_due(0).await.unwrap());
        assert!(store.is_delivery_due(1).await.unwrap());
        let due = store.deliveries_due("C1", 4, 9).await.unwrap();
        assert_eq!(due, [row("msg_2", "C1", 3)]);
        let due = store.deliveries_due("C1", 5, 9).await.unwrap();
        assert_eq!(due.len(), 2);
        let sent = DeliveryRow {
            state: "sent".to_owned(),
            due_at: NEVER,
            version: 2,
            ..row("msg_2", "C1", 3)
        };
        assert!(store.change_delivery(sent.clone()).await.unwrap());
        assert!(!store.change_delivery(sent.clone()).await.unwrap());
        assert_eq!(store.delivery("msg_2").await.unwrap(), Some(sent));
        let due = store.deliveries_due("C1", 5, 9).await.unwrap();
        assert_eq!(due, [row("msg_1", "C1", 5)]);
    }
}
