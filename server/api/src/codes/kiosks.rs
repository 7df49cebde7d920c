//! Screens of terminals 终端屏幕: the page in a terminal's own browser that shows a rotating code. A
//! screen is registered once and gets two secrets: one opens this server to it, with the other it
//! makes codes by itself while there is no network. And the same code for the signed-in phone of a
//! site manager, when the terminal is dark.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::actor::{Action, Role};
use domain::code::screen::{RENEWED_EVERY_MS, ScreenCode};
use domain::code::step::STEP_MS;
use domain::ids::{PersonId, TerminalId};
use domain::register::{Site, Terminal};
use poem_openapi::auth::Bearer;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi, SecurityScheme};
use store::{KioskRow, StoreError};

use super::secrets::{kiosk_token, step_secret};
use super::{OutOfService, may_manage};
use crate::auth::{Session, SignedIn, subject_at};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::Register;
use crate::session::Done;
use crate::signer::random_bytes;
use crate::state::{App, SharedApp};

/// The secret of a screen, from its registration.
#[derive(SecurityScheme)]
#[oai(rename = "kiosk", ty = "bearer")]
pub struct KioskToken(pub Bearer);

/// A registered screen.
#[derive(Debug, Object)]
#[oai(rename = "Kiosk")]
pub struct KioskDto {
    pub terminal: String,
    pub terminal_name: String,
    pub site_name: String,
    /// Counts up with every registration of this terminal's screen.
    pub generation: u32,
    /// ms since 1970 UTC.
    pub opened_at: i64,
    pub opened_by_name: String,
    /// From when on its codes no longer count; null while they do.
    pub revoked_at: Option<i64>,
    pub revoked_reason: Option<String>,
}

/// Which screen to register.
#[derive(Debug, Object)]
pub struct NewKiosk {
    #[oai(validator(max_length = 40))]
    pub terminal: String,
}

/// A screen that was just registered.
#[derive(Debug, Object)]
pub struct OpenedKiosk {
    pub kiosk: KioskDto,
    /// To be opened once in the terminal's browser. It holds the secret and is not shown again.
    pub address: String,
}

/// A rotating code to show.
#[derive(Debug, Object)]
#[oai(rename = "ScreenCode")]
pub struct ScreenCodeDto {
    /// What stands in the QR code.
    pub text: String,
    /// Server clock, ms since 1970 UTC.
    pub made_at: i64,
    /// When to ask for the next one.
    pub renew_after_ms: i64,
    pub terminal_name: String,
    pub site_name: String,
    /// For a terminal's screen: how it makes codes without network; null for a manager's phone.
    pub offline: Option<OfflineCodes>,
}

/// RFC 6238 with SHA-256 and eight digits.
#[derive(Debug, Object)]
pub struct OfflineCodes {
    /// The secret, base64url. It stays in the page of this screen.
    pub secret: String,
    pub step_ms: i64,
    /// What the QR code begins with; `<step>-<eight digits>` follows.
    pub prefix: String,
}

/// The endpoints of this module.
pub struct KiosksApi(pub SharedApp);

