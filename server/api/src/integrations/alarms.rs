//! Alarms of monitoring (11.2.2 b), in the body that Prometheus Alertmanager sends as it is (webhook, version 4).
//!
//! A firing alert becomes a report, or joins the open work order about the same fault of the same terminal: a
//! second alarm about one fault must not start clocks of its own, and one about another fault must. Its end is
//! written down and closes nothing. Fingerprint and start name an alert, so that a notification sent again
//! (Alertmanager does that on purpose) acts once. Each alert of a group is answered on its own; what fits nowhere
//! is set aside and answered too, because a refusal would only make Alertmanager drop the rest.

use std::collections::BTreeMap;

use chrono::DateTime;
use domain::event::AlarmCleared;
use domain::fault::FaultCode;
use domain::ids::{TerminalId, WorkOrderId};
use domain::time::{Millis, Timestamp};
use poem::Request;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Value, json};

use super::account::{Account, Integrated};
use super::held::{HeldReason, held, hold};
use crate::error::ApiError;
use crate::intake::{ClearRequest, DeskRequest, JoinRequest, NewReport};
use crate::joins::join_report;
use crate::language::{self, Lang, Wording};
use crate::openapi::Tag;
use crate::reports::{fault_code, file_report};
use crate::signer::sha256_hex;
use crate::state::{App, SharedApp};
use crate::terminals::find_terminal;
use crate::work_orders::open_at;

/// Most alerts in one group.
const ALERTS_MAX: usize = 500;
/// Longest text of a report that is made of an alert, in characters.
const TEXT_CHARS_MAX: usize = 500;
/// An alert that is older did not start when it says.
const STARTED_BEFORE_MAX: Millis = Millis::minutes(365 * 24 * 60);

/// A notification of Alertmanager, version 4. Members that are not named here are read past.
#[derive(Object)]
struct AlertmanagerDto {
    /// `4`.
    version: Option<String>,
    /// How many alerts Alertmanager left out.
    #[oai(rename = "truncatedAlerts")]
    truncated_alerts: Option<u64>,
    alerts: Vec<AlertDto>,
}

/// `firing` or `resolved`.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "AlertStatus", rename_all = "snake_case")]
enum AlertStatusDto {
    Firing,
    Resolved,
}

/// One alert.
#[derive(Object)]
#[oai(rename = "Alert")]
struct AlertDto {
    status: AlertStatusDto,
    /// `terminal` or `terminal_id` names the terminal; `fault` one of table 1, if it is not what the account's
    /// alarms mean.
    labels: BTreeMap<String, String>,
    #[oai(default)]
    annotations: BTreeMap<String, String>,
    /// RFC 3339.
    #[oai(rename = "startsAt")]
    starts_at: String,
    /// RFC 3339; only of an alert that is resolved.
    #[oai(rename = "endsAt")]
    ends_at: Option<String>,
    fingerprint: Option<String>,
}

/// What became of an alert.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "AlertOutcome", rename_all = "snake_case")]
enum OutcomeDto {
    /// A work order was started.
    Reported,
    /// It joined one that was there.
    Joined,
    /// Its end was written down; nothing is closed by that.
    Cleared,
    /// It came before.
    Known,
    /// It was set aside for a person to look at.
    Held,
}

/// The answer to one alert.
#[derive(Object)]
#[oai(rename = "AlertAnswer")]
struct AlertAnswerDto {
    fingerprint: String,
    outcome: OutcomeDto,
    work_order: Option<String>,
    /// Code of why it was set aside.
    reason: Option<String>,
    /// The same in the caller's language.
    text: Option<String>,
}

/// The answers, in the order of the alerts.
#[derive(Object)]
#[oai(rename = "AlarmsAnswer")]
struct AlarmsAnswerDto {
    alerts: Vec<AlertAnswerDto>,
    /// How many alerts Alertmanager left out.
    truncated: u64,
}

pub struct AlarmsApi(pub SharedApp);

