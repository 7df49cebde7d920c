//! What a phone talks to: its chain head, its events, what has changed for it, and what was set
//! aside. The two endpoints with work-order documents send stored JSON as it is.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::actor::{Action, Subject};
use domain::envelope::{Envelope, PublicKey};
use domain::event::EVENT_TYPE;
use domain::ids::{DeviceId, Digest};
use domain::sidecar::Sidecar;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use poem_openapi::param::Query;
use poem_openapi::payload::{EventStream, Json};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::Value;
use tokio_stream::wrappers::BroadcastStream;

use crate::auth::{Session, SignedIn};
use crate::cursor::Cursor;
use crate::error::ApiError;
use crate::intake::open::Incoming;
use crate::intake::{HeadRequest, Outcome, PushRequest, Status};
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::reason::Reason;
use crate::state::SharedApp;

/// Most events in one request.
const EVENTS_MAX: usize = 200;
/// Most work orders in one page of changes.
const CHANGES_MAX: usize = 500;
/// A comment is sent this often, so that proxies and phones notice a dead line.
const PING: Duration = Duration::from_secs(20);

/// A chain head to be receipted.
#[derive(Object)]
struct HeadDto {
    /// Envelope of a `sync_requested` event.
    envelope: Any<Value>,
}

/// The server's signed word.
#[derive(Object)]
struct ReceiptDto {
    /// Envelope of the receipt.
    receipt: Any<Value>,
}

/// Events with what they commit to.
#[derive(Object)]
struct PushDto {
    /// Envelopes in the order of the chain, at most 200.
    events: Vec<Any<Value>>,
    /// By commitment (64 hex digits): salt and value.
    #[oai(default)]
    sidecars: BTreeMap<String, Any<Value>>,
}

/// What became of an event.
#[derive(Enum, Clone, Copy)]
#[oai(rename_all = "snake_case")]
enum StatusDto {
    Accepted,
    Duplicate,
    Quarantined,
    Gap,
}

/// The answer for one event.
#[derive(Object)]
struct OutcomeDto {
    /// Event id as far as the envelope could be read.
    id: Option<String>,
    seq: Option<u64>,
    status: StatusDto,
    /// Why it was set aside, and what to do.
    problem: Option<Reason>,
}

/// The answer for a batch.
#[derive(Object)]
struct PushedDto {
    /// Envelope of the receipt for the chain as the server now has it.
    receipt: Option<Any<Value>>,
    outcomes: Vec<OutcomeDto>,
    /// The sequence number the chain waits for.
    expected_seq: u64,
}

/// One changed work order.
#[derive(Object)]
struct ChangeDto {
    /// Place in the order of changes.
    n: i64,
    /// The work order as it is now.
    work_order: Any<Value>,
}

/// A page of changes.
#[derive(Object)]
struct ChangesDto {
    changes: Vec<ChangeDto>,
    /// Where to go on; opaque.
    cursor: String,
    /// Whether more is waiting behind this page.
    more: bool,
    /// The server's clock, milliseconds since 1970 UTC.
    server_time: i64,
}

/// A record that was set aside.
#[derive(Object)]
struct QuarantinedDto {
    id: String,
    event: Option<String>,
    seq: Option<i64>,
    work_order: Option<String>,
    reason: Reason,
    received_at: i64,
    /// The envelope as it came.
    envelope: Any<Value>,
}

/// Says that something new waits.
#[derive(Object)]
struct ChangedDto {
    /// What changed: always `changes`.
    changed: String,
}

pub struct SyncApi(pub SharedApp);

#[OpenApi(prefix_path = "/sync", tag = "Tag::Sync")]
impl SyncApi {
    /// Receipt a chain head
    ///
    /// Sent first and alone: it bounds everything recorded before it to the server's time, even
    /// if the records themselves arrive days later.
    #[oai(path = "/head", method = "post", operation_id = "receiptHead")]
    async fn head(
        &self,
        SignedIn(session): SignedIn,
        Json(request): Json<HeadDto>,
    ) -> Result<Json<ReceiptDto>, ApiError> {
        let coming = self.0.intake.announce();
        let (dev, key) = self
            .key_of(&session, std::slice::from_ref(&request.envelope))
            .await?;
        let incoming = Incoming::open(request.envelope.0, dev, key.as_ref(), self.0.signer.keys());
        let opened = incoming.verdict.map_err(ApiError::refused)?;
        let receipt = self.0.intake.head(coming, HeadRequest { opened }).await?;
        Ok(Json(ReceiptDto {
            receipt: Any(parse(&receipt)?),
        }))
    }

    /// Push events
    ///
    /// Idempotent. Every event gets an outcome; nothing is dropped. What is refused is kept with
    /// its reason, and the chain goes on.
    #[oai(path = "/events", method = "post", operation_id = "pushEvents")]
    async fn push(
        &self,
        SignedIn(session): SignedIn,
        Json(request): Json<PushDto>,
    ) -> Result<Json<PushedDto>, ApiError> {
        if !(1..=EVENTS_MAX).contains(&request.events.len()) {
            return Err(ApiError::unprocessable(
                "batch_size",
                "一次请发送 1 至 200 条记录。",
                "Send 1 to 200 events at a time.",
            ));
        }
        let coming = self.0.intake.announce();
        let (dev, key) = self.key_of(&session, &request.events).await?;
        let server = self.0.signer.keys();
        let open = |Any(raw): Any<Value>| Incoming::open(raw, dev, key.as_ref(), server);
        let events = request.events.into_iter().map(open).collect();
        let sidecars = sidecars(request.sidecars);
        let person = session.actor.person.clone();
        let answer = self
            .0
            .intake
            .push(
                coming,
                PushRequest {
                    dev,
                    person,
                    events,
                    sidecars,
                },
            )
            .await?;
        Ok(Json(PushedDto {
            receipt: answer.receipt.as_deref().map(parse).transpose()?.map(Any),
            outcomes: answer.outcomes.into_iter().map(OutcomeDto::from).collect(),
            expected_seq: answer.expected_seq,
        }))
    }