#[OpenApi(tag = "Tag::Codes")]
impl KiosksApi {
    /// List the screens of terminals
    ///
    /// Those of one's own terminals, the present one of each and those that were taken out of service.
    #[oai(path = "/kiosks", method = "get", operation_id = "listKiosks")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<KioskDto>>, ApiError> {
        if !may_manage(&session, Some(&session.actor.org)) {
            return Err(ApiError::forbidden());
        }
        let register = self.0.register();
        let rows = self.0.store.kiosks().await?.into_iter();
        let mine = rows.filter_map(|row| {
            let id: TerminalId = row.terminal.parse().ok()?;
            let (terminal, site) = register.place(&id).ok()?;
            may_manage(&session, Some(&terminal.provider))
                .then(|| dto(&register, terminal, site, row))
        });
        Ok(Json(mine.collect()))
    }

    /// Register the screen of a terminal
    ///
    /// Any earlier registration of this terminal's screen is taken out of service.
    #[oai(path = "/kiosks", method = "post", operation_id = "openKiosk")]
    async fn open(
        &self,
        SignedIn(session): SignedIn,
        body: Json<NewKiosk>,
    ) -> Result<Json<OpenedKiosk>, ApiError> {
        let app = &self.0;
        let register = app.register();
        let (terminal, site) = managed(&register, &session, &body.0.terminal)?;
        let now = app.now().0;
        let earlier = of_terminal(app, &terminal.id).await?;
        let generation = earlier.last().map_or(0, |row| row.generation) + 1;
        let row = KioskRow {
            terminal: terminal.id.to_string(),
            generation,
            opened_at: now,
            opened_by: session.person.id.to_string(),
            revoked_at: None,
            revoked_reason: None,
        };
        match app.store.open_kiosk(row.clone()).await {
            Err(StoreError::Invalid(_)) => return Err(registered_meanwhile()),
            opened => opened?,
        }
        for row in earlier.into_iter().filter(|row| row.revoked_at.is_none()) {
            let reason = format!("由第 {generation} 次登记取代");
            retire(app, row, now, reason).await?;
        }
        app.reload_register().await?;
        let number = u32::try_from(generation).unwrap_or_default();
        let token = URL_SAFE_NO_PAD.encode(kiosk_token(app.signer.codes(), &terminal.id, number));
        Ok(Json(OpenedKiosk {
            address: format!("{}/kiosk/{}#{token}", app.config.base, terminal.id),
            kiosk: dto(&register, terminal, site, row),
        }))
    }

    /// Take the screen of a terminal out of service
    #[oai(
        path = "/kiosks/:terminal/revocation",
        method = "post",
        operation_id = "revokeKiosk"
    )]
    async fn revoke(
        &self,
        SignedIn(session): SignedIn,
        terminal: Path<String>,
        body: Json<OutOfService>,
    ) -> Result<Done, ApiError> {
        let app = &self.0;
        let register = app.register();
        let (terminal, _) = managed(&register, &session, &terminal.0)?;
        let rows = of_terminal(app, &terminal.id).await?;
        if rows.is_empty() {
            return Err(ApiError::not_found("终端屏幕", "screen", &terminal.id));
        }
        for row in rows.into_iter().filter(|row| row.revoked_at.is_none()) {
            retire(app, row, app.now().0, body.0.reason.trim().to_owned()).await?;
        }
        app.reload_register().await?;
        Ok(Done::Done)
    }

    /// The next code for the screen of a terminal
    ///
    /// With the secret of the screen. The code is good for one scan, for a minute.
    #[oai(
        path = "/kiosks/:terminal/code",
        method = "post",
        operation_id = "makeKioskCode"
    )]
    async fn code(
        &self,
        token: KioskToken,
        terminal: Path<String>,
    ) -> Result<Json<ScreenCodeDto>, ApiError> {
        let app = &self.0;
        let register = app.register();
        let id: TerminalId = terminal.0.parse().map_err(|_| unknown_screen())?;
        let kiosks = register.kiosks.get(&id).map_or(&[][..], Vec::as_slice);
        let is_its = |generation| {
            is_same(
                &token.0.token,
                &URL_SAFE_NO_PAD.encode(kiosk_token(app.signer.codes(), &id, generation)),
            )
        };
        let kiosk = kiosks
            .iter()
            .find(|kiosk| is_its(kiosk.generation))
            .ok_or_else(unknown_screen)?;
        if kiosk.revoked_at.is_some() {
            return Err(out_of_service());
        }
        let (terminal, site) = register.place(&id)?;
        let offline = OfflineCodes {
            secret: URL_SAFE_NO_PAD.encode(step_secret(app.signer.codes(), &id, kiosk.generation)),
            step_ms: STEP_MS,
            prefix: format!("{}/t/{id}?o=", app.config.base),
        };
        let code = make(app, terminal, site, None)?;
        Ok(Json(ScreenCodeDto {
            offline: Some(offline),
            ..code
        }))
    }

    /// A code for the phone of a site manager
    ///
    /// For a terminal that is dark: the technician scans it from the manager's phone. Good for one
    /// scan, for a minute.
    #[oai(
        path = "/terminals/:terminal/manager-code",
        method = "post",
        operation_id = "makeManagerCode"
    )]
    async fn manager_code(
        &self,
        SignedIn(session): SignedIn,
        terminal: Path<String>,
    ) -> Result<Json<ScreenCodeDto>, ApiError> {
        let register = self.0.register();
        let unknown = || ApiError::not_found("终端", "terminal", &terminal.0);
        let id: TerminalId = terminal.0.parse().map_err(|_| unknown())?;
        let (terminal, site) = register.place(&id)?;
        if session.actor.role != Role::SiteManager {
            return Err(ApiError::forbidden());
        }
        if !session.may(Action::ShowCode, &subject_at(terminal, site)) {
            return Err(unknown());
        }
        if !site.is_managed_by(&session.person.id) {
            return Err(not_named_as_manager());
        }
        Ok(Json(make(
            &self.0,
            terminal,
            site,
            Some(session.person.id.clone()),
        )?))
    }
}