#[OpenApi(prefix_path = "/integrations", tag = "Tag::Integrations")]
impl AlarmsApi {
    /// Alarms, as Alertmanager sends them
    ///
    /// Point a `webhook_config` here, with the account's token as `authorization`. Each alert is answered on its
    /// own; at most 500 in one group.
    #[oai(path = "/alarms", method = "post", operation_id = "receiveAlarms")]
    async fn receive(
        &self,
        request: &Request,
        Integrated(account): Integrated,
        Json(group): Json<AlertmanagerDto>,
    ) -> Result<Json<AlarmsAnswerDto>, ApiError> {
        if group
            .version
            .as_deref()
            .is_some_and(|version| version != "4")
        {
            return Err(ApiError::unprocessable(
                "alertmanager_version",
                "只接受 Alertmanager webhook 第 4 版。",
                "Only version 4 of Alertmanager's webhook is accepted.",
            ));
        }
        if group.alerts.len() > ALERTS_MAX {
            return Err(ApiError::unprocessable(
                "too_many_alerts",
                format!("一次最多 {ALERTS_MAX} 条告警，请在 Alertmanager 设置 max_alerts。"),
                format!("At most {ALERTS_MAX} alerts at once; set max_alerts in Alertmanager."),
            ));
        }
        let lang = language::accepted(request.headers());
        let mut alerts = Vec::with_capacity(group.alerts.len());
        for alert in &group.alerts {
            account.count(&self.0)?;
            let fingerprint = fingerprint_of(alert);
            let alarm = Alarm {
                app: &self.0,
                account: &account,
                alert,
                fingerprint: &fingerprint,
            };
            let outcome = alarm.take().await?;
            alerts.push(outcome.answer(fingerprint, lang));
        }
        Ok(Json(AlarmsAnswerDto {
            alerts,
            truncated: group.truncated_alerts.unwrap_or(0),
        }))
    }
}

enum Outcome {
    Became(OutcomeDto, WorkOrderId),
    Held(HeldReason),
}

impl Outcome {
    fn answer(self, fingerprint: String, lang: Lang) -> AlertAnswerDto {
        let (outcome, work_order, reason) = match self {
            Outcome::Became(outcome, work_order) => (outcome, Some(work_order.to_string()), None),
            Outcome::Held(reason) => (OutcomeDto::Held, None, Some(reason)),
        };
        let words = reason.and_then(|reason| {
            let mut texts = HeldReason::TEXTS.iter();
            let (_, zh, en) = texts.find(|(code, _, _)| *code == reason.code())?;
            Some(lang.pick(*zh, *en).to_owned())
        });
        AlertAnswerDto {
            fingerprint,
            outcome,
            work_order,
            reason: reason.map(|reason| reason.code().to_owned()),
            text: words,
        }
    }
}

/// One alert on its way in.
struct Alarm<'a> {
    app: &'a App,
    account: &'a Account,
    alert: &'a AlertDto,
    fingerprint: &'a str,
}

