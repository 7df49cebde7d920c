//! Joining a report that is there ("me too", F41): by the desk or the hotline through the API, by the public
//! through the page behind the QR code. It is counted, it has a slip of its own, and it moves no clock.

use domain::actor::Action;
use domain::ids::EventId;
use domain::time::Timestamp;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::intake::{DeskRequest, JoinRequest};
use crate::openapi::Tag;
use crate::reports::{ReportedDto, channel_of, check, contact_of};
use crate::slips::SlipDto;
use crate::state::{App, SharedApp};
use crate::work_orders::{find, work_order_id};

/// Somebody else who sees the same fault.
#[derive(Object)]
struct JoinDto {
    /// What they say, at most 2,000 characters; may be empty.
    #[oai(default, validator(max_length = 4000))]
    text: String,
    #[oai(validator(max_length = 120))]
    reporter_name: Option<String>,
    #[oai(validator(max_length = 60))]
    reporter_phone: Option<String>,
    /// Claimed moment of the fault, milliseconds since 1970 UTC.
    occurred_at: Option<i64>,
}

pub struct JoinsApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::Reports")]
impl JoinsApi {
    /// Join a report
    ///
    /// For somebody who reports what is reported already, while it is not repaired. It is counted at the work
    /// order and moves none of its clocks. The same `Idempotency-Key` by the same person joins once.
    #[oai(path = "/:id/joins", method = "post", operation_id = "joinReport")]
    async fn join(
        &self,
        SignedIn(session): SignedIn,
        #[oai(name = "Idempotency-Key", validator(max_length = 64))] key: Header<Option<String>>,
        id: Path<String>,
        Json(join): Json<JoinDto>,
    ) -> Result<Json<ReportedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::Report).await?;
        let request = JoinRequest {
            work_order: work_order_id(&row.id)?,
            channel: channel_of(session.actor.role),
            by: session.actor.person.clone(),
            text: join.text,
            reporter: contact_of(join.reporter_name, join.reporter_phone),
            occurred_at: join.occurred_at.map(Timestamp),
            idempotency_key: key.0,
        };
        let event = join_report(&self.0, request).await?;
        Ok(Json(ReportedDto {
            work_order: row.id,
            slip: SlipDto::of_event(&self.0, event),
        }))
    }
}

/// Joins through the single door, and gives the event that says so.
pub async fn join_report(app: &App, request: JoinRequest) -> Result<EventId, ApiError> {
    check(
        app,
        &request.text,
        request.reporter.as_ref(),
        request.occurred_at,
    )?;
    let answer = app.intake.desk(DeskRequest::Join(request)).await?;
    answer
        .event
        .ok_or_else(|| ApiError::internal("join", "a joining without an event"))
}
