//! The keys of phones that were asked for before, so that a batch does not begin with a question to the
//! database. Neither a device's key nor whose it is ever changes; whether the key still counts does, and is
//! asked in the turn that takes the batch.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::envelope::PublicKey;
use domain::ids::DeviceId;
use store::{Store, StoreError};

/// Most keys in memory; beyond it all are forgotten and asked for again.
const KEYS_MAX: usize = 10_000;

/// See the module.
#[derive(Default)]
pub struct KnownKeys(Mutex<HashMap<DeviceId, Known>>);

#[derive(Clone)]
struct Known {
    person: String,
    key: PublicKey,
}

impl KnownKeys {
    /// The key of this device, if it is enrolled and this person's.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn of(
        &self,
        store: &Store,
        dev: DeviceId,
        person: &str,
    ) -> Result<Option<PublicKey>, StoreError> {
        let known = match self.known(dev) {
            Some(known) => Some(known),
            None => self.learn(store, dev).await?,
        };
        let own = known.filter(|known| known.person == person);
        Ok(own.map(|known| known.key))
    }

    fn known(&self, dev: DeviceId) -> Option<Known> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(&dev).cloned()
    }

    async fn learn(&self, store: &Store, dev: DeviceId) -> Result<Option<Known>, StoreError> {
        let row = store.device(&dev.to_string()).await?;
        let known = row.and_then(|row| {
            let key = PublicKey::from_base64(&row.spki).ok()?;
            let person = row.person;
            Some(Known { person, key })
        });
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS_MAX {
            keys.clear();
        }
        keys.extend(known.clone().map(|known| (dev, known)));
        Ok(known)
    }
}