fn make(
    app: &App,
    terminal: &Terminal,
    site: &Site,
    manager: Option<PersonId>,
) -> Result<ScreenCodeDto, ApiError> {
    let code = ScreenCode::make(
        terminal.id.clone(),
        app.now(),
        random_bytes(),
        manager,
        &app.signer,
    )
    .ok_or_else(|| ApiError::internal("screen code", "the clock is out of range"))?;
    Ok(ScreenCodeDto {
        text: code.text(&app.config.base),
        made_at: code.ts.0,
        renew_after_ms: RENEWED_EVERY_MS,
        terminal_name: terminal.name.clone(),
        site_name: site.name.clone(),
        offline: None,
    })
}

/// A terminal whose codes the caller looks after; another's is not there.
pub(super) fn managed<'a>(
    register: &'a Register,
    session: &Session,
    terminal: &str,
) -> Result<(&'a Terminal, &'a Site), ApiError> {
    let unknown = || ApiError::not_found("终端", "terminal", terminal);
    if !may_manage(session, Some(&session.actor.org)) {
        return Err(ApiError::forbidden());
    }
    let id: TerminalId = terminal.parse().map_err(|_| unknown())?;
    let (terminal, site) = register.place(&id)?;
    if may_manage(session, Some(&terminal.provider)) {
        Ok((terminal, site))
    } else {
        Err(unknown())
    }
}

async fn of_terminal(app: &App, terminal: &TerminalId) -> Result<Vec<KioskRow>, ApiError> {
    let mut rows = app.store.kiosks().await?;
    rows.retain(|row| row.terminal == terminal.as_str());
    Ok(rows)
}

async fn retire(app: &App, row: KioskRow, at: i64, reason: String) -> Result<(), ApiError> {
    let revoked = KioskRow {
        revoked_at: Some(at),
        revoked_reason: Some(reason),
        ..row
    };
    Ok(app.store.put_kiosk(revoked).await?)
}

/// Compares all of it, so that the time it takes tells nothing.
fn is_same(one: &str, other: &str) -> bool {
    let differing = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |differing, (a, b)| differing | (a ^ b));
    one.len() == other.len() && differing == 0
}

fn unknown_screen() -> ApiError {
    ApiError::new(
        poem::http::StatusCode::UNAUTHORIZED,
        "unknown_screen",
        "这块屏幕没有登记，或登记已失效。请在控制台「终端码」重新登记，并用新的地址打开。",
        "This screen is not registered, or no longer. Register it again under Codes in the console and open the new address.",
    )
}

fn out_of_service() -> ApiError {
    ApiError::new(
        poem::http::StatusCode::FORBIDDEN,
        "screen_out_of_service",
        "这块屏幕已停用，不再显示动态码。如需恢复，请在控制台「终端码」重新登记。",
        "This screen was taken out of service and shows no codes. Register it again under Codes in the console.",
    )
}

fn registered_meanwhile() -> ApiError {
    ApiError::conflict(
        "screen_registered_meanwhile",
        "这块屏幕刚被另一人登记。请刷新后核对，需要时再登记一次。",
        "Somebody else has just registered this screen. Reload, and register again if needed.",
    )
}

fn not_named_as_manager() -> ApiError {
    ApiError::new(
        poem::http::StatusCode::FORBIDDEN,
        "not_the_site_manager",
        "登记册没有把您列为本点位的设备管理人员，不能出示动态码。请联系本单位更正登记。",
        "The register does not name you as a manager of this site, so you cannot show a code. Ask your unit to correct the register.",
    )
}

fn dto(register: &Register, terminal: &Terminal, site: &Site, row: KioskRow) -> KioskDto {
    let by = row.opened_by.parse::<PersonId>();
    KioskDto {
        terminal: row.terminal,
        terminal_name: terminal.name.clone(),
        site_name: site.name.clone(),
        generation: u32::try_from(row.generation).unwrap_or_default(),
        opened_at: row.opened_at,
        opened_by_name: by.map_or(row.opened_by, |by| register.name_of(&by).to_owned()),
        revoked_at: row.revoked_at,
        revoked_reason: row.revoked_reason,
    }
}
