//! Terminals and sites, with every version they ever had.

use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue, Value};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind, content, contents};
use crate::error::Result;

/// A self-service terminal.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct TerminalRow {
    /// The terminal id.
    #[surreal(rename = "terminal")]
    pub id: String,
    /// Where it stands.
    pub site: String,
    /// Counts up with every change.
    pub version: i64,
    /// The facts (JSON).
    pub doc: String,
    /// Lower-case text that a search looks into.
    pub search: String,
}

impl Row for TerminalRow {
    const TABLE: &'static str = "terminal";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// A place where terminals stand.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct SiteRow {
    /// The site id.
    #[surreal(rename = "site")]
    pub id: String,
    /// The district it lies in.
    pub district: String,
    /// The unit in charge of it.
    pub unit: String,
    /// Counts up with every change.
    pub version: i64,
    /// The facts (JSON).
    pub doc: String,
}

impl Row for SiteRow {
    const TABLE: &'static str = "site";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// A row of which every version is kept, in a table of its own.
trait Versioned: Row + Clone {
    const VERSIONS: &'static str;
    fn version_key(&self) -> RecordIdKey;
}

impl Versioned for TerminalRow {
    const VERSIONS: &'static str = "terminal_version";
    fn version_key(&self) -> RecordIdKey {
        version_key(&self.id, self.version)
    }
}

impl Versioned for SiteRow {
    const VERSIONS: &'static str = "site_version";
    fn version_key(&self) -> RecordIdKey {
        version_key(&self.id, self.version)
    }
}

fn version_key(id: &str, version: i64) -> RecordIdKey {
    Array::from(vec![id.into_value(), version.into_value()]).into()
}

impl Store {
    /// Writes terminals, new or in a new version; earlier versions stay readable, and a version that
    /// exists is never rewritten.
    pub async fn put_terminals(&self, terminals: Vec<TerminalRow>) -> Result<()> {
        self.put_versioned(terminals).await
    }

    /// Writes sites, new or in a new version.
    pub async fn put_sites(&self, sites: Vec<SiteRow>) -> Result<()> {
        self.put_versioned(sites).await
    }

    async fn put_versioned<R: Versioned>(&self, rows: Vec<R>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let versions = rows
            .iter()
            .map(|row| content(R::VERSIONS, row.version_key(), row.clone()));
        let versions: Vec<Value> = versions.collect();
        let text = format!(
            "BEGIN; INSERT IGNORE INTO {} $versions RETURN NONE; \
             FOR $row IN $rows {{ UPSERT $row.id CONTENT $row RETURN NONE }}; COMMIT;",
            R::VERSIONS
        );
        let variables = bind([
            ("versions", versions.into_value()),
            ("rows", contents(rows)),
        ]);
        self.connection.run(&text, variables).await.map(drop)
    }

    async fn version<R: Versioned>(&self, id: &str, version: i64) -> Result<Option<R>> {
        let id = RecordId::new(R::VERSIONS, version_key(id, version));
        let kept = self
            .connection
            .rows("SELECT * FROM $id", bind([("id", id.into_value())]))
            .await?;
        Ok(kept.into_iter().next())
    }

    /// All terminals by id.
    pub async fn terminals(&self) -> Result<Vec<TerminalRow>> {
        self.connection
            .rows("SELECT * FROM terminal ORDER BY id", bind([]))
            .await
    }

    /// One terminal as it is now.
    pub async fn terminal(&self, id: &str) -> Result<Option<TerminalRow>> {
        self.connection.row(id).await
    }

    /// One terminal as it was in a version.
    pub async fn terminal_version(&self, id: &str, version: i64) -> Result<Option<TerminalRow>> {
        self.version(id, version).await
    }

    /// These terminals; unknown ones are left out.
    pub async fn terminals_by_id(&self, ids: &[&str]) -> Result<Vec<TerminalRow>> {
        self.connection
            .rows_by_key(ids.iter().map(|id| RecordIdKey::from(*id)))
            .await
    }

    /// Terminals whose search text holds `text`, by id.
    pub async fn find_terminals(&self, text: &str, rows_max: usize) -> Result<Vec<TerminalRow>> {
        let query =
            "SELECT * FROM terminal WHERE string::contains(search, $text) ORDER BY id LIMIT $limit";
        let variables = bind([
            ("text", text.to_lowercase().into_value()),
            ("limit", limit(rows_max)),
        ]);
        self.connection.rows(query, variables).await
    }

    /// All sites by id.
    pub async fn sites(&self) -> Result<Vec<SiteRow>> {
        self.connection
            .rows("SELECT * FROM site ORDER BY id", bind([]))
            .await
    }

    /// One site as it is now.
    pub async fn site(&self, id: &str) -> Result<Option<SiteRow>> {
        self.connection.row(id).await
    }

    /// One site as it was in a version.
    pub async fn site_version(&self, id: &str, version: i64) -> Result<Option<SiteRow>> {
        self.version(id, version).await
    }

    /// These sites; unknown ones are left out.
    pub async fn sites_by_id(&self, ids: &[&str]) -> Result<Vec<SiteRow>> {
        self.connection
            .rows_by_key(ids.iter().map(|id| RecordIdKey::from(*id)))
            .await
    }
}
