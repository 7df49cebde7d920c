//! The leaders' queue (9.2 b, 9.3 c): work orders whose limit has passed for so long that a leader was told,
//! with who was told of what and when. A leader takes over; the desk says that it has responded.

use domain::actor::{Action, Role, Subject};
use domain::event::{ResponseKind, TakenOver};
use domain::refusal::TEXT_CHARS_MAX;
use domain::sla::clock::ClockKind;
use domain::sla::escalation::Rung;
use domain::work_order::WorkOrder;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Value, json};
use store::EscalationQuery;

use crate::auth::{Session, SignedIn, subject_of};
use crate::error::ApiError;
use crate::intake::{DeskRequest, RespondRequest, TakeOverRequest};
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::register::Register;
use crate::reports::person_id;
use crate::state::SharedApp;
use crate::work_orders::{ListedDto, alone, find, read, work_order_id};

/// Work orders on one page.
const PAGE: usize = 50;

/// One limit of the standard.
#[derive(Enum, Clone, Copy)]
#[oai(rename = "ClockKind", rename_all = "snake_case")]
enum ClockKindDto {
    Response,
    Arrival,
    Repair,
}

/// How somebody responded.
#[derive(Enum, Clone, Copy)]
#[oai(rename = "ResponseKind", rename_all = "snake_case")]
enum ResponseKindDto {
    Accepted,
    Called,
    Messaged,
    RemoteDiagnosis,
}

/// A response of the responsible side.
#[derive(Object)]
struct ResponseDto {
    how: ResponseKindDto,
    /// Who responded, if they said so by telephone to whoever writes it down; both names are kept. The
    /// hotline, which is no part of the responsible side, must name somebody of the provider.
    #[oai(validator(max_length = 64))]
    person: Option<String>,
}

/// A leader takes over.
#[derive(Object)]
struct TakeoverDto {
    clock: ClockKindDto,
    /// What is being done about it, at most 2,000 characters.
    #[oai(default)]
    text: String,
}

/// A step that was said, or a takeover.
#[derive(Object)]
struct ToldDto {
    clock: ClockKindDto,
    /// `warning`, `overdue`, or `leader` with how many rungs above; null for a takeover.
    rung: Any<Value>,
    /// Since when it was due; null for a takeover.
    due_at: Option<i64>,
    /// When it was said.
    at: i64,
    /// Who was told, or who took over.
    people: Vec<NamedDto>,
    /// What whoever took over says.
    text: Option<String>,
}

/// A person's name.
#[derive(Object)]
struct NamedDto {
    person: String,
    name: String,
}

/// A work order in the queue.
#[derive(Object)]
struct EscalatedDto {
    item: ListedDto,
    /// In order of time.
    told: Vec<ToldDto>,
    /// Clocks that went up, still run, and that nobody has taken over.
    open_clocks: Vec<ClockKindDto>,
    /// Whether the caller was told as a leader.
    is_mine: bool,
    /// Whether the caller may take over.
    may_take_over: bool,
}

/// A page of the queue.
#[derive(Object)]
struct QueueDto {
    items: Vec<EscalatedDto>,
    /// How many there are in all.
    total: u64,
}

pub struct EscalationsApi(pub SharedApp);

#[OpenApi(tag = "Tag::WorkOrders")]
impl EscalationsApi {
    /// The leaders' queue
    ///
    /// Work orders of which a leader was told: a provider sees its own, a district its own.
    #[oai(
        path = "/escalations",
        method = "get",
        operation_id = "listEscalations"
    )]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        /// `waiting`: the limit that went up still runs; or `all`.
        #[oai(default = "waiting_only", validator(pattern = "^(waiting|all)$"))]
        state: Query<String>,
        #[oai(default, validator(maximum(value = "10000")))] page: Query<usize>,
    ) -> Result<RawJson<QueueDto>, ApiError> {
        session.must(Action::ReadEscalations, &subject_of(&session.person))?;
        let query = EscalationQuery {
            scope: session.scope(),
            waiting_only: state.0 == "waiting",
            offset: page.0 * PAGE,
            limit: PAGE,
        };
        let (rows, total) = self.0.store.escalations(&query).await?;
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let register = self.0.register();
        let mut items = Vec::with_capacity(rows.len());
        for row in self.0.store.work_orders_by_id(&ids).await? {
            let listed = alone(&self.0, &row).await?;
            items.push(escalated(listed, &read(&row)?, &session, &register));
        }
        let page = json!({ "items": items, "total": total });
        Ok(RawJson::new(page.to_string()))
    }

    /// Take over what has gone up
    ///
    /// For a leader who was told, or a manager of the provider. Nobody further up is told then. Of a report that
    /// nobody has answered this is also the response. Doing it twice is harmless.
    #[oai(
        path = "/work-orders/:id/takeover",
        method = "post",
        operation_id = "takeOverWorkOrder"
    )]
    async fn take_over(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(takeover): Json<TakeoverDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::TakeOver).await?;
        let text = takeover.text.trim().to_owned();
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(ApiError::unprocessable(
                "text_too_long",
                "文字超过 2000 字，请精简。",
                "The text is longer than 2,000 characters. Shorten it.",
            ));
        }
        let request = TakeOverRequest {
            work_order: work_order_id(&row.id)?,
            by: session.actor.person.clone(),
            taken: TakenOver {
                clock: takeover.clock.into(),
                text,
            },
        };
        self.say(&session, &row.id, DeskRequest::TakeOver(request))
            .await
    }

    /// Say that the responsible side has responded
    ///
    /// By somebody of the provider's desk, in their own name, or by desk or hotline for somebody of the provider
    /// who told them by telephone (A2). The first response counts. Saying it twice is harmless.
    #[oai(
        path = "/work-orders/:id/response",
        method = "post",
        operation_id = "respondToWorkOrder"
    )]
    async fn respond(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(response): Json<ResponseDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::Respond).await?;
        let person = response.person.map(|id| person_id(&id)).transpose()?;
        if person.is_none() && session.actor.role == Role::Hotline {
            return Err(ApiError::unprocessable(
                "responder_missing",
                "热线代记响应时，请写明是运维单位的哪一位响应的。",
                "When the hotline writes a response down, name who of the provider responded.",
            ));
        }
        let request = RespondRequest {
            work_order: work_order_id(&row.id)?,
            by: session.actor.person.clone(),
            how: response.how.into(),
            person,
        };
        self.say(&session, &row.id, DeskRequest::Respond(request))
            .await
    }
}

