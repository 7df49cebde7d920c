//! The demonstration's week, played once for all tests that only read it.

use api::log::Identity;
use api::log::witnesses::Witnesses;
use std::sync::Arc;

use api::config::Config;
use api::demo;
use api::signer::Signer;
use api::state::Parts;
use api::time_source::ManualClock;
use domain::time::{Millis, Timestamp};
use store::{BlobLocation, Blobs, Store, StoreConfig};

use super::test_app::START;

/// Noon of the day at which the tests begin.
const NOON: Timestamp = Timestamp(START.0 + Millis::minutes(180).0);

/// A store that has lived through the week.
pub async fn played() -> Store {
    let store = Store::open(&StoreConfig::memory()).await.unwrap();
    demo::seed(parts(&store)).await.unwrap().unwrap();
    store
}

/// What a server on that store is made of.
pub fn parts(store: &Store) -> Parts {
    Parts {
        store: store.clone(),
        blobs: Blobs::open(&BlobLocation::Memory).unwrap(),
        time: Arc::new(ManualClock::starting(NOON)),
        signer: Signer::from_seed(&[3; 32]).into(),
        identity: Identity::from_seed("daochang.test/log", &[8; 32]),
        witnesses: Witnesses::none(),
        config: Config::in_memory("unused".into()),
    }
}
