//! The transparency log: everything that later matters is a leaf in it (a receipt, a key, a report,
//! a rule), so that what was known when cannot be changed afterwards, also not by us.
//!
//! - [`tail`] puts leaves behind its end, in the transaction of what they are about;
//! - [`publisher`] makes tiles and signed checkpoints of them, [`witnesses`] lets others cosign,
//!   [`stamping`] has them stamped by a time-stamp [`authority`];
//! - [`register`] logs what work orders are judged by, [`builds`] what program the phones get;
//! - [`tiles`] reads published tiles for [`proofs`], [`identity`] is the log's own key and name;
//! - [`pages`] serves the files, [`state`] says how it stands, [`watch`] how those outside stand to it;
//! - [`time_servers`] holds the clock that all of it is dated by against time from outside.

pub mod authority;
pub mod builds;
pub mod identity;
pub mod pages;
mod proofs;
pub mod publisher;
pub mod register;
pub mod stamping;
pub mod state;
mod tail;
mod tiles;
pub mod time_servers;
pub mod watch;
pub mod witnesses;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use domain::receipt::CheckpointRef;
use store::StoreError;
use tokio::sync::Notify;

pub use identity::Identity;
pub use proofs::proof_of;
pub(crate) use tail::Tail;

/// What is wrong with the log. Nothing more is logged, and so nothing more is receipted, until a
/// person has looked: going on would destroy the proof of what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// More leaves are published than the database has: an old backup was restored.
    WentBack,
    /// A published file is not what the database would publish.
    Differs,
    /// The published tiles do not hash to the published checkpoint.
    TilesBroken,
}

impl Alarm {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Alarm::WentBack => "log_went_back",
            Alarm::Differs => "log_differs",
            Alarm::TilesBroken => "log_tiles_broken",
        }
    }

    /// What it means and what to do.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Alarm::WentBack => (
                "数据库比已公布的日志旧，可能恢复了旧备份。已停止签发回执；请恢复最新数据后重新启动。",
                "The database is older than the published log; an old backup may have been restored. No receipts are given; restore the latest data and start again.",
            ),
            Alarm::Differs => (
                "已公布的日志文件与数据库不一致。已停止签发回执；请运行 daochang fsck 查明原因。",
                "A published file of the log differs from the database. No receipts are given; run daochang fsck to find out why.",
            ),
            Alarm::TilesBroken => (
                "已公布的日志数据块与检查点不符，文件可能被改动。已停止签发回执；请运行 daochang fsck。",
                "The published tiles do not match the checkpoint; files may have been altered. No receipts are given; run daochang fsck.",
            ),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    external: Option<CheckpointRef>,
    alarm: Option<Alarm>,
}

/// What the rest of the server knows of the log.
#[derive(Debug, Default)]
pub struct Log {
    state: RwLock<State>,
    grown: Notify,
    urgent: Notify,
    /// How many leaves there were when a work order was concluded last.
    concluded: AtomicU64,
}

impl Log {
    /// The latest checkpoint that somebody outside has seen.
    pub fn latest_external(&self) -> Option<CheckpointRef> {
        self.read(|state| state.external)
    }

    /// What is wrong, if anything is.
    pub fn alarm(&self) -> Option<Alarm> {
        self.read(|state| state.alarm)
    }

    /// # Errors
    /// While there is an alarm: nothing may be logged.
    pub fn must_be_sound(&self) -> Result<(), StoreError> {
        match self.alarm() {
            None => Ok(()),
            Some(alarm) => Err(StoreError::Unavailable(alarm.code().to_owned())),
        }
    }

    /// Leaves were added. Somebody whose arrival they bound is waiting if it is urgent.
    pub fn has_grown(&self, is_urgent: bool) {
        if is_urgent {
            self.urgent.notify_one();
        } else {
            self.grown.notify_one();
        }
    }

    /// A work order was concluded by one of the first `leaves` leaves: whoever stamps the log shall not wait for
    /// the hour.
    pub fn has_concluded(&self, leaves: u64) {
        self.concluded.fetch_max(leaves, Ordering::Relaxed);
    }

    pub(crate) fn concluded(&self) -> u64 {
        self.concluded.load(Ordering::Relaxed)
    }

    pub(crate) fn set_external(&self, checkpoint: CheckpointRef) {
        self.write(|state| {
            let is_later = state
                .external
                .is_none_or(|known| known.size < checkpoint.size);
            if is_later {
                state.external = Some(checkpoint);
            }
        });
    }

    pub(crate) fn raise(&self, alarm: Alarm) {
        tracing::error!(alarm = alarm.code(), "the transparency log is not sound");
        self.write(|state| state.alarm = Some(alarm));
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}
