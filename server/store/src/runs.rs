//! The orders in which events are read that are not the order of their chain: all of history in order of
//! arrival, and what belongs to a work order. A run is a stretch of one chain that arrived together; a
//! phone sends stretches, so a run stands for about twenty events and costs as much as one.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::Result;
use crate::events::{EventRow, event_key};

/// A stretch of a chain.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Run {
    dev: String,
    first: i64,
    last: i64,
    /// The number of the last event; those before it have the numbers before it.
    n: i64,
}

impl Run {
    fn of(event: &EventRow) -> Self {
        Self {
            dev: event.dev.clone(),
            first: event.seq,
            last: event.seq,
            n: event.n,
        }
    }

    fn is_continued_by(&self, event: &EventRow) -> bool {
        self.dev == event.dev && self.last + 1 == event.seq && self.n + 1 == event.n
    }

    fn keys(&self) -> impl Iterator<Item = RecordIdKey> {
        (self.first..=self.last).map(|seq| event_key(&self.dev, seq))
    }
}

/// A run in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Arrival {
    run: Run,
}

impl Row for Arrival {
    const TABLE: &'static str = "arrival";
    fn key(&self) -> RecordIdKey {
        self.run.n.into()
    }
}

/// A run of events of one work order.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub(crate) struct Trail {
    wo: String,
    run: Run,
}

impl Row for Trail {
    const TABLE: &'static str = "trail";
    fn key(&self) -> RecordIdKey {
        trail_key(&self.wo, self.run.n)
    }
}

fn trail_key(wo: &str, n: i64) -> RecordIdKey {
    Array::from(vec![wo.into_value(), n.into_value()]).into()
}

/// The runs of numbered events.
pub(crate) fn runs(events: &[EventRow]) -> (Vec<Arrival>, Vec<Trail>) {
    let mut arrivals: Vec<Arrival> = Vec::new();
    let mut trails: Vec<Trail> = Vec::new();
    for event in events {
        match arrivals.last_mut() {
            Some(Arrival { run }) if run.is_continued_by(event) => {
                (run.last, run.n) = (event.seq, event.n)
            }
            _ => arrivals.push(Arrival {
                run: Run::of(event),
            }),
        }
        let Some(wo) = &event.wo else { continue };
        match trails.last_mut() {
            Some(trail) if trail.wo == *wo && trail.run.is_continued_by(event) => {
                (trail.run.last, trail.run.n) = (event.seq, event.n);
            }
            _ => trails.push(Trail {
                wo: wo.clone(),
                run: Run::of(event),
            }),
        }
    }
    (arrivals, trails)
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
        self.connection
            .rows_by_key(trails.iter().flat_map(|trail| trail.run.keys()))
            .await
    }

    /// Up to `rows_max` events that arrived after number `after`, in order of arrival: all of history in
    /// pages, for rebuilding projections.
    pub async fn events_page(&self, after: i64, rows_max: usize) -> Result<Vec<EventRow>> {
        // Keyed by its last number, the run that `after` lies in is the first one found.
        let rest = RecordIdKeyRange::from(RecordIdKey::from(after.saturating_add(1))..);
        let range = RecordId::new(Arrival::TABLE, rest).into_value();
        let text = "SELECT * FROM $range LIMIT $limit";
        let arrivals: Vec<Arrival> = self
            .connection
            .rows(text, bind([("range", range), ("limit", limit(rows_max))]))
            .await?;
        let skipped = arrivals.first().map_or(0, |Arrival { run }| {
            let first_n = run.n - (run.last - run.first);
            usize::try_from(after + 1 - first_n).unwrap_or(0)
        });
        let keys = arrivals.iter().flat_map(|arrival| arrival.run.keys());
        self.connection
            .rows_by_key(keys.skip(skipped).take(rows_max))
            .await
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

    fn run(dev: &str, first: i64, last: i64, n: i64) -> Run {
        Run {
            dev: dev.to_owned(),
            first,
            last,
            n,
        }
    }

    #[test]
    fn a_run_ends_where_the_chain_the_device_or_the_work_order_changes() {
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
        ];
        let (arrivals, trails) = runs(&events.map(event));
        let arrivals: Vec<Run> = arrivals.into_iter().map(|arrival| arrival.run).collect();
        assert_eq!(
            arrivals,
            [run("a", 1, 7, 17), run("b", 8, 8, 18), run("b", 10, 10, 19)]
        );
        let trails: Vec<(String, Run)> = trails
            .into_iter()
            .map(|trail| (trail.wo, trail.run))
            .collect();
        let expected = [
            ("W1", run("a", 2, 3, 13)),
            ("W2", run("a", 4, 4, 14)),
            ("W1", run("a", 5, 5, 15)),
            ("W1", run("a", 7, 7, 17)),
            ("W1", run("b", 8, 8, 18)),
            ("W1", run("b", 10, 10, 19)),
        ];
        assert_eq!(trails, expected.map(|(wo, run)| (wo.to_owned(), run)));
    }
}
