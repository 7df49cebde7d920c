//! The single door for everything that becomes evidence: phone batches, chain heads, desk acts.
//!
//! One task per process takes turns: it gathers what is waiting or on the way ([`door`]), lets every
//! request see the work of the ones before it in one [`draft::Draft`], and commits them together, so
//! that one disk flush serves many phones. The store's counter guards the rest: if another process
//! wrote in between, nothing is written and the whole turn is taken again on fresh facts.
//!
//! Signatures are verified before a request queues ([`open`]), so they run on all cores.

mod alert;
pub(crate) mod carry;
mod codes;
mod desk;
pub(crate) mod device;
mod door;
mod draft;
mod erase;
mod evaluation;
mod filing;
mod genuine;
pub mod head;
mod hold;
mod load;
mod memory;
pub mod open;
pub(crate) mod past;
pub(crate) mod project;
pub mod push;
mod relay;
pub(crate) mod rosters;
mod say;
mod take;
mod verdict;
mod wanted;

use std::sync::Arc;

use domain::ids::{PersonId, SessionId};
use domain::relay::RelayHead;
use domain::time::Timestamp;
use store::{Store, StoreError};
use tokio::sync::{broadcast, mpsc, oneshot};

pub use alert::{AlertRequest, RespondRequest, TakeOverRequest};
pub use carry::DeviceCarry;
pub use desk::{DeskAnswer, DeskRequest, NewReport};
pub use door::Coming;
use door::Door;
use draft::Draft;
pub use erase::{ErasePart, EraseRequest};
pub use evaluation::{EvaluateRequest, LinkRequest};
pub use filing::{AnswerRequest, FileRequest};
pub use head::HeadRequest;
use memory::Memory;
pub(crate) use project::project;
pub use push::{Outcome, PushAnswer, PushRequest, Status};
pub use relay::{KnownRelayCodes, RelayCodeAnswer, RelayCodeRequest};

use crate::error::ApiError;
use crate::keys::KeyRing;
use crate::log::Log;
use crate::register::Register;
use crate::sm2::Sm2;
use crate::time_source::TimeSource;

/// Requests that may wait; beyond it callers wait at the door, which slows them down politely.
const QUEUE_LENGTH: usize = 256;
/// Most events in one turn: bounds the transaction and the time a late-comer waits.
const EVENTS_PER_TURN: usize = 400;
/// How often a turn is taken again when other processes keep winning.
const TURNS_MAX: usize = 20;

/// What the rules need besides the store, the same for every turn.
pub struct Surroundings {
    pub store: Store,
    pub signer: Arc<KeyRing>,
    /// Signs receipts a second time.
    pub sm2: Option<Arc<Sm2>>,
    pub session: SessionId,
    pub time: Arc<dyn TimeSource>,
    /// The transparency log: what others have seen of it, and whether it may go on.
    pub log: Arc<Log>,
    pub register: Arc<dyn Fn() -> Arc<Register> + Send + Sync>,
    pub relay_codes: KnownRelayCodes,
}

/// The way in. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    queue: mpsc::Sender<Task>,
    door: Door,
    changed: broadcast::Sender<Arc<[String]>>,
}

struct Task {
    request: Request,
    answer: oneshot::Sender<Result<Answer, ApiError>>,
}

enum Request {
    Push(PushRequest),
    Head(HeadRequest),
    Relay(RelayHead),
    RelayCode(RelayCodeRequest),
    Desk(Box<DeskRequest>),
    Alert(AlertRequest),
}

enum Answer {
    Push(PushAnswer),
    Head(String),
    Relay(Timestamp),
    RelayCode(RelayCodeAnswer),
    Desk(DeskAnswer),
    Alert(usize),
}

impl Request {
    fn weight(&self) -> usize {
        match self {
            Request::Push(push) => push.events.len(),
            Request::Alert(alert) => alert.work_orders.len(),
            Request::Head(_) | Request::Relay(_) | Request::RelayCode(_) | Request::Desk(_) => 1,
        }
    }
}

