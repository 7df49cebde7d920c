//! Tickets of other systems (11.2.2 a, b): the hotline's own system, i深圳, the feedback button of a terminal. A
//! ticket is a fault or a complaint; its number in the other system makes it idempotent, and leads back to how far
//! the matter is.

use domain::event::Channel;
use domain::ids::TerminalId;
use domain::sidecar::Contact;
use domain::time::Timestamp;
use poem::Request;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Value, json};
use store::ComplaintRow;

use super::account::{Account, Integrated};
use super::accounts::IntegrationChannelDto;
use crate::complaints::{NewComplaint, complain, number_of};
use crate::error::ApiError;
use crate::intake::{JoinRequest, NewReport, request_digest};
use crate::joins::join_report;
use crate::judged::judged;
use crate::language::{self, Lang};
use crate::openapi::Tag;
use crate::public::plain_words;
use crate::reports::{contact_of, fault_code, file_report, terminal_id};
use crate::slips::{SlipDto, report_event};
use crate::state::{App, SharedApp};
use crate::work_orders::{open_at, read, work_order_id};

/// What a ticket is.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "TicketKind", rename_all = "snake_case")]
enum TicketKindDto {
    Fault,
    Complaint,
}

/// A ticket.
#[derive(Object)]
#[oai(rename = "NewTicket")]
struct NewTicketDto {
    /// Its number in the other system.
    #[oai(validator(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._:-]+$"))]
    external_id: String,
    kind: TicketKindDto,
    /// Must be the account's, if it is said at all.
    channel: Option<IntegrationChannelDto>,
    /// The terminal's number, `SZ-FT-012344`.
    #[oai(validator(max_length = 40))]
    terminal: String,
    /// A fault of table 1, `HW-1`; needed for a fault that joins none.
    #[oai(validator(max_length = 8))]
    fault: Option<String>,
    /// A work order: the one to join, or the one that is complained about.
    #[oai(validator(max_length = 32))]
    work_order: Option<String>,
    #[oai(validator(max_length = 4000))]
    text: String,
    #[oai(validator(max_length = 120))]
    reporter_name: Option<String>,
    #[oai(validator(max_length = 60))]
    reporter_phone: Option<String>,
    /// Claimed moment of the fault, milliseconds since 1970 UTC.
    occurred_at: Option<i64>,
}

/// An answer to a complaint.
#[derive(Object)]
#[oai(rename = "TicketAnswer")]
struct AnswerDto {
    /// ms since 1970 UTC.
    at: i64,
    text: String,
}

/// How far a ticket is.
#[derive(Object)]
#[oai(rename = "Ticket")]
struct TicketDto {
    external_id: String,
    kind: TicketKindDto,
    work_order: Option<String>,
    complaint: Option<String>,
    /// Of a work order its stage; of a complaint `waiting` or `answered`.
    state: String,
    /// The same in the caller's language.
    state_text: String,
    /// When it was registered here, ms since 1970 UTC.
    at: i64,
    /// The limits of the work order, as `getWorkOrder` judges them.
    clocks: Any<Value>,
    /// Answers to the complaint.
    answers: Vec<AnswerDto>,
    /// Other open work orders of the terminal, which a later caller may join.
    also_open: Vec<String>,
    slip: SlipDto,
}

pub struct TicketsApi(pub SharedApp);

#[OpenApi(prefix_path = "/integrations/tickets", tag = "Tag::Integrations")]
impl TicketsApi {
    /// A ticket of another system
    ///
    /// The same number with the same content is the same ticket, however often it is sent; with another content
    /// it is a contradiction (409), which shows both.
    #[oai(path = "/", method = "post", operation_id = "receiveTicket")]
    async fn receive(
        &self,
        request: &Request,
        Integrated(account): Integrated,
        Json(ticket): Json<NewTicketDto>,
    ) -> Result<Json<TicketDto>, ApiError> {
        account.count(&self.0)?;
        let lang = language::accepted(request.headers());
        let external_id = ticket.external_id.clone();
        let incoming = Incoming::of(&self.0, &account, ticket)?;
        let known = Known::find(&self.0, &account, &external_id).await?;
        if let Some(known) = &known {
            known.must_be(&self.0, &incoming).await?;
        } else {
            incoming.take(&self.0, &account, &external_id).await?;
        }
        self.shown(&account, &external_id, lang).await
    }

    /// How far a ticket is
    #[oai(path = "/:external_id", method = "get", operation_id = "getTicket")]
    async fn show(
        &self,
        request: &Request,
        Integrated(account): Integrated,
        external_id: Path<String>,
    ) -> Result<Json<TicketDto>, ApiError> {
        let lang = language::accepted(request.headers());
        self.shown(&account, &external_id, lang).await
    }
}

