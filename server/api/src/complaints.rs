//! Complaints 投诉 (11.2.2 a): what somebody complains about, at a terminal or about a work order, and what was
//! answered. A record of its own beside the work orders: the standard sets no limit for it, so it has no clock, only
//! an age that everybody sees. Nothing in it is ever changed; name and phone lie apart.

use domain::actor::{Action, Subject};
use domain::canonical::to_canonical;
use domain::event::Channel;
use domain::ids::{Digest, PersonId, TerminalId, WorkOrderId};
use domain::sidecar::Contact;
use domain::slip::SlipCode;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;
use store::{
    ComplainantRow, ComplaintAnswerRow, ComplaintQuery, ComplaintRow, SlipRow, StoreError,
};

use crate::auth::{Session, SignedIn, subject_at, subject_of};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::reports::{channel_of, check, contact_of, terminal_id};
use crate::signer::{random_bytes, sha256_hex};
use crate::slips::{SlipDto, code_of};
use crate::state::{App, SharedApp};
use crate::work_orders::work_order_id;

/// Complaints on one page.
const PAGE: usize = 50;
/// Longest answer, in characters.
const ANSWER_CHARS_MAX: usize = 1_000;
/// Most answers to one complaint.
const ANSWERS_MAX: i64 = 50;

/// A complaint that is to be kept.
#[derive(Debug, Clone)]
pub struct NewComplaint {
    pub terminal: TerminalId,
    pub work_order: Option<WorkOrderId>,
    pub channel: Channel,
    pub text: String,
    /// Who writes it down, or the account it comes through.
    pub by: PersonId,
    pub complainant: Option<Contact>,
    /// The other system's number.
    pub external_id: Option<String>,
}

impl NewComplaint {
    /// Tells a repetition from a contradiction.
    pub fn digest(&self) -> String {
        let value = json!({ "terminal": self.terminal, "work_order": self.work_order, "text": self.text,
            "complainant": self.complainant });
        sha256_hex(to_canonical(&value).unwrap_or_default().as_bytes())
    }
}

/// The number of the complaint behind a ticket: the same ticket, the same number.
pub fn number_of(account: &PersonId, external_id: &str) -> String {
    number(&sha256_hex(format!("{account}\n{external_id}").as_bytes()))
}

/// Ten characters that people can read out.
fn number(seed: &str) -> String {
    let Digest(bytes) = seed.parse().unwrap_or(Digest([0; 32]));
    let code = SlipCode::of_secret(&bytes).to_string();
    format!("TS-{}-{}", &code[..5], &code[5..10])
}

/// Keeps a complaint under this number; true if the very same was there before.
///
/// # Errors
/// 409 when the number is taken by another one.
pub async fn complain(
    app: &App,
    complaint: NewComplaint,
    number: String,
) -> Result<bool, ApiError> {
    check(app, &complaint.text, complaint.complainant.as_ref(), None)?;
    if complaint.text.trim().is_empty() {
        return Err(ApiError::unprocessable(
            "complaint_empty",
            "请写明投诉内容。",
            "Write down what the complaint is about.",
        ));
    }
    let register = app.register();
    let (terminal, site) = register.place(&complaint.terminal)?;
    if let Some(id) = &complaint.work_order {
        let row = app.store.work_order(id.as_str()).await?;
        let is_there = row.is_some_and(|row| row.terminal == terminal.id.as_str());
        if !is_there {
            return Err(ApiError::not_found(
                "该终端的工单",
                "work order of this terminal",
                id,
            ));
        }
    }
    let request = complaint.digest();
    let channel = json!(complaint.channel);
    let row = ComplaintRow {
        number: number.clone(),
        district: site.district.to_string(),
        provider: terminal.provider.to_string(),
        terminal: terminal.id.to_string(),
        wo: complaint.work_order.map(|id| id.to_string()),
        channel: channel.as_str().unwrap_or_default().to_owned(),
        text: complaint.text.trim().to_owned(),
        by: complaint.by.to_string(),
        at: app.now().0,
        external_id: complaint.external_id,
        request: request.clone(),
        open: true,
    };
    let complainant = complaint.complainant.map(|contact| ComplainantRow {
        number: number.clone(),
        name: contact.name,
        phone: contact.phone,
    });
    let slip = SlipRow {
        digest: code_of(app.signer.codes(), &number).digest().to_string(),
        wo: None,
        event: None,
        complaint: Some(number.clone()),
        at: row.at,
    };
    match app.store.put_complaint(row, complainant, slip).await {
        Ok(()) => Ok(false),
        Err(StoreError::Invalid(_)) => match app.store.complaint(&number).await? {
            Some(earlier) if earlier.request == request => Ok(true),
            _ => Err(ApiError::conflict(
                "complaint_number_taken",
                "投诉编号重复，请再提交一次。",
                "This number is taken by another complaint. Send it again.",
            )),
        },
        Err(error) => Err(error.into()),
    }
}

