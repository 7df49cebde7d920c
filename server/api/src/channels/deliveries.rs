//! What became of the messages of the last two weeks, and trying again by hand.

use domain::actor::Action;
use domain::time::Millis;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{DeliveryQuery, DeliveryRow};

use super::setup::{find, must_be_active, whose};
use super::shape::DeliveryDto;
use crate::auth::{SignedIn, subject_of};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::state::SharedApp;

/// Deliveries on one page.
const PAGE: usize = 50;
/// How far back the list goes.
pub const SHOWN: Millis = Millis::minutes(14 * 24 * 60);

/// A page of deliveries.
#[derive(Object)]
struct DeliveriesDto {
    items: Vec<DeliveryDto>,
    /// Whether there are more.
    more: bool,
}

pub struct DeliveriesApi(pub SharedApp);

#[OpenApi(tag = "Tag::Channels")]
impl DeliveriesApi {
    /// Deliveries of the last two weeks, newest first
    ///
    /// Through the channels of one's own organisation; the administrator sees all.
    #[oai(path = "/deliveries", method = "get", operation_id = "listDeliveries")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        /// `all`; or `troubled`: given up, or failed and tried again.
        #[oai(default = "all", validator(pattern = "^(all|troubled)$"))]
        state: Query<String>,
        #[oai(default, validator(maximum(value = "1000")))] page: Query<usize>,
    ) -> Result<Json<DeliveriesDto>, ApiError> {
        session.must(Action::ManageChannels, &subject_of(&session.person))?;
        let org = whose(&session);
        let query = DeliveryQuery {
            org: org.map(str::to_owned),
            since: (self.0.now() - SHOWN).0,
            troubled_only: state.0 == "troubled",
            offset: page.0 * PAGE,
            limit: PAGE + 1,
        };
        let mut rows = self.0.store.deliveries(&query).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let channels = self.0.store.channels(org).await?;
        let register = self.0.register();
        let items = rows
            .into_iter()
            .map(|row| DeliveryDto::of(row, &channels, &register));
        Ok(Json(DeliveriesDto {
            items: items.collect(),
            more,
        }))
    }

    /// Try a delivery again
    ///
    /// At once, and from then on as often as a new one. The receiver knows it by its name if it has come before.
    #[oai(
        path = "/deliveries/:id/again",
        method = "post",
        operation_id = "tryAgain"
    )]
    async fn again(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<Json<DeliveryDto>, ApiError> {
        session.must(Action::ManageChannels, &subject_of(&session.person))?;
        let absent = || ApiError::not_found("投递记录", "delivery", &id.0);
        let row = self.0.store.delivery(&id.0).await?.ok_or_else(absent)?;
        let channel = find(&self.0, &session, &row.channel).await;
        let channel = channel.map_err(|_| absent())?;
        must_be_active(&channel)?;
        let sent = || {
            ApiError::conflict(
                "delivery_arrived",
                "该消息已送达，无需重发。请刷新页面查看。",
                "This message has arrived, so it is not sent again. Reload to see it.",
            )
        };
        if row.state == "sent" {
            return Err(sent());
        }
        let row = DeliveryRow {
            state: "waiting".to_owned(),
            due_at: self.0.now().0,
            failures: 0,
            version: row.version + 1,
            ..row
        };
        if !self.0.store.change_delivery(row.clone()).await? {
            return Err(sent());
        }
        let shown = DeliveryDto::of(row, &[channel], &self.0.register());
        Ok(Json(shown))
    }
}

fn all() -> String {
    "all".to_owned()
}
