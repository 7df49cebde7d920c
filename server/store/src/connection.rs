//! The one place that talks to SurrealDB, and the one helper through which every query goes.
//!
//! `query().await` is `Ok` although a statement, or a whole transaction, failed. Only the results tell;
//! [`Connection::run`] looks at all of them. Nothing else in this crate calls `query`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use surrealdb::engine::local::Db;
use surrealdb::engine::remote::ws::{Client, Ws};
use surrealdb::opt::auth::Root;
use surrealdb::types::{QueryError, RecordId, RecordIdKey, SurrealValue, Value, Variables};
use surrealdb::{IndexedResults, Surreal};
use surrealdb_engine_local::Datastore;

use crate::config::{Location, StoreConfig};
use crate::error::{Result, StoreError};

const NAMESPACE: &str = "daochang";
const DATABASE: &str = "main";
/// How long closing waits for the engine to let go; clones of the handle may keep it for ever.
const CLOSING_MAX: Duration = Duration::from_secs(2);

/// An open database: in this process, or behind a WebSocket.
#[derive(Clone)]
pub(crate) enum Connection {
    Embedded {
        client: Surreal<Db>,
        datastore: Arc<Datastore>,
    },
    Remote(Surreal<Client>),
}

/// A row of one table, convertible in both directions, that knows its own record id.
pub(crate) trait Row: SurrealValue {
    const TABLE: &'static str;
    fn key(&self) -> RecordIdKey;
}

impl Connection {
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        match &config.location {
            Location::Memory => Self::embedded("mem://", config).await,
            Location::RocksDb(path) => {
                let path = path.to_str().ok_or_else(|| {
                    StoreError::Invalid(format!("path is not UTF-8: {}", path.display()))
                })?;
                Self::embedded(&format!("rocksdb://{path}"), config).await
            }
            Location::Remote {
                url,
                user,
                password,
            } => {
                let address = url.trim_start_matches("ws://");
                let client = Surreal::new::<Ws>(address).await?;
                client
                    .signin(Root {
                        username: user.clone(),
                        password: password.clone(),
                    })
                    .await?;
                Self::Remote(client).select_database().await
            }
        }
    }

    /// As the SDK's own `connect` does it, plus the memory limits: the maintenance tasks write, so
    /// they may start only after the storage version is settled.
    async fn embedded(path: &str, config: &StoreConfig) -> Result<Self> {
        let unavailable =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let datastore = Datastore::builder()
            .with_config(config.engine_settings())
            .without_maintenance_tasks()
            .build_with_path(path)
            .await
            .map_err(|error| unavailable(&error))?;
        datastore
            .check_version()
            .await
            .map_err(|error| unavailable(&error))?;
        datastore
            .bootstrap()
            .await
            .map_err(|error| unavailable(&error))?;
        datastore.start_maintenance_tasks();
        let client = Surreal::unstable_from_datastore(datastore.clone(), None).await?;
        Self::Embedded { client, datastore }.select_database().await
    }

    async fn select_database(self) -> Result<Self> {
        let define = format!(
            "DEFINE NAMESPACE IF NOT EXISTS {NAMESPACE}; USE NS {NAMESPACE}; \
             DEFINE DATABASE IF NOT EXISTS {DATABASE};"
        );
        self.run(&define, Variables::new()).await?;
        match &self {
            Self::Embedded { client, .. } => client.use_ns(NAMESPACE).use_db(DATABASE).await?,
            Self::Remote(client) => client.use_ns(NAMESPACE).use_db(DATABASE).await?,
        };
        Ok(self)
    }

    /// Flushes and closes an embedded database; afterwards every query fails. The folder is free again
    /// when the last handle is gone, which the engine's own tasks take a moment to notice.
    pub(crate) async fn close(self) -> Result<()> {
        let Self::Embedded { client, datastore } = self else {
            return Ok(());
        };
        drop(client);
        datastore
            .shutdown()
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let deadline = Instant::now() + CLOSING_MAX;
        while Arc::strong_count(&datastore) > 1 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Runs statements and checks the result of each.
    pub(crate) async fn run(&self, text: &str, variables: Variables) -> Result<IndexedResults> {
        let mut results = match self {
            Self::Embedded { client, .. } => client.query(text).bind(variables).await?,
            Self::Remote(client) => client.query(text).bind(variables).await?,
        };
        match cause(results.take_errors().into_values()) {
            Some(error) => Err(error.into()),
            None => Ok(results),
        }
    }

    /// The rows of a single `SELECT`.
    pub(crate) async fn rows<R: Row>(&self, text: &str, variables: Variables) -> Result<Vec<R>> {
        let mut results = self.run(text, variables).await?;
        results
            .take(0)
            .map_err(|error| StoreError::corrupt(R::TABLE, error))
    }

    /// The rows with these keys, in the order of the keys; missing ones are left out.
    pub(crate) async fn rows_by_key<R: Row>(
        &self,
        keys: impl IntoIterator<Item = RecordIdKey>,
    ) -> Result<Vec<R>> {
        let ids: Vec<RecordId> = keys
            .into_iter()
            .map(|key| RecordId::new(R::TABLE, key))
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.rows("SELECT * FROM $ids", bind([("ids", ids.into_value())]))
            .await
    }

    /// The row with this key.
    pub(crate) async fn row<R: Row>(&self, key: impl Into<RecordIdKey>) -> Result<Option<R>> {
        Ok(self.rows_by_key([key.into()]).await?.pop())
    }

    /// Writes rows, each replacing what had its key.
    pub(crate) async fn replace<R: Row>(&self, rows: Vec<R>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let text = "FOR $row IN $rows { UPSERT $row.id CONTENT $row RETURN NONE }";
        self.run(text, bind([("rows", contents(rows))])).await?;
        Ok(())
    }
}

/// The statement that failed by itself, not those that were skipped or rolled back because of it.
fn cause(errors: impl Iterator<Item = surrealdb::Error>) -> Option<surrealdb::Error> {
    errors.min_by_key(|error| match error.query_details() {
        Some(QueryError::NotExecuted | QueryError::Cancelled) => 2,
        _ if error.is_thrown() => 0,
        _ => 1,
    })
}

/// Named parameters of a query.
pub(crate) fn bind<const N: usize>(pairs: [(&str, Value); N]) -> Variables {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Rows as `INSERT` and `UPSERT … CONTENT` take them: the columns and the record id.
pub(crate) fn contents<R: Row>(rows: Vec<R>) -> Value {
    let rows = rows
        .into_iter()
        .map(|row| content(R::TABLE, row.key(), row));
    rows.collect::<Vec<Value>>().into_value()
}

/// A row's columns under a record id.
pub(crate) fn content<R: Row>(table: &str, key: RecordIdKey, row: R) -> Value {
    let mut value = row.into_value();
    if let Value::Object(columns) = &mut value {
        columns.insert("id", RecordId::new(table, key));
    }
    value
}
