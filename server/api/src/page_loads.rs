//! The page loads in which a work order was signed: each said first which build of the app it runs. Where
//! that stands in the phone's chain, and what is odd about it by the log (`domain::build`).

use std::collections::BTreeMap;

use domain::build::{BuildDoubt, doubt};
use domain::event::{Event, Fact};
use domain::ids::{DeviceId, Digest, SessionId};
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::{Leaf, LeafKind};
use store::{EventRow, Store, StoreError};

use crate::covering::covering;

/// Events read at a time on the way back.
const PAGE: i64 = 200;
/// How far back a start is looked for; beyond it the page load counts as one that says nothing.
const BACK_MAX: i64 = 4_000;

/// One page load of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLoad {
    pub dev: DeviceId,
    pub sid: SessionId,
    /// The first event of the work order in it.
    pub first: i64,
    /// Where it says what it runs, and what it says; none if it does not.
    pub started: Option<(i64, String)>,
}

impl PageLoad {
    /// The build it names, if that is the name of one.
    pub fn named(&self) -> Option<Digest> {
        let (_, build) = self.started.as_ref()?;
        build.parse().ok()
    }
}

/// The page loads of these events of one phone, in the order of its chain.
///
/// # Errors
/// When the store does not answer or an event cannot be read.
pub async fn page_loads(
    store: &Store,
    dev: DeviceId,
    own: &[&EventRow],
) -> Result<Vec<PageLoad>, StoreError> {
    let mut first: BTreeMap<SessionId, i64> = BTreeMap::new();
    for row in own {
        let seq = first.entry(read(row)?.sid).or_insert(row.seq);
        *seq = (*seq).min(row.seq);
    }
    let mut loads = Vec::with_capacity(first.len());
    for (sid, first) in first {
        let started = start(store, dev, sid, first).await?;
        loads.push(PageLoad {
            dev,
            sid,
            first,
            started,
        });
    }
    loads.sort_by_key(|load| load.first);
    Ok(loads)
}

/// What the page load says of itself before this place.
async fn start(
    store: &Store,
    dev: DeviceId,
    sid: SessionId,
    before: i64,
) -> Result<Option<(i64, String)>, StoreError> {
    let dev = dev.to_string();
    let last = (before - BACK_MAX).max(1);
    let mut end = before;
    while end > last {
        let page = store.chain(&dev, (end - PAGE).max(last), end - 1).await?;
        for row in page.iter().rev().filter(|row| row.t == "app_started") {
            let event = read(row)?;
            if let Fact::AppStarted(started) = event.fact
                && event.sid == sid
            {
                return Ok(Some((row.seq, started.build)));
            }
        }
        end = page.first().map_or(last, |row| row.seq);
    }
    Ok(None)
}

/// When the build was logged, and what is odd about it.
///
/// # Errors
/// When the store does not answer.
pub async fn looked_up(
    store: &Store,
    load: &PageLoad,
    epsilon: Millis,
) -> Result<(Option<Timestamp>, Option<BuildDoubt>), StoreError> {
    let logged_at = match load.named() {
        Some(named) => logged_at(store, named).await?,
        None => None,
    };
    let seq = load.started.as_ref().map_or(load.first, |(seq, _)| *seq);
    let given = covering(store, &load.dev.to_string(), seq, seq).await?;
    let latest = given.iter().map(|receipt| receipt.ts).min();
    let latest = latest.map_or(Timestamp(i64::MAX), |ts| Timestamp(ts) + epsilon);
    Ok((logged_at, doubt(load.named(), logged_at, latest)))
}

async fn logged_at(store: &Store, named: Digest) -> Result<Option<Timestamp>, StoreError> {
    let number = store.leaf_numbers(&[&named.to_string()]).await?.pop();
    let Some(number) = number.flatten() else {
        return Ok(None);
    };
    let row = store.leaves_from(number, 1).await?.pop();
    let leaf = row.and_then(|row| Leaf::parse(row.data.as_bytes()).ok());
    Ok(leaf
        .filter(|leaf| leaf.k == LeafKind::Build)
        .map(|leaf| leaf.ts))
}

fn read(row: &EventRow) -> Result<Event, StoreError> {
    serde_json::from_str(&row.payload).map_err(|error| StoreError::Corrupt {
        table: "event",
        detail: format!("{} of {}: {error}", row.seq, row.dev),
    })
}
