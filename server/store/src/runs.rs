//! How events lie on disk. A run is a stretch of one chain that arrived together. A phone sends stretches,
//! so a run holds about twenty events and is one row: for the engine a large row costs hardly more than a
//! small one. The two orders that are not the order of a chain are kept as rows that point into runs: all of
//! history in order of arrival, one row for each commit, and what belongs to a work order.

use std::collections::{BTreeSet, HashMap};

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Value};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::{Result, StoreError};
use crate::events::EventRow;

/// The longest run, in events. Who wants one event reads its run; and since runs are keyed by their last
/// number, who looks for a number must look so far beyond it.
pub(crate) const LENGTH_MAX: i64 = 32;

/// A run with its events.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct RunRow {
    dev: String,
    first: i64,
    last: i64,
    /// The events (JSON), in order.
    events: String,
}

impl Row for RunRow {
    const TABLE: &'static str = "run";
    fn key(&self) -> RecordIdKey {
        run_key(&self.dev, self.last)
    }
}

fn run_key(dev: &str, last: i64) -> RecordIdKey {
    Array::from(vec![dev.into_value(), last.into_value()]).into()
}

impl RunRow {
    fn of(events: &[EventRow]) -> Result<Option<Self>> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            dev: first.dev.clone(),
            first: first.seq,
            last: last.seq,
            events: serde_json::to_string(events)
                .map_err(|error| StoreError::Invalid(error.to_string()))?,
        }))
    }

    pub(crate) fn events(&self) -> Result<Vec<EventRow>> {
        serde_json::from_str(&self.events).map_err(|error| StoreError::corrupt(Self::TABLE, error))
    }

    /// Where nothing may stand yet if this run is to be the end of its chain.
    pub(crate) fn place(&self) -> Value {
        let range = run_key(&self.dev, self.first)..=run_key(&self.dev, i64::MAX);
        RecordId::new(Self::TABLE, RecordIdKeyRange::from(range)).into_value()
    }
}

/// The runs in which these numbers of a chain may lie, and one or two more.
pub(crate) fn around(dev: &str, from: i64, to: i64) -> Value {
    let range = run_key(dev, from)..=run_key(dev, to.saturating_add(LENGTH_MAX - 1));
    RecordId::new(RunRow::TABLE, RecordIdKeyRange::from(range)).into_value()
}

/// A stretch of a run.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Part {
    dev: String,
    /// The last number of the run.
    run: i64,
    first: i64,
    last: i64,
}

impl Part {
    fn of(run: i64, events: &[EventRow]) -> Option<Self> {
        Some(Self {
            dev: events.first()?.dev.clone(),
            run,
            first: events.first()?.seq,
            last: events.last()?.seq,
        })
    }
}

/// The runs of one commit, in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Arrival {
    /// The number of the last event; those before it have the numbers before it.
    n: i64,
    parts: Vec<Part>,
}

impl Arrival {
    /// The number of the first event.
    fn first(&self) -> i64 {
        let length = |part: &Part| part.last - part.first + 1;
        self.n + 1 - self.parts.iter().map(length).sum::<i64>()
    }
}

impl Row for Arrival {
    const TABLE: &'static str = "arrival";
    fn key(&self) -> RecordIdKey {
        self.n.into()
    }
}

/// A stretch that belongs to one work order.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Trail {
    wo: String,
    /// The number of the last event.
    n: i64,
    part: Part,
}

impl Row for Trail {
    const TABLE: &'static str = "trail";
    fn key(&self) -> RecordIdKey {
        trail_key(&self.wo, self.n)
    }
}

fn trail_key(wo: &str, n: i64) -> RecordIdKey {
    Array::from(vec![wo.into_value(), n.into_value()]).into()
}

/// Numbered events as rows.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) rows: Vec<RunRow>,
    /// One, unless there are no events.
    pub(crate) arrival: Vec<Arrival>,
    pub(crate) trails: Vec<Trail>,
}

impl Runs {
    /// # Errors
    /// [`StoreError::Invalid`] if an event cannot be written down.
    pub(crate) fn of(events: &[EventRow]) -> Result<Self> {
        let mut runs = Self::default();
        runs.arrival.extend(events.last().map(|last| Arrival {
            n: last.n,
            parts: Vec::new(),
        }));
        let stretches =
            events.chunk_by(|event, next| event.dev == next.dev && event.seq + 1 == next.seq);
        for run in stretches.flat_map(|stretch| stretch.chunks(LENGTH_MAX as usize)) {
            runs.add(run)?;
        }
        Ok(runs)
    }

    fn add(&mut self, run: &[EventRow]) -> Result<()> {
        self.rows.extend(RunRow::of(run)?);
        let Some(end) = run.last() else { return Ok(()) };
        for arrival in &mut self.arrival {
            arrival.parts.extend(Part::of(end.seq, run));
        }
        for part in run.chunk_by(|event, next| event.wo == next.wo) {
            let Some(last) = part.last() else { continue };
            let Some(wo) = last.wo.clone() else { continue };
            let part = Part::of(end.seq, part);
            self.trails.extend(part.map(|part| Trail {
                wo,
                n: last.n,
                part,
            }));
        }
        Ok(())
    }
}

impl Store {
    /// All events of a work order in order of arrival.
    pub async fn events_of_work_order(&self, wo: &str) -> Result<Vec<EventRow>> {
        let all = RecordIdKeyRange::from(trail_key(wo, 0)..=trail_key(wo, i64::MAX));
        let range = RecordId::new(Trail::TABLE, all).into_value();
        let trails: Vec<Trail> = self
            .connection
            .rows("SELECT * FROM $range", bind([("range", range)]))
            .await?;
        self.parts(trails.into_iter().map(|trail| trail.part)).await
    }