impl Alarm<'_> {
    async fn take(&self) -> Result<Outcome, ApiError> {
        let Some(started) = instant(&self.alert.starts_at) else {
            let key = format!("alarm/{}/?", self.fingerprint);
            return self.hold(&key, HeldReason::StartUnreadable).await;
        };
        let key = format!("alarm/{}/{}", self.fingerprint, started.0);
        let known = self.known(&key).await?;
        match (self.alert.status, known) {
            (AlertStatusDto::Firing, Some(work_order)) => {
                Ok(Outcome::Became(OutcomeDto::Known, work_order))
            }
            (AlertStatusDto::Firing, None) => self.fire(&key, started).await,
            (AlertStatusDto::Resolved, Some(work_order)) => self.clear(&key, work_order).await,
            (AlertStatusDto::Resolved, None) => {
                // Its start may wait for a person, or may have become a report by hand.
                let start = held(self.app, self.account, &key).await?;
                match start.and_then(|start| start.wo?.parse().ok()) {
                    Some(work_order) => self.clear(&key, work_order).await,
                    None => self.hold(&over(&key), HeldReason::OnlyTheEnd).await,
                }
            }
        }
    }

    /// The work order that this alert started or joined.
    async fn known(&self, key: &str) -> Result<Option<WorkOrderId>, ApiError> {
        let person = self.account.person.as_str();
        let malformed = |_| ApiError::internal("alarm", "a stored number is malformed");
        if let Some(row) = self.app.store.idempotent(person, key).await? {
            return row.response.parse().map(Some).map_err(malformed);
        }
        match self.app.store.idempotent(person, &joining(key)).await? {
            Some(row) => row.request.parse().map(Some).map_err(malformed),
            None => Ok(None),
        }
    }

    async fn fire(&self, key: &str, started: Timestamp) -> Result<Outcome, ApiError> {
        let labels = &self.alert.labels;
        let named = labels.get("terminal").or_else(|| labels.get("terminal_id"));
        let Some(named) = named else {
            return self.hold(key, HeldReason::TerminalMissing).await;
        };
        let register = self.app.register();
        let Some((terminal, site)) = find_terminal(&register, named) else {
            return self.hold(key, HeldReason::TerminalUnknown).await;
        };
        if !self.account.may_report(terminal, site) {
            return self.hold(key, HeldReason::OtherDistrict).await;
        }
        let fault = match labels.get("fault") {
            None => Ok(self.account.fault),
            Some(fault) => fault_code(fault),
        };
        let Ok(fault) = fault else {
            return self.hold(key, HeldReason::FaultUnknown).await;
        };
        let became = match self.report_or_join(key, &terminal.id, fault, started).await {
            Ok(became) => became,
            Err(error) if error.status.is_server_error() => return Err(error),
            Err(_) => return self.hold(key, HeldReason::Refused).await,
        };
        if let Outcome::Became(_, work_order) = &became {
            end_that_came_first(self.app, self.account, key, work_order).await?;
        }
        Ok(became)
    }

    async fn report_or_join(
        &self,
        key: &str,
        terminal: &TerminalId,
        fault: FaultCode,
        started: Timestamp,
    ) -> Result<Outcome, ApiError> {
        let now = self.app.now();
        let is_believable = started <= now && started >= now - STARTED_BEFORE_MAX;
        let occurred_at = is_believable.then_some(started);
        if let Some(work_order) = open_about(self.app, terminal, fault).await? {
            let join = JoinRequest {
                work_order: work_order.clone(),
                channel: self.account.channel,
                by: self.account.person.clone(),
                text: self.words(),
                reporter: None,
                occurred_at,
                idempotency_key: Some(joining(key)),
            };
            match join_report(self.app, join).await {
                Ok(_) => return Ok(Outcome::Became(OutcomeDto::Joined, work_order)),
                // It was repaired in this very moment, or enough have joined: then it is a report.
                Err(error) if error.status == poem::http::StatusCode::CONFLICT => {}
                Err(error) => return Err(error),
            }
        }
        let report = NewReport {
            terminal: terminal.clone(),
            fault,
            text: self.words(),
            channel: self.account.channel,
            by: self.account.person.clone(),
            reporter: None,
            occurred_at,
            technician: None,
            idempotency_key: Some(key.to_owned()),
        };
        let (work_order, _) = file_report(self.app, report).await?;
        Ok(Outcome::Became(OutcomeDto::Reported, work_order))
    }

    async fn clear(&self, key: &str, work_order: WorkOrderId) -> Result<Outcome, ApiError> {
        let ended = self.alert.ends_at.as_deref().and_then(instant);
        let is_repeat = say_cleared(self.app, self.account, key, &work_order, ended).await?;
        let outcome = match is_repeat {
            true => OutcomeDto::Known,
            false => OutcomeDto::Cleared,
        };
        Ok(Outcome::Became(outcome, work_order))
    }

    async fn hold(&self, key: &str, reason: HeldReason) -> Result<Outcome, ApiError> {
        let AlertDto {
            labels,
            annotations,
            starts_at,
            ends_at,
            ..
        } = self.alert;
        let body = json!({ "labels": labels, "annotations": annotations, "startsAt": starts_at,
            "endsAt": ends_at, "fingerprint": self.fingerprint });
        hold(self.app, self.account, "alarm", key, reason, body).await?;
        Ok(Outcome::Held(reason))
    }

    /// What the report says: the alert's name and its summary.
    fn words(&self) -> String {
        let AlertDto {
            labels,
            annotations,
            ..
        } = self.alert;
        let name = labels.get("alertname").map_or("", String::as_str);
        let summary = annotations
            .get("summary")
            .or_else(|| annotations.get("description"))
            .map_or("", String::as_str);
        let words = [name, summary]
            .into_iter()
            .filter(|words| !words.is_empty());
        let words = words.collect::<Vec<_>>().join("：");
        words.chars().take(TEXT_CHARS_MAX).collect()
    }
}

