//! Events as they were signed, in the order of their device's chain; how they lie on disk, and the other
//! orders, is in `runs`. Nothing changes or deletes them; they enter through [`crate::Store::commit`] only.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use surrealdb::types::Variables;

use crate::Store;
use crate::connection::bind;
use crate::error::{Result, StoreError};
use crate::runs::{LENGTH_MAX, RunRow, around};

/// One accepted event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// The device that signed it.
    pub dev: String,
    /// Its number in the device's chain, from 1.
    pub seq: i64,
    /// The event id: hash of what was signed.
    pub id: String,
    /// Its number in the order of arrival, given by [`Store::commit`]; what the writer sets is ignored.
    pub n: i64,
    /// The kind of fact, `checked_in`.
    pub t: String,
    /// The person.
    pub by: String,
    /// The work order it belongs to.
    pub wo: Option<String>,
    /// The signed payload, byte for byte.
    pub payload: String,
    /// The signature, base64.
    pub sig: String,
    /// When the server got it, ms.
    pub received_at: i64,
    /// The code of the rule it broke. It keeps its place in the chain, but counts for nothing.
    pub refused: Option<String>,
    /// When it happened, as intervals (JSON), as far as was known when it arrived. What is known now
    /// stands in the work order.
    pub bounds: Option<String>,
}

impl Store {
    /// A device's events from `from` to `to`, both included, in order of its chain.
    pub async fn chain(&self, dev: &str, from: i64, to: i64) -> Result<Vec<EventRow>> {
        let range = around(dev, from, to);
        let runs: Vec<RunRow> = self
            .connection
            .rows("SELECT * FROM $range", bind([("range", range)]))
            .await?;
        let mut events = Vec::new();
        for run in runs {
            let run = run.events()?.into_iter();
            events.extend(run.filter(|event| (from..=to).contains(&event.seq)));
        }
        Ok(events)
    }

    /// Those of these chain positions that are taken already: duplicates, or forks of the chain.
    pub async fn known_events(&self, dev: &str, seqs: &[i64]) -> Result<Vec<EventRow>> {
        let mut sorted = seqs.to_vec();
        sorted.sort_unstable();
        let mut text = String::new();
        let mut variables = Variables::new();
        // Neighbours lie in the same runs, which are read once.
        let spans: Vec<&[i64]> = sorted
            .chunk_by(|seq, next| next - seq <= LENGTH_MAX)
            .collect();
        for (place, span) in spans.iter().enumerate() {
            let (from, to) = (span[0], span[span.len() - 1]);
            text.push_str(&format!("SELECT * FROM $range{place}; "));
            variables.insert(format!("range{place}"), around(dev, from, to));
        }
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let mut results = self.connection.run(&text, variables).await?;
        let broken = |error| StoreError::corrupt("run", error);
        let mut known = HashMap::new();
        for place in 0..spans.len() {
            for run in results.take::<Vec<RunRow>>(place).map_err(broken)? {
                known.extend(run.events()?.into_iter().map(|event| (event.seq, event)));
            }
        }
        Ok(seqs.iter().filter_map(|seq| known.remove(seq)).collect())
    }
}