/// A complaint by the desk.
#[derive(Object)]
struct NewComplaintDto {
    /// The terminal's number, `SZ-FT-012344`.
    #[oai(validator(max_length = 40))]
    terminal: String,
    /// The work order it is about, if it is about one.
    #[oai(validator(max_length = 32))]
    work_order: Option<String>,
    /// What is complained about, at most 2,000 characters.
    #[oai(validator(max_length = 4000))]
    text: String,
    #[oai(validator(max_length = 120))]
    reporter_name: Option<String>,
    #[oai(validator(max_length = 60))]
    reporter_phone: Option<String>,
}

/// An answer.
#[derive(Object)]
struct NewAnswerDto {
    /// At most 1,000 characters; whoever complained reads it.
    #[oai(validator(min_length = 1, max_length = 2000))]
    text: String,
}

/// An answer that was given.
#[derive(Object)]
#[oai(rename = "ComplaintAnswer")]
struct AnswerDto {
    text: String,
    by_name: String,
    /// ms since 1970 UTC.
    at: i64,
}

/// A complaint.
#[derive(Object)]
#[oai(rename = "Complaint")]
pub struct ComplaintDto {
    number: String,
    terminal: String,
    terminal_name: String,
    site_name: String,
    work_order: Option<String>,
    channel: String,
    text: String,
    by_name: String,
    /// ms since 1970 UTC.
    at: i64,
    /// The other system's number.
    external_id: Option<String>,
    /// Whether it waits for an answer. There is no limit; its age is all there is to see.
    waiting: bool,
    /// Name and phone, if they were given and the caller may answer.
    complainant_name: Option<String>,
    complainant_phone: Option<String>,
    answers: Vec<AnswerDto>,
    may_answer: bool,
    /// For whoever wrote it down, to read out; null for everybody else.
    slip: Option<SlipDto>,
}

/// A page of complaints.
#[derive(Object)]
struct ComplaintListDto {
    /// Newest first.
    items: Vec<ComplaintDto>,
    total: u64,
}

pub struct ComplaintsApi(pub SharedApp);

#[OpenApi(prefix_path = "/complaints", tag = "Tag::Complaints")]
impl ComplaintsApi {
    /// Complaints
    ///
    /// A provider sees those about its terminals, a district its own.
    #[oai(path = "/", method = "get", operation_id = "listComplaints")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        /// `waiting` for an answer, or `all`.
        #[oai(default = "waiting", validator(pattern = "^(waiting|all)$"))]
        state: Query<String>,
        #[oai(default, validator(maximum(value = "10000")))] page: Query<usize>,
    ) -> Result<Json<ComplaintListDto>, ApiError> {
        session.must(Action::ReadComplaints, &subject_of(&session.person))?;
        let query = ComplaintQuery {
            scope: session.scope(),
            open_only: state.0 == "waiting",
            offset: page.0 * PAGE,
            limit: PAGE,
        };
        let (rows, total) = self.0.store.list_complaints(&query).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.dto(&session, row).await?);
        }
        Ok(Json(ComplaintListDto {
            items,
            total: total as u64,
        }))
    }

    /// Write down a complaint
    ///
    /// On behalf of whoever complains; the answer has the slip to read out.
    #[oai(path = "/", method = "post", operation_id = "fileComplaint")]
    async fn file(
        &self,
        SignedIn(session): SignedIn,
        Json(new): Json<NewComplaintDto>,
    ) -> Result<Json<ComplaintDto>, ApiError> {
        let register = self.0.register();
        let terminal = terminal_id(&new.terminal)?;
        let (placed, site) = register.place(&terminal)?;
        session.must(Action::Complain, &subject_at(placed, site))?;
        let number = number(&domain::ids::hex(&random_bytes::<32>()));
        let complaint = NewComplaint {
            terminal,
            work_order: new.work_order.map(|id| work_order_id(&id)).transpose()?,
            channel: channel_of(session.actor.role),
            text: new.text,
            by: session.actor.person.clone(),
            complainant: contact_of(new.reporter_name, new.reporter_phone),
            external_id: None,
        };
        complain(&self.0, complaint, number.clone()).await?;
        let row = self.find(&session, &number).await?;
        Ok(Json(self.dto(&session, row).await?))
    }

    /// One complaint
    #[oai(path = "/:number", method = "get", operation_id = "getComplaint")]
    async fn show(
        &self,
        SignedIn(session): SignedIn,
        number: Path<String>,
    ) -> Result<Json<ComplaintDto>, ApiError> {
        let row = self.find(&session, &number).await?;
        Ok(Json(self.dto(&session, row).await?))
    }

    /// Answer a complaint
    ///
    /// A further answer stands beside the ones before it. Whoever complained reads it by their slip.
    #[oai(
        path = "/:number/answers",
        method = "post",
        operation_id = "answerComplaint"
    )]
    async fn answer(
        &self,
        SignedIn(session): SignedIn,
        number: Path<String>,
        Json(answer): Json<NewAnswerDto>,
    ) -> Result<Json<ComplaintDto>, ApiError> {
        let row = self.find(&session, &number).await?;
        session.must(Action::AnswerComplaint, &subject(&row))?;
        let text = answer.text.trim().to_owned();
        if text.is_empty() || text.chars().count() > ANSWER_CHARS_MAX {
            return Err(ApiError::unprocessable(
                "answer_missing_or_too_long",
                "请填写答复，不超过 1000 字。",
                "Write an answer of at most 1,000 characters.",
            ));
        }
        let given = self.0.store.complaint_answers(&row.number).await?;
        let place = given.last().map_or(1, |last| last.place + 1);
        let crossed = || {
            ApiError::conflict(
                "answered_meanwhile",
                "刚刚已有他人答复，或答复次数已达上限。请刷新页面查看。",
                "Somebody else has just answered, or there are as many answers as there may be. Reload to see.",
            )
        };
        if place > ANSWERS_MAX {
            return Err(crossed());
        }
        let answer = ComplaintAnswerRow {
            number: row.number.clone(),
            place,
            text,
            by: session.actor.person.to_string(),
            at: self.0.now().0,
        };
        match self.0.store.answer_complaint(answer).await {
            Err(StoreError::Invalid(_)) => return Err(crossed()),
            other => other?,
        }
        let row = self.find(&session, &row.number).await?;
        Ok(Json(self.dto(&session, row).await?))
    }
}

