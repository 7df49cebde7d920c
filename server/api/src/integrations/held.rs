//! What other systems sent and what fits nowhere: nothing is dropped. It waits, with the reason, for a person who
//! makes a report of it or says why not.

use domain::actor::{Action, Subject};
use domain::event::Channel;
use domain::ids::PersonId;
use domain::text::coded;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;
use store::HeldIntakeRow;

use super::account::Account;
use super::alarms::end_that_came_first;
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::intake::NewReport;
use crate::language::{Lang, Wording};
use crate::openapi::Tag;
use crate::reports::{fault_code, file_report, terminal_id};
use crate::signer::sha256_hex;
use crate::state::{App, SharedApp};

/// Most of them in one answer.
const SHOWN_MAX: usize = 200;
/// Most that is kept of one, in characters of JSON.
const BODY_CHARS_MAX: usize = 8_000;
/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 500;

coded! {
    /// Why something waits.
    HeldReason {
        TerminalMissing "held_terminal_missing"
            "告警没有写明是哪台终端（标签 terminal）。请核对监控系统的标签配置，必要时代为报修。"
            "The alarm does not say which terminal it is about (label terminal). Check the labels in monitoring; report it by hand if need be.";
        TerminalUnknown "held_terminal_unknown"
            "登记簿里没有这台终端。请核对编号，必要时改用正确的终端代为报修。"
            "The register does not know this terminal. Check its number; report it for the right one if need be.";
        OtherDistrict "held_other_district"
            "该对接账号无权为这台终端所在的区报障。请核对账号范围，必要时代为报修。"
            "This account may not report for the district of this terminal. Check what it is for; report it by hand if need be.";
        FaultUnknown "held_fault_unknown"
            "告警写明的故障类别不在表 1 中（标签 fault）。请核对标签，必要时选择类别代为报修。"
            "The fault that the alarm names is not in table 1 (label fault). Check the label; choose one and report it by hand if need be.";
        StartUnreadable "held_start_unreadable"
            "告警的开始时间无法识别，不能判断是否重复。请核对监控系统。"
            "The alarm does not say readably when it started, so a repetition cannot be told. Check monitoring.";
        OnlyTheEnd "held_only_the_end"
            "只收到告警解除，没有收到过它的触发。可能触发通知丢失，请核对终端是否发生过故障。"
            "Only the end of this alarm has come, never its start, which may have been lost. Check whether the terminal was broken.";
        Refused "held_refused"
            "内容不符合规则，未能登记为报修。请核对原文，必要时代为报修。"
            "It broke a rule and could not become a report. Read it; report it by hand if need be.";
    }
}

/// Something that waits, or was settled.
#[derive(Object)]
#[oai(rename = "HeldIntake")]
struct HeldDto {
    id: String,
    /// The account it came through, and its name.
    account: String,
    account_name: String,
    /// `alarm` or `ticket`.
    kind: String,
    /// Code of the reason.
    reason: String,
    reason_zh: String,
    reason_en: String,
    /// As it was sent, if it was not too long to keep.
    body: Any<Value>,
    /// ms since 1970 UTC.
    received_at: i64,
    settled_at: Option<i64>,
    settled_by_name: Option<String>,
    note: Option<String>,
    /// The work order that was made of it.
    work_order: Option<String>,
}

/// What waits, or what was settled.
#[derive(Object)]
struct HeldListDto {
    /// Newest first, at most 200.
    items: Vec<HeldDto>,
}

/// What is to become of it: a report for this terminal, or nothing.
#[derive(Object)]
struct SettlementDto {
    /// The terminal to report; none to set it aside for good, with a note.
    #[oai(validator(max_length = 40))]
    terminal: Option<String>,
    /// A fault of table 1; none for what the account's alarms mean.
    #[oai(validator(max_length = 8))]
    fault: Option<String>,
    /// Needed when nothing is reported; at most 500 characters.
    #[oai(default, validator(max_length = 1000))]
    note: String,
}

pub struct HeldApi(pub SharedApp);

#[OpenApi(prefix_path = "/integrations/held", tag = "Tag::Integrations")]
impl HeldApi {
    /// What other systems sent that fits nowhere
    #[oai(path = "/", method = "get", operation_id = "listHeldIntake")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        /// `waiting` or `settled`.
        #[oai(default = "waiting", validator(pattern = "^(waiting|settled)$"))]
        state: Query<String>,
    ) -> Result<Json<HeldListDto>, ApiError> {
        session.must(Action::SettleIntake, &Subject::default())?;
        let is_waiting = state.0 == "waiting";
        let rows = self.0.store.held_intakes(is_waiting, SHOWN_MAX).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.dto(row).await?);
        }
        Ok(Json(HeldListDto { items }))
    }

    /// Settle it: make a report of it, or say why not
    ///
    /// The report goes the way of every other one, through the account's channel; its clocks start now. Whoever
    /// comes second finds it settled (409).
    #[oai(
        path = "/:id/settlement",
        method = "post",
        operation_id = "settleHeldIntake"
    )]
    async fn settle(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(settlement): Json<SettlementDto>,
    ) -> Result<Json<HeldDto>, ApiError> {
        session.must(Action::SettleIntake, &Subject::default())?;
        let row = self.0.store.held_intake(&id).await?;
        let unknown = || ApiError::not_found("待处理来件", "held message", &id.0);
        let mut row = row.ok_or_else(unknown)?;
        if !row.waiting {
            return Err(already_settled());
        }
        let note = settlement.note.trim().to_owned();
        if note.chars().count() > NOTE_CHARS_MAX
            || (settlement.terminal.is_none() && note.is_empty())
        {
            return Err(ApiError::unprocessable(
                "note_missing_or_too_long",
                "不作报修处理时请写明原因，不超过 500 字。",
                "Say why nothing is reported, in at most 500 characters.",
            ));
        }
        row.wo = match settlement.terminal {
            None => None,
            Some(terminal) => Some(self.report(&row, &terminal, settlement.fault).await?),
        };
        row.settled_by = Some(session.actor.person.to_string());
        row.settled_at = Some(self.0.now().0);
        row.note = Some(note);
        if !self.0.store.settle_intake(row.clone()).await? {
            return Err(already_settled());
        }
        row.waiting = false;
        Ok(Json(self.dto(row).await?))
    }
}

