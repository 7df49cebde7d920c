//! Work orders as folded by the caller: a document and the columns to find it by.

use domain::actor::Scope;
use surrealdb::types::{RecordIdKey, SurrealValue, Variables};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};

/// One work order.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct WorkOrderRow {
    /// The number, `WO-20261124-0001`.
    #[surreal(rename = "number")]
    pub id: String,
    /// The fold of its facts (JSON).
    pub doc: String,
    /// The district it lies in.
    pub district: String,
    /// The organisation that must act.
    pub provider: String,
    /// The organisation whose site it is.
    pub site_unit: String,
    /// Who is assigned.
    pub technician: Option<String>,
    /// The terminal.
    pub terminal: String,
    /// The site.
    pub site: String,
    /// The stage's name.
    pub stage: String,
    /// Whether anything is still to be done.
    pub open: bool,
    /// When the fault was reported, ms.
    pub reported_at: i64,
    /// When the next step of its ladder is due, ms; [`crate::NEVER`] while there is none.
    pub due_at: i64,
    /// Lower-case text that a search looks into.
    pub search: String,
    /// The number of its last change, given by [`Store::commit`]; what the writer sets is ignored.
    pub n: i64,
}

impl Row for WorkOrderRow {
    const TABLE: &'static str = "work_order";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// The last work order number used on a day; see [`crate::Commit::day_number`].
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct DayNumber {
    /// The day in Shenzhen, `20261124`.
    pub day: String,
    /// The last number given out.
    pub last: i64,
}

impl Row for DayNumber {
    const TABLE: &'static str = "day_number";
    fn key(&self) -> RecordIdKey {
        self.day.as_str().into()
    }
}

/// What to list.
#[derive(Debug, Clone)]
pub struct WorkOrderQuery {
    /// What the asker may see. It is part of the query, so a page never has holes.
    pub scope: Scope,
    /// Only those still open.
    pub open_only: bool,
    /// Text that must occur in [`WorkOrderRow::search`].
    pub text: Option<String>,
    /// How many to skip.
    pub offset: usize,
    /// How many to return at most.
    pub limit: usize,
}

/// The column and the value it must have; `None` for all and for none.
pub(crate) fn condition(scope: &Scope) -> Option<(&'static str, &str)> {
    match scope {
        Scope::All | Scope::None => None,
        Scope::District(district) => Some(("district", district.as_str())),
        Scope::Provider(org) => Some(("provider", org.as_str())),
        Scope::SiteUnit(org) => Some(("site_unit", org.as_str())),
        Scope::Technician(person) => Some(("technician", person.as_str())),
    }
}

impl WorkOrderQuery {
    /// The page, and the number of all rows.
    fn statements(&self) -> (String, String) {
        let mut conditions = Vec::new();
        if let Some((column, _)) = condition(&self.scope) {
            conditions.push(format!("{column} = $scope"));
        }
        if self.open_only {
            conditions.push("open = true".to_owned());
        }
        if self.text.is_some() {
            conditions.push("string::contains(search, $text)".to_owned());
        }
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", conditions.join(" AND ")),
        };
        (
            format!(
                "SELECT * FROM work_order {filter} ORDER BY number DESC LIMIT $limit START $offset"
            ),
            format!("SELECT count() FROM work_order {filter} GROUP ALL"),
        )
    }

    fn variables(&self) -> Variables {
        let scope = condition(&self.scope).map(|(_, value)| value.to_owned());
        let text = self.text.as_ref().map(|text| text.to_lowercase());
        bind([
            ("scope", scope.into_value()),
            ("text", text.into_value()),
            ("offset", limit(self.offset)),
            ("limit", limit(self.limit)),
        ])
    }
}

/// A part of a list, newest work order first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrderPage {
    /// The rows.
    pub rows: Vec<WorkOrderRow>,
    /// How many there are in all.
    pub total: usize,
}

/// A technician's work orders in order of their numbers, for a phone that has none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPage {
    /// The rows.
    pub work_orders: Vec<WorkOrderRow>,
    /// The counter before the rows were read: asking for changes after the *first* page's cursor
    /// leaves no gap, and what arrives twice is the same.
    pub cursor: i64,
    /// Whether another page follows; ask for it with the last row's id.
    pub more: bool,
}

const SNAPSHOT: &str = "SELECT * FROM work_order WHERE technician = $technician AND number > $after \
                        ORDER BY number LIMIT $limit";

const CLOSED: &str = "SELECT * FROM work_order WHERE open = false AND number > $after AND number < $before \
                      ORDER BY number LIMIT $limit";

