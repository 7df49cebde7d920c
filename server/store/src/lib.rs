//! The store of Daochang 到场: SurrealDB for what is looked up, a folder of bytes for photos.
//!
//! The store keeps JSON text and index columns; it never opens a document and knows no rule. Ids and
//! hashes are text, instants are milliseconds, both already parsed at the edge by the caller.
//!
//! One door leads to evidence and its projections: [`Store::commit`], a compare-and-set on one counter.
//! Accounts, register and policies have their own small writes, because nothing is decided from them
//! that a race could falsify.
//!
//! Reading order: `config`, `connection` (the only place that queries), `migrations`, `commit`, then
//! one file per family of tables; [`Blobs`] is a handle of its own.

mod blobs;
mod changes;
mod check_ins;
mod checkpoints;
mod codes;
mod commit;
mod config;
mod connection;
mod decide;
mod devices;
mod enrolments;
mod error;
mod escalations;
mod events;
mod idempotency;
mod key_changes;
mod leaves;
mod log_files;
mod migrations;
mod people;
mod policies;
mod projections;
mod quarantine;
mod receipts;
mod register;
mod relay_codes;
mod reviews;
mod rosters;
mod runs;
mod sessions;
mod sidecars;
mod staging;
mod standing;
mod verdicts;
mod work_orders;

use std::sync::Arc;

use connection::{Connection, bind};
use tokio::sync::Mutex;

pub use blobs::{BlobLocation, Blobs, PutOutcome};
pub use changes::{Change, ChangePage, WorkOrderChange};
pub use check_ins::{CANNOT_TELL, CheckInCount, CheckInQuery, CheckInRow};
pub use checkpoints::{CheckpointRow, WitnessedRow};
pub use codes::{CodeUseRow, KioskRow, LabelRunRow, TagRow};
pub use commit::{Commit, Committed};
pub use config::{BLOCK_CACHE_MB, Location, MEMTABLES, StoreConfig};
pub use devices::DeviceRow;
pub use enrolments::{EnrolmentAnswer, EnrolmentRow};
pub use error::{Result, StoreError};
pub use escalations::{EscalationQuery, EscalationRow, NEVER};
pub use events::EventRow;
pub use idempotency::IdempotencyRow;
pub use key_changes::KeyChangeRow;
pub use leaves::{LeafRow, LogTail};
pub use log_files::{LogFiles, Written};
pub use people::{OrgRow, PersonRow};
pub use policies::PolicyRow;
pub use quarantine::QuarantineRow;
pub use receipts::ReceiptRow;
pub use register::{SiteRow, TerminalRow};
pub use relay_codes::{RelayCodeRow, RelayMatchRow};
pub use reviews::{
    FingerprintRow, LookalikeRow, ReviewChange, ReviewDecisionRow, ReviewPage, ReviewQuery,
    ReviewRow, ReviewState, SightingRow,
};
pub use rosters::{RosterKey, RosterRow};
pub use sessions::{ChallengeRow, SessionRow};
pub use sidecars::SidecarRow;
pub use staging::AppendOutcome;
pub use standing::Standing;
pub use verdicts::VerdictRow;
pub use work_orders::{DayNumber, SnapshotPage, WorkOrderPage, WorkOrderQuery, WorkOrderRow};

/// An open database. Cheap to clone; clones share the connection and the turn.
#[derive(Clone)]
pub struct Store {
    connection: Connection,
    /// Whose turn it is to decide in this process; see [`Store::decide`].
    turn: Arc<Mutex<()>>,
    /// None if other processes may write to the same database.
    sessions: Option<Arc<sessions::Remembered>>,
}

impl Store {
    /// Connects and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the folder is open elsewhere or the server does not answer,
    /// [`StoreError::Corrupt`] if the schema is not one that this program made.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let connection = Connection::open(config).await?;
        migrations::apply(&connection).await?;
        Ok(Self {
            connection,
            turn: Arc::default(),
            sessions: config.is_alone().then(Arc::default),
        })
    }

    /// Whether nobody else can write to the database while this process has it open.
    pub fn is_alone(&self) -> bool {
        self.sessions.is_some()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.connection.run("RETURN true", bind([])).await.map(drop)
    }

    /// Flushes and closes. Dropping without it loses nothing either; it only makes the next start faster.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }
}