impl TicketsApi {
    async fn shown(
        &self,
        account: &Account,
        external_id: &str,
        lang: Lang,
    ) -> Result<Json<TicketDto>, ApiError> {
        let absent = || ApiError::not_found("对接工单", "ticket", external_id);
        let known = Known::find(&self.0, account, external_id).await?;
        let dto = match known.ok_or_else(absent)? {
            Known::Report { work_order, .. } => {
                let event = report_event(&self.0, &work_order).await?;
                let slip = SlipDto::of_event(&self.0, event);
                self.fault(external_id, &work_order, slip, lang).await?
            }
            Known::Join {
                work_order, event, ..
            } => {
                let event = event.parse();
                let event = event.map_err(|_| ApiError::internal("ticket", "a stored event"))?;
                let slip = SlipDto::of_event(&self.0, event);
                self.fault(external_id, &work_order, slip, lang).await?
            }
            Known::Complaint(row) => self.complaint(external_id, *row, lang).await?,
        };
        Ok(Json(dto))
    }

    async fn fault(
        &self,
        external_id: &str,
        id: &str,
        slip: SlipDto,
        lang: Lang,
    ) -> Result<TicketDto, ApiError> {
        let app = &self.0;
        let row = app.store.work_order(id).await?;
        let row = row.ok_or_else(|| ApiError::internal("ticket", "its work order is gone"))?;
        let work_order = read(&row)?;
        let judgement = judged(app, &app.register(), &work_order).await?;
        let mut also_open = joinable_at(app, &work_order.terminal).await?;
        also_open.retain(|other| *other != row.id);
        let joined = work_order.joins.iter();
        let mut joined = joined.filter(|join| Some(join.at.event.to_string()) == slip.event);
        let at = joined
            .next()
            .map_or(work_order.report.at.wall, |join| join.at.wall);
        Ok(TicketDto {
            external_id: external_id.to_owned(),
            kind: TicketKindDto::Fault,
            state: row.stage,
            state_text: plain_words::stage(&judgement.stage, lang).to_owned(),
            at: at.0,
            clocks: Any(json!(judgement.clocks)),
            work_order: Some(row.id),
            complaint: None,
            answers: Vec::new(),
            also_open,
            slip,
        })
    }

    async fn complaint(
        &self,
        external_id: &str,
        row: ComplaintRow,
        lang: Lang,
    ) -> Result<TicketDto, ApiError> {
        let app = &self.0;
        let answers = app.store.complaint_answers(&row.number).await?;
        let (state, state_text) = plain_words::complaint(!answers.is_empty(), lang);
        let answers = answers.into_iter().map(|answer| AnswerDto {
            at: answer.at,
            text: answer.text,
        });
        Ok(TicketDto {
            external_id: external_id.to_owned(),
            kind: TicketKindDto::Complaint,
            work_order: row.wo,
            state: state.to_owned(),
            state_text: state_text.to_owned(),
            at: row.at,
            clocks: Any(json!([])),
            answers: answers.collect(),
            also_open: joinable_at(app, &terminal_id(&row.terminal)?).await?,
            slip: SlipDto::of_complaint(app, &row.number),
            complaint: Some(row.number),
        })
    }
}

/// What a ticket asks for.
enum Incoming {
    Report(NewReport),
    Join(JoinRequest),
    Complaint(NewComplaint),
}

impl Incoming {
    fn of(app: &App, account: &Account, ticket: NewTicketDto) -> Result<Self, ApiError> {
        let NewTicketDto {
            external_id,
            kind,
            channel,
            terminal,
            fault,
            work_order,
            text,
            reporter_name,
            reporter_phone,
            occurred_at,
        } = ticket;
        let register = app.register();
        let terminal = terminal_id(&terminal)?;
        let (placed, site) = register.place(&terminal)?;
        let is_its_channel = channel.is_none_or(|named| account.channel == Channel::from(named));
        if !account.may_report(placed, site) || !is_its_channel {
            return Err(ApiError::forbidden());
        }
        let work_order = work_order.map(|id| work_order_id(&id)).transpose()?;
        let reporter: Option<Contact> = contact_of(reporter_name, reporter_phone);
        let by = account.person.clone();
        let channel = account.channel;
        let occurred_at = occurred_at.map(Timestamp);
        Ok(match (kind, work_order) {
            (TicketKindDto::Complaint, work_order) => Incoming::Complaint(NewComplaint {
                terminal,
                work_order,
                channel,
                text,
                by,
                complainant: reporter,
                external_id: Some(external_id),
            }),
            (TicketKindDto::Fault, Some(work_order)) => Incoming::Join(JoinRequest {
                work_order,
                channel,
                by,
                text,
                reporter,
                occurred_at,
                idempotency_key: Some(join_key(&external_id)),
            }),
            (TicketKindDto::Fault, None) => Incoming::Report(NewReport {
                terminal,
                fault: fault_code(fault.as_deref().unwrap_or_default())?,
                text,
                channel,
                by,
                reporter,
                occurred_at,
                technician: None,
                idempotency_key: Some(report_key(&external_id)),
            }),
        })
    }

