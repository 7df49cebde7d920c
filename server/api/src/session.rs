//! Signing in and out. A session is a 256-bit random token, known to the phone only; the store
//! keeps its SHA-256. Unknown logins cost the same work and get the same answer as wrong
//! passwords, and both are slowed down per login and per address.

use domain::actor::Role;
use domain::time::{Millis, Timestamp};
use poem::Request;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use store::SessionRow;

use crate::auth::{SignedIn, Token};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::passwords::PASSWORD_BYTES_MAX;
use crate::people::PersonDto;
use crate::rate_limit::RateLimit;
use crate::state::{App, SharedApp};

/// A phone may be offline for weeks and must not lose its session on the way.
const FIELD_SESSION: Millis = Millis::minutes(60 * 24 * 30);
/// A desk is shared: one shift.
const DESK_SESSION: Millis = Millis::minutes(60 * 12);

/// How often one may try to sign in; attempts that succeed do not count.
#[derive(Debug)]
pub struct SignInLimits {
    login: RateLimit,
    address: RateLimit,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            login: RateLimit::new(8, Millis::minutes(1)),
            // An office has one address for everybody in it.
            address: RateLimit::new(40, Millis(15_000)),
        }
    }
}

impl SignInLimits {
    fn take(&self, login: &str, address: &str, now: Timestamp) -> Result<(), ApiError> {
        self.address
            .take(address, now)
            .map_err(ApiError::too_many)?;
        self.login.take(login, now).map_err(ApiError::too_many)
    }

    fn give_back(&self, login: &str, address: &str) {
        self.address.give_back(address);
        self.login.give_back(login);
    }
}

/// Login and password.
#[derive(Debug, Object)]
pub struct SignIn {
    #[oai(validator(min_length = 1, max_length = 64))]
    pub login: String,
    #[oai(validator(min_length = 1, max_length = 256))]
    pub password: String,
}

/// An open session.
#[derive(Debug, Object)]
pub struct SessionOpened {
    /// To be sent as `Authorization: Bearer <token>`.
    pub token: String,
    /// ms since 1970 UTC.
    pub expires_at: i64,
    pub person: PersonDto,
}

/// Nothing to say but that it is done.
#[derive(ApiResponse)]
pub enum Done {
    /// It is done.
    #[oai(status = 204)]
    Done,
}

/// The endpoints of this module.
pub struct SessionApi(pub SharedApp);

#[OpenApi(prefix_path = "/session", tag = "Tag::Session")]
impl SessionApi {
    /// Sign in
    ///
    /// Slowed down after several failures for the same login or from the same address (429).
    #[oai(path = "/", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        request: &Request,
        body: Json<SignIn>,
    ) -> Result<Json<SessionOpened>, ApiError> {
        let app = &self.0;
        let login = body.0.login.trim().to_lowercase();
        let address = app.caller_address(request);
        app.sign_in_limits.take(&login, &address, app.now())?;
        let row = app
            .store
            .person_by_login(&login)
            .await?
            .filter(|row| row.active);
        let (id, hash) = row.map(|row| (row.id, row.password_hash)).unzip();
        if body.0.password.len() > PASSWORD_BYTES_MAX {
            return Err(ApiError::wrong_password());
        }
        let fits = app.passwords.verify(body.0.password, hash).await?;
        let id = id.filter(|_| fits).ok_or_else(ApiError::wrong_password)?;
        app.sign_in_limits.give_back(&login, &address);
        open(app, &id).await.map(Json)
    }

    /// Who am I?
    #[oai(path = "/", method = "get", operation_id = "getSession")]
    async fn show(&self, SignedIn(session): SignedIn) -> Result<Json<PersonDto>, ApiError> {
        Ok(Json(PersonDto::of(&session.person, &self.0.register())))
    }

    /// Sign out
    ///
    /// The token is revoked at once. What the phone has not sent yet stays on the phone.
    #[oai(path = "/", method = "delete", operation_id = "signOut")]
    async fn sign_out(&self, SignedIn(session): SignedIn) -> Result<Done, ApiError> {
        self.0.store.revoke_session(&session.token_hash).await?;
        Ok(Done::Done)
    }
}

async fn open(app: &App, person: &str) -> Result<SessionOpened, ApiError> {
    let person = crate::auth::person(app, person).await?;
    let token = Token::random();
    let lasts = if person.role == Role::Technician {
        FIELD_SESSION
    } else {
        DESK_SESSION
    };
    let expires_at = (app.now() + lasts).0;
    let row = SessionRow {
        token_hash: token.hash(),
        person: person.id.to_string(),
        expires_at,
        revoked: false,
    };
    app.store.put_session(row).await?;
    let person = PersonDto::of(&person, &app.register());
    Ok(SessionOpened {
        token: token.into_text(),
        expires_at,
        person,
    })
}
