//! The task that brings deliveries out. Several processes may run it on one database: a channel is spoken to by one
//! of them at a time, whose turn ends by itself if it is killed. Between sending and writing that down a process
//! can die; then the message goes out again, under the same name, by which a receiver knows it
//! (`docs/adr/0017-channels.md`). Exactly once is not to be had across a network.

use std::sync::Arc;
use std::time::Duration;

use domain::channel::{ChannelKind, Failure, Message, Next, Why, pace, retry};
use domain::ids::hex;
use domain::time::{Millis, Timestamp};
use futures_util::StreamExt as _;
use store::{AttemptRow, ChannelRow, ChannelTurnRow, DeliveryRow, NEVER, Store, StoreError};

use super::mail::Mail;
use super::webhook::Webhooks;
use crate::config::Config;
use crate::signer::random_bytes;
use crate::time_source::TimeSource;

/// How often it asks.
const TICK: Duration = Duration::from_secs(1);
/// Receivers spoken to at the same time.
const AT_ONCE: usize = 8;
/// Deliveries of one channel in one turn.
const BATCH: usize = 20;
/// How long one attempt may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a turn lasts if nobody ends it.
pub const TURN: Millis = Millis::minutes(1);
/// So much of it must be left for one more attempt.
const RESERVE: Millis = Millis(15_000);
/// How long a channel rests after a failure, so that a receiver in trouble is not asked by every message in turn.
pub const REST: Millis = Millis(10_000);
/// Attempts that are remembered, if somebody tries again and again.
const ATTEMPTS_KEPT: usize = 50;

/// See the module.
pub struct Courier {
    store: Store,
    time: Arc<dyn TimeSource>,
    webhooks: Webhooks,
    mail: Option<Mail>,
    base: String,
}

impl Courier {
    /// As the command line wants it; an attempt may take so long.
    pub fn new(
        store: Store,
        time: Arc<dyn TimeSource>,
        config: &Config,
        patience: Duration,
    ) -> Self {
        let args = &config.channels;
        let mail = args.smtp.clone().zip(args.smtp_from.clone());
        Self {
            store,
            time,
            webhooks: Webhooks::new(args.allow_private_webhooks, patience),
            mail: mail.map(|(server, from)| Mail::new(server, from, patience)),
            base: config.base.clone(),
        }
    }

