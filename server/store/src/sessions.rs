//! Signed-in sessions, and the challenges a phone signs to prove that it holds its key.

use surrealdb::types::{RecordId, RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};

/// A session. The token itself is nowhere but with its owner.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct SessionRow {
    /// SHA-256 of the token, hex.
    pub token_hash: String,
    /// Whose it is.
    pub person: String,
    /// Until when it counts, ms.
    pub expires_at: i64,
    /// Whether it was ended before that.
    pub revoked: bool,
}

impl Row for SessionRow {
    const TABLE: &'static str = "session";
    fn key(&self) -> RecordIdKey {
        self.token_hash.as_str().into()
    }
}

/// Something to sign, once.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ChallengeRow {
    /// The random text, hex.
    pub challenge: String,
    /// Who must sign it.
    pub person: String,
    /// Until when, ms.
    pub expires_at: i64,
}

impl Row for ChallengeRow {
    const TABLE: &'static str = "challenge";
    fn key(&self) -> RecordIdKey {
        self.challenge.as_str().into()
    }
}

impl Store {
    /// Writes a session.
    pub async fn put_session(&self, session: SessionRow) -> Result<()> {
        self.connection.replace(vec![session]).await
    }

    /// The session of a token, also an expired or revoked one: the caller knows the time.
    pub async fn session(&self, token_hash: &str) -> Result<Option<SessionRow>> {
        self.connection.row(token_hash).await
    }

    /// Ends a session; one that does not exist is ended already.
    pub async fn revoke_session(&self, token_hash: &str) -> Result<()> {
        let text = "UPDATE $id SET revoked = true RETURN NONE";
        let id = RecordId::new(SessionRow::TABLE, token_hash);
        self.connection
            .run(text, bind([("id", id.into_value())]))
            .await
            .map(drop)
    }

    /// Ends all sessions of a person.
    pub async fn revoke_sessions_of(&self, person: &str) -> Result<()> {
        let text = "UPDATE session SET revoked = true WHERE person = $person RETURN NONE";
        self.connection
            .run(text, bind([("person", person.into_value())]))
            .await
            .map(drop)
    }

    /// Writes a challenge, and forgets those that expired a day before this one does.
    pub async fn put_challenge(&self, challenge: ChallengeRow) -> Result<()> {
        let long_expired = challenge.expires_at - 86_400_000;
        self.connection.replace(vec![challenge]).await?;
        let text = "DELETE challenge WHERE expires_at < $before RETURN NONE";
        self.connection
            .run(text, bind([("before", long_expired.into_value())]))
            .await
            .map(drop)
    }

    /// Uses up a challenge. True exactly once, for the right person, in time.
    pub async fn take_challenge(&self, challenge: &str, person: &str, now: i64) -> Result<bool> {
        let id = RecordId::new(ChallengeRow::TABLE, challenge);
        let text = "DELETE $id RETURN BEFORE";
        match self
            .connection
            .rows(text, bind([("id", id.into_value())]))
            .await
        {
            Ok(taken) => {
                let taken: Vec<ChallengeRow> = taken;
                Ok(taken
                    .iter()
                    .any(|row| row.person == person && now <= row.expires_at))
            }
            // Somebody else took it at the same moment.
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