    /// What changed for me
    ///
    /// Without a cursor: all my work orders, then the cursor from which to go on. A cursor never
    /// skips a change and never repeats one that was followed.
    #[oai(path = "/changes", method = "get", operation_id = "listChanges")]
    async fn changes(
        &self,
        SignedIn(session): SignedIn,
        #[oai(validator(max_length = 80))] cursor: Query<Option<String>>,
        #[oai(
            default = "default_limit",
            validator(minimum(value = "1"), maximum(value = "500"))
        )]
        limit: Query<usize>,
    ) -> Result<RawJson<ChangesDto>, ApiError> {
        let cursor: Option<Cursor> = cursor.0.as_deref().map(str::parse).transpose()?;
        let limit = limit.0.min(CHANGES_MAX);
        let page = crate::cursor::read(&self.0.store, session.actor.person.as_str(), cursor, limit)
            .await?;
        Ok(RawJson::new(page.into_json(self.0.now())))
    }

    /// Be told when something changes
    ///
    /// Server-sent events; each says only that `listChanges` has something new.
    #[oai(path = "/stream", method = "get", operation_id = "streamChanges")]
    async fn stream(
        &self,
        SignedIn(session): SignedIn,
    ) -> EventStream<BoxStream<'static, ChangedDto>> {
        let person = session.actor.person.to_string();
        let hears = BroadcastStream::new(self.0.intake.subscribe());
        let mine = hears.filter_map(move |feeds| {
            // A listener that lagged behind has missed something: tell it to look.
            let is_mine = feeds.map_or(true, |feeds| feeds.contains(&person));
            std::future::ready(is_mine.then(|| ChangedDto {
                changed: "changes".to_owned(),
            }))
        });
        EventStream::new(mine.boxed()).keep_alive(PING)
    }

    /// My records that were set aside
    #[oai(path = "/quarantine", method = "get", operation_id = "listQuarantine")]
    async fn quarantine(
        &self,
        SignedIn(session): SignedIn,
    ) -> Result<Json<Vec<QuarantinedDto>>, ApiError> {
        let rows = self
            .0
            .store
            .quarantine_of(session.actor.person.as_str())
            .await?;
        Ok(Json(rows.into_iter().map(QuarantinedDto::from).collect()))
    }
}

impl SyncApi {
    /// The device the batch claims to come from, and its key if it is this person's phone.
    async fn key_of(
        &self,
        session: &Session,
        envelopes: &[Any<Value>],
    ) -> Result<(DeviceId, Option<PublicKey>), ApiError> {
        let own = Subject {
            technician: Some(session.actor.person.clone()),
            ..Subject::default()
        };
        session.must(Action::RecordWork, &own)?;
        let claimed = envelopes.iter().find_map(|Any(raw)| {
            let envelope = Envelope::from_value(raw.clone()).ok()?;
            envelope.open_unverified(EVENT_TYPE).ok()?.claimed_dev()
        });
        let Some(dev) = claimed else {
            return Ok((DeviceId([0; 16]), None));
        };
        let person = session.actor.person.as_str();
        let key = self.0.known_keys.of(&self.0.store, dev, person).await?;
        Ok((dev, key))
    }
}

fn default_limit() -> usize {
    CHANGES_MAX
}

/// Unreadable names or values are left out; the rules then name what is missing.
fn sidecars(sent: BTreeMap<String, Any<Value>>) -> BTreeMap<Digest, Sidecar> {
    let read = |(c, Any(value)): (String, Any<Value>)| {
        Some((c.parse().ok()?, serde_json::from_value(value).ok()?))
    };
    sent.into_iter().filter_map(read).collect()
}

fn parse(text: &str) -> Result<Value, ApiError> {
    serde_json::from_str(text).map_err(|error| ApiError::internal("receipt", error))
}

impl From<Outcome> for OutcomeDto {
    fn from(outcome: Outcome) -> Self {
        let Outcome {
            id,
            seq,
            status,
            code,
        } = outcome;
        let status = match status {
            Status::Accepted => StatusDto::Accepted,
            Status::Duplicate => StatusDto::Duplicate,
            Status::Quarantined => StatusDto::Quarantined,
            Status::Gap => StatusDto::Gap,
        };
        Self {
            id: id.map(|id| id.to_string()),
            seq,
            status,
            problem: code.map(Reason::of),
        }
    }
}

impl From<store::QuarantineRow> for QuarantinedDto {
    fn from(row: store::QuarantineRow) -> Self {
        Self {
            reason: Reason::of(&row.code),
            envelope: Any(
                serde_json::from_str(&row.envelope).unwrap_or(Value::String(row.envelope))
            ),
            id: row.id,
            event: row.event,
            seq: row.seq,
            work_order: row.wo,
            received_at: row.received_at,
        }
    }
}
