//! The review: a task that runs behind the intake, takes every changed work order apart into what
//! was seen ([`look`]), makes the fingerprints of photos and signatures ([`prints`]), and writes
//! what the rules find ([`items`]). All it knows it reads from the store, and where it stands is
//! kept there in the same transaction, so that it goes on after a crash where it was and a second
//! look at the same things changes nothing. It gives way: it rests four times as long as it works, and
//! nineteen times while the intake is at work.
//!
//! [`routes`] is how people see it and what they decide.

mod items;
mod look;
mod prints;
pub mod routes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::review::policy::ReviewPolicy;
use store::{Blobs, Store, StoreError};
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, mpsc, oneshot};

use self::prints::Known;
use crate::photos::Thumbnails;
use crate::register::Register;
use crate::time_source::TimeSource;

/// Calls that may wait; more of them would say the same.
const QUEUE_LENGTH: usize = 64;
/// Work orders looked at in one transaction.
const WORK_ORDERS: usize = 16;
/// After something was heard, so that a phone's whole delivery is looked at once.
const GATHER: Duration = Duration::from_millis(1_500);
/// Looks again even when nothing was heard: another process may have written.
const IDLE: Duration = Duration::from_secs(60);
/// How many times as long it rests as it works.
const REST: u32 = 4;
/// The same while phones are delivering.
const REST_WHILE_BUSY: u32 = 19;

/// What the review needs besides the store.
pub struct Surroundings {
    pub store: Store,
    pub blobs: Blobs,
    pub thumbnails: Thumbnails,
    pub time: Arc<dyn TimeSource>,
    pub register: Arc<dyn Fn() -> Arc<Register> + Send + Sync>,
    pub changed: broadcast::Receiver<Arc<[String]>>,
}

/// The way to the task. Cheap to clone; the task ends with the last one.
#[derive(Clone)]
pub struct Reviews {
    queue: mpsc::Sender<Call>,
    policy: Arc<ReviewPolicy>,
}

enum Call {
    /// A photo has arrived.
    Photo,
    /// Look at everything there is, without rest, and say when it is done.
    Settle(oneshot::Sender<Result<(), StoreError>>),
}

/// The task's own state; everything in it can be read again.
struct Reviewer {
    around: Around,
    known: Option<Known>,
}

/// What every step needs.
struct Around {
    store: Store,
    blobs: Blobs,
    thumbnails: Thumbnails,
    time: Arc<dyn TimeSource>,
    register: Arc<dyn Fn() -> Arc<Register> + Send + Sync>,
    policy: Arc<ReviewPolicy>,
}

impl Reviews {
    /// Starts the task.
    pub fn start(surroundings: Surroundings) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_LENGTH);
        let policy = Arc::new(ReviewPolicy::v2026_11());
        let Surroundings {
            store,
            blobs,
            thumbnails,
            time,
            register,
            changed,
        } = surroundings;
        let around = Around {
            store,
            blobs,
            thumbnails,
            time,
            register,
            policy: Arc::clone(&policy),
        };
        tokio::spawn(run(
            Reviewer {
                around,
                known: None,
            },
            waiting,
            changed,
        ));
        Self { queue, policy }
    }

    /// The numbers that are in force.
    pub fn policy(&self) -> &ReviewPolicy {
        &self.policy
    }

    /// Says that a photo is here. When the task is busy it will look anyway.
    pub fn photo_arrived(&self) {
        let _ = self.queue.try_send(Call::Photo);
    }

    /// Waits until everything that is in the store now has been looked at.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let stopped = || StoreError::Unavailable("the review has stopped".to_owned());
        let (done, settled) = oneshot::channel();
        self.queue
            .send(Call::Settle(done))
            .await
            .map_err(|_| stopped())?;
        settled.await.map_err(|_| stopped())?
    }
}

async fn run(
    mut reviewer: Reviewer,
    mut waiting: mpsc::Receiver<Call>,
    mut changed: broadcast::Receiver<Arc<[String]>>,
) {
    // What was left undone when the server stopped comes first.
    let mut due = Some(Instant::now());
    loop {
        let look_at = due.unwrap_or_else(|| Instant::now() + IDLE);
        tokio::select! {
            biased;
            call = waiting.recv() => match call {
                None => return,
                Some(Call::Photo) => {
                    due.get_or_insert_with(|| Instant::now() + GATHER);
                }
                Some(Call::Settle(done)) => {
                    // Whoever asked may have gone.
                    let _ = done.send(reviewer.catch_up_at_once().await);
                }
            },
            heard = changed.recv() => {
                if matches!(heard, Err(broadcast::error::RecvError::Closed)) {
                    return;
                }
                due.get_or_insert_with(|| Instant::now() + GATHER);
            }
            () = tokio::time::sleep_until(look_at.into()) => {
                due = match reviewer.catch_up(&waiting, &mut changed).await {
                    Ok(true) => None,
                    Ok(false) => Some(Instant::now()),
                    Err(error) => {
                        tracing::warn!(%error, "the review could not go on; it tries again");
                        None
                    }
                };
            }
        }
    }
}

/// Whether anything was heard; it will be looked at in any case.
fn has_changed(changed: &mut broadcast::Receiver<Arc<[String]>>) -> bool {
    let mut is_heard = false;
    while !matches!(
        changed.try_recv(),
        Err(TryRecvError::Empty | TryRecvError::Closed)
    ) {
        is_heard = true;
    }
    is_heard
}

impl Reviewer {
    /// Steps until nothing is left, resting in between; says no when somebody called first.
    async fn catch_up(
        &mut self,
        waiting: &mpsc::Receiver<Call>,
        changed: &mut broadcast::Receiver<Arc<[String]>>,
    ) -> Result<bool, StoreError> {
        let mut after = String::new();
        loop {
            let began = Instant::now();
            if !self.step(&mut after).await? {
                return Ok(true);
            }
            let worked = began.elapsed();
            tokio::time::sleep(worked * REST).await;
            if has_changed(changed) {
                tokio::time::sleep(worked * (REST_WHILE_BUSY - REST)).await;
            }
            if !waiting.is_empty() || waiting.is_closed() {
                return Ok(false);
            }
        }
    }

    async fn catch_up_at_once(&mut self) -> Result<(), StoreError> {
        let mut after = String::new();
        while self.step(&mut after).await? {}
        Ok(())
    }

    /// One transaction's worth of work; says whether there may be more. `after` is how far this
    /// round has come through the wanted fingerprints, some of which wait for their bytes.
    async fn step(&mut self, after: &mut String) -> Result<bool, StoreError> {
        match self.try_step(after).await {
            // Somebody else wrote: what is in memory may be out of date.
            Err(error) if error.is_conflict() => {
                self.known = None;
                Ok(true)
            }
            other => other,
        }
    }

    async fn try_step(&mut self, after: &mut String) -> Result<bool, StoreError> {
        let around = &self.around;
        let state = around.store.review_state().await?;
        let known = match self.known.take() {
            Some(known) if known.version == state.version => known,
            _ => Known::load(&around.store, state.version).await?,
        };
        let known = self.known.insert(known);
        let rows = around
            .store
            .work_orders_changed_after(state.n, WORK_ORDERS)
            .await?;
        if !rows.is_empty() {
            look::look(around, state, &rows).await?;
            known.version += 1;
            return Ok(true);
        }
        let wanted = around.store.fingerprints_wanted(after, 1).await?;
        let Some(wanted) = wanted.into_iter().next() else {
            return Ok(false);
        };
        *after = wanted.name.clone();
        if prints::make(around, state, known, &wanted).await? {
            known.version += 1;
        }
        Ok(true)
    }
}
