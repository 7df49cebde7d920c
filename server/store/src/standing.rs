//! What everybody who writes evidence asks first, in one question: a turn of the intake asks it hundreds of
//! times a second, and for the engine a question costs more than its answer.

use crate::Store;
use crate::connection::bind;
use crate::error::{Result, StoreError};
use crate::leaves::LogTail;
use crate::relay_codes::{RelayCodeRow, codes_after};

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
        let text = "SELECT VALUE n FROM ONLY counter:main; \
                    SELECT leaves, ts FROM ONLY counter:log; \
                    SELECT * FROM $codes;";
        let codes = bind([("codes", codes_after(relay_codes_known))]);
        let mut results = self.connection.run(text, codes).await?;
        let broken = |error| StoreError::corrupt("counter", error);
        let missing = || StoreError::corrupt("counter", "a counter is missing");
        let n: Option<i64> = results.take(0).map_err(broken)?;
        let log: Option<LogTail> = results.take(1).map_err(broken)?;
        let relay_codes = results.take(2);
        Ok(Standing {
            n: n.ok_or_else(missing)?,
            log: log.ok_or_else(missing)?,
            relay_codes: relay_codes.map_err(|error| StoreError::corrupt("relay_code", error))?,
        })
    }
}
