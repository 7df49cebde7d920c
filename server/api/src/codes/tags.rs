//! NTAG 424 DNA tags 防伪标签: registered with the terminal they hang at, and written once with the
//! keys given at registration. How a tap is verified is `domain::code::tap`'s business.

use domain::code::TagId;
use domain::code::tap::{Key, diversified};
use domain::ids::{PersonId, TerminalId, hex};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{StoreError, TagRow};

use super::kiosks::managed;
use super::secrets::{tag_master_key, tag_meta_key};
use super::{OutOfService, may_manage};
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::Register;
use crate::session::Done;
use crate::state::SharedApp;

/// A tag.
#[derive(Debug, Object)]
#[oai(rename = "Tag")]
pub struct TagDto {
    /// Its identity, 14 hex digits.
    pub tag: String,
    /// Where it hangs.
    pub terminal: String,
    pub terminal_name: String,
    pub site_name: String,
    /// ms since 1970 UTC.
    pub opened_at: i64,
    pub opened_by_name: String,
    /// From when on its taps no longer count; null while they do.
    pub revoked_at: Option<i64>,
    pub revoked_reason: Option<String>,
}

/// A tag to register.
#[derive(Debug, Object)]
pub struct NewTag {
    /// The identity that its maker gave it, 14 hex digits.
    #[oai(validator(max_length = 14))]
    pub tag: String,
    /// Where it will hang.
    #[oai(validator(max_length = 40))]
    pub terminal: String,
}

/// A tag that was just registered, with what to write into it.
#[derive(Debug, Object)]
pub struct OpenedTag {
    pub tag: TagDto,
    /// AES-128, hex: the SDM meta read key, the same for all tags.
    pub meta_key: String,
    /// AES-128, hex: the SDM file read key of this tag alone. Not shown again.
    pub file_key: String,
    /// The address to write: mirror the encrypted PICC data over the first zeros and the MAC over the
    /// second; the MAC's input begins where the MAC itself does.
    pub address: String,
}

/// The endpoints of this module.
pub struct TagsApi(pub SharedApp);

#[OpenApi(prefix_path = "/tags", tag = "Tag::Codes")]
impl TagsApi {
    /// List the tags at terminals
    ///
    /// Those at one's own terminals.
    #[oai(path = "/", method = "get", operation_id = "listTags")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<TagDto>>, ApiError> {
        if !may_manage(&session, Some(&session.actor.org)) {
            return Err(ApiError::forbidden());
        }
        let register = self.0.register();
        let rows = self.0.store.tags().await?.into_iter();
        let mine = rows.filter(|row| {
            let terminal: Option<TerminalId> = row.terminal.parse().ok();
            let terminal = terminal.and_then(|id| register.terminals.get(&id));
            terminal.is_some_and(|terminal| may_manage(&session, Some(&terminal.provider)))
        });
        Ok(Json(mine.map(|row| dto(&register, row)).collect()))
    }

    /// Register a tag
    ///
    /// The answer holds the keys to write into it; they are not shown again.
    #[oai(path = "/", method = "post", operation_id = "openTag")]
    async fn open(
        &self,
        SignedIn(session): SignedIn,
        body: Json<NewTag>,
    ) -> Result<Json<OpenedTag>, ApiError> {
        let app = &self.0;
        let register = app.register();
        let (terminal, _) = managed(&register, &session, &body.0.terminal)?;
        let tag: TagId = body.0.tag.to_lowercase().parse().map_err(|_| not_a_tag())?;
        let row = TagRow {
            tag: tag.to_string(),
            terminal: terminal.id.to_string(),
            opened_at: app.now().0,
            opened_by: session.person.id.to_string(),
            revoked_at: None,
            revoked_reason: None,
        };
        match app.store.open_tag(row.clone()).await {
            Err(StoreError::Invalid(_)) => return Err(known_tag()),
            opened => opened?,
        }
        app.reload_register().await?;
        let file_key: Key = diversified(&tag_master_key(app.signer.codes()), &tag);
        Ok(Json(OpenedTag {
            tag: dto(&register, row),
            meta_key: hex(&tag_meta_key(app.signer.codes())),
            file_key: hex(&file_key),
            address: format!(
                "{}/n?e={}&c={}",
                app.config.base,
                "0".repeat(32),
                "0".repeat(16)
            ),
        }))
    }

    /// Take a tag out of service
    #[oai(path = "/:tag/revocation", method = "post", operation_id = "revokeTag")]
    async fn revoke(
        &self,
        SignedIn(session): SignedIn,
        tag: Path<String>,
        body: Json<OutOfService>,
    ) -> Result<Done, ApiError> {
        let app = &self.0;
        let register = app.register();
        let unknown = || ApiError::not_found("防伪标签", "tag", &tag.0);
        if !may_manage(&session, Some(&session.actor.org)) {
            return Err(ApiError::forbidden());
        }
        let row = app
            .store
            .tags()
            .await?
            .into_iter()
            .find(|row| row.tag == tag.0);
        let row = row.ok_or_else(unknown)?;
        managed(&register, &session, &row.terminal).map_err(|_| unknown())?;
        if row.revoked_at.is_none() {
            let revoked = TagRow {
                revoked_at: Some(app.now().0),
                revoked_reason: Some(body.0.reason.trim().to_owned()),
                ..row
            };
            app.store.put_tag(revoked).await?;
            app.reload_register().await?;
        }
        Ok(Done::Done)
    }
}

fn not_a_tag() -> ApiError {
    ApiError::unprocessable(
        "not_a_tag",
        "标签的 UID 应为 14 位十六进制数字（如 04de5f1eacc040）。请用手机读卡工具核对后再填。",
        "A tag's UID has 14 hexadecimal digits, such as 04de5f1eacc040. Read it with a tag reader and enter it again.",
    )
}

fn known_tag() -> ApiError {
    ApiError::conflict(
        "tag_known",
        "这枚标签已经登记过。标签不能换终端；请换一枚新标签登记。",
        "This tag is registered already. A tag stays with its terminal; register a new one.",
    )
}

fn dto(register: &Register, row: TagRow) -> TagDto {
    let terminal: Option<TerminalId> = row.terminal.parse().ok();
    let place = terminal.and_then(|id| register.place(&id).ok());
    let by = row.opened_by.parse::<PersonId>();
    TagDto {
        tag: row.tag,
        terminal_name: place.map_or_else(String::new, |(terminal, _)| terminal.name.clone()),
        site_name: place.map_or_else(String::new, |(_, site)| site.name.clone()),
        terminal: row.terminal,
        opened_at: row.opened_at,
        opened_by_name: by.map_or(row.opened_by, |by| register.name_of(&by).to_owned()),
        revoked_at: row.revoked_at,
        revoked_reason: row.revoked_reason,
    }
}