/// Notifications may overtake each other, and a start may have waited for a person: the end that waits is written down
/// behind it.
pub(super) async fn end_that_came_first(
    app: &App,
    account: &Account,
    key: &str,
    work_order: &WorkOrderId,
) -> Result<(), ApiError> {
    let waiting = held(app, account, &over(key)).await?;
    let Some(mut row) = waiting.filter(|row| row.waiting) else {
        return Ok(());
    };
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let ended = body["endsAt"].as_str().and_then(instant);
    say_cleared(app, account, key, work_order, ended).await?;
    row.settled_by = Some(account.person.to_string());
    row.settled_at = Some(app.now().0);
    row.note = Some("触发通知随后到达 Its start came later".to_owned());
    row.wo = Some(work_order.to_string());
    app.store.settle_intake(row).await.map(drop)?;
    Ok(())
}

/// Writes down that an alarm is over; true if that had been said before.
async fn say_cleared(
    app: &App,
    account: &Account,
    key: &str,
    work_order: &WorkOrderId,
    ended: Option<Timestamp>,
) -> Result<bool, ApiError> {
    let now = app.now();
    let request = ClearRequest {
        work_order: work_order.clone(),
        by: account.person.clone(),
        cleared: AlarmCleared {
            alarm: key.to_owned(),
            // What is not said, or cannot be, is when it came.
            cleared_at: ended.filter(|at| at.0 >= 0 && *at <= now).unwrap_or(now),
        },
    };
    let answer = app.intake.desk(DeskRequest::Clear(request)).await?;
    Ok(answer.is_repeat)
}

/// Under which key an alert joined instead of reporting.
fn joining(key: &str) -> String {
    format!("join-{key}")
}

/// Under which key an end waits whose start has not come.
fn over(key: &str) -> String {
    format!("over-{key}")
}

/// Alertmanager always sends one; whatever else speaks its language is named by its labels.
fn fingerprint_of(alert: &AlertDto) -> String {
    let sent = alert.fingerprint.as_deref().unwrap_or_default().trim();
    let is_plain =
        (1..=64).contains(&sent.len()) && sent.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain {
        return sent.to_owned();
    }
    sha256_hex(json!(alert.labels).to_string().as_bytes())[..16].to_owned()
}

/// RFC 3339, to the millisecond.
fn instant(text: &str) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    // Go's zero time says that there is none.
    Some(Timestamp(at.timestamp_millis())).filter(|at| at.0 > 0)
}

/// The open work order about this fault of this terminal that can be joined, the oldest of them.
async fn open_about(
    app: &App,
    terminal: &TerminalId,
    fault: FaultCode,
) -> Result<Option<WorkOrderId>, ApiError> {
    let mut open = open_at(app, terminal).await?.into_iter();
    let found = open.find(|work_order| {
        work_order.report.what.fault == fault && work_order.may_be_joined().is_ok()
    });
    Ok(found.map(|work_order| work_order.id))
}
