//! Who is on the way to the queue. A turn costs a disk flush and some questions to the database, however
//! many requests it takes. Signatures are verified before a request queues, which takes about a
//! millisecond a batch; a turn that did not wait for those would take one request where it could take all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::{EVENTS_PER_TURN, Task};

/// Longest wait of a turn for others, counted from its first request.
pub(super) const GATHERING_MAX: Duration = Duration::from_millis(10);

/// How many have said that they come.
#[derive(Clone, Default)]
pub struct Door(Arc<AtomicUsize>);

/// Somebody who comes, until this is dropped.
pub struct Coming(Arc<AtomicUsize>);

impl Door {
    /// To be called before the work that comes before the queue.
    pub fn announce(&self) -> Coming {
        self.0.fetch_add(1, Ordering::Relaxed);
        Coming(Arc::clone(&self.0))
    }

    fn is_somebody_coming(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The requests of one turn: `first`, what waits, what was announced, and as many as came last time,
/// because whoever sends batches sends the next one as soon as the last is answered. Waits for nobody
/// once `too_late` is over.
pub(super) async fn gather(
    first: Task,
    waiting: &mut mpsc::Receiver<Task>,
    door: &Door,
    last: usize,
    too_late: impl Future<Output = ()>,
) -> Vec<Task> {
    let mut too_late = std::pin::pin!(too_late);
    let mut weight = first.request.weight();
    let mut tasks = vec![first];
    while weight < EVENTS_PER_TURN {
        let task = match waiting.try_recv() {
            Ok(task) => task,
            Err(_) if !door.is_somebody_coming() && tasks.len() >= last => break,
            Err(_) => tokio::select! {
                biased;
                task = waiting.recv() => match task {
                    Some(task) => task,
                    None => break,
                },
                () = &mut too_late => break,
            },
        };
        weight += task.request.weight();
        tasks.push(task);
    }
    tasks
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use domain::ids::DeviceId;
    use serde_json::Value;
    use tokio::sync::oneshot;

    use super::*;
    use crate::intake::open::Incoming;
    use crate::intake::{PushRequest, Request};

    fn task(events: usize) -> Task {
        let incoming = || Incoming {
            raw: Value::Null,
            id: None,
            seq: None,
            verdict: Err("not_an_envelope"),
        };
        let request = PushRequest {
            dev: DeviceId([0; 16]),
            person: "somebody".parse().unwrap(),
            events: std::iter::repeat_with(incoming).take(events).collect(),
            sidecars: Default::default(),
        };
        Task {
            request: Request::Push(request),
            answer: oneshot::channel().0,
        }
    }

    #[tokio::test]
    async fn whoever_is_alone_waits_for_nobody() {
        let (_queue, mut waiting) = mpsc::channel(9);
        for last in [0, 1] {
            let tasks = gather(task(20), &mut waiting, &Door::default(), last, pending()).await;
            assert_eq!(tasks.len(), 1);
        }
    }

    #[tokio::test]
    async fn a_turn_waits_for_whom_was_announced() {
        let (queue, mut waiting) = mpsc::channel(9);
        let door = Door::default();
        let coming = door.announce();
        let comes = async {
            tokio::task::yield_now().await;
            drop(coming);
            queue.send(task(20)).await.unwrap();
        };
        let (tasks, ()) = tokio::join!(gather(task(20), &mut waiting, &door, 0, pending()), comes);
        assert_eq!(tasks.len(), 2);
        assert!(!door.is_somebody_coming());
    }

    #[tokio::test]
    async fn a_turn_waits_for_as_many_as_came_last_time() {
        let (queue, mut waiting) = mpsc::channel(9);
        let comes = async {
            for _ in 0..2 {
                tokio::task::yield_now().await;
                queue.send(task(20)).await.unwrap();
            }
        };
        let door = Door::default();
        let (tasks, ()) = tokio::join!(gather(task(20), &mut waiting, &door, 3, pending()), comes);
        assert_eq!(tasks.len(), 3);
    }

    #[tokio::test]
    async fn a_turn_waits_no_longer_than_the_longest_and_takes_what_is_there() {
        let (queue, mut waiting) = mpsc::channel(9);
        let door = Door::default();
        let _coming = door.announce();
        for there in [0, 1, 2] {
            for _ in 0..there {
                queue.send(task(20)).await.unwrap();
            }
            let tasks = gather(task(20), &mut waiting, &door, 9, ready(())).await;
            assert_eq!(tasks.len(), 1 + there);
        }
    }

    #[tokio::test]
    async fn a_turn_that_is_heavy_enough_waits_for_nobody() {
        let door = Door::default();
        let _coming = door.announce();
        for (events, expected) in [(199, 3), (200, 2), (201, 2)] {
            let (queue, mut waiting) = mpsc::channel(9);
            queue.send(task(200)).await.unwrap();
            queue.send(task(1)).await.unwrap();
            let tasks = gather(task(events), &mut waiting, &door, 9, pending()).await;
            assert_eq!(tasks.len(), expected, "{events}");
        }
    }
}
