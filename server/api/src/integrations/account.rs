//! From the token of a request to the account behind it. An account is no person: it can do nothing but report, and
//! only for its districts.

use domain::actor::{Action, Actor, Role, may};
use domain::event::Channel;
use domain::fault::FaultCode;
use domain::ids::{District, PersonId};
use domain::register::{Site, Terminal};
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;
use serde::de::DeserializeOwned;
use store::IntegrationRow;

use crate::auth::{Token, subject_at};
use crate::error::ApiError;
use crate::reports::fault_code;
use crate::signer::sha256_hex;
use crate::state::{App, SharedApp};

/// Before every token, so that people and programs see what it is.
const PREFIX: &str = "dci_";
/// Longest token that is looked at.
const TOKEN_CHARS_MAX: usize = 64;

/// An account that is good.
#[derive(Debug, Clone)]
pub struct Account {
    /// As whom its reports are signed.
    pub person: PersonId,
    pub channel: Channel,
    pub districts: Vec<District>,
    /// What an alarm means that names no fault.
    pub fault: FaultCode,
}

impl Account {
    /// The account that this token opens.
    ///
    /// # Errors
    /// 401 when there is no token, or it is unknown or was taken back.
    async fn resolve(app: &App, token: &str) -> Result<Self, ApiError> {
        if !token.starts_with(PREFIX) || token.len() > TOKEN_CHARS_MAX {
            return Err(ApiError::unauthenticated());
        }
        let hash = sha256_hex(token.as_bytes());
        let row = app.store.integration_by_token(&hash).await?;
        let row = row.filter(|row| row.revoked_at.is_none());
        Self::of(&row.ok_or_else(ApiError::unauthenticated)?)
    }

    /// An account as it is stored.
    pub fn of(row: &IntegrationRow) -> Result<Self, ApiError> {
        let corrupt = || ApiError::internal("integration", "a stored account is malformed");
        let districts = row
            .districts
            .iter()
            .map(|district| district.parse::<District>());
        Ok(Self {
            person: row.number.parse().map_err(|_| corrupt())?,
            channel: named(&row.channel).ok_or_else(corrupt)?,
            districts: districts.collect::<Result<_, _>>().map_err(|_| corrupt())?,
            fault: fault_code(&row.fault)?,
        })
    }

    /// Whether it may report what is wrong with this terminal.
    pub fn may_report(&self, terminal: &Terminal, site: &Site) -> bool {
        let is_its = self.districts.contains(&site.district);
        let actor = Actor {
            person: self.person.clone(),
            role: Role::Integration,
            org: terminal.provider.clone(),
            district: is_its.then(|| site.district.clone()),
        };
        may(&actor, Action::Integrate, &subject_at(terminal, site))
    }

    /// Counts what it sends.
    ///
    /// # Errors
    /// 429 when it is too much.
    pub fn count(&self, app: &App) -> Result<(), ApiError> {
        let limit = &app.integration_limits.account;
        limit
            .take(self.person.as_str(), app.now())
            .map_err(ApiError::too_many)
    }
}

/// The thing with this name in JSON.
pub fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(name.into()).ok()
}

/// A new token, and what is kept of it.
pub fn new_token() -> (String, String) {
    let token = format!("{PREFIX}{}", Token::random().into_text());
    let hash = sha256_hex(token.as_bytes());
    (token, hash)
}

/// The token of an integration account, told once by `POST /integrations`.
#[derive(SecurityScheme)]
#[oai(rename = "integration", ty = "bearer", checker = "resolve")]
pub struct Integrated(pub Account);

async fn resolve(request: &Request, bearer: Bearer) -> poem::Result<Account> {
    let app = request
        .data::<SharedApp>()
        .ok_or_else(|| ApiError::internal("auth", "no application state"))?;
    Ok(Account::resolve(app, &bearer.token).await?)
}
