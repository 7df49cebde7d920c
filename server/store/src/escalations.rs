//! Work orders that went up to a leader (9.2 b, 9.3 c), and which steps of which work order are due. Both are
//! projections, written with the work order they are about.

use domain::actor::Scope;
use surrealdb::types::{RecordIdKey, SurrealValue, Variables};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};
use crate::work_orders::condition;

/// What [`crate::WorkOrderRow::due_at`] says while nothing lies ahead.
pub const NEVER: i64 = i64::MAX;

/// A work order in the leaders' queue.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct EscalationRow {
    /// The work order.
    #[surreal(rename = "number")]
    pub id: String,
    /// The organisation that must act.
    pub provider: String,
    /// The district it lies in.
    pub district: String,
    /// Whether the clock that went up still runs.
    pub waiting: bool,
}

impl Row for EscalationRow {
    const TABLE: &'static str = "escalation";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// What to list.
#[derive(Debug, Clone)]
pub struct EscalationQuery {
    /// What the asker may see; a technician or a site's unit sees none.
    pub scope: Scope,
    /// Only those whose clock still runs.
    pub waiting_only: bool,
    /// How many to skip.
    pub offset: usize,
    /// How many to return at most.
    pub limit: usize,
}

impl EscalationQuery {
    /// The page, and the number of all rows; none where there is nothing to see.
    fn statements(&self) -> Option<(String, String)> {
        let scoped = match &self.scope {
            Scope::All => None,
            Scope::Provider(_) | Scope::District(_) => condition(&self.scope),
            Scope::SiteUnit(_) | Scope::Technician(_) | Scope::None => return None,
        };
        let mut conditions = Vec::new();
        conditions.extend(scoped.map(|(column, _)| format!("{column} = $scope")));
        conditions.extend(self.waiting_only.then(|| "waiting = true".to_owned()));
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", conditions.join(" AND ")),
        };
        Some((
            format!(
                "SELECT * FROM escalation {filter} ORDER BY number DESC LIMIT $limit START $offset"
            ),
            format!("SELECT count() FROM escalation {filter} GROUP ALL"),
        ))
    }

    fn variables(&self) -> Variables {
        let scope = condition(&self.scope).map(|(_, value)| value.to_owned());
        bind([
            ("scope", scope.into_value()),
            ("offset", limit(self.offset)),
            ("limit", limit(self.limit)),
        ])
    }
}

const DUE: &str =
    "SELECT number, due_at FROM work_order WHERE due_at <= $now ORDER BY due_at LIMIT $limit";

#[derive(SurrealValue)]
struct Due {
    number: String,
    due_at: i64,
}

impl Store {
    /// Work orders with a step that is due, longest due first.
    pub async fn work_orders_due(&self, now: i64, rows_max: usize) -> Result<Vec<String>> {
        let variables = bind([("now", now.into_value()), ("limit", limit(rows_max))]);
        let mut results = self.connection.run(DUE, variables).await?;
        let due = results
            .take::<Vec<Due>>(0)
            .map_err(|error| StoreError::corrupt("work_order", error))?;
        Ok(due.into_iter().map(|due| due.number).collect())
    }

    /// When the first step that is due by then is due, ms.
    pub async fn next_due(&self, until: i64) -> Result<Option<i64>> {
        let variables = bind([("now", until.into_value()), ("limit", limit(1))]);
        let mut results = self.connection.run(DUE, variables).await?;
        let due = results
            .take::<Vec<Due>>(0)
            .map_err(|error| StoreError::corrupt("work_order", error))?;
        Ok(due.first().map(|due| due.due_at))
    }

    /// A page of the leaders' queue, newest work order first, and how many there are in all.
    pub async fn escalations(
        &self,
        query: &EscalationQuery,
    ) -> Result<(Vec<EscalationRow>, usize)> {
        let Some((page, total)) = query.statements() else {
            return Ok((Vec::new(), 0));
        };
        let text = format!("{page}; SELECT VALUE count FROM ONLY ({total}) LIMIT 1;");
        let mut results = self.connection.run(&text, query.variables()).await?;
        let corrupt = |error| StoreError::corrupt("escalation", error);
        let rows = results.take::<Vec<EscalationRow>>(0).map_err(corrupt)?;
        let total = results
            .take::<Option<i64>>(1)
            .map_err(corrupt)?
            .unwrap_or(0);
        Ok((rows, usize::try_from(total).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreConfig;

    async fn plan(store: &Store, statement: &str, variables: Variables) -> String {
        let mut results = store
            .connection
            .run(&format!("EXPLAIN {statement}"), variables)
            .await
            .unwrap();
        results.take::<Option<String>>(0).unwrap().unwrap()
    }

    /// It is asked every second, whatever is open.
    #[tokio::test]
    async fn what_is_due_is_one_range_of_one_index() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let variables = bind([("now", 5.into_value()), ("limit", limit(9))]);
        let plan = plan(&store, DUE, variables).await;
        assert!(plan.contains("IndexScan"), "{plan}");
        assert!(
            !plan.contains("Sort") && !plan.contains("TableScan"),
            "{plan}"
        );
    }

    #[tokio::test]
    async fn no_queue_sorts_or_scans_the_table() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let scopes = [
            Scope::All,
            Scope::District("FT".parse().unwrap()),
            Scope::Provider("O-1".parse().unwrap()),
        ];
        for scope in scopes {
            for waiting_only in [false, true] {
                let query = EscalationQuery {
                    scope: scope.clone(),
                    waiting_only,
                    offset: 0,
                    limit: 9,
                };
                let statement = query.statements().unwrap().0;
                let plan = plan(&store, &statement, query.variables()).await;
                assert!(plan.contains("IndexScan"), "{query:?}: {plan}");
                assert!(
                    !plan.contains("Sort") && !plan.contains("TableScan"),
                    "{query:?}: {plan}"
                );
            }
        }
    }
}