    /// Up to `rows_max` events that arrived after number `after`, in order of arrival: all of history in
    /// pages, for rebuilding projections.
    pub async fn events_page(&self, after: i64, rows_max: usize) -> Result<Vec<EventRow>> {
        // Keyed by its last number, the arrival that `after` lies in is the first one found.
        let rest = RecordIdKeyRange::from(RecordIdKey::from(after.saturating_add(1))..);
        let range = RecordId::new(Arrival::TABLE, rest).into_value();
        let text = "SELECT * FROM $range LIMIT $limit";
        let arrivals: Vec<Arrival> = self
            .connection
            .rows(text, bind([("range", range), ("limit", limit(rows_max))]))
            .await?;
        let last = after.saturating_add(i64::try_from(rows_max).unwrap_or(i64::MAX));
        let wanted = arrivals
            .into_iter()
            .take_while(|arrival| arrival.first() <= last);
        let events = self.parts(wanted.flat_map(|arrival| arrival.parts)).await?;
        let page = events.into_iter().filter(|event| event.n > after);
        Ok(page.take(rows_max).collect())
    }

    /// The events of these stretches, in their order.
    async fn parts(&self, parts: impl Iterator<Item = Part>) -> Result<Vec<EventRow>> {
        let parts: Vec<Part> = parts.collect();
        let runs: BTreeSet<(&str, i64)> = parts
            .iter()
            .map(|part| (part.dev.as_str(), part.run))
            .collect();
        let keys = runs.into_iter().map(|(dev, last)| run_key(dev, last));
        let rows: Vec<RunRow> = self.connection.rows_by_key(keys).await?;
        let mut runs = HashMap::with_capacity(rows.len());
        for row in rows {
            runs.insert((row.dev.clone(), row.last), row.events()?);
        }
        let mut events = Vec::new();
        for part in parts {
            let run = runs.get(&(part.dev.clone(), part.run));
            let run = run.ok_or_else(|| StoreError::corrupt(RunRow::TABLE, "a run is missing"))?;
            let inside = part.first..=part.last;
            events.extend(
                run.iter()
                    .filter(|event| inside.contains(&event.seq))
                    .cloned(),
            );
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event((n, dev, seq, wo): (i64, &str, i64, Option<&str>)) -> EventRow {
        EventRow {
            dev: dev.to_owned(),
            seq,
            id: String::new(),
            n,
            t: String::new(),
            by: String::new(),
            wo: wo.map(str::to_owned),
            payload: String::new(),
            sig: String::new(),
            received_at: 0,
            refused: None,
            bounds: None,
        }
    }

    fn part(dev: &str, run: i64, first: i64, last: i64) -> Part {
        Part {
            dev: dev.to_owned(),
            run,
            first,
            last,
        }
    }

    #[test]
    fn a_run_ends_where_the_chain_or_the_device_changes_and_its_parts_where_the_work_order_does() {
        let events = [
            (11, "a", 1, None),
            (12, "a", 2, Some("W1")),
            (13, "a", 3, Some("W1")),
            (14, "a", 4, Some("W2")),
            (15, "a", 5, Some("W1")),
            (16, "a", 6, None),
            (17, "a", 7, Some("W1")),
            (18, "b", 8, Some("W1")),
            (19, "b", 10, Some("W1")),
        ]
        .map(event);
        let runs = Runs::of(&events).unwrap();
        let [arrival] = &runs.arrival[..] else {
            panic!("{:?}", runs.arrival);
        };
        assert_eq!((arrival.first(), arrival.n), (11, 19));
        assert_eq!(
            arrival.parts,
            [
                part("a", 7, 1, 7),
                part("b", 8, 8, 8),
                part("b", 10, 10, 10)
            ]
        );
        let trails: Vec<(&str, i64, &Part)> = runs
            .trails
            .iter()
            .map(|t| (t.wo.as_str(), t.n, &t.part))
            .collect();
        assert_eq!(
            trails,
            [
                ("W1", 13, &part("a", 7, 2, 3)),
                ("W2", 14, &part("a", 7, 4, 4)),
                ("W1", 15, &part("a", 7, 5, 5)),
                ("W1", 17, &part("a", 7, 7, 7)),
                ("W1", 18, &part("b", 8, 8, 8)),
                ("W1", 19, &part("b", 10, 10, 10)),
            ]
        );
        let kept: Vec<EventRow> = runs
            .rows
            .iter()
            .flat_map(|row| row.events().unwrap())
            .collect();
        assert_eq!(kept, events);
    }

    #[test]
    fn no_run_is_longer_than_the_longest() {
        for (length, expected) in [
            (31, vec![31]),
            (32, vec![32]),
            (33, vec![32, 1]),
            (65, vec![32, 32, 1]),
        ] {
            let events: Vec<EventRow> = (1..=length)
                .map(|seq| event((seq, "a", seq, Some("W1"))))
                .collect();
            let runs = Runs::of(&events).unwrap();
            let lengths: Vec<i64> = runs
                .rows
                .iter()
                .map(|row| row.last - row.first + 1)
                .collect();
            assert_eq!(lengths, expected);
            assert_eq!(
                (runs.arrival[0].parts.len(), runs.trails.len()),
                (expected.len(), expected.len())
            );
        }
    }
}