impl ComplaintsApi {
    /// The complaint, if it exists in the caller's area.
    async fn find(&self, session: &Session, number: &str) -> Result<ComplaintRow, ApiError> {
        let absent = || ApiError::not_found("投诉", "complaint", number);
        let row = self.0.store.complaint(number).await?.ok_or_else(absent)?;
        if session.may(Action::ReadComplaints, &subject(&row)) {
            Ok(row)
        } else {
            Err(absent())
        }
    }

    async fn dto(&self, session: &Session, row: ComplaintRow) -> Result<ComplaintDto, ApiError> {
        let app = &self.0;
        let register = app.register();
        let name = |person: &str| match person.parse() {
            Ok(id) => register.name_of(&id).to_owned(),
            Err(_) => person.to_owned(),
        };
        let may_answer = session.may(Action::AnswerComplaint, &subject(&row));
        let wrote_it = session.actor.person.as_str() == row.by;
        let complainant = match may_answer || wrote_it {
            true => app.store.complainant(&row.number).await?,
            false => None,
        };
        let (name_told, phone_told) = complainant.map(|who| (who.name, who.phone)).unzip();
        let answers = app.store.complaint_answers(&row.number).await?;
        let terminal = row.terminal.parse().ok();
        let place = terminal.and_then(|id| register.place(&id).ok());
        Ok(ComplaintDto {
            terminal_name: place.map_or(String::new(), |(terminal, _)| terminal.name.clone()),
            site_name: place.map_or(String::new(), |(_, site)| site.name.clone()),
            by_name: name(&row.by),
            slip: wrote_it.then(|| SlipDto::of_complaint(app, &row.number)),
            number: row.number,
            terminal: row.terminal,
            work_order: row.wo,
            channel: row.channel,
            text: row.text,
            at: row.at,
            external_id: row.external_id,
            waiting: row.open,
            complainant_name: name_told,
            complainant_phone: phone_told,
            answers: answers
                .iter()
                .map(|answer| AnswerDto {
                    text: answer.text.clone(),
                    by_name: name(&answer.by),
                    at: answer.at,
                })
                .collect(),
            may_answer,
        })
    }
}

fn waiting() -> String {
    "waiting".to_owned()
}

fn subject(row: &ComplaintRow) -> Subject {
    Subject {
        district: row.district.parse().ok(),
        provider: row.provider.parse().ok(),
        site_unit: None,
        technician: None,
    }
}
