//! What the desk says: fault reports and assignments. The server signs for the named person in
//! a chain of its own, so that a desk act is as hard to change afterwards as a phone's.

use std::collections::BTreeMap;

use domain::actor::Role;
use domain::canonical::to_canonical;
use domain::envelope::prepare_event;
use domain::event::{Assigned, Channel, Commitment, EVENT_TYPE, Event, Fact, Reported};
use domain::fault::FaultCode;
use domain::ids::{Digest, EventId, Nonce, OrgId, PersonId, TerminalId, WorkOrderId};
use domain::interval::Bounds;
use domain::sidecar::{Contact, Salt, Sidecar};
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use domain::work_order::{Birth, Recorded, WorkOrder};
use store::{EventRow, IdempotencyRow, SidecarRow};

use super::draft::Draft;
use crate::error::ApiError;

/// A fault report through any channel (9.1).
#[derive(Debug, Clone)]
pub struct NewReport {
    pub terminal: TerminalId,
    pub fault: FaultCode,
    pub text: String,
    pub channel: Channel,
    /// Who files it; `public` for the page behind the QR code.
    pub by: PersonId,
    pub reporter: Option<Contact>,
    pub occurred_at: Option<Timestamp>,
    /// Whom to give it to at once.
    pub technician: Option<PersonId>,
    /// The same key of the same person is the same report.
    pub idempotency_key: Option<String>,
}

/// An act of the desk.
#[derive(Debug, Clone)]
pub enum DeskRequest {
    Report(NewReport),
    Assign {
        work_order: WorkOrderId,
        technician: PersonId,
        reason: Option<String>,
        by: PersonId,
    },
}

/// What came of it: the work order, and whether it is the answer to an earlier identical request.
#[derive(Debug, Clone)]
pub struct DeskAnswer {
    pub work_order: WorkOrderId,
    pub is_repeat: bool,
}

impl DeskRequest {
    pub(super) fn work_order(&self) -> Option<&WorkOrderId> {
        match self {
            DeskRequest::Report(_) => None,
            DeskRequest::Assign { work_order, .. } => Some(work_order),
        }
    }

    pub(super) fn idempotency_key(&self) -> Option<(String, String)> {
        match self {
            DeskRequest::Report(report) => report
                .idempotency_key
                .clone()
                .map(|key| (report.by.to_string(), key)),
            DeskRequest::Assign { .. } => None,
        }
    }
}

pub(super) fn desk(draft: &mut Draft, request: &DeskRequest) -> Result<DeskAnswer, ApiError> {
    match request {
        DeskRequest::Report(report) => file(draft, report),
        DeskRequest::Assign {
            work_order,
            technician,
            reason,
            by,
        } => {
            assign(draft, work_order, technician, reason.clone(), by)?;
            Ok(DeskAnswer {
                work_order: work_order.clone(),
                is_repeat: false,
            })
        }
    }
}

fn file(draft: &mut Draft, report: &NewReport) -> Result<DeskAnswer, ApiError> {
    let request = request_digest(report);
    let key = report
        .idempotency_key
        .clone()
        .map(|key| (report.by.to_string(), key));
    if let Some(earlier) = key.as_ref().and_then(|key| draft.idempotent.get(key)) {
        return repeat(earlier, &request);
    }
    let register = draft.register.clone();
    let (terminal, site) = register.place(&report.terminal)?;
    let birth = Birth {
        site: site.id.clone(),
        district: site.district.clone(),
        provider: terminal.provider.clone(),
        site_unit: site.unit.clone(),
    };
    if let Some(technician) = &report.technician {
        must_be_theirs(draft, technician, &birth.provider)?;
    }
    let terminal_version = terminal.version;
    let policy = register
        .policy_at(draft.now)
        .ok_or_else(|| ApiError::internal("report", "no policy is in force"))?;
    let wo = draft.next_work_order_id();
    let mut sidecars = BTreeMap::new();
    let reporter = match &report.reporter {
        None => None,
        Some(contact) => {
            let (c, sidecar) = seal_sidecar(contact)?;
            sidecars.insert(c, sidecar);
            Some(Commitment { c })
        }
    };
    let fact = Fact::Reported(Reported {
        terminal: report.terminal.clone(),
        fault: report.fault,
        level: report.fault.level(),
        channel: report.channel,
        text: report.text.clone(),
        reporter,
        occurred_at: report.occurred_at,
        policy,
        terminal_version,
        cp: draft.checkpoint,
    });
    let recorded = say(draft, &wo, &report.by, fact, sidecars)?;
    draft.log(LeafKind::Fault, Digest(recorded.id.0));
    let work_order = WorkOrder::born(birth, &recorded)
        .ok_or_else(|| ApiError::internal("report", "a report did not start a work order"))?;
    draft.work_orders.insert(wo.clone(), work_order);
    draft.touch(&wo);
    if let Some(technician) = &report.technician {
        assign(draft, &wo, technician, None, &report.by)?;
    }
    if let Some((person, key)) = key {
        let row = IdempotencyRow {
            person: person.clone(),
            key: key.clone(),
            request,
            response: wo.to_string(),
            at: draft.now.0,
        };
        draft.idempotent.insert((person, key), row.clone());
        draft.commit.idempotency = Some(row);
    }
    Ok(DeskAnswer {
        work_order: wo,
        is_repeat: false,
    })
}

