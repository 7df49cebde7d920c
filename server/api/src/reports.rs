//! Fault reports (9.1): from the desk through the API, from the public through the page behind
//! the QR code; both end in the same door and the same clocks.

use domain::actor::{Action, Actor, Role};
use domain::event::Channel;
use domain::fault::{FaultCode, TABLE};
use domain::ids::{EventId, PersonId, TerminalId, WorkOrderId};
use domain::sidecar::Contact;
use domain::time::{Millis, Timestamp};
use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::auth::{SignedIn, subject_at};
use crate::error::ApiError;
use crate::intake::DeskRequest;
pub use crate::intake::NewReport;
use crate::openapi::Tag;
use crate::slips::{SlipDto, report_event};
use crate::state::{App, SharedApp};

/// Longest description, in characters.
const TEXT_CHARS_MAX: usize = 2_000;
/// Longest name or phone number, in characters.
const CONTACT_CHARS_MAX: usize = 60;
/// A fault that is said to be older is a slip of the hand.
const OCCURRED_BEFORE_MAX: Millis = Millis::minutes(366 * 24 * 60);

/// Files a report through the single door and gives the work order's number, and the event that reported it.
pub async fn file_report(app: &App, report: NewReport) -> Result<(WorkOrderId, EventId), ApiError> {
    check(
        app,
        &report.text,
        report.reporter.as_ref(),
        report.occurred_at,
    )?;
    let answer = app.intake.desk(DeskRequest::Report(report)).await?;
    let event = match answer.event {
        Some(event) => event,
        // It was filed before, and only the number was kept.
        None => report_event(app, answer.work_order.as_str()).await?,
    };
    Ok((answer.work_order, event))
}

/// What a reporter says about themselves and the fault, whichever door it comes through.
pub(crate) fn check(
    app: &App,
    text: &str,
    reporter: Option<&Contact>,
    occurred_at: Option<Timestamp>,
) -> Result<(), ApiError> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(ApiError::unprocessable(
            "text_too_long",
            "描述超过 2000 字，请精简。",
            "The description is longer than 2,000 characters.",
        ));
    }
    let contact = reporter
        .into_iter()
        .flat_map(|contact| [&contact.name, &contact.phone]);
    if contact
        .into_iter()
        .any(|text| text.chars().count() > CONTACT_CHARS_MAX)
    {
        return Err(ApiError::unprocessable(
            "contact_too_long",
            "姓名或电话过长。",
            "The name or phone number is too long.",
        ));
    }
    if occurred_at.is_some_and(|at| at > app.now()) {
        return Err(ApiError::unprocessable(
            "occurred_in_the_future",
            "发生时间晚于现在，请核对。",
            "The fault cannot have occurred in the future.",
        ));
    }
    let earliest = app.now() - OCCURRED_BEFORE_MAX;
    if occurred_at.is_some_and(|at| at < earliest) {
        return Err(ApiError::unprocessable(
            "occurred_too_long_ago",
            "发生时间早于一年前，请核对。",
            "The fault occurred more than a year ago. Check the time.",
        ));
    }
    Ok(())
}

/// A fault report by the desk.
#[derive(Object)]
struct ReportDto {
    /// The terminal's number, `SZ-FT-012344`.
    #[oai(validator(max_length = 40))]
    terminal: String,
    /// A fault of table 1, `HW-1`.
    #[oai(validator(max_length = 8))]
    fault: String,
    /// What the reporter says.
    #[oai(validator(max_length = 4000))]
    text: String,
    #[oai(validator(max_length = 120))]
    reporter_name: Option<String>,
    #[oai(validator(max_length = 60))]
    reporter_phone: Option<String>,
    /// Claimed moment of the fault, milliseconds since 1970 UTC.
    occurred_at: Option<i64>,
    /// Whom to give it to at once: a technician of the terminal's provider.
    technician: Option<String>,
}

/// What a report became.
#[derive(Object)]
pub struct ReportedDto {
    /// The work order's number.
    pub work_order: String,
    /// What the reporter takes along, to be read out or sent.
    pub slip: SlipDto,
}

pub struct ReportsApi(pub SharedApp);

#[OpenApi(prefix_path = "/reports", tag = "Tag::Reports")]
impl ReportsApi {
    /// File a fault report
    ///
    /// The same `Idempotency-Key` by the same person is the same report, however often it is sent.
    #[oai(path = "/", method = "post", operation_id = "fileReport")]
    async fn file(
        &self,
        SignedIn(session): SignedIn,
        #[oai(name = "Idempotency-Key", validator(max_length = 64))] key: Header<Option<String>>,
        Json(report): Json<ReportDto>,
    ) -> Result<Json<ReportedDto>, ApiError> {
        let report = report.into_report(&session.actor, key.0)?;
        let register = self.0.register();
        let (terminal, site) = register.place(&report.terminal)?;
        session.must(Action::Report, &subject_at(terminal, site))?;
        let (work_order, event) = file_report(&self.0, report).await?;
        Ok(Json(ReportedDto {
            work_order: work_order.to_string(),
            slip: SlipDto::of_event(&self.0, event),
        }))
    }
}

impl ReportDto {
    fn into_report(
        self,
        by: &Actor,
        idempotency_key: Option<String>,
    ) -> Result<NewReport, ApiError> {
        let Self {
            terminal,
            fault,
            text,
            reporter_name,
            reporter_phone,
            occurred_at,
            technician,
        } = self;
        Ok(NewReport {
            terminal: terminal_id(&terminal)?,
            fault: fault_code(&fault)?,
            text,
            channel: channel_of(by.role),
            by: by.person.clone(),
            reporter: contact_of(reporter_name, reporter_phone),
            occurred_at: occurred_at.map(Timestamp),
            technician: technician.map(|id| person_id(&id)).transpose()?,
            idempotency_key,
        })
    }
}

/// Name and phone, if either was given.
pub fn contact_of(name: Option<String>, phone: Option<String>) -> Option<Contact> {
    let (name, phone) = (name.unwrap_or_default(), phone.unwrap_or_default());
    let is_anonymous = name.trim().is_empty() && phone.trim().is_empty();
    (!is_anonymous).then_some(Contact { name, phone })
}

/// The door through which this role hears of a fault.
pub fn channel_of(role: Role) -> Channel {
    match role {
        Role::Hotline => Channel::Hotline,
        // Whoever looks after the terminal on site and finds it broken.
        Role::SiteManager => Channel::Inspector,
        _ => Channel::Dispatcher,
    }
}

/// A terminal's number from outside, or the problem that names it.
pub fn terminal_id(text: &str) -> Result<TerminalId, ApiError> {
    text.parse()
        .map_err(|_| ApiError::not_found("终端", "terminal", text))
}

/// A person's id from outside.
pub fn person_id(text: &str) -> Result<PersonId, ApiError> {
    text.parse()
        .map_err(|_| ApiError::not_found("人员", "person", text))
}

/// A fault code from outside.
pub fn fault_code(text: &str) -> Result<FaultCode, ApiError> {
    let row = TABLE.iter().find(|row| row.code.as_str() == text);
    row.map(|row| row.code).ok_or_else(|| {
        ApiError::unprocessable(
            "unknown_fault",
            "故障类别不在表 1 中，请重新选择。",
            "This fault is not in table 1. Choose again.",
        )
    })
}
