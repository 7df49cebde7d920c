//! Holds on work orders: who needs that nothing personal is erased, and why; and their release.

use domain::actor::Action;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::intake::DeskRequest;
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::state::SharedApp;
use crate::work_orders::{ListedDto, alone, find, read};

/// Blanks are no reason.
const REASON_CHARS_MIN: usize = 2;

/// Why.
#[derive(Debug, Object)]
#[oai(rename = "Hold")]
struct HoldDto {
    #[oai(validator(min_length = 2, max_length = 300))]
    reason: String,
}

pub struct HoldsApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl HoldsApi {
    /// Put a work order on hold
    ///
    /// Nothing personal of it is erased any more, neither by hand nor when its time is over. Signed and logged.
    #[oai(path = "/:id/holds", method = "post", operation_id = "holdWorkOrder")]
    async fn put(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(hold): Json<HoldDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        self.say(&session, &id, &hold.reason, true).await
    }

    /// Take the hold off a work order
    #[oai(
        path = "/:id/holds/release",
        method = "post",
        operation_id = "releaseWorkOrder"
    )]
    async fn release(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(hold): Json<HoldDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        self.say(&session, &id, &hold.reason, false).await
    }
}

impl HoldsApi {
    async fn say(
        &self,
        session: &crate::auth::Session,
        id: &str,
        reason: &str,
        is_on: bool,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let reason = reason.trim();
        if reason.chars().count() < REASON_CHARS_MIN {
            return Err(ApiError::unprocessable(
                "reason_missing",
                "请写明原因，至少 2 个字。",
                "Say why, in at least 2 characters.",
            ));
        }
        let row = find(&self.0, session, id, Action::Hold).await?;
        let request = DeskRequest::Hold {
            work_order: read(&row)?.id,
            is_on,
            reason: reason.to_owned(),
            by: session.actor.person.clone(),
        };
        self.0.intake.desk(request).await?;
        let row = find(&self.0, session, id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }
}
