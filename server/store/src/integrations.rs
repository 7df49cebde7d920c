//! Accounts of other systems, and what they sent that fits nowhere until a person has looked at it.

use surrealdb::types::{RecordId, RecordIdKey, SurrealValue};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind, contents};
use crate::error::Result;

/// One account. The token itself is nowhere but with the other system.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct IntegrationRow {
    /// `IN-7KQ2M`.
    pub number: String,
    /// What people call the other system.
    pub name: String,
    /// The name of the one channel it reports through.
    pub channel: String,
    /// Districts it may report for.
    pub districts: Vec<String>,
    /// What an alarm means that names no fault.
    pub fault: String,
    /// SHA-256 of the token, hex.
    pub token_hash: String,
    /// Who gave it out.
    pub made_by: String,
    /// Server time, ms.
    pub made_at: i64,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
    /// Who took it back.
    pub revoked_by: Option<String>,
}

impl Row for IntegrationRow {
    const TABLE: &'static str = "integration";
    fn key(&self) -> RecordIdKey {
        self.number.as_str().into()
    }
}

/// Something that was sent and fits nowhere.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct HeldIntakeRow {
    /// A hash of account and key: the same thing sent again is the same row.
    pub number: String,
    /// The account it came through.
    pub account: String,
    /// Names it within the account.
    pub key: String,
    /// `alarm` or `ticket`.
    pub kind: String,
    /// The code of the reason.
    pub reason: String,
    /// As it was sent (JSON), cut to what fits.
    pub body: String,
    /// When it came first, server time, ms.
    pub received_at: i64,
    /// Whether nobody has settled it yet.
    pub waiting: bool,
    /// Who settled it.
    pub settled_by: Option<String>,
    /// When, ms.
    pub settled_at: Option<i64>,
    /// What they say about it.
    pub note: Option<String>,
    /// The work order it became.
    pub wo: Option<String>,
}

impl Row for HeldIntakeRow {
    const TABLE: &'static str = "held_intake";
    fn key(&self) -> RecordIdKey {
        self.number.as_str().into()
    }
}

impl Store {
    /// Writes an account.
    pub async fn put_integration(&self, row: IntegrationRow) -> Result<()> {
        self.connection.replace(vec![row]).await
    }

    /// One account.
    pub async fn integration(&self, number: &str) -> Result<Option<IntegrationRow>> {
        self.connection.row(number).await
    }

    /// The account with the token of this hash.
    pub async fn integration_by_token(&self, token_hash: &str) -> Result<Option<IntegrationRow>> {
        let text = "SELECT * FROM integration WHERE token_hash = $hash LIMIT 1";
        let variables = bind([("hash", token_hash.to_owned().into_value())]);
        let rows: Vec<IntegrationRow> = self.connection.rows(text, variables).await?;
        Ok(rows.into_iter().next())
    }

    /// All accounts, those taken back too.
    pub async fn integrations(&self) -> Result<Vec<IntegrationRow>> {
        let text = "SELECT * FROM integration ORDER BY made_at DESC LIMIT 500";
        self.connection.rows(text, bind([])).await
    }

    /// Sets something aside. What is there already stays as it is, settled or not.
    pub async fn hold_intake(&self, row: HeldIntakeRow) -> Result<()> {
        let text = "INSERT IGNORE INTO held_intake $rows RETURN NONE";
        let variables = bind([("rows", contents(vec![row]))]);
        self.connection.run(text, variables).await.map(drop)
    }

    /// One thing that was set aside.
    pub async fn held_intake(&self, number: &str) -> Result<Option<HeldIntakeRow>> {
        self.connection.row(number).await
    }

    /// Things that were set aside, newest first: those that wait, or those that were settled.
    pub async fn held_intakes(&self, waiting: bool, rows_max: usize) -> Result<Vec<HeldIntakeRow>> {
        let text = "SELECT * FROM held_intake WHERE waiting = $waiting ORDER BY received_at DESC LIMIT $limit";
        let variables = bind([
            ("waiting", waiting.into_value()),
            ("limit", limit(rows_max)),
        ]);
        self.connection.rows(text, variables).await
    }

    /// Writes what became of it, unless somebody else has; true if this did.
    pub async fn settle_intake(&self, row: HeldIntakeRow) -> Result<bool> {
        let id = RecordId::new(HeldIntakeRow::TABLE, row.key()).into_value();
        let text = "UPDATE $id SET waiting = false, settled_by = $by, settled_at = $at, note = $note, wo = $wo \
                    WHERE waiting = true RETURN VALUE waiting";
        let variables = bind([
            ("id", id),
            ("by", row.settled_by.into_value()),
            ("at", row.settled_at.into_value()),
            ("note", row.note.into_value()),
            ("wo", row.wo.into_value()),
        ]);
        let mut results = self.connection.run(text, variables).await?;
        let written = results
            .take::<Vec<bool>>(0)
            .map_err(|error| crate::StoreError::corrupt("held_intake", error))?;
        Ok(!written.is_empty())
    }
}
