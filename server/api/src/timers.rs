//! The timers (9.2 b, 9.3 c, A16): a task that asks the store once a second what is due, and hands it to the intake.
//! It remembers nothing. When a step is due stands in the row of its work order, whether it was said in the
//! facts; so any number of processes may ask, be stopped and start again (`docs/adr/0015-timers.md`).

use std::sync::Arc;
use std::time::Duration;

use domain::ids::WorkOrderId;
use store::Store;

use crate::error::ApiError;
use crate::intake::{AlertRequest, Intake};
use crate::time_source::TimeSource;

/// How often it asks.
const TICK: Duration = Duration::from_secs(1);
/// Work orders in one turn of the intake, so that phones do not wait behind a burst.
const WORK_ORDERS: usize = 100;

/// See the module.
pub struct Timers {
    pub(crate) store: Store,
    pub(crate) time: Arc<dyn TimeSource>,
    pub(crate) intake: Intake,
}

impl Timers {
    /// Asks for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TICK).await;
            match self.settle().await {
                Ok(0) => {}
                Ok(steps) => tracing::info!(steps, "said what was due"),
                Err(error) => tracing::warn!(?error, "timers could not go on; they try again"),
            }
        }
    }

    /// Says everything that is due now; how many steps that were.
    ///
    /// # Errors
    /// When the store or the intake fails; what was said until then stays said.
    pub async fn settle(&self) -> Result<usize, ApiError> {
        let mut said = 0;
        loop {
            let now = self.time.now().0;
            let due = self.store.work_orders_due(now, WORK_ORDERS).await?;
            let work_orders: Vec<WorkOrderId> =
                due.iter().filter_map(|id| id.parse().ok()).collect();
            if work_orders.is_empty() {
                return Ok(said);
            }
            said += self.intake.alert(AlertRequest { work_orders }).await?;
        }
    }
}