    async fn take(&self, app: &App, account: &Account, external_id: &str) -> Result<(), ApiError> {
        match self {
            Incoming::Report(report) => file_report(app, report.clone()).await.map(drop),
            Incoming::Join(join) => {
                // The terminal was looked at before; the work order must be one of its account's, too.
                let absent = || ApiError::not_found("工单", "work order", &join.work_order);
                let row = app.store.work_order(join.work_order.as_str()).await?;
                let district = row.ok_or_else(absent)?.district;
                let is_its = account.districts.iter().any(|own| own.as_str() == district);
                if !is_its {
                    return Err(absent());
                }
                join_report(app, join.clone()).await.map(drop)
            }
            Incoming::Complaint(complaint) => {
                let number = number_of(&account.person, external_id);
                complain(app, complaint.clone(), number).await.map(drop)
            }
        }
    }

    /// What it says, without whoever says it.
    fn content(&self) -> Value {
        match self {
            Incoming::Report(report) => {
                json!({ "kind": "fault", "terminal": report.terminal, "fault": report.fault, "text": report.text, "occurred_at": report.occurred_at })
            }
            Incoming::Join(join) => {
                json!({ "kind": "fault", "work_order": join.work_order, "text": join.text, "occurred_at": join.occurred_at })
            }
            Incoming::Complaint(complaint) => {
                json!({ "kind": "complaint", "terminal": complaint.terminal, "work_order": complaint.work_order, "text": complaint.text })
            }
        }
    }
}

fn report_key(external_id: &str) -> String {
    format!("ticket/{external_id}")
}

fn join_key(external_id: &str) -> String {
    format!("ticket-join/{external_id}")
}

/// What a ticket became when it came first.
enum Known {
    Report { work_order: String, digest: String },
    Join { work_order: String, event: String },
    Complaint(Box<ComplaintRow>),
}

impl Known {
    async fn find(
        app: &App,
        account: &Account,
        external_id: &str,
    ) -> Result<Option<Self>, ApiError> {
        let person = account.person.as_str();
        let row = app
            .store
            .idempotent(person, &report_key(external_id))
            .await?;
        if let Some(row) = row {
            return Ok(Some(Known::Report {
                work_order: row.response,
                digest: row.request,
            }));
        }
        let row = app.store.idempotent(person, &join_key(external_id)).await?;
        if let Some(row) = row {
            return Ok(Some(Known::Join {
                work_order: row.request,
                event: row.response,
            }));
        }
        let number = number_of(&account.person, external_id);
        let row = app.store.complaint(&number).await?;
        Ok(row.map(|row| Known::Complaint(Box::new(row))))
    }

    /// Requires that the same was sent again.
    ///
    /// # Errors
    /// 409 with both, when it was not.
    async fn must_be(&self, app: &App, sent: &Incoming) -> Result<(), ApiError> {
        let earlier = self.content(app).await?;
        let is_same = match (self, sent) {
            (Known::Report { digest, .. }, Incoming::Report(report)) => {
                *digest == request_digest(report)
            }
            (Known::Join { .. }, Incoming::Join(_)) => earlier == sent.content(),
            (Known::Complaint(row), Incoming::Complaint(complaint)) => {
                row.request == complaint.digest()
            }
            _ => false,
        };
        if is_same {
            return Ok(());
        }
        let contradiction = ApiError::conflict(
            "ticket_contradicts",
            "同一外部工单号此前已登记，但内容不同。原内容与本次内容见 earlier 与 sent；如确有更改，请使用新的单号。",
            "A ticket with this number was registered with another content; see earlier and sent. If something has changed, send it under a new number.",
        );
        Err(contradiction.between(earlier, sent.content()))
    }

    async fn content(&self, app: &App) -> Result<Value, ApiError> {
        let gone = || ApiError::internal("ticket", "what it became is gone");
        Ok(match self {
            Known::Report { work_order, .. } => {
                let row = app.store.work_order(work_order).await?;
                let work_order = read(&row.ok_or_else(gone)?)?;
                let what = &work_order.report.what;
                json!({ "kind": "fault", "terminal": work_order.terminal, "fault": what.fault, "text": what.text, "occurred_at": what.occurred_at })
            }
            Known::Join {
                work_order, event, ..
            } => {
                let row = app.store.work_order(work_order).await?;
                let work_order = read(&row.ok_or_else(gone)?)?;
                let mut joins = work_order.joins.iter();
                let join = joins.find(|join| join.at.event.to_string() == *event);
                let what = &join.ok_or_else(gone)?.what;
                json!({ "kind": "fault", "work_order": work_order.id, "text": what.text, "occurred_at": what.occurred_at })
            }
            Known::Complaint(row) => {
                json!({ "kind": "complaint", "terminal": row.terminal, "work_order": row.wo, "text": row.text })
            }
        })
    }
}

/// Open work orders of a terminal that can be joined, the oldest first.
async fn joinable_at(app: &App, terminal: &TerminalId) -> Result<Vec<String>, ApiError> {
    let open = open_at(app, terminal).await?.into_iter();
    let joinable = open.filter(|work_order| work_order.may_be_joined().is_ok());
    Ok(joinable
        .map(|work_order| work_order.id.to_string())
        .collect())
}
