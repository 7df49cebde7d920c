//! Fills a data folder with a city's work orders, quickly: hundreds to a transaction, through the
//! `store` crate, in exactly the form the server itself would have written.

use std::path::Path;

use serde::{Deserialize, Serialize};
use store::{Commit, ReviewChange, Store, StoreConfig};

use crate::Result;
use crate::city::{self, NEWCOMER, NEWCOMERS_WORK_ORDERS, PULLER, PUSHERS, WORK_ORDERS_PER_PUSHER};
use crate::desk::Desk;

/// Work orders in one transaction.
const CHUNK: usize = 250;
/// What is left behind the cursor of W2.
const NEW: usize = 10;
/// Bytes of a newcomer's work order (W3).
const DOCUMENT_BYTES: usize = 2_000;
/// Beside the database in the data folder.
const SEEDED_FILE: &str = "seeded.json";

/// What the measurement must know of a filled folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seeded {
    /// The cursor behind which exactly ten changes wait.
    pub cursor: i64,
    /// Change records of the technician who pulls.
    pub changes: usize,
    pub events: usize,
    pub work_orders: usize,
}

impl Seeded {
    pub fn read(data: &Path) -> Result<Self> {
        let path = data.join(SEEDED_FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// Fills an empty folder.
pub async fn seed(data: &Path, changes: usize) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let store = Store::open(&StoreConfig::rocksdb(data.join("database"))).await?;
    if store.head().await? > 0 {
        return Err(format!("{} is not empty", data.display()).into());
    }
    city::found(&store).await?;
    let mut filler = Filler {
        store: &store,
        desk: Desk::new(api::signer::load_or_create(data)?),
        made: 0,
    };
    for index in 0..PUSHERS {
        filler
            .fill(
                index,
                &city::pusher(index),
                WORK_ORDERS_PER_PUSHER,
                CHUNK,
                "蓝屏，无法办理业务",
            )
            .await?;
    }
    filler
        .fill(PUSHERS, NEWCOMER, NEWCOMERS_WORK_ORDERS, CHUNK, &padding()?)
        .await?;
    filler
        .fill(
            PUSHERS + 1,
            PULLER,
            changes - NEW,
            CHUNK,
            "蓝屏，无法办理业务",
        )
        .await?;
    let cursor = filler
        .fill(PUSHERS + 2, PULLER, NEW, NEW, "蓝屏，无法办理业务")
        .await?
        - NEW as i64;
    let work_orders = filler.made;
    settle(&store).await?;
    let seeded = Seeded {
        cursor,
        changes,
        events: 2 * work_orders,
        work_orders,
    };
    store.close().await?;
    std::fs::write(data.join(SEEDED_FILE), city::json(&seeded)?)?;
    eprintln!("{}: {seeded:?}", data.display());
    Ok(())
}

/// The server goes on as if it had looked at all of this before. There is nothing in it that a review would
/// find, and looking takes as long as filling; it would share the core with the first measurements.
pub async fn settle(store: &Store) -> Result<()> {
    let state = store.review_state().await?;
    let change = ReviewChange {
        version: state.version,
        n: store.head().await?,
        ..ReviewChange::default()
    };
    Ok(store.change_reviews(change).await?)
}

struct Filler<'a> {
    store: &'a Store,
    desk: Desk,
    made: usize,
}

impl Filler<'_> {
    /// Reports `count` faults for one technician, `chunk` to a transaction; returns the counter.
    async fn fill(
        &mut self,
        kind: usize,
        technician: &str,
        count: usize,
        chunk: usize,
        text: &str,
    ) -> Result<i64> {
        let mut n = self.store.head().await?;
        for begin in (0..count).step_by(chunk) {
            let mut commit = Commit {
                expected_n: n,
                ..Commit::default()
            };
            for index in begin..(begin + chunk).min(count) {
                self.desk.report(
                    &mut commit,
                    &city::work_order(kind, index),
                    technician,
                    text.to_owned(),
                )?;
                self.made += 1;
            }
            commit.devices.push(self.desk.row()?);
            n = self.store.commit(commit).await?.n;
            if self.made % 50_000 < chunk {
                eprintln!("{} work orders", self.made);
            }
        }
        Ok(n)
    }
}

/// A report's text with which the document is as long as W3 wants it.
fn padding() -> Result<String> {
    let mut commit = Commit::default();
    let mut desk = Desk::new(domain::envelope::Signer::from_seed(&[1; 32]));
    desk.report(
        &mut commit,
        &city::work_order(0, 0),
        NEWCOMER,
        String::new(),
    )?;
    let bare = commit
        .work_orders
        .first()
        .map_or(0, |change| change.row.doc.len());
    Ok("x".repeat(DOCUMENT_BYTES.saturating_sub(bare)))
}
