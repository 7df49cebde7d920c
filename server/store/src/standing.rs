//! What everybody who writes evidence asks first, in one question: a turn of the intake asks it hundreds of
//! times a second, and for the engine a question costs more than its answer.

use surrealdb::types::SurrealValue;

use crate::Store;
use crate::connection::bind;
use crate::error::{Result, StoreError};
use crate::leaves::LogTail;
use crate::relay_codes::{RelayCodeRow, codes_after};

/// As the database answers.
#[derive(Debug, SurrealValue)]
struct Answer {
    n: Option<i64>,
    log: Option<LogTail>,
    relay_codes: Vec<RelayCodeRow>,
}

/// Where the store stands. All of it still holds at a commit if the counter has not moved since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The counter; see [`Store::head`].
    pub n: i64,
    /// Where the log ends.
    pub log: LogTail,
    /// The proof codes that the caller does not know yet, in order.
    pub relay_codes: Vec<RelayCodeRow>,
}

impl Store {
    /// Where the store stands, for somebody who knows all proof codes up to this number.
    pub async fn standing(&self, relay_codes_known: i64) -> Result<Standing> {
        // One statement, because each is a transaction of its own and looks up what the table is like.
        let text = "RETURN { n: (SELECT VALUE n FROM ONLY counter:main), \
                             log: (SELECT leaves, ts FROM ONLY counter:log), \
                             relay_codes: (SELECT * FROM $codes) }";
        let codes = bind([("codes", codes_after(relay_codes_known))]);
        let mut results = self.connection.run(text, codes).await?;
        let missing = || StoreError::corrupt("counter", "a counter is missing");
        let answer: Option<Answer> = results
            .take(0)
            .map_err(|error| StoreError::corrupt("counter", error))?;
        let answer = answer.ok_or_else(missing)?;
        Ok(Standing {
            n: answer.n.ok_or_else(missing)?,
            log: answer.log.ok_or_else(missing)?,
            relay_codes: answer.relay_codes,
        })
    }
}
