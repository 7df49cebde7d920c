//! Phones that ask to be enrolled and wait for somebody in charge. One key asks once: its row stays when it
//! was answered, and says by whom.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// A request for a key, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct EnrolmentRow {
    /// The device that the key would be.
    pub dev: String,
    /// Whose phone it claims to be.
    pub person: String,
    /// The public key, base64 SPKI.
    pub spki: String,
    /// What the person calls it.
    pub label: String,
    /// Why it needs approval, a code.
    pub why: String,
    /// Server time, ms.
    pub asked_at: i64,
    /// What the check number is computed with, hex; none until after the row was on disk.
    pub salt: Option<String>,
    /// The first answer; none while it waits.
    pub answer: Option<EnrolmentAnswer>,
}

/// What somebody in charge said.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct EnrolmentAnswer {
    /// Who.
    pub by: String,
    /// Server time, ms.
    pub at: i64,
    /// Why it was refused; none if it was approved.
    pub refused: Option<String>,
}

impl Row for EnrolmentRow {
    const TABLE: &'static str = "enrolment";
    fn key(&self) -> RecordIdKey {
        self.dev.as_str().into()
    }
}

impl Store {
    /// What became of a key that asked.
    pub async fn enrolment(&self, dev: &str) -> Result<Option<EnrolmentRow>> {
        self.connection.row(dev).await
    }

    /// A person's requests, oldest first.
    pub async fn enrolments_of(&self, person: &str) -> Result<Vec<EnrolmentRow>> {
        let text = "SELECT * FROM enrolment WHERE person = $person ORDER BY asked_at, dev";
        self.connection
            .rows(text, bind([("person", person.into_value())]))
            .await
    }

    /// Everybody's requests from this moment on, oldest first.
    pub async fn enrolments_since(&self, asked_at: i64) -> Result<Vec<EnrolmentRow>> {
        let text = "SELECT * FROM enrolment WHERE asked_at >= $asked_at ORDER BY asked_at, dev";
        self.connection
            .rows(text, bind([("asked_at", asked_at.into_value())]))
            .await
    }
}
