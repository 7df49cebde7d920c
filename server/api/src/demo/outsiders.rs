//! What comes from outside in the demonstration: people with the same fault, a complaint, monitoring that sees a
//! terminal again, and an alarm about a terminal that nobody knows.

use domain::event::{AlarmCleared, Channel};
use domain::ids::{PersonId, WorkOrderId};
use domain::sidecar::Contact;
use domain::time::Timestamp;
use domain::work_order::WorkOrder;
use serde_json::json;
use store::IntegrationRow;

use super::DemoError;
use crate::complaints::{NewComplaint, complain as keep, number_of};
use crate::intake::{ClearRequest, DeskRequest, JoinRequest};
use crate::integrations::account::{Account, new_token};
use crate::integrations::held::{HeldReason, hold};
use crate::joins::join_report;
use crate::state::App;

/// The account of the city's monitoring; its token is given to nobody.
const MONITORING: &str = "IN-demo0001";

pub(super) async fn join(app: &App, work_order: &WorkOrderId, text: &str) -> Result<(), DemoError> {
    let request = JoinRequest {
        work_order: work_order.clone(),
        channel: Channel::PublicQr,
        by: person("public")?,
        text: text.to_owned(),
        reporter: None,
        occurred_at: None,
        idempotency_key: None,
    };
    join_report(app, request).await?;
    Ok(())
}

pub(super) async fn clear(
    app: &App,
    work_order: &WorkOrderId,
    now: Timestamp,
) -> Result<(), DemoError> {
    let request = ClearRequest {
        work_order: work_order.clone(),
        by: person("system")?,
        cleared: AlarmCleared {
            alarm: "alarm/heartbeat".to_owned(),
            cleared_at: now,
        },
    };
    app.intake.desk(DeskRequest::Clear(request)).await?;
    Ok(())
}

pub(super) async fn complain(
    app: &App,
    work_order: &WorkOrder,
    text: &str,
    by: PersonId,
) -> Result<(), DemoError> {
    let number = number_of(&by, work_order.id.as_str());
    let complaint = NewComplaint {
        terminal: work_order.terminal.clone(),
        work_order: Some(work_order.id.clone()),
        channel: Channel::Hotline,
        text: text.to_owned(),
        by,
        complainant: Some(Contact {
            name: "市民郑女士".to_owned(),
            phone: "10911110031".to_owned(),
        }),
        external_id: None,
    };
    keep(app, complaint, number).await?;
    Ok(())
}

/// An account, and an alarm through it that fits nowhere.
pub(super) async fn arrive(app: &App, admin: PersonId) -> Result<(), DemoError> {
    let (_, token_hash) = new_token();
    let row = IntegrationRow {
        number: MONITORING.to_owned(),
        name: "市级一体化监控".to_owned(),
        channel: "monitoring".to_owned(),
        districts: vec!["FT".to_owned(), "NS".to_owned()],
        fault: "NET-4".to_owned(),
        token_hash,
        made_by: admin.to_string(),
        made_at: app.now().0,
        revoked_at: None,
        revoked_by: None,
    };
    app.store.put_integration(row.clone()).await?;
    let body = json!({
        "labels": { "alertname": "TerminalDown", "terminal": "SZ-FT-019990" },
        "annotations": { "summary": "终端心跳丢失 5 分钟" },
        "startsAt": "2026-11-24T08:58:00+08:00",
    });
    let account = Account::of(&row)?;
    let reason = HeldReason::TerminalUnknown;
    hold(app, &account, "alarm", "alarm/demo", reason, body).await?;
    Ok(())
}

fn person(name: &str) -> Result<PersonId, DemoError> {
    name.parse().map_err(|_| DemoError::unknown("person", name))
}