fn repeat(earlier: &IdempotencyRow, request: &str) -> Result<DeskAnswer, ApiError> {
    if earlier.request != request {
        return Err(ApiError::conflict(
            "idempotency_key_reused",
            "同一个提交编号用在了两份不同的报障上。请刷新页面后重新提交。",
            "The same submission number was used for two different reports. Reload and submit again.",
        ));
    }
    let work_order = earlier
        .response
        .parse()
        .map_err(|_| ApiError::internal("report", "stored number is malformed"))?;
    Ok(DeskAnswer {
        work_order,
        is_repeat: true,
    })
}

fn assign(
    draft: &mut Draft,
    wo: &WorkOrderId,
    technician: &PersonId,
    reason: Option<String>,
    by: &PersonId,
) -> Result<(), ApiError> {
    let work_order = draft
        .work_orders
        .get(wo)
        .ok_or_else(|| ApiError::not_found("工单", "work order", wo.as_str()))?;
    must_be_theirs(draft, technician, &work_order.provider)?;
    let fact = Fact::Assigned(Assigned {
        technician: technician.clone(),
        reason,
    });
    let recorded = say(draft, wo, by, fact, BTreeMap::new())?;
    if let Some(work_order) = draft.work_orders.get_mut(wo) {
        work_order.apply(&recorded);
    }
    draft.touch(wo);
    Ok(())
}

/// Asked before anything is said: what has been said in a turn is committed with it.
fn must_be_theirs(draft: &Draft, technician: &PersonId, provider: &OrgId) -> Result<(), ApiError> {
    let person = draft.register.people.get(technician);
    let is_theirs =
        person.is_some_and(|person| person.org == *provider && person.role == Role::Technician);
    if is_theirs {
        return Ok(());
    }
    Err(ApiError::unprocessable(
        "not_a_technician_of_the_provider",
        "所选人员不是本工单运维单位的技术员。请重新选择。",
        "The chosen person is not a technician of this work order's provider. Choose again.",
    ))
}

/// Signs one event in the server's own chain and puts it into the commit.
pub(super) fn say(
    draft: &mut Draft,
    wo: &WorkOrderId,
    by: &PersonId,
    fact: Fact,
    sidecars: BTreeMap<Digest, Sidecar>,
) -> Result<Recorded, ApiError> {
    let failed =
        |error: &dyn std::fmt::Debug| ApiError::internal("desk event", format!("{error:?}"));
    let dev = draft.signer.device_id();
    let now = draft.now;
    let device = draft
        .devices
        .get_mut(&dev)
        .ok_or_else(|| failed(&"the server's own chain is missing"))?;
    let (seq, prev) = device.head();
    let event = Event {
        v: 1,
        dev,
        seq: seq + 1,
        prev,
        sid: draft.session,
        mono: 0,
        wall: now,
        by: by.clone(),
        wo: Some(wo.clone()),
        pol: None,
        fact,
    };
    let value = serde_json::to_value(&event).map_err(|error| failed(&error))?;
    let prepared = prepare_event(&value).map_err(|error| failed(&error))?;
    let id: EventId = prepared.id;
    let envelope = draft
        .signer
        .sign(EVENT_TYPE, &value)
        .map_err(|error| failed(&error))?;
    device.advance(event.seq, id);
    let bounds = Bounds::exactly(now);
    draft.append(EventRow {
        dev: dev.to_string(),
        seq: event.seq as i64,
        id: id.to_string(),
        n: 0,
        t: event.fact.name().to_owned(),
        by: by.to_string(),
        wo: Some(wo.to_string()),
        payload: prepared.payload,
        sig: envelope
            .signatures
            .into_iter()
            .map(|signature| signature.sig)
            .collect(),
        received_at: now.0,
        refused: None,
        bounds: serde_json::to_string(&bounds).ok(),
    });
    for (c, sidecar) in &sidecars {
        draft.commit.sidecars.push(SidecarRow {
            c: c.to_string(),
            salt: sidecar.salt.0.to_string(),
            value: sidecar.value.to_string(),
            wo: Some(wo.to_string()),
            dev: dev.to_string(),
        });
    }
    let values = sidecars
        .into_iter()
        .map(|(c, sidecar)| (c, sidecar.value))
        .collect();
    Ok(Recorded {
        event,
        id,
        bounds,
        sidecars: values,
        prior: None,
    })
}

fn seal_sidecar(contact: &Contact) -> Result<(Digest, Sidecar), ApiError> {
    let failed = || ApiError::internal("sidecar", "could not be sealed");
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_| failed())?;
    let value = serde_json::to_value(contact).map_err(|_| failed())?;
    let sidecar = Sidecar {
        salt: Salt(Nonce(salt)),
        value,
    };
    let c = sidecar.commitment().map_err(|_| failed())?;
    Ok((c, sidecar))
}

fn request_digest(report: &NewReport) -> String {
    let value = serde_json::json!({
        "terminal": report.terminal, "fault": report.fault, "text": report.text,
        "reporter": report.reporter, "occurred_at": report.occurred_at, "technician": report.technician,
    });
    crate::signer::sha256_hex(to_canonical(&value).unwrap_or_default().as_bytes())
}