impl Intake {
    /// Starts the task that takes the turns. It ends when the last `Intake` is dropped.
    pub fn start(surroundings: Surroundings) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_LENGTH);
        let (changed, _) = broadcast::channel(QUEUE_LENGTH);
        let door = Door::default();
        let turns = take_turns(surroundings, waiting, door.clone(), changed.clone());
        tokio::spawn(turns);
        Self {
            queue,
            door,
            changed,
        }
    }

    /// Says that a request comes, before its signatures are verified; see [`door`].
    pub fn announce(&self) -> Coming {
        self.door.announce()
    }

    /// Events of a phone; the answer says of each what became of it.
    pub async fn push(&self, coming: Coming, request: PushRequest) -> Result<PushAnswer, ApiError> {
        match self.ask(coming, Request::Push(request)).await? {
            Answer::Push(answer) => Ok(answer),
            _ => unreachable!("a push is answered by a push"),
        }
    }

    /// A chain head; the answer is the signed receipt.
    pub async fn head(&self, coming: Coming, request: HeadRequest) -> Result<String, ApiError> {
        match self.ask(coming, Request::Head(request)).await? {
            Answer::Head(receipt) => Ok(receipt),
            _ => unreachable!("a head is answered by a receipt"),
        }
    }

    /// A chain head that somebody else's phone brought; the answer is the time of its receipt.
    pub async fn relay(&self, head: RelayHead) -> Result<Timestamp, ApiError> {
        match self.ask(self.announce(), Request::Relay(head)).await? {
            Answer::Relay(ts) => Ok(ts),
            _ => unreachable!("a relayed head is answered by a time"),
        }
    }

    /// A proof code that was told by telephone.
    pub async fn relay_code(&self, request: RelayCodeRequest) -> Result<RelayCodeAnswer, ApiError> {
        let request = Request::RelayCode(request);
        match self.ask(self.announce(), request).await? {
            Answer::RelayCode(answer) => Ok(answer),
            _ => unreachable!("a code is answered as a code"),
        }
    }

    /// An act of the desk, signed by the server for the named person.
    pub async fn desk(&self, request: DeskRequest) -> Result<DeskAnswer, ApiError> {
        let request = Request::Desk(Box::new(request));
        match self.ask(self.announce(), request).await? {
            Answer::Desk(answer) => Ok(answer),
            _ => unreachable!("the desk is answered as the desk"),
        }
    }

    /// Says what is due of these work orders (9.2 b, 9.3 c); how many steps that were.
    pub async fn alert(&self, request: AlertRequest) -> Result<usize, ApiError> {
        match self.ask(self.announce(), Request::Alert(request)).await? {
            Answer::Alert(said) => Ok(said),
            _ => unreachable!("an alert is answered by a number"),
        }
    }

    /// Hears the feeds (person ids) that have something new, after it is on disk.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<[String]>> {
        self.changed.subscribe()
    }

    /// Tells this person's phones that something of theirs has changed that is no event.
    pub fn tell(&self, person: &PersonId) {
        // Nobody listening is no error.
        let _ = self.changed.send([person.to_string()].into());
    }

    async fn ask(&self, coming: Coming, request: Request) -> Result<Answer, ApiError> {
        let (answer, answered) = oneshot::channel();
        let stopped = || ApiError::internal("intake", "the intake task has stopped");
        self.queue
            .send(Task { request, answer })
            .await
            .map_err(|_| stopped())?;
        drop(coming);
        answered.await.map_err(|_| stopped())?
    }
}

async fn take_turns(
    surroundings: Surroundings,
    mut waiting: mpsc::Receiver<Task>,
    door: Door,
    changed: broadcast::Sender<Arc<[String]>>,
) {
    let mut last = 0;
    let mut memory = Memory::default();
    while let Some(first) = waiting.recv().await {
        let too_late = tokio::time::sleep(door::GATHERING_MAX);
        let tasks = door::gather(first, &mut waiting, &door, last, too_late).await;
        last = tasks.len();
        let requests: Vec<&Request> = tasks.iter().map(|task| &task.request).collect();
        match take_turn(&surroundings, &mut memory, &requests).await {
            Ok((answers, feeds)) => {
                if !feeds.is_empty() {
                    // Nobody listening is no error.
                    let _ = changed.send(feeds.into());
                }
                for (task, answer) in tasks.into_iter().zip(answers) {
                    let _ = task.answer.send(answer);
                }
            }
            Err(error) => {
                for task in tasks {
                    let _ = task
                        .answer
                        .send(Err(ApiError::unavailable("intake", &error)));
                }
            }
        }
    }
}

type Answered = (Vec<Result<Answer, ApiError>>, Vec<String>);

/// One turn: load, let each request work on the draft, commit all or nothing.
async fn take_turn(
    surroundings: &Surroundings,
    memory: &mut Memory,
    requests: &[&Request],
) -> Result<Answered, StoreError> {
    let mut turns = 0;
    loop {
        surroundings.log.must_be_sound()?;
        let mut draft = Draft::load(surroundings, memory, requests).await?;
        let answers = requests
            .iter()
            .map(|request| answer(&mut draft, request))
            .collect();
        let is_urgent = draft.is_urgent;
        let (commit, left) = draft.into_commit()?;
        let is_conclusion = !commit.verdicts.is_empty();
        let leaves = commit.leaves.last().map_or(0, |leaf| leaf.number + 1);
        match surroundings.store.commit(commit).await {
            Ok(committed) => {
                memory.learn(committed.n, left);
                if is_conclusion {
                    surroundings.log.has_concluded(leaves.unsigned_abs());
                }
                surroundings.log.has_grown(is_urgent);
                return Ok((answers, committed.feeds));
            }
            Err(error) if error.is_conflict() && turns < TURNS_MAX => {
                memory.forget();
                turns += 1;
                tokio::time::sleep(jitter(turns)).await;
            }
            Err(error) => {
                memory.forget();
                return Err(error);
            }
        }
    }
}

fn answer(draft: &mut Draft, request: &Request) -> Result<Answer, ApiError> {
    match request {
        Request::Push(request) => push::push(draft, request).map(Answer::Push),
        Request::Head(request) => head::head(draft, request).map(Answer::Head),
        Request::Relay(relayed) => head::relay(draft, relayed).map(Answer::Relay),
        Request::RelayCode(request) => relay::relay_code(draft, request).map(Answer::RelayCode),
        Request::Desk(request) => desk::desk(draft, request).map(Answer::Desk),
        Request::Alert(request) => alert::alert(draft, request).map(Answer::Alert),
    }
}

fn jitter(turns: usize) -> std::time::Duration {
    let mut byte = [0_u8];
    // Without randomness the wait is merely less well spread.
    let _ = getrandom::fill(&mut byte);
    std::time::Duration::from_micros(200 * turns as u64 + 20 * u64::from(byte[0]))
}
