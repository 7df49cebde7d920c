//! What the desk says: fault reports, assignments, and what other modules say through it, signed for the named person ([`super::say`]).

use std::collections::BTreeMap;

use domain::actor::Role;
use domain::canonical::{digest_of, to_canonical};
use domain::event::{Assigned, Channel, Commitment, Fact, Reported};
use domain::fault::FaultCode;
use domain::ids::{DeviceId, Digest, OrgId, PersonId, TerminalId, WorkOrderId};
use domain::sidecar::Contact;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use domain::work_order::{Birth, WorkOrder};
use store::IdempotencyRow;

use super::alert::{self, RespondRequest, TakeOverRequest};
use super::draft::{Draft, SYSTEM};
use super::erase::{EraseRequest, erase};
use super::evaluation::{self, EvaluateRequest, LinkRequest};
use super::filing::{self, AnswerRequest, FileRequest};
use super::hold::hold;
use super::say::{say, seal_sidecar};
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
    Erase(EraseRequest),
    File(FileRequest),
    AnswerFiling(AnswerRequest),
    /// Puts a hold on a work order, or takes it off.
    Hold {
        work_order: WorkOrderId,
        is_on: bool,
        reason: String,
        by: PersonId,
    },
    Respond(RespondRequest),
    TakeOver(TakeOverRequest),
    /// Make a link to evaluate through.
    Link(LinkRequest),
    /// Take one back.
    EndLink(LinkRequest),
    /// What came through one.
    Evaluate(EvaluateRequest),
}

/// What came of it: the work order, and whether it is the answer to an earlier identical request.
#[derive(Debug, Clone)]
pub struct DeskAnswer {
    pub work_order: WorkOrderId,
    pub is_repeat: bool,
}

impl DeskRequest {
    pub(super) fn work_orders(&self) -> Vec<&WorkOrderId> {
        match self {
            DeskRequest::Report(_) => Vec::new(),
            DeskRequest::Assign { work_order, .. } | DeskRequest::Hold { work_order, .. } => {
                vec![work_order]
            }
            DeskRequest::Erase(erase) => erase.parts.iter().map(|part| &part.work_order).collect(),
            DeskRequest::File(FileRequest { work_order, .. })
            | DeskRequest::AnswerFiling(AnswerRequest { work_order, .. })
            | DeskRequest::Respond(RespondRequest { work_order, .. })
            | DeskRequest::TakeOver(TakeOverRequest { work_order, .. })
            | DeskRequest::Link(LinkRequest { work_order, .. })
            | DeskRequest::EndLink(LinkRequest { work_order, .. })
            | DeskRequest::Evaluate(EvaluateRequest { work_order, .. }) => vec![work_order],
        }
    }

    pub(super) fn devices(&self) -> Vec<DeviceId> {
        match self {
            DeskRequest::Erase(erase) => erase.heads.keys().copied().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn idempotency_key(&self) -> Option<(String, String)> {
        match self {
            DeskRequest::Report(report) => report
                .idempotency_key
                .clone()
                .map(|key| (report.by.to_string(), key)),
            _ => None,
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
        DeskRequest::File(request) => {
            let is_repeat = filing::file(draft, request)?;
            Ok(about(&request.work_order, is_repeat))
        }
        DeskRequest::AnswerFiling(request) => {
            let is_repeat = filing::answer(draft, request)?;
            Ok(about(&request.work_order, is_repeat))
        }
        DeskRequest::Link(request) => {
            evaluation::link(draft, request)?;
            Ok(about(&request.work_order, false))
        }
        DeskRequest::EndLink(request) => {
            let is_repeat = evaluation::end_link(draft, request)?;
            Ok(about(&request.work_order, is_repeat))
        }
        DeskRequest::Evaluate(request) => {
            evaluation::evaluate(draft, request)?;
            Ok(about(&request.work_order, false))
        }
        DeskRequest::Hold {
            work_order,
            is_on,
            reason,
            by,
        } => {
            hold(draft, work_order, *is_on, reason, by)?;
            Ok(DeskAnswer {
                work_order: work_order.clone(),
                is_repeat: false,
            })
        }
        DeskRequest::Respond(request) => {
            let is_repeat = alert::respond(draft, request)?;
            Ok(DeskAnswer {
                work_order: request.work_order.clone(),
                is_repeat,
            })
        }
        DeskRequest::TakeOver(request) => {
            let is_repeat = alert::take_over(draft, request)?;
            Ok(DeskAnswer {
                work_order: request.work_order.clone(),
                is_repeat,
            })
        }
        DeskRequest::Erase(request) => {
            erase(draft, request)?;
            let first = request.parts.first();
            let first = first.ok_or_else(|| ApiError::internal("erase", "nothing is named"))?;
            Ok(DeskAnswer {
                work_order: first.work_order.clone(),
                is_repeat: false,
            })
        }
    }
}

fn about(work_order: &WorkOrderId, is_repeat: bool) -> DeskAnswer {
    DeskAnswer {
        work_order: work_order.clone(),
        is_repeat,
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
        site_version: register.site_version(&site.id),
        terminal_record: digest_of(terminal).ok(),
        site_record: digest_of(site).ok(),
        cp: draft.checkpoint,
    });
    let recorded = say(draft, &wo, &report.by, fact, sidecars)?;
    draft.log(LeafKind::Fault, Digest(recorded.id.0));
    // Whoever reports is waiting for the proof that they did.
    draft.is_urgent = true;
    let work_order = WorkOrder::born(birth, &recorded)
        .ok_or_else(|| ApiError::internal("report", "a report did not start a work order"))?;
    draft.work_orders.insert(wo.clone(), work_order);
    draft.touch(&wo);
    if let Some(technician) = &report.technician {
        assign(draft, &wo, technician, None, &report.by)?;
    } else {
        assign_on_duty(draft, &wo)?;
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
        draft.commit.idempotency.push(row);
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

/// Gives a new work order to whoever is on duty for its terminal (A1, A19). With nobody on duty it waits, and
/// the clocks run all the same.
fn assign_on_duty(draft: &mut Draft, wo: &WorkOrderId) -> Result<(), ApiError> {
    let Some(work_order) = draft.work_orders.get(wo) else {
        return Ok(());
    };
    let provider = work_order.provider.clone();
    let Some(technician) = draft.duty(work_order).person else {
        return Ok(());
    };
    if must_be_theirs(draft, &technician, &provider).is_err() {
        // A desk or a leader may be on duty: they are warned, and assign.
        return Ok(());
    }
    let system: PersonId = SYSTEM.parse().expect("a plain word is an identifier");
    let reason = Some("值班 On duty".to_owned());
    assign(draft, wo, &technician, reason, &system)
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

fn request_digest(report: &NewReport) -> String {
    let value = serde_json::json!({
        "terminal": report.terminal, "fault": report.fault, "text": report.text,
        "reporter": report.reporter, "occurred_at": report.occurred_at, "technician": report.technician,
    });
    crate::signer::sha256_hex(to_canonical(&value).unwrap_or_default().as_bytes())
}
