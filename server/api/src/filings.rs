//! Filings 报备 at the desk (9.2 a): a dispatcher tells the authority of a delay, the authority accepts
//! or refuses. Technicians file from their phones, also without network.

use domain::actor::Action;
use domain::event::{Filed, FilingAnswered, FilingReason};
use domain::ids::EventId;
use domain::refusal::TEXT_CHARS_MAX;
use domain::time::{Millis, Timestamp};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use store::WorkOrderRow;

use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::intake::{AnswerRequest, DeskRequest, FileRequest};
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::state::SharedApp;
use crate::work_orders::{ListedDto, alone, find, work_order_id};

/// Nobody can promise to come later than this.
const EXPECTED_MAX: Millis = Millis::minutes(30 * 24 * 60);

/// What keeps somebody from arriving in time.
#[derive(Enum, Clone, Copy)]
#[oai(rename_all = "snake_case")]
enum FilingReasonDto {
    Weather,
    Traffic,
    SiteClosed,
    NoAccess,
    Safety,
    Parts,
    Other,
}

/// A delay.
#[derive(Object)]
struct FilingDto {
    reason: FilingReasonDto,
    /// The circumstances, 1 to 2,000 characters.
    text: String,
    /// When somebody will be there, milliseconds since 1970 UTC; in the future, at most 30 days away.
    expected_at: i64,
}

/// The authority's answer.
#[derive(Object)]
struct FilingAnswerDto {
    /// Whether the circumstances are recognised. The result of the deadline stays what it is.
    accepted: bool,
    /// Needed when it is refused; at most 2,000 characters.
    #[oai(default)]
    text: String,
}

pub struct FilingsApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl FilingsApi {
    /// Tell the authority of a delay
    ///
    /// The deadline of the arrival stays; what was filed, when, and what was answered stand beside it.
    /// Filing the very same twice is harmless.
    #[oai(path = "/:id/filings", method = "post", operation_id = "fileDelay")]
    async fn file(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(filing): Json<FilingDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::File).await?;
        let filed = self.filed(filing)?;
        let request = FileRequest {
            work_order: work_order_id(&row.id)?,
            by: session.actor.person.clone(),
            filed,
        };
        self.say(&session, &row, DeskRequest::File(request)).await
    }

    /// Answer a filing
    ///
    /// Once: an answer is not changed, and giving the same again is harmless.
    #[oai(
        path = "/:id/filings/:event/answer",
        method = "post",
        operation_id = "answerFiling"
    )]
    async fn answer(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        event: Path<String>,
        Json(answer): Json<FilingAnswerDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::AnswerFiling).await?;
        let unknown = || ApiError::not_found("报备", "filing", &event.0);
        let filing: EventId = event.0.parse().map_err(|_| unknown())?;
        let text = words(&answer.text)?;
        if !answer.accepted && text.is_empty() {
            return Err(ApiError::unprocessable(
                "reason_missing",
                "不予认可时请写明理由。",
                "Say why you refuse it.",
            ));
        }
        let request = AnswerRequest {
            work_order: work_order_id(&row.id)?,
            by: session.actor.person.clone(),
            answered: FilingAnswered {
                filing,
                accepted: answer.accepted,
                text,
            },
        };
        self.say(&session, &row, DeskRequest::AnswerFiling(request))
            .await
    }
}

impl FilingsApi {
    fn filed(&self, filing: FilingDto) -> Result<Filed, ApiError> {
        let text = words(&filing.text)?;
        if text.is_empty() {
            return Err(ApiError::unprocessable(
                "circumstances_missing",
                "请写明不能按时到场的情况。",
                "Say what keeps somebody from arriving in time.",
            ));
        }
        let now = self.0.now();
        let expected_at = Timestamp(filing.expected_at);
        if expected_at <= now || expected_at > now + EXPECTED_MAX {
            return Err(ApiError::unprocessable(
                "expected_at_out_of_range",
                "预计到场时间应晚于现在，且不超过 30 天。",
                "The expected time must be in the future and at most 30 days away.",
            ));
        }
        Ok(Filed {
            reason: filing.reason.into(),
            text,
            expected_at,
        })
    }

    async fn say(
        &self,
        session: &Session,
        row: &WorkOrderRow,
        request: DeskRequest,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        self.0.intake.desk(request).await?;
        let row = find(&self.0, session, &row.id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }
}

fn words(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(ApiError::unprocessable(
            "text_too_long",
            "文字超过 2000 字，请精简。",
            "The text is longer than 2,000 characters. Shorten it.",
        ));
    }
    Ok(text.to_owned())
}

impl From<FilingReasonDto> for FilingReason {
    fn from(reason: FilingReasonDto) -> Self {
        match reason {
            FilingReasonDto::Weather => FilingReason::Weather,
            FilingReasonDto::Traffic => FilingReason::Traffic,
            FilingReasonDto::SiteClosed => FilingReason::SiteClosed,
            FilingReasonDto::NoAccess => FilingReason::NoAccess,
            FilingReasonDto::Safety => FilingReason::Safety,
            FilingReasonDto::Parts => FilingReason::Parts,
            FilingReasonDto::Other => FilingReason::Other,
        }
    }
}