impl Store {
    /// Up to `rows_max` closed work orders with numbers between these two, in the order of their numbers, which is that
    /// of the days of their reports.
    pub async fn closed_work_orders(
        &self,
        after: &str,
        before: &str,
        rows_max: usize,
    ) -> Result<Vec<WorkOrderRow>> {
        let variables = bind([
            ("after", after.into_value()),
            ("before", before.into_value()),
            ("limit", limit(rows_max)),
        ]);
        self.connection.rows(CLOSED, variables).await
    }

    /// One work order.
    pub async fn work_order(&self, id: &str) -> Result<Option<WorkOrderRow>> {
        self.connection.row(id).await
    }

    /// These work orders; unknown ones are left out.
    pub async fn work_orders_by_id(&self, ids: &[&str]) -> Result<Vec<WorkOrderRow>> {
        self.connection
            .rows_by_key(ids.iter().map(|id| RecordIdKey::from(*id)))
            .await
    }

    /// The last number used on a day, 0 if none was.
    pub async fn last_number_of(&self, day: &str) -> Result<i64> {
        Ok(self
            .connection
            .row::<DayNumber>(day)
            .await?
            .map_or(0, |row| row.last))
    }

    /// Lists what the scope allows.
    pub async fn list_work_orders(&self, query: &WorkOrderQuery) -> Result<WorkOrderPage> {
        if query.scope == Scope::None {
            return Ok(WorkOrderPage {
                rows: Vec::new(),
                total: 0,
            });
        }
        let (page, total) = query.statements();
        let text = format!("{page}; SELECT VALUE count FROM ONLY ({total}) LIMIT 1;");
        let mut results = self.connection.run(&text, query.variables()).await?;
        let corrupt = |error| StoreError::corrupt("work_order", error);
        let rows = results.take::<Vec<WorkOrderRow>>(0).map_err(corrupt)?;
        let total = results
            .take::<Option<i64>>(1)
            .map_err(corrupt)?
            .unwrap_or(0);
        Ok(WorkOrderPage {
            rows,
            total: usize::try_from(total).unwrap_or(0),
        })
    }

    /// Up to `rows_max` of a technician's work orders with an id greater than `after`.
    pub async fn snapshot(
        &self,
        technician: &str,
        after: Option<&str>,
        rows_max: usize,
    ) -> Result<SnapshotPage> {
        let cursor = self.head().await?;
        let variables = bind([
            ("technician", technician.into_value()),
            ("after", after.unwrap_or_default().into_value()),
            ("limit", limit(rows_max.saturating_add(1))),
        ]);
        let mut rows: Vec<WorkOrderRow> = self.connection.rows(SNAPSHOT, variables).await?;
        let more = rows.len() > rows_max;
        rows.truncate(rows_max);
        Ok(SnapshotPage {
            work_orders: rows,
            cursor,
            more,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreConfig;

    /// The engine's plan for a statement.
    async fn plan(store: &Store, statement: &str, variables: Variables) -> String {
        let mut results = store
            .connection
            .run(&format!("EXPLAIN {statement}"), variables)
            .await
            .unwrap();
        results.take::<Option<String>>(0).unwrap().unwrap()
    }

    /// With 100 000 work orders a sort or a scan of the table would be felt on every screen.
    #[tokio::test]
    async fn no_list_sorts_or_scans_the_table() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let scopes = [
            Scope::All,
            Scope::District("FT".parse().unwrap()),
            Scope::Provider("O-1".parse().unwrap()),
            Scope::SiteUnit("O-1".parse().unwrap()),
            Scope::Technician("P-1".parse().unwrap()),
        ];
        for scope in scopes {
            for (open_only, text) in [(false, None), (true, None), (true, Some("x".to_owned()))] {
                let query = WorkOrderQuery {
                    scope: scope.clone(),
                    open_only,
                    text,
                    offset: 0,
                    limit: 9,
                };
                let plan = plan(&store, &query.statements().0, query.variables()).await;
                assert!(plan.contains("IndexScan"), "{query:?}: {plan}");
                assert!(
                    !plan.contains("Sort") && !plan.contains("TableScan"),
                    "{query:?}: {plan}"
                );
            }
        }
        let variables = bind([
            ("technician", "P-1".into_value()),
            ("after", "WO".into_value()),
            ("limit", limit(9)),
        ]);
        let snapshot = plan(&store, SNAPSHOT, variables).await;
        let variables = bind([
            ("after", "".into_value()),
            ("before", "WO-20261124".into_value()),
            ("limit", limit(9)),
        ]);
        let closed = plan(&store, CLOSED, variables).await;
        for plan in [snapshot, closed] {
            assert!(
                plan.contains("IndexScan") && !plan.contains("Sort"),
                "{plan}"
            );
        }
    }
}