impl HeldApi {
    /// Once, however often it is settled at once: the key is that of the thing itself.
    async fn report(
        &self,
        row: &HeldIntakeRow,
        terminal: &str,
        fault: Option<String>,
    ) -> Result<String, ApiError> {
        let app = &self.0;
        let account = app.store.integration(&row.account).await?;
        let account = account.ok_or_else(|| ApiError::internal("held", "its account is gone"))?;
        let account = Account::of(&account)?;
        let register = app.register();
        let (terminal, _) = register.place(&terminal_id(terminal)?)?;
        let fault = fault.map_or(Ok(account.fault), |fault| fault_code(&fault))?;
        let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
        let report = NewReport {
            terminal: terminal.id.clone(),
            fault,
            text: words_of(&body, account.channel),
            channel: account.channel,
            by: account.person.clone(),
            reporter: None,
            occurred_at: None,
            technician: None,
            idempotency_key: Some(format!("held/{}", row.number)),
        };
        let (work_order, _) = file_report(app, report).await?;
        end_that_came_first(app, &account, &row.key, &work_order).await?;
        Ok(work_order.to_string())
    }

    async fn dto(&self, row: HeldIntakeRow) -> Result<HeldDto, ApiError> {
        let account = self.0.store.integration(&row.account).await?;
        let register = self.0.register();
        let settled_by = row
            .settled_by
            .and_then(|person| person.parse::<PersonId>().ok());
        let words = |lang: Lang| {
            let mut texts = HeldReason::TEXTS.iter();
            let found = texts.find(|(code, _, _)| *code == row.reason);
            found.map_or(String::new(), |(_, zh, en)| lang.pick(*zh, *en).to_owned())
        };
        Ok(HeldDto {
            reason_zh: words(Lang::Zh),
            reason_en: words(Lang::En),
            id: row.number,
            account_name: account.map_or(String::new(), |account| account.name),
            account: row.account,
            kind: row.kind,
            reason: row.reason,
            body: Any(serde_json::from_str(&row.body).unwrap_or(Value::Null)),
            received_at: row.received_at,
            settled_at: row.settled_at,
            settled_by_name: settled_by.map(|person| register.name_of(&person).to_owned()),
            note: row.note,
            work_order: row.wo,
        })
    }
}

fn waiting() -> String {
    "waiting".to_owned()
}

fn already_settled() -> ApiError {
    ApiError::conflict(
        "already_settled",
        "这条来件已由他人处理。请刷新页面查看。",
        "Somebody else has settled this. Reload to see what became of it.",
    )
}

/// What the report says that is made of it.
fn words_of(body: &Value, channel: Channel) -> String {
    let of = |names: [&str; 2]| body[names[0]][names[1]].as_str();
    let found = of(["annotations", "summary"])
        .or_else(|| of(["labels", "alertname"]))
        .or_else(|| body["text"].as_str());
    let fallback = serde_json::to_value(channel).unwrap_or_default();
    let text = found.or_else(|| fallback.as_str()).unwrap_or_default();
    text.chars().take(NOTE_CHARS_MAX).collect()
}

/// Sets something aside for a person to look at.
pub async fn hold(
    app: &App,
    account: &Account,
    kind: &str,
    key: &str,
    reason: HeldReason,
    body: Value,
) -> Result<(), ApiError> {
    let text = body.to_string();
    let is_long = text.chars().count() > BODY_CHARS_MAX;
    let cut = || Value::from(text.chars().take(BODY_CHARS_MAX).collect::<String>()).to_string();
    let row = HeldIntakeRow {
        number: number_of(account, key),
        account: account.person.to_string(),
        key: key.to_owned(),
        kind: kind.to_owned(),
        reason: reason.code().to_owned(),
        body: if is_long { cut() } else { text },
        received_at: app.now().0,
        waiting: true,
        settled_by: None,
        settled_at: None,
        note: None,
        wo: None,
    };
    Ok(app.store.hold_intake(row).await?)
}

/// What was set aside under this key, if anything was.
pub async fn held(
    app: &App,
    account: &Account,
    key: &str,
) -> Result<Option<HeldIntakeRow>, ApiError> {
    Ok(app.store.held_intake(&number_of(account, key)).await?)
}

fn number_of(account: &Account, key: &str) -> String {
    sha256_hex(format!("{}\n{key}", account.person).as_bytes())[..32].to_owned()
}
