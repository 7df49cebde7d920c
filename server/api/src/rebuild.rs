//! `daochang rebuild-projections`: work orders and what is remembered of each chain, made again from
//! the events in the order of their arrival. The same steps as on arrival ([`DeviceCarry`]), so the
//! outcome is identical to the byte; where it is not, the projection was damaged or the rules have
//! changed, and it is replaced. Events, receipts and sidecars are only read.

mod replay;

use std::collections::BTreeMap;
use std::io;

use domain::actor::Scope;
use domain::server_keys::ServerKeys;
use store::{DeviceRow, Store, StoreError, WorkOrderChange, WorkOrderQuery, WorkOrderRow};

use self::replay::Replay;
use crate::config::RebuildArgs;
use crate::keys;
use crate::serve::open_store;

/// Events read at a time.
const PAGE: usize = 1_000;

/// Runs the command: says what differs, and replaces it unless only asked to look.
///
/// # Errors
/// When the store cannot be opened or read, or an event in it is damaged.
pub async fn run(args: RebuildArgs) -> io::Result<()> {
    let store = open_store(&args.data).await?;
    let keys = keys::open(&args.data, &store).await?;
    let rebuilt = rebuild(&store, keys.keys())
        .await
        .map_err(io::Error::other)?;
    let differing = rebuilt
        .differences(&store)
        .await
        .map_err(io::Error::other)?;
    println!(
        "{} work orders and {} chains from the events",
        rebuilt.work_orders.len(),
        rebuilt.devices.len()
    );
    differing.iter().for_each(|id| println!("  differs: {id}"));
    match (differing.is_empty(), args.check) {
        (true, _) => println!("nothing differs"),
        (false, true) => {}
        (false, false) => {
            rebuilt.replace(&store).await.map_err(io::Error::other)?;
            // The server looks at everything anew when it starts; fingerprints and decisions stay.
            store.forget_reviews().await.map_err(io::Error::other)?;
            println!("replaced");
        }
    }
    let is_refused = args.check && !differing.is_empty();
    store.close().await.map_err(io::Error::other)?;
    if is_refused {
        Err(io::Error::other("projections differ from the events"))
    } else {
        Ok(())
    }
}

/// All projections, as of one counter value.
pub struct Projections {
    /// The counter at which the events were read.
    pub n: i64,
    /// By number.
    pub work_orders: Vec<WorkOrderChange>,
    /// The devices that have said something.
    pub devices: Vec<DeviceRow>,
}

impl Projections {
    /// Numbers and ids of those that the store has otherwise, or has too many, or not at all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn differences(&self, store: &Store) -> Result<Vec<String>, StoreError> {
        let query = WorkOrderQuery {
            scope: Scope::All,
            open_only: false,
            text: None,
            offset: 0,
            limit: usize::MAX,
        };
        let stored = store.list_work_orders(&query).await?.rows;
        // The number of the last change is the store's, and different after each rebuilding.
        let stored = stored
            .into_iter()
            .map(|row| (row.id.clone(), WorkOrderRow { n: 0, ..row }));
        let mut stored: BTreeMap<String, WorkOrderRow> = stored.collect();
        let mut differing = Vec::new();
        for WorkOrderChange { row, .. } in &self.work_orders {
            if stored.remove(&row.id).as_ref() != Some(row) {
                differing.push(row.id.clone());
            }
        }
        differing.extend(stored.into_keys());
        for row in &self.devices {
            if store.device(&row.dev).await?.as_ref() != Some(row) {
                differing.push(row.dev.clone());
            }
        }
        Ok(differing)
    }

    /// Puts them in place of what the store has; every phone fetches its work orders again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when something was written since the events were read.
    pub async fn replace(self, store: &Store) -> Result<(), StoreError> {
        store
            .replace_projections(self.n, self.work_orders, self.devices)
            .await
            .map(drop)
    }
}

/// Reads all events and makes everything again that follows from them.
///
/// # Errors
/// When the store cannot be read, or an event in it is damaged.
pub async fn rebuild(store: &Store, server: &ServerKeys) -> Result<Projections, StoreError> {
    let n = store.head().await?;
    let mut replay = Replay::start(store, server).await?;
    let mut after = 0;
    loop {
        let page = store.events_page(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.n;
        for row in page {
            replay.take(row).await?;
        }
    }
    replay.into_projections(n).await
}