    /// Brings out for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TICK).await;
            if let Err(error) = self.settle().await {
                tracing::warn!(?error, "deliveries could not go on; they are tried again");
            }
        }
    }

    /// Tries what is due now, once; how many deliveries that were.
    ///
    /// # Errors
    /// When the store fails. What was sent until then may be sent again.
    pub async fn settle(&self) -> Result<usize, StoreError> {
        if !self.store.is_delivery_due(self.time.now().0).await? {
            return Ok(0);
        }
        let channels = self.store.channels(None).await?;
        let mut turns = Vec::with_capacity(channels.len());
        for channel in &channels {
            turns.push(self.serve(channel));
        }
        let served: Vec<_> = futures_util::stream::iter(turns)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut tried = 0;
        for turn in served {
            tried += turn?;
        }
        Ok(tried)
    }

    /// One turn of one channel, if anything of it is due and nobody else has the turn.
    async fn serve(&self, channel: &ChannelRow) -> Result<usize, StoreError> {
        let now = self.time.now();
        let due = self.store.deliveries_due(&channel.id, now.0, BATCH).await?;
        let Some(kind) = ChannelKind::of(&channel.kind).filter(|_| !due.is_empty()) else {
            return Ok(0);
        };
        if !channel.active {
            return self.give_up(due, now).await;
        }
        let Some(turn) = self.turn(channel, kind, due.len(), now).await? else {
            return Ok(0);
        };
        // What was due before the turn, somebody else may have brought out meanwhile.
        let due = self
            .store
            .deliveries_due(&channel.id, now.0, turn.messages)
            .await?;
        let mut tried = 0;
        let mut rest = Millis(0);
        for delivery in due {
            if self.time.now() + RESERVE > now + TURN {
                break;
            }
            let outcome = self.send(channel, kind, &delivery).await;
            let failed = outcome.is_err();
            self.write_down(delivery, outcome).await?;
            tried += 1;
            if failed {
                rest = REST;
                break;
            }
        }
        let until = self.time.now() + rest;
        self.store
            .end_channel_turn(&channel.id, &turn.holder, until.0)
            .await?;
        Ok(tried)
    }

    /// Takes the turn, and counts its messages before they go out: whoever is killed has sent no more than this.
    async fn turn(
        &self,
        channel: &ChannelRow,
        kind: ChannelKind,
        wanted: usize,
        now: Timestamp,
    ) -> Result<Option<Turn>, StoreError> {
        let last = self.store.channel_turn(&channel.id).await?;
        if last.as_ref().is_some_and(|last| last.until > now.0) {
            return Ok(None);
        }
        let sent = last.map_or(Vec::new(), |last| last.sent);
        let mut sent: Vec<Timestamp> = sent.into_iter().map(Timestamp).collect();
        sent.retain(|at| pace::counts(*at, now));
        let messages = pace::left(kind, &sent, now).min(wanted);
        if messages == 0 {
            return Ok(None);
        }
        sent.extend(std::iter::repeat_n(now, messages));
        let holder = hex(&random_bytes::<8>());
        let row = ChannelTurnRow {
            channel: channel.id.clone(),
            holder: holder.clone(),
            until: (now + TURN).0,
            sent: sent.iter().map(|at| at.0).collect(),
        };
        let taken = self.store.take_channel_turn(row, now.0).await?;
        Ok(taken.then_some(Turn { holder, messages }))
    }

    async fn send(
        &self,
        channel: &ChannelRow,
        kind: ChannelKind,
        delivery: &DeliveryRow,
    ) -> Result<(), Failure> {
        let message: Message =
            serde_json::from_str(&delivery.message).map_err(|_| Why::Unintelligible)?;
        let link = match &delivery.wo {
            Some(wo) => format!("{}/console/work-orders/{wo}", self.base),
            None => format!("{}/console/channels", self.base),
        };
        match kind {
            ChannelKind::Email => {
                let mail = self.mail.as_ref().ok_or(Why::NoMail)?;
                mail.send(&channel.address, &delivery.id, &message, &link)
                    .await
            }
            _ => {
                let now = self.time.now();
                self.webhooks
                    .send(channel, kind, &delivery.id, &message, &link, now)
                    .await
            }
        }
    }

    async fn write_down(
        &self,
        mut delivery: DeliveryRow,
        outcome: Result<(), Failure>,
    ) -> Result<(), StoreError> {
        let now = self.time.now();
        let (state, due_at) = match &outcome {
            Ok(()) => ("sent", NEVER),
            Err(failure) => {
                delivery.failures += 1;
                let failures = u32::try_from(delivery.failures).unwrap_or(u32::MAX);
                match retry::after(failures, failure.why) {
                    Next::Again(wait) => ("failed", (now + wait).0),
                    Next::GiveUp => ("given_up", NEVER),
                }
            }
        };
        if let Err(failure) = &outcome {
            tracing::warn!(
                delivery = delivery.id,
                channel = delivery.channel,
                why = failure.why.code(),
                number = failure.number.as_deref(),
                state,
                "a message did not arrive"
            );
        }
        let failure = outcome.err();
        delivery.attempts.push(AttemptRow {
            at: now.0,
            why: failure
                .as_ref()
                .map(|failure| failure.why.code().to_owned()),
            number: failure.and_then(|failure| failure.number),
        });
        let excess = delivery.attempts.len().saturating_sub(ATTEMPTS_KEPT);
        delivery.attempts.drain(..excess);
        delivery.state = state.to_owned();
        delivery.due_at = due_at;
        delivery.version += 1;
        // Somebody was faster only if this turn has ended by itself; then both have sent it.
        self.store.change_delivery(delivery).await.map(drop)
    }

    /// What lies in front of a channel that was switched off.
    async fn give_up(&self, due: Vec<DeliveryRow>, now: Timestamp) -> Result<usize, StoreError> {
        let given_up = due.len();
        for mut delivery in due {
            delivery.attempts.push(AttemptRow {
                at: now.0,
                why: Some(Why::SwitchedOff.code().to_owned()),
                number: None,
            });
            delivery.state = "given_up".to_owned();
            delivery.due_at = NEVER;
            delivery.version += 1;
            self.store.change_delivery(delivery).await?;
        }
        Ok(given_up)
    }
}

/// The right to speak to a channel, so many messages.
struct Turn {
    holder: String,
    messages: usize,
}
