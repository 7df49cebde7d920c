//! Accounts of other systems: an administrator gives one out and takes it back. The token is told once and kept
//! nowhere; who gave out and who took back stays on record.

use domain::actor::{Action, Subject};
use domain::event::Channel;
use domain::ids::District;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::json;
use store::IntegrationRow;

use super::account::{Account, named, new_token};
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::reports::fault_code;
use crate::signer::random_bytes;
use crate::state::SharedApp;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 60;
/// More districts than there are.
const DISTRICTS_MAX: usize = 20;

/// The channels that other systems report through.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "IntegrationChannel", rename_all = "snake_case")]
pub enum IntegrationChannelDto {
    Monitoring,
    Hotline,
    #[oai(rename = "i_shenzhen")]
    IShenzhen,
    TerminalFeedback,
    Api,
}

impl From<IntegrationChannelDto> for Channel {
    fn from(channel: IntegrationChannelDto) -> Self {
        match channel {
            IntegrationChannelDto::Monitoring => Channel::Monitoring,
            IntegrationChannelDto::Hotline => Channel::Hotline,
            IntegrationChannelDto::IShenzhen => Channel::IShenzhen,
            IntegrationChannelDto::TerminalFeedback => Channel::TerminalFeedback,
            IntegrationChannelDto::Api => Channel::Api,
        }
    }
}

impl IntegrationChannelDto {
    fn of(channel: Channel) -> Self {
        match channel {
            Channel::Monitoring => Self::Monitoring,
            Channel::Hotline => Self::Hotline,
            Channel::IShenzhen => Self::IShenzhen,
            Channel::TerminalFeedback => Self::TerminalFeedback,
            _ => Self::Api,
        }
    }
}

/// An account to be given out.
#[derive(Object)]
struct NewIntegrationDto {
    /// What people call the other system, at most 60 characters.
    #[oai(validator(min_length = 1, max_length = 120))]
    name: String,
    channel: IntegrationChannelDto,
    /// Districts it may report for, `FT`.
    #[oai(validator(min_items = 1, max_items = 20))]
    districts: Vec<String>,
    /// A fault of table 1: what an alarm means that names none.
    #[oai(default = "no_response", validator(max_length = 8))]
    fault: String,
}

fn no_response() -> String {
    "APP-2".to_owned()
}

/// An account.
#[derive(Object)]
#[oai(rename = "Integration")]
struct IntegrationDto {
    /// Names it; its reports are signed as this.
    id: String,
    name: String,
    channel: IntegrationChannelDto,
    districts: Vec<String>,
    fault: String,
    made_by: String,
    made_by_name: String,
    /// ms since 1970 UTC.
    made_at: i64,
    /// When it was taken back; null while it is good.
    revoked_at: Option<i64>,
    revoked_by_name: Option<String>,
}

/// A new account with its token, which is told this once.
#[derive(Object)]
struct IntegrationMadeDto {
    integration: IntegrationDto,
    /// To be sent as `Authorization: Bearer <token>`.
    token: String,
}

/// All accounts.
#[derive(Object)]
struct IntegrationListDto {
    items: Vec<IntegrationDto>,
}

pub struct AccountsApi(pub SharedApp);

#[OpenApi(prefix_path = "/integrations", tag = "Tag::Integrations")]
impl AccountsApi {
    /// Accounts of other systems
    #[oai(path = "/", method = "get", operation_id = "listIntegrations")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
    ) -> Result<Json<IntegrationListDto>, ApiError> {
        session.must(Action::ManageIntegrations, &Subject::default())?;
        let rows = self.0.store.integrations().await?;
        let items = rows.iter().map(|row| self.dto(row));
        let items = items.collect::<Result<_, _>>()?;
        Ok(Json(IntegrationListDto { items }))
    }

    /// Give another system an account
    ///
    /// The token is told in this answer and never again; the server keeps its hash.
    #[oai(path = "/", method = "post", operation_id = "makeIntegration")]
    async fn make(
        &self,
        SignedIn(session): SignedIn,
        Json(new): Json<NewIntegrationDto>,
    ) -> Result<Json<IntegrationMadeDto>, ApiError> {
        session.must(Action::ManageIntegrations, &Subject::default())?;
        let (token, token_hash) = new_token();
        let row = IntegrationRow {
            number: format!("IN-{}", domain::ids::hex(&random_bytes::<4>())),
            name: name_of(&new.name)?,
            channel: json!(Channel::from(new.channel))
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            districts: self.districts(new.districts)?,
            fault: fault_code(&new.fault)?.as_str().to_owned(),
            token_hash,
            made_by: session.actor.person.to_string(),
            made_at: self.0.now().0,
            revoked_at: None,
            revoked_by: None,
        };
        self.0.store.put_integration(row.clone()).await?;
        Ok(Json(IntegrationMadeDto {
            integration: self.dto(&row)?,
            token,
        }))
    }

    /// Take an account back
    ///
    /// At once: the next request with its token is refused. What it has reported stays. Harmless if it was taken
    /// back before.
    #[oai(
        path = "/:id/revocation",
        method = "post",
        operation_id = "revokeIntegration"
    )]
    async fn revoke(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<Json<IntegrationDto>, ApiError> {
        session.must(Action::ManageIntegrations, &Subject::default())?;
        let row = self.0.store.integration(&id).await?;
        let unknown = || ApiError::not_found("对接账号", "integration", &id.0);
        let mut row = row.ok_or_else(unknown)?;
        if row.revoked_at.is_none() {
            row.revoked_at = Some(self.0.now().0);
            row.revoked_by = Some(session.actor.person.to_string());
            self.0.store.put_integration(row.clone()).await?;
        }
        Ok(Json(self.dto(&row)?))
    }
}

impl AccountsApi {
    fn dto(&self, row: &IntegrationRow) -> Result<IntegrationDto, ApiError> {
        let account = Account::of(row)?;
        let register = self.0.register();
        let name = |person: &String| match person.parse() {
            Ok(id) => register.name_of(&id).to_owned(),
            Err(_) => person.clone(),
        };
        Ok(IntegrationDto {
            id: row.number.clone(),
            name: row.name.clone(),
            channel: IntegrationChannelDto::of(account.channel),
            districts: row.districts.clone(),
            fault: row.fault.clone(),
            made_by: row.made_by.clone(),
            made_by_name: name(&row.made_by),
            made_at: row.made_at,
            revoked_at: row.revoked_at,
            revoked_by_name: row.revoked_by.as_ref().map(name),
        })
    }

    /// Each once, in order, and all of them districts in which something stands.
    fn districts(&self, districts: Vec<String>) -> Result<Vec<String>, ApiError> {
        let register = self.0.register();
        let known: std::collections::BTreeSet<&District> =
            register.sites.values().map(|site| &site.district).collect();
        let mut wanted = districts;
        wanted.sort();
        wanted.dedup();
        let is_known = |district: &String| {
            let district = named::<District>(district);
            district.is_some_and(|district| known.contains(&district))
        };
        if wanted.is_empty() || wanted.len() > DISTRICTS_MAX || !wanted.iter().all(is_known) {
            return Err(ApiError::unprocessable(
                "unknown_district",
                "有不存在的区，或没有选择任何区。请重新选择。",
                "A district is not known, or none was chosen. Choose again.",
            ));
        }
        Ok(wanted)
    }
}

fn name_of(text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(ApiError::unprocessable(
            "name_missing_or_too_long",
            "请填写对接系统名称，不超过 60 字。",
            "Give the other system a name of at most 60 characters.",
        ));
    }
    Ok(name.to_owned())
}
