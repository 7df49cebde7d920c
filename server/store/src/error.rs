//! What can go wrong between us and the bytes. Nothing here knows HTTP or a rule of the business.
//! "Not found" is not an error: look-ups return `Option`, because only the caller knows what it means.

use surrealdb::types::QueryError;

/// What a transaction throws when the counter is not where the caller saw it; see [`crate::commit`].
pub(crate) const COUNTER_MOVED: &str = "counter moved";
/// What it throws when an event's place in its chain is taken.
pub(crate) const PLACE_TAKEN: &str = "place in the chain taken";
/// How SurrealDB 3.3 words a second entry in a unique index; it has no code of its own for that.
const UNIQUE_TAKEN: &str = "already contains";

/// Every way in which the store fails its caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else committed first. Nothing was written: read again, decide again, try again.
    #[error("another writer committed first")]
    Conflict,
    /// The database or the disk does not answer. Nothing can be said about the last write.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// What is stored is not what this program once wrote. Needs a person, never a retry.
    #[error("{table}: stored data cannot be read: {detail}")]
    Corrupt {
        /// The table, or `blobs`.
        table: &'static str,
        /// What was found instead.
        detail: String,
    },
    /// The caller asked for something the store can never do, such as a hash that is not one.
    #[error("refused by the store: {0}")]
    Invalid(String),
}

/// The result of every store function.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether reading again and deciding again may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, StoreError::Conflict)
    }

    pub(crate) fn corrupt(table: &'static str, detail: impl ToString) -> Self {
        StoreError::Corrupt {
            table,
            detail: detail.to_string(),
        }
    }
}

impl From<surrealdb::Error> for StoreError {
    fn from(error: surrealdb::Error) -> Self {
        let retryable = matches!(error.query_details(), Some(QueryError::TransactionConflict));
        if retryable || (error.is_thrown() && error.message().contains(COUNTER_MOVED)) {
            StoreError::Conflict
        } else if error.is_already_exists()
            || [UNIQUE_TAKEN, PLACE_TAKEN]
                .iter()
                .any(|known| error.message().contains(known))
        {
            StoreError::Invalid(error.to_string())
        } else {
            StoreError::Unavailable(error.to_string())
        }
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        StoreError::Unavailable(error.to_string())
    }
}
