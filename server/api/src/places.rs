//! Where a work order's terminal stood when its fault was reported, for phones whose register has gone on since.

use domain::actor::Action;
use poem_openapi::param::Path;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::judged::place_at_birth;
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::state::SharedApp;
use crate::work_orders::{find, read};

/// Terminal and site as they were registered when the fault was reported; never changes.
#[derive(Debug, Object)]
#[oai(rename = "Place")]
struct PlaceDto {
    terminal: Any<Value>,
    site: Any<Value>,
}

pub struct PlacesApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl PlacesApi {
    /// The place by which a work order is judged
    ///
    /// Phones ask only when a version in their kit is not the one that the work order names.
    #[oai(path = "/:id/place", method = "get", operation_id = "getPlace")]
    async fn get(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<RawJson<PlaceDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::ReadWorkOrder).await?;
        let place = place_at_birth(&self.0.store, &self.0.register(), &read(&row)?).await?;
        let place = place.ok_or_else(|| ApiError::not_found("点位", "place of", &id.0))?;
        let text = serde_json::to_string(&place);
        let text = text.map_err(|error| ApiError::internal("place", error))?;
        Ok(RawJson::new(text))
    }
}
