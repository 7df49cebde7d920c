//! Duty rosters, with every version they ever had. Read anew each time they are needed: another process may
//! have changed one, and who is on duty must not depend on which process asks.

use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind, content};
use crate::error::{COUNTER_MOVED, Result};

/// One version of a roster.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct RosterRow {
    /// Whose roster it is.
    pub provider: String,
    /// `terminal`, `site` or `provider`.
    pub place: String,
    /// Which one.
    pub subject: String,
    /// Counts up from 1 with every change.
    pub version: i64,
    /// The roster (JSON).
    pub doc: String,
    /// Who wrote this version.
    pub by: String,
    /// Server time, ms.
    pub at: i64,
}

/// Provider, place and subject.
pub type RosterKey = (String, &'static str, String);

const VERSIONS: &str = "roster_version";

impl Row for RosterRow {
    const TABLE: &'static str = "roster";
    fn key(&self) -> RecordIdKey {
        key(&self.provider, &self.place, &self.subject)
    }
}

fn key(provider: &str, place: &str, subject: &str) -> RecordIdKey {
    let parts = [provider, place, subject].map(|part| part.to_owned().into_value());
    Array::from(parts.to_vec()).into()
}

impl RosterRow {
    fn version_key(&self) -> RecordIdKey {
        let names = [&self.provider, &self.place, &self.subject];
        let mut parts: Vec<_> = names.map(|name| name.clone().into_value()).to_vec();
        parts.push(self.version.into_value());
        Array::from(parts).into()
    }
}

impl Store {
    /// Writes the version after the one that is there; earlier ones stay readable.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] if another version is there.
    pub async fn put_roster(&self, row: RosterRow) -> Result<()> {
        let before: Vec<i64> = (row.version > 1)
            .then_some(row.version - 1)
            .into_iter()
            .collect();
        let text = format!(
            "BEGIN; IF (SELECT VALUE version FROM $id) != $before {{ THROW '{COUNTER_MOVED}' }}; \
             INSERT INTO {VERSIONS} $kept RETURN NONE; UPSERT $id CONTENT $row RETURN NONE; COMMIT;"
        );
        let variables = bind([
            (
                "id",
                RecordId::new(RosterRow::TABLE, row.key()).into_value(),
            ),
            ("before", before.into_value()),
            ("kept", content(VERSIONS, row.version_key(), row.clone())),
            ("row", content(RosterRow::TABLE, row.key(), row)),
        ]);
        self.connection.run(&text, variables).await.map(drop)
    }

    /// These rosters as they are now; unknown ones are left out.
    pub async fn rosters_by_key(&self, keys: &[RosterKey]) -> Result<Vec<RosterRow>> {
        let keys = keys
            .iter()
            .map(|(provider, place, subject)| key(provider, place, subject));
        self.connection.rows_by_key(keys).await
    }

    /// All rosters of a provider, or of everybody.
    pub async fn rosters(&self, provider: Option<&str>) -> Result<Vec<RosterRow>> {
        let filter = provider.map_or("", |_| "WHERE provider = $provider");
        let text = format!("SELECT * FROM roster {filter} ORDER BY provider, place, subject");
        let provider = provider.map(str::to_owned).into_value();
        self.connection
            .rows(&text, bind([("provider", provider)]))
            .await
    }

    /// All versions of one roster, oldest first.
    pub async fn roster_versions(
        &self,
        provider: &str,
        place: &str,
        subject: &str,
    ) -> Result<Vec<RosterRow>> {
        let text = "SELECT * FROM roster_version WHERE provider = $provider AND place = $place \
                    AND subject = $subject ORDER BY version";
        let variables = bind([
            ("provider", provider.to_owned().into_value()),
            ("place", place.to_owned().into_value()),
            ("subject", subject.to_owned().into_value()),
        ]);
        self.connection.rows(text, variables).await
    }
}
