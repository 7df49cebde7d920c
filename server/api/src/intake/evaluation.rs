//! Evaluation away from the technician's phone (9.4), and the closing of what nobody evaluated (A16). The
//! server signs, so each of these is a leaf of the log as well.

use std::collections::BTreeMap;

use domain::canonical::digest_of;
use domain::event::{Commitment, Evaluated, Fact, LinkMade, LinkRevoked};
use domain::ids::{Digest, PersonId, WorkOrderId};
use domain::refusal::{CheckContext, check_signing};
use domain::register::Site;
use domain::sidecar::{Contact, Ink, Sidecar};
use domain::sla::calendar::Calendar;
use domain::tlog::leaf::LeafKind;
use domain::work_order::{LINK_VALID, WorkOrder};

use super::draft::{Draft, SYSTEM};
use super::say::{say, seal_sidecar};
use super::verdict::conclude;
use crate::error::ApiError;

/// A link to be made, by the hash of its secret.
#[derive(Debug, Clone)]
pub struct LinkRequest {
    pub work_order: WorkOrderId,
    pub by: PersonId,
    pub link: Digest,
}

/// A link to be taken back.
pub type LinkEndRequest = LinkRequest;

/// What somebody who has a link filled in.
#[derive(Debug, Clone)]
pub struct EvaluateRequest {
    pub work_order: WorkOrderId,
    pub link: Digest,
    pub stars: u8,
    pub resolved: bool,
    pub remark: String,
    pub unit: String,
    pub signer: Contact,
    pub ink: Ink,
}

/// Makes a link. The one before it ends, so that there is never more than one that is good.
pub(super) fn link(draft: &mut Draft, request: &LinkRequest) -> Result<(), ApiError> {
    let work_order = known(draft, &request.work_order)?;
    let summary = work_order
        .summary_to_evaluate(&site_of(draft, work_order)?.name)
        .map_err(|code| ApiError::refused(code.code()))?;
    let shown = digest_of(&summary).map_err(|_| ApiError::internal("link", "no canonical form"))?;
    let now = draft.now;
    let links = work_order.links.iter().map(|made| &made.what);
    let good: Vec<Digest> = links
        .filter(|link| work_order.link_ended(link, now).is_none())
        .map(|link| link.link)
        .collect();
    for link in good {
        let fact = Fact::LinkRevoked(LinkRevoked { link });
        add(
            draft,
            &request.work_order,
            &request.by,
            fact,
            BTreeMap::new(),
        )?;
    }
    let fact = Fact::LinkMade(LinkMade {
        link: request.link,
        shown,
        expires_at: now + LINK_VALID,
    });
    add(
        draft,
        &request.work_order,
        &request.by,
        fact,
        BTreeMap::new(),
    )
}

/// Takes a link back; true if it had ended already.
pub(super) fn end_link(draft: &mut Draft, request: &LinkEndRequest) -> Result<bool, ApiError> {
    let work_order = known(draft, &request.work_order)?;
    let made = work_order.link(request.link);
    let made =
        made.ok_or_else(|| ApiError::not_found("评价链接", "evaluation link", request.link))?;
    if work_order.link_ended(&made.what, draft.now).is_some() {
        return Ok(true);
    }
    let fact = Fact::LinkRevoked(LinkRevoked { link: request.link });
    add(
        draft,
        &request.work_order,
        &request.by,
        fact,
        BTreeMap::new(),
    )?;
    Ok(false)
}

/// Takes an evaluation that came through a link.
pub(super) fn evaluate(draft: &mut Draft, request: &EvaluateRequest) -> Result<(), ApiError> {
    let work_order = known(draft, &request.work_order)?;
    let site = site_of(draft, work_order)?;
    let refused = |code: &'static str| ApiError::refused(code);
    let summary = work_order
        .open_link(request.link, &site.name, draft.now)
        .map_err(|code| refused(code.code()))?;
    let shown = digest_of(&summary).map_err(|_| ApiError::internal("link", "no canonical form"))?;
    // Whoever made the link for themselves had signed in as that manager.
    let made_by = work_order.link(request.link).map(|made| &made.by);
    let managers: Vec<PersonId> = site.managers.iter().map(|m| m.person.clone()).collect();
    let manager = made_by.filter(|by| managers.contains(by)).cloned();
    let technician = summary.technician.clone();
    let (signer_c, signer) = seal_sidecar(&request.signer)?;
    let (ink_c, ink) = seal_sidecar(&request.ink)?;
    let evaluated = Evaluated {
        summary,
        shown,
        stars: request.stars,
        resolved: request.resolved,
        tags: Vec::new(),
        remark: request.remark.clone(),
        unit: request.unit.clone(),
        signer: Commitment { c: signer_c },
        signer_person: manager.clone(),
        ink: Commitment { c: ink_c },
        link: Some(request.link),
    };
    let sidecars = BTreeMap::from([(signer_c, signer), (ink_c, ink)]);
    let values = sidecars.iter().map(|(c, kept)| (*c, kept.value.clone()));
    let known_person = draft.register.people.get(&technician);
    let context = CheckContext {
        person: &technician,
        person_phone: known_person.map_or("", |person| person.phone.as_str()),
        provider: &work_order.provider,
        work_order: Some(work_order),
        managers: &managers,
        is_terminal: &|_| true,
        sidecars: &values.collect(),
    };
    check_signing(&evaluated, &context).map_err(|code| refused(code.code()))?;
    let by = manager.unwrap_or_else(|| PUBLIC.parse().expect("a plain word is a person id"));
    let fact = Fact::Evaluated(Box::new(evaluated));
    add(draft, &request.work_order, &by, fact, sidecars)?;
    draft.is_urgent = true;
    conclude(draft, &request.work_order);
    Ok(())
}

/// Closes it if its time is over and nobody evaluated it; whether it did.
pub(super) fn close(draft: &mut Draft, wo: &WorkOrderId) -> Result<bool, ApiError> {
    let work_order = known(draft, wo)?;
    let policy = draft.register.policies.get(&work_order.policy);
    let closed = policy.and_then(|(_, policy)| {
        work_order.closes_unevaluated(policy, Calendar::shared(), draft.now)
    });
    let Some(closed) = closed else {
        return Ok(false);
    };
    let system: PersonId = SYSTEM.parse().expect("a plain word is a person id");
    add(
        draft,
        wo,
        &system,
        Fact::ClosedUnevaluated(closed),
        BTreeMap::new(),
    )?;
    conclude(draft, wo);
    Ok(true)
}

/// Whoever had the link; who that was nobody knows.
const PUBLIC: &str = "public";

fn known<'a>(draft: &'a Draft, wo: &WorkOrderId) -> Result<&'a WorkOrder, ApiError> {
    let found = draft.work_orders.get(wo);
    found.ok_or_else(|| ApiError::not_found("工单", "work order", wo.as_str()))
}

fn site_of<'a>(draft: &'a Draft, work_order: &WorkOrder) -> Result<&'a Site, ApiError> {
    let site = draft.register.sites.get(&work_order.site);
    site.ok_or_else(|| ApiError::internal("evaluation", "the site is not registered"))
}

fn add(
    draft: &mut Draft,
    wo: &WorkOrderId,
    by: &PersonId,
    fact: Fact,
    sidecars: BTreeMap<Digest, Sidecar>,
) -> Result<(), ApiError> {
    let recorded = say(draft, wo, by, fact, sidecars)?;
    draft.log(LeafKind::Evaluation, Digest(recorded.id.0));
    if let Some(work_order) = draft.work_orders.get_mut(wo) {
        work_order.apply(&recorded);
    }
    draft.touch(wo);
    Ok(())
}
