//! Check-ins by how well each is shown, to be counted over many work orders. A projection, written with the review's
//! change of the work order they belong to ([`crate::ReviewChange`]); who may see which is part of every query.

use domain::actor::Scope;
use surrealdb::types::{RecordIdKey, SurrealValue, Variables};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};
use crate::work_orders::condition;

/// What [`CheckInRow::result`] says of one that cannot be told.
pub const CANNOT_TELL: &str = "cannot_tell";

/// One check-in.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct CheckInRow {
    /// Its event.
    pub event: String,
    pub wo: String,
    /// The district it lies in.
    pub district: String,
    /// The organisation that must act.
    pub provider: String,
    pub terminal: String,
    /// Who checked in.
    pub person: String,
    /// The name of a [`domain::presence::PresenceResult`], or [`CANNOT_TELL`].
    pub result: String,
    /// When it happened at the earliest, ms, by the grade of the server.
    pub earliest: i64,
    /// And at the latest.
    pub latest: i64,
}

impl Row for CheckInRow {
    const TABLE: &'static str = "check_in";
    fn key(&self) -> RecordIdKey {
        self.event.as_str().into()
    }
}

/// Which check-ins.
#[derive(Debug, Clone)]
pub struct CheckInQuery {
    /// What the asker may see.
    pub scope: Scope,
    /// Those that may have happened from here, ms,
    pub from: i64,
    /// to before here.
    pub to: i64,
    pub district: Option<String>,
    pub provider: Option<String>,
}

/// How many of one kind.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct CheckInCount {
    pub district: String,
    pub provider: String,
    pub result: String,
    /// Whether they surely happened in the span.
    pub inside: bool,
    pub count: i64,
}

const INSIDE: &str = "(earliest >= $from AND latest < $to)";

impl CheckInQuery {
    /// None where there is nothing to see: a technician or a site's unit is shown no figures.
    fn filter(&self) -> Option<String> {
        let scoped = match &self.scope {
            Scope::All => None,
            Scope::Provider(_) | Scope::District(_) => condition(&self.scope),
            Scope::SiteUnit(_) | Scope::Technician(_) | Scope::None => return None,
        };
        let mut conditions = vec!["latest >= $from AND earliest < $to".to_owned()];
        conditions.extend(scoped.map(|(column, _)| format!("{column} = $scope")));
        let narrowed = [("district", &self.district), ("provider", &self.provider)];
        for (column, _) in narrowed.iter().filter(|(_, value)| value.is_some()) {
            conditions.push(format!("{column} = ${column}"));
        }
        Some(conditions.join(" AND "))
    }

    fn variables(&self) -> Variables {
        let scope = condition(&self.scope).map(|(_, value)| value.to_owned());
        bind([
            ("scope", scope.into_value()),
            ("from", self.from.into_value()),
            ("to", self.to.into_value()),
            ("district", self.district.clone().into_value()),
            ("provider", self.provider.clone().into_value()),
        ])
    }
}

impl Store {
    /// How many check-ins there are of each kind.
    pub async fn count_check_ins(&self, query: &CheckInQuery) -> Result<Vec<CheckInCount>> {
        let Some(filter) = query.filter() else {
            return Ok(Vec::new());
        };
        let text = format!(
            "SELECT district, provider, result, inside, count() AS count FROM \
             (SELECT district, provider, result, {INSIDE} AS inside FROM check_in WHERE {filter}) \
             GROUP BY district, provider, result, inside"
        );
        let mut results = self.connection.run(&text, query.variables()).await?;
        results
            .take(0)
            .map_err(|error| StoreError::corrupt("check_in", error))
    }

    /// A page of those with this result, latest first, and how many there are in all. [`CANNOT_TELL`] are those
    /// without a result and those that may have happened outside of the span.
    pub async fn list_check_ins(
        &self,
        query: &CheckInQuery,
        result: &str,
        offset: usize,
        rows_max: usize,
    ) -> Result<(Vec<CheckInRow>, usize)> {
        let Some(filter) = query.filter() else {
            return Ok((Vec::new(), 0));
        };
        let of_result = match result {
            CANNOT_TELL => format!("(result = $result OR !{INSIDE})"),
            _ => format!("result = $result AND {INSIDE}"),
        };
        let filter = format!("{filter} AND {of_result}");
        let text = format!(
            "SELECT * FROM check_in WHERE {filter} ORDER BY latest DESC, event LIMIT $limit START $offset; \
             SELECT VALUE count FROM ONLY (SELECT count() FROM check_in WHERE {filter} GROUP ALL) LIMIT 1;"
        );
        let mut variables = query.variables();
        variables.insert("result", result.to_owned());
        variables.insert("limit", limit(rows_max));
        variables.insert("offset", limit(offset));
        let mut results = self.connection.run(&text, variables).await?;
        let corrupt = |error| StoreError::corrupt("check_in", error);
        let rows = results.take::<Vec<CheckInRow>>(0).map_err(corrupt)?;
        let total = results
            .take::<Option<i64>>(1)
            .map_err(corrupt)?
            .unwrap_or(0);
        Ok((rows, usize::try_from(total).unwrap_or(0)))
    }
}
