//! From the bearer token of a request to the person behind it. Handlers take [`SignedIn`] as a
//! parameter, so that every signature shows whether an endpoint needs an account; what the
//! person may do is asked of `domain::actor`, never decided here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::actor::{Action, Actor, Role, Scope, Subject, may, scope};
use domain::ids::{OrgId, PersonId};
use domain::register::{Site, Terminal};
use poem::Request;
use poem::http::header::AUTHORIZATION;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::error::ApiError;
use crate::register::Person;
use crate::signer::{random_bytes, sha256_hex};
use crate::state::{App, SharedApp};

/// Characters of a token: 32 bytes in base64url.
const TOKEN_CHARS: usize = 43;

/// The secret of a session.
pub struct Token(String);

impl Token {
    /// 256 bits nobody can guess.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random_bytes::<32>()))
    }

    /// What the store keeps instead of the token.
    pub fn hash(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }

    /// The token itself, for the one answer that carries it.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Somebody is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// The person as the permission table sees them.
    pub actor: Actor,
    /// The person as the register knows them.
    pub person: Person,
    /// Names the session in the store.
    pub token_hash: String,
}

impl Session {
    /// The session that this token opens.
    ///
    /// # Errors
    /// 401 when there is no token, or it is unknown, expired or revoked.
    pub async fn resolve(app: &App, token: Option<&str>) -> Result<Self, ApiError> {
        let token = token
            .filter(|token| token.len() == TOKEN_CHARS)
            .ok_or_else(ApiError::unauthenticated)?;
        let token_hash = sha256_hex(token.as_bytes());
        let row = app
            .store
            .session(&token_hash)
            .await?
            .ok_or_else(ApiError::unauthenticated)?;
        if row.revoked || row.expires_at <= app.now().0 {
            return Err(ApiError::unauthenticated());
        }
        let person = person(app, &row.person).await?;
        Ok(Self {
            actor: person.actor(),
            person,
            token_hash,
        })
    }

    /// Whether the permission table allows this.
    pub fn may(&self, action: Action, subject: &Subject) -> bool {
        may(&self.actor, action, subject)
    }

    /// Requires that the permission table allows this.
    ///
    /// # Errors
    /// 403 when it does not.
    pub fn must(&self, action: Action, subject: &Subject) -> Result<(), ApiError> {
        if self.may(action, subject) {
            Ok(())
        } else {
            Err(ApiError::forbidden())
        }
    }

    /// Names, numbers and roles of people: those of the own organisation, and those whom the
    /// permission table adds.
    pub fn may_see_person(&self, person: &Person) -> bool {
        person.org == self.actor.org || self.may(Action::ReadPeople, &subject_of(person))
    }

    /// Terminals and sites hold no secret; still everybody finds their own first and only. A
    /// technician's own are all that the organisation maintains, whoever the work goes to.
    pub fn may_see_place(&self, terminal: &Terminal, site: &Site) -> bool {
        match (self.actor.role, scope(&self.actor)) {
            (Role::Technician, _) => terminal.provider == self.actor.org,
            (Role::Admin, _) => true,
            (_, own) => own.contains(&subject_at(terminal, site)),
        }
    }

    /// The work orders this person's queries are narrowed to.
    pub fn scope(&self) -> Scope {
        scope(&self.actor)
    }
}

/// A person, or that person's phone, as the permission table sees it.
pub fn subject_of(person: &Person) -> Subject {
    Subject {
        district: person.district.clone(),
        provider: Some(person.org.clone()),
        site_unit: None,
        technician: Some(person.id.clone()),
    }
}

/// A terminal as the permission table sees it.
pub fn subject_at(terminal: &Terminal, site: &Site) -> Subject {
    let provider: OrgId = terminal.provider.clone();
    Subject {
        district: Some(site.district.clone()),
        provider: Some(provider),
        site_unit: Some(site.unit.clone()),
        technician: None,
    }
}

/// The person of this id; the register is read anew if it does not know them yet.
///
/// # Errors
/// 401 when nobody has this id: whoever was meant is gone.
pub async fn person(app: &App, id: &str) -> Result<Person, ApiError> {
    let id: PersonId = id.parse().map_err(|_| ApiError::unauthenticated())?;
    if let Some(person) = app.register().people.get(&id) {
        return Ok(person.clone());
    }
    app.reload_register().await?;
    app.register()
        .people
        .get(&id)
        .cloned()
        .ok_or_else(ApiError::unauthenticated)
}

/// The bearer token of a request outside the documented API.
pub fn bearer_of(request: &Request) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A session token from `POST /session`.
#[derive(SecurityScheme)]
#[oai(rename = "bearer", ty = "bearer", checker = "resolve")]
pub struct SignedIn(pub Session);

async fn resolve(request: &Request, bearer: Bearer) -> poem::Result<Session> {
    let app = request
        .data::<SharedApp>()
        .ok_or_else(|| ApiError::internal("auth", "no application state"))?;
    Ok(Session::resolve(app, Some(&bearer.token)).await?)
}
