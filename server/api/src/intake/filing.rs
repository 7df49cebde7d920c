//! Filings 报备 (9.2 a): the desk tells the authority of a delay for a technician who cannot, and the
//! authority answers. Each is a leaf of the log, as is a filing of a phone ([`super::take`]).

use std::collections::BTreeMap;

use domain::channel::Occasion;
use domain::event::{Fact, Filed, FilingAnswered};
use domain::ids::{Digest, EventId, PersonId, WorkOrderId};
use domain::tlog::leaf::LeafKind;
use domain::work_order::WorkOrder;

use super::draft::Draft;
use super::notify::notify;
use super::say::say;
use crate::error::ApiError;

/// A delay, told by the desk.
#[derive(Debug, Clone)]
pub struct FileRequest {
    pub work_order: WorkOrderId,
    pub by: PersonId,
    pub filed: Filed,
}

/// The authority's word on one filing.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    pub work_order: WorkOrderId,
    pub by: PersonId,
    pub answered: FilingAnswered,
}

/// Files it, unless this person has filed the very same; true if so.
pub(super) fn file(draft: &mut Draft, request: &FileRequest) -> Result<bool, ApiError> {
    let FileRequest {
        work_order: wo,
        by,
        filed,
    } = request;
    let is_same = |work_order: &WorkOrder| {
        work_order.filings.iter().any(|filing| {
            let what = &filing.what;
            filing.by == *by
                && (what.reason, &what.text, what.expected_at)
                    == (filed.reason, &filed.text, filed.expected_at)
        })
    };
    if is_same(known(draft, wo)?) {
        return Ok(true);
    }
    add(draft, wo, by, Fact::Filed(filed.clone()))?;
    Ok(false)
}

/// Answers it, unless the very same was answered; true if so.
pub(super) fn answer(draft: &mut Draft, request: &AnswerRequest) -> Result<bool, ApiError> {
    let AnswerRequest {
        work_order: wo,
        by,
        answered,
    } = request;
    let work_order = known(draft, wo)?;
    let filing: EventId = answered.filing;
    let mut filings = work_order.filings.iter();
    if !filings.any(|known| known.at.event == filing) {
        return Err(ApiError::not_found("报备", "filing", filing));
    }
    if let Some(earlier) = work_order.answer_to(filing) {
        let is_same =
            earlier.what.accepted == answered.accepted && earlier.what.text == answered.text;
        return if is_same {
            Ok(true)
        } else {
            Err(ApiError::conflict(
                "filing_answered",
                "该报备已有答复，答复不能更改。请刷新页面查看。",
                "This filing was answered already, and an answer is not changed. Reload to see it.",
            ))
        };
    }
    add(draft, wo, by, Fact::FilingAnswered(answered.clone()))?;
    let occasion = Occasion::FilingAnswered {
        accepted: answered.accepted,
    };
    notify(draft, wo, occasion, &filing.to_string(), &[]);
    Ok(false)
}

fn known<'a>(draft: &'a Draft, wo: &WorkOrderId) -> Result<&'a WorkOrder, ApiError> {
    let found = draft.work_orders.get(wo);
    found.ok_or_else(|| ApiError::not_found("工单", "work order", wo.as_str()))
}

fn add(draft: &mut Draft, wo: &WorkOrderId, by: &PersonId, fact: Fact) -> Result<(), ApiError> {
    let recorded = say(draft, wo, by, fact, BTreeMap::new())?;
    draft.log(LeafKind::Filing, Digest(recorded.id.0));
    if let Some(work_order) = draft.work_orders.get_mut(wo) {
        work_order.apply(&recorded);
    }
    draft.touch(wo);
    Ok(())
}
