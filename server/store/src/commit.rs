//! The one door to evidence and its projections: a transaction that holds only if nobody else came first.
//!
//! Whoever writes has read before: the device's head, the work order, the day's last number. All of that
//! is still true exactly if the counter `n` has not moved since. So a commit is a compare-and-set on `n`,
//! and every event and every change of a work order takes the next number. Order of commits, order of
//! numbers and order of readers' cursors are therefore the same: a reader that asks for changes after
//! the `n` it has seen can miss none, also with several server processes on one database.

use std::collections::BTreeSet;

use surrealdb::types::{RecordId, RecordIdKey, SurrealValue, Value, Variables};

use crate::Store;
use crate::changes::{ChangeRow, WorkOrderChange};
use crate::codes::CodeUseRow;
use crate::connection::{Row, contents};
use crate::devices::DeviceRow;
use crate::enrolments::EnrolmentRow;
use crate::error::{COUNTER_MOVED, PLACE_TAKEN, Result, StoreError};
use crate::escalations::EscalationRow;
use crate::events::EventRow;
use crate::idempotency::IdempotencyRow;
use crate::key_changes::KeyChangeRow;
use crate::leaves::{LeafRow, LogTail, logged};
use crate::quarantine::QuarantineRow;
use crate::receipts::ReceiptRow;
use crate::relay_codes::{RelayCodeRow, RelayMatchRow};
use crate::reviews::{FingerprintRow, fingerprint_key};
use crate::runs::{RunRow, Runs};
use crate::sidecars::SidecarRow;
use crate::verdicts::VerdictRow;
use crate::work_orders::{DayNumber, WorkOrderRow};

/// Everything that becomes true at once.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The counter at the time of the first read this was decided from; see [`Store::head`].
    pub expected_n: i64,
    /// Events to append; they are numbered `expected_n + 1 ..` in this order.
    pub events: Vec<EventRow>,
    /// Envelopes set aside; one that is there already stays as it is.
    pub quarantined: Vec<QuarantineRow>,
    /// Receipts given out; one that is there already stays as it is.
    pub receipts: Vec<ReceiptRow>,
    /// Codes that were told by telephone; a number that is taken refuses the whole.
    pub relay_codes: Vec<RelayCodeRow>,
    /// Events those codes turned out to be about; one that is there already stays as it is.
    pub relay_matches: Vec<RelayMatchRow>,
    /// Values behind commitments; one that is there already stays as it is.
    pub sidecars: Vec<SidecarRow>,
    /// Commitments whose values are erased for good, with what was made of them.
    pub erased: Vec<String>,
    /// Codes that were used up; one that is there already stays as it is.
    pub code_uses: Vec<CodeUseRow>,
    /// Devices, new or changed.
    pub devices: Vec<DeviceRow>,
    /// Phones that ask to be enrolled, new or answered.
    pub enrolments: Vec<EnrolmentRow>,
    /// Work orders, new or changed, and who must hear of it; each takes a number after the events'.
    pub work_orders: Vec<WorkOrderChange>,
    /// Leaves of the transparency log, in order, numbered by the caller from [`Store::log_tail`] on:
    /// a receipt says its leaf's number, so it must be known before the receipt is signed.
    pub leaves: Vec<LeafRow>,
    /// Changes of the server's own keys; a number that is taken refuses the whole.
    pub key_changes: Vec<KeyChangeRow>,
    /// Verdicts as they were logged.
    pub verdicts: Vec<VerdictRow>,
    /// The last work order number used on a day.
    pub day_number: Option<DayNumber>,
    /// The answers to give if the same requests come again.
    pub idempotency: Vec<IdempotencyRow>,
}

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The counter now.
    pub n: i64,
    /// The number of the first event, if there was one.
    pub first_event_n: i64,
    /// The feeds that got something to hear, each once.
    pub feeds: Vec<String>,
}

impl Store {
    /// The counter: the number of the last event or change.
    pub async fn head(&self) -> Result<i64> {
        let mut results = self
            .connection
            .run("SELECT VALUE n FROM ONLY counter:main", Variables::new())
            .await?;
        let n = results
            .take::<Option<i64>>(0)
            .map_err(|error| StoreError::corrupt("counter", error))?;
        n.ok_or_else(|| StoreError::corrupt("counter", "counter:main is missing"))
    }

