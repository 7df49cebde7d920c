//! Signed-in sessions, and the challenges a phone signs to prove that it holds its key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

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

/// Most sessions that are remembered; beyond it all are read anew.
const REMEMBERED_MAX: usize = 10_000;

/// Sessions that were read before, because every request asks for one. Only for a process that has its
/// database to itself: what another process ends would be remembered for ever.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions {
    rows: HashMap<String, SessionRow>,
    /// How often something was written. What was read before a write may not be remembered after it.
    writes: u64,
}

impl Remembered {
    /// The session if it is known, and when it was asked for.
    fn look(&self, token_hash: &str) -> (Option<SessionRow>, u64) {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (sessions.rows.get(token_hash).cloned(), sessions.writes)
    }

    /// Keeps what was read by somebody who had looked at `writes`.
    fn keep(&self, row: &SessionRow, writes: u64) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.writes != writes {
            return;
        }
        if sessions.rows.len() >= REMEMBERED_MAX {
            sessions.rows.clear();
        }
        sessions.rows.insert(row.token_hash.clone(), row.clone());
    }

    fn forget(&self) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.writes += 1;
        sessions.rows.clear();
    }
}

impl Store {
    /// Writes a session.
    pub async fn put_session(&self, session: SessionRow) -> Result<()> {
        let written = self.connection.replace(vec![session]).await;
        self.forget_sessions();
        written
    }

    /// The session of a token, also an expired or revoked one: the caller knows the time.
    pub async fn session(&self, token_hash: &str) -> Result<Option<SessionRow>> {
        let Some(remembered) = &self.sessions else {
            return self.connection.row(token_hash).await;
        };
        let (known, writes) = remembered.look(token_hash);
        if known.is_some() {
            return Ok(known);
        }
        let row = self.connection.row(token_hash).await?;
        if let Some(row) = &row {
            remembered.keep(row, writes);
        }
        Ok(row)
    }

    /// Ends a session; one that does not exist is ended already.
    pub async fn revoke_session(&self, token_hash: &str) -> Result<()> {
        let text = "UPDATE $id SET revoked = true RETURN NONE";
        let id = RecordId::new(SessionRow::TABLE, token_hash);
        let ended = self
            .connection
            .run(text, bind([("id", id.into_value())]))
            .await;
        self.forget_sessions();
        ended.map(drop)
    }

    /// Ends all sessions of a person.
    pub async fn revoke_sessions_of(&self, person: &str) -> Result<()> {
        let text = "UPDATE session SET revoked = true WHERE person = $person RETURN NONE";
        let ended = self
            .connection
            .run(text, bind([("person", person.into_value())]))
            .await;
        self.forget_sessions();
        ended.map(drop)
    }

    /// After every write, also after one whose outcome is unknown.
    fn forget_sessions(&self) {
        if let Some(remembered) = &self.sessions {
            remembered.forget();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn session(revoked: bool) -> SessionRow {
        SessionRow {
            token_hash: "a".to_owned(),
            person: "P-0001".to_owned(),
            expires_at: 1_000,
            revoked,
        }
    }

    #[test]
    fn what_was_read_before_a_write_is_not_remembered_after_it() {
        let remembered = Remembered::default();
        let (nothing, slow) = remembered.look("a");
        assert_eq!(nothing, None);
        remembered.forget();
        remembered.keep(&session(false), slow);
        assert_eq!(remembered.look("a").0, None);
        let (_, quick) = remembered.look("a");
        remembered.keep(&session(true), quick);
        assert_eq!(remembered.look("a").0, Some(session(true)));
        remembered.forget();
        assert_eq!(remembered.look("a").0, None);
    }

    #[test]
    fn no_more_are_remembered_than_the_most() {
        let remembered = Remembered::default();
        for number in 0..=REMEMBERED_MAX {
            let token_hash = number.to_string();
            remembered.keep(
                &SessionRow {
                    token_hash,
                    ..session(false)
                },
                0,
            );
            let known = remembered.0.lock().unwrap().rows.len();
            assert!((1..=REMEMBERED_MAX).contains(&known));
        }
        assert_eq!(remembered.look("0").0, None);
        assert!(remembered.look(&REMEMBERED_MAX.to_string()).0.is_some());
    }
}
