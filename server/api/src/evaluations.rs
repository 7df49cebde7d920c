//! Links by which a site manager evaluates on a phone of their own (9.4): who makes one, who takes one
//! back. The page behind a link is [`crate::public::evaluation`].

use domain::actor::Action;
use domain::ids::{Digest, hex};
use domain::time::Millis;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use sha2::{Digest as _, Sha256};

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::intake::{DeskRequest, LinkRequest};
use crate::openapi::Tag;
use crate::rate_limit::RateLimit;
use crate::raw_json::RawJson;
use crate::signer::random_bytes;
use crate::state::SharedApp;
use crate::work_orders::{ListedDto, alone, find, read, work_order_id};

/// How often links may be made and used.
pub struct EvaluationLimits {
    /// Per person who makes links.
    person: RateLimit,
    /// Per address that opens or sends; a service hall shares one.
    pub address: RateLimit,
}

impl Default for EvaluationLimits {
    fn default() -> Self {
        Self {
            person: RateLimit::new(20, Millis(10_000)),
            address: RateLimit::new(30, Millis(5_000)),
        }
    }
}

/// A link, told this once: the server keeps only the hash of its secret.
#[derive(Object)]
struct EvaluationLinkDto {
    /// The address to open on the site manager's phone. Whoever has it can evaluate, once.
    url: String,
    /// Good up to and including this instant, milliseconds since 1970 UTC.
    expires_at: i64,
    /// SHA-256 of the secret; names the link.
    link: String,
}

pub struct EvaluationsApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl EvaluationsApi {
    /// Make a link for an evaluation
    ///
    /// For a work order that is restored and not evaluated. The link is good once, for three days, and only
    /// while what was done stays as it is; a new link takes the one before it back. A site manager makes one
    /// to evaluate at once, signed in.
    #[oai(
        path = "/:id/evaluation-links",
        method = "post",
        operation_id = "makeEvaluationLink"
    )]
    async fn make(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<Json<EvaluationLinkDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::LinkEvaluation).await?;
        let person = &session.actor.person;
        let limit = &self.0.evaluation_limits.person;
        limit
            .take(person.as_str(), self.0.now())
            .map_err(ApiError::too_many)?;
        let work_order = work_order_id(&row.id)?;
        let secret = hex(&random_bytes::<16>());
        let link = link_of(&secret);
        let request = LinkRequest {
            work_order: work_order.clone(),
            by: person.clone(),
            link,
        };
        self.0.intake.desk(DeskRequest::Link(request)).await?;
        let row = find(&self.0, &session, &row.id, Action::LinkEvaluation).await?;
        let made = read(&row)?.link(link).map(|made| made.what.expires_at);
        let expires_at = made.ok_or_else(|| ApiError::internal("link", "what was made is gone"))?;
        Ok(Json(EvaluationLinkDto {
            url: format!("{}/e/{work_order}/{secret}", self.0.config.base),
            expires_at: expires_at.0,
            link: link.to_string(),
        }))
    }

    /// Take a link back
    ///
    /// Harmless if it was used, has expired or was taken back before.
    #[oai(
        path = "/:id/evaluation-links/:link/revocation",
        method = "post",
        operation_id = "revokeEvaluationLink"
    )]
    async fn revoke(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        link: Path<String>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::LinkEvaluation).await?;
        let unknown = || ApiError::not_found("评价链接", "evaluation link", &link.0);
        let request = LinkRequest {
            work_order: work_order_id(&row.id)?,
            by: session.actor.person.clone(),
            link: link.0.parse().map_err(|_| unknown())?,
        };
        self.0.intake.desk(DeskRequest::EndLink(request)).await?;
        let row = find(&self.0, &session, &row.id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }
}

/// What names the link with this secret.
pub fn link_of(secret: &str) -> Digest {
    Digest(Sha256::digest(secret).into())
}