    /// Writes all of it, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the counter is not `expected_n`;
    /// [`StoreError::Invalid`] if an event's place in its chain is taken;
    /// [`StoreError::Unavailable`] if the outcome is unknown (reading tells).
    pub async fn commit(&self, commit: Commit) -> Result<Committed> {
        let (committed, transaction) = commit.into_transaction()?;
        transaction.run(self).await?;
        Ok(committed)
    }
}

impl Commit {
    /// Gives out the numbers and turns rows into statements, one per table.
    fn into_transaction(mut self) -> Result<(Committed, Transaction)> {
        let first_event_n = self.expected_n + 1;
        let mut n = self.expected_n;
        for event in &mut self.events {
            n += 1;
            event.n = n;
        }
        let Numbered {
            work_orders,
            changes,
            escalations,
        } = number(self.work_orders, &mut n);
        let feeds: BTreeSet<&str> = changes.iter().map(|change| change.feed.as_str()).collect();
        let feeds = feeds.into_iter().map(str::to_owned).collect();
        // Also a commit of nothing but a receipt moves the counter, or a second writer would not notice it.
        n = n.max(first_event_n);

        let mut transaction = Transaction::new(self.expected_n, n);
        let runs = Runs::of(&self.events)?;
        transaction.lengthen_chains(runs.rows);
        transaction.insert(runs.arrival, "");
        transaction.insert(runs.trails, "");
        transaction.insert(changes, "");
        transaction.insert(self.quarantined, "IGNORE");
        transaction.insert(self.receipts, "IGNORE");
        transaction.insert(self.relay_codes, "");
        transaction.insert(self.relay_matches, "IGNORE");
        transaction.insert(self.sidecars, "IGNORE");
        transaction.log(self.leaves);
        transaction.insert(self.key_changes, "");
        transaction.insert(self.verdicts, "");
        transaction.erase(self.erased);
        transaction.insert(self.code_uses, "IGNORE");
        transaction.upsert(self.devices);
        transaction.upsert(self.enrolments);
        transaction.upsert(work_orders);
        transaction.upsert(escalations);
        transaction.upsert(self.day_number.into_iter().collect::<Vec<_>>());
        transaction.upsert(self.idempotency);
        let committed = Committed {
            n,
            first_event_n,
            feeds,
        };
        Ok((committed, transaction))
    }
}

/// Work orders with their numbers, and what is written with them.
pub(crate) struct Numbered {
    pub work_orders: Vec<WorkOrderRow>,
    pub changes: Vec<ChangeRow>,
    pub escalations: Vec<EscalationRow>,
}

/// Numbers work orders from `n` on, and makes one change per feed.
pub(crate) fn number(changes: Vec<WorkOrderChange>, n: &mut i64) -> Numbered {
    let mut escalations = Vec::new();
    let mut rows = Vec::with_capacity(changes.len());
    let mut heard = Vec::with_capacity(changes.len());
    for WorkOrderChange {
        mut row,
        feeds,
        escalation,
    } in changes
    {
        escalations.extend(escalation);
        *n += 1;
        row.n = *n;
        let feeds: BTreeSet<String> = feeds.into_iter().collect();
        heard.extend(feeds.into_iter().map(|feed| ChangeRow {
            feed,
            n: *n,
            wo: row.id.clone(),
        }));
        rows.push(row);
    }
    Numbered {
        work_orders: rows,
        changes: heard,
        escalations,
    }
}

/// One transaction's text and parameters while it is put together.
pub(crate) struct Transaction {
    text: String,
    variables: Variables,
}

impl Transaction {
    /// Opens with the compare-and-set of the counter. Two that run at once both write the counter, so
    /// the engine lets only one of them through.
    pub(crate) fn new(expected_n: i64, n: i64) -> Self {
        let mut variables = Variables::new();
        variables.insert("expected_n", expected_n);
        variables.insert("n", n);
        let text = format!(
            "BEGIN; \
             IF (UPDATE counter:main SET n = $n WHERE n = $expected_n RETURN VALUE n) == [] \
             {{ THROW '{COUNTER_MOVED}' }}; "
        );
        Self { text, variables }
    }