impl EscalationsApi {
    async fn say(
        &self,
        session: &Session,
        id: &str,
        request: DeskRequest,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        self.0.intake.desk(request).await?;
        let row = find(&self.0, session, id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }
}

fn waiting_only() -> String {
    "waiting".to_owned()
}

fn escalated(
    listed: Value,
    work_order: &WorkOrder,
    session: &Session,
    register: &Register,
) -> Value {
    let me = &session.actor.person;
    let named = |person| json!({ "person": person, "name": register.name_of(person) });
    let alerts = work_order.alerts.iter().map(|alert| {
        let what = &alert.what;
        let people: Vec<Value> = what.to.iter().map(named).collect();
        let said = json!({ "clock": what.clock, "rung": what.rung, "due_at": what.due_at,
            "at": alert.at.wall, "people": people, "text": null });
        (alert.at.wall, said)
    });
    let takeovers = work_order.takeovers.iter().map(|takeover| {
        let what = &takeover.what;
        let said = json!({ "clock": what.clock, "rung": null, "due_at": null,
            "at": takeover.at.wall, "people": [named(&takeover.by)], "text": what.text });
        (takeover.at.wall, said)
    });
    let mut told: Vec<_> = alerts.chain(takeovers).collect();
    told.sort_by_key(|(at, _)| *at);
    let told: Vec<Value> = told.into_iter().map(|(_, said)| said).collect();
    let is_mine = work_order
        .alerts
        .iter()
        .any(|alert| matches!(alert.what.rung, Rung::Leader(_)) && alert.what.to.contains(me));
    let runs = |kind: ClockKind| {
        let clocks = listed["judgement"]["clocks"].as_array();
        clocks.is_some_and(|clocks| {
            clocks
                .iter()
                .any(|clock| clock["kind"] == json!(kind) && clock["ended"].is_null())
        })
    };
    let open_clocks: Vec<ClockKind> = [ClockKind::Response, ClockKind::Repair]
        .into_iter()
        .filter(|kind| work_order.has_gone_up(*kind) && !work_order.is_taken_over(*kind))
        .filter(|kind| runs(*kind))
        .collect();
    let subject = Subject {
        provider: Some(work_order.provider.clone()),
        ..Subject::default()
    };
    let may_take_over = !open_clocks.is_empty()
        && session.may(Action::TakeOver, &subject)
        && (is_mine || session.actor.role == Role::ProviderManager);
    json!({ "item": listed, "told": told, "open_clocks": open_clocks, "is_mine": is_mine,
        "may_take_over": may_take_over })
}

impl From<ClockKindDto> for ClockKind {
    fn from(kind: ClockKindDto) -> Self {
        match kind {
            ClockKindDto::Response => ClockKind::Response,
            ClockKindDto::Arrival => ClockKind::Arrival,
            ClockKindDto::Repair => ClockKind::Repair,
        }
    }
}

impl From<ResponseKindDto> for ResponseKind {
    fn from(kind: ResponseKindDto) -> Self {
        match kind {
            ResponseKindDto::Accepted => ResponseKind::Accepted,
            ResponseKindDto::Called => ResponseKind::Called,
            ResponseKindDto::Messaged => ResponseKind::Messaged,
            ResponseKindDto::RemoteDiagnosis => ResponseKind::RemoteDiagnosis,
        }
    }
}
