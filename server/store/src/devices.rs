//! Phones and their keys, the head of each one's chain, and what judging its next event needs.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// A phone's key, or the server's own.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct DeviceRow {
    /// The device id.
    pub dev: String,
    /// Whose key it is.
    pub person: String,
    /// `p256` or `ed25519`.
    pub alg: String,
    /// The public key, base64 SPKI.
    pub spki: String,
    /// What the person calls it.
    pub label: String,
    /// Server time of enrolment, ms.
    pub enrolled_at: i64,
    /// The server-signed key record (envelope JSON).
    pub key_record: String,
    /// From when on the key no longer counts, ms.
    pub revoked_at: Option<i64>,
    /// Who revoked it; not known of those from before this was kept.
    pub revoked_by: Option<String>,
    /// Why it was revoked.
    pub revoked_reason: Option<String>,
    /// The server-signed revocation (envelope JSON).
    pub revocation: Option<String>,
    /// The last accepted number of its chain; 0 before the first.
    pub head_seq: i64,
    /// The event id there; 64 zeros before the first.
    pub head: String,
    /// What the next event's interval is computed from (opaque JSON).
    pub carry: String,
}

impl Row for DeviceRow {
    const TABLE: &'static str = "device";
    fn key(&self) -> RecordIdKey {
        self.dev.as_str().into()
    }
}

impl Store {
    /// One device.
    pub async fn device(&self, dev: &str) -> Result<Option<DeviceRow>> {
        self.connection.row(dev).await
    }

    /// These devices; unknown ones are left out.
    pub async fn devices_by_id(&self, devs: &[&str]) -> Result<Vec<DeviceRow>> {
        self.connection
            .rows_by_key(devs.iter().map(|dev| RecordIdKey::from(*dev)))
            .await
    }

    /// A person's devices, oldest first.
    pub async fn devices_of(&self, person: &str) -> Result<Vec<DeviceRow>> {
        let text = "SELECT * FROM device WHERE person = $person ORDER BY enrolled_at";
        self.connection
            .rows(text, bind([("person", person.into_value())]))
            .await
    }

    /// All devices, oldest first.
    pub async fn devices(&self) -> Result<Vec<DeviceRow>> {
        self.connection
            .rows("SELECT * FROM device ORDER BY enrolled_at", bind([]))
            .await
    }
}