    /// Adds rows that are new; `how` is empty or `IGNORE`.
    pub(crate) fn insert<R: Row>(&mut self, rows: Vec<R>, how: &str) {
        self.add(rows, |table| {
            format!("INSERT {how} INTO {table} ${table} RETURN NONE; ")
        });
    }

    /// Adds rows that replace what had their key; most of them are there. The engine's own `UPSERT` tries to
    /// create each first, fails, and rolls back to a savepoint of the whole transaction.
    pub(crate) fn upsert<R: Row>(&mut self, rows: Vec<R>) {
        self.add(rows, |table| {
            format!(
                "FOR $row IN ${table} {{ \
                 IF (UPDATE $row.id CONTENT $row RETURN VALUE id) == [] \
                 {{ CREATE $row.id CONTENT $row RETURN NONE }} }}; "
            )
        });
    }

    /// Adds runs behind the ends of their chains. A place that is taken refuses the whole transaction.
    fn lengthen_chains(&mut self, runs: Vec<RunRow>) {
        if runs.is_empty() {
            return;
        }
        let places: Vec<Value> = runs.iter().map(RunRow::place).collect();
        self.variables.insert("places", places);
        self.text.push_str(&format!(
            "FOR $place IN $places {{ \
             IF (SELECT VALUE last FROM $place LIMIT 1) != [] {{ THROW '{PLACE_TAKEN}' }} }}; "
        ));
        self.insert(runs, "");
    }

    /// Adds leaves behind the log's end. A number that is taken refuses the whole transaction.
    fn log(&mut self, leaves: Vec<LeafRow>) {
        let Some(last) = leaves.last() else { return };
        let tail = LogTail {
            leaves: last.number + 1,
            ts: last.ts,
        };
        self.variables.insert("log_tail", tail);
        self.text
            .push_str("UPDATE counter:log CONTENT $log_tail RETURN NONE; ");
        self.insert(logged(&leaves), "IGNORE");
        self.insert(leaves, "");
    }

    /// Takes personal values out, and fingerprints of drawn signatures with what looked like them. Reviewers
    /// that still have those in memory read them anew, because their state has moved.
    fn erase(&mut self, commitments: Vec<String>) {
        if commitments.is_empty() {
            return;
        }
        let ids = |table: &str, key: &dyn Fn(&String) -> RecordIdKey| -> Value {
            let ids = commitments.iter().map(|c| RecordId::new(table, key(c)));
            ids.collect::<Vec<_>>().into_value()
        };
        let values = ids(SidecarRow::TABLE, &|c| c.as_str().into());
        let prints = ids(FingerprintRow::TABLE, &|c| fingerprint_key("ink", c));
        self.variables.insert("erased_values", values);
        self.variables.insert("erased_prints", prints);
        self.variables.insert("erased", commitments);
        self.text.push_str(
            "DELETE $erased_values RETURN NONE; DELETE $erased_prints RETURN NONE; \
             DELETE lookalike WHERE first IN $erased OR second IN $erased RETURN NONE; \
             UPDATE review_state:main SET version += 1 RETURN NONE; ",
        );
    }

    /// Adds a statement without parameters.
    pub(crate) fn statement(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn add<R: Row>(&mut self, rows: Vec<R>, text: impl FnOnce(&'static str) -> String) {
        if !rows.is_empty() {
            self.text.push_str(&text(R::TABLE));
            self.variables.insert(R::TABLE, contents(rows));
        }
    }

    pub(crate) async fn run(mut self, store: &Store) -> Result<()> {
        self.text.push_str("COMMIT;");
        store
            .connection
            .run(&self.text, self.variables)
            .await
            .map(drop)
    }
}

/// A number of rows as a query parameter.
pub(crate) fn limit(rows: usize) -> Value {
    i64::try_from(rows).unwrap_or(i64::MAX).into_value()
}
