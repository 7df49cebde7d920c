//! Proof codes 证明码: the twenty characters that a technician without network reads to the hotline.
//! Kept at once with the server's time; whose they are shows when the chain arrives
//! ([`crate::intake`]).

use domain::actor::{Action, Subject};
use domain::relay::RelayCode;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::intake::RelayCodeRequest;
use crate::openapi::Tag;
use crate::state::SharedApp;

/// A code as it was told.
#[derive(Object)]
struct RelayCodeDto {
    /// Twenty characters; case, spaces and dashes do not matter, O counts as 0, I and L as 1.
    #[oai(validator(max_length = 200))]
    code: String,
}

/// A code that is kept.
#[derive(Object)]
struct RelayedDto {
    /// The code in its groups, to be compared.
    code: String,
    /// When it was told first, by the server's clock, milliseconds since 1970 UTC.
    ts: i64,
    /// Six digits to read back to the technician: they say that the code was not misheard.
    acknowledgement: String,
    /// It was known already; the first time stands.
    is_repeat: bool,
}

pub struct RelayCodesApi(pub SharedApp);

#[OpenApi(prefix_path = "/relay-codes", tag = "Tag::Sync")]
impl RelayCodesApi {
    /// Enter a proof code
    ///
    /// The code stands for the state of a phone that has no network. Its time counts once the phone's
    /// records arrive; a code that no record ever matches proves nothing. Entering it twice is harmless.
    #[oai(path = "/", method = "post", operation_id = "enterRelayCode")]
    async fn enter(
        &self,
        SignedIn(session): SignedIn,
        Json(request): Json<RelayCodeDto>,
    ) -> Result<Json<RelayedDto>, ApiError> {
        session.must(Action::RelayCode, &Subject::default())?;
        let limit = &self.0.relay_limits.person;
        limit
            .take(session.actor.person.as_str(), self.0.now())
            .map_err(ApiError::too_many)?;
        let code =
            RelayCode::typed(&request.code).map_err(|refusal| ApiError::refused(refusal.code()))?;
        let by = session.actor.person.clone();
        let kept = self
            .0
            .intake
            .relay_code(RelayCodeRequest { code, by })
            .await?;
        Ok(Json(RelayedDto {
            code: code.grouped(),
            ts: kept.ts.0,
            acknowledgement: code.acknowledgement(),
            is_repeat: kept.is_repeat,
        }))
    }
}
