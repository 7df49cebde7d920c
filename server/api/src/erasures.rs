//! Erasing what is personal about a finished work order: positions, handwriting, names and numbers. Their
//! commitments, and what they showed, stay. Copies that were handed out before are beyond reach.

use std::collections::{BTreeMap, BTreeSet};

use domain::actor::Action;
use domain::event::{Event, Fact};
use domain::ids::{DeviceId, Digest, EventId, PersonId};
use domain::work_order::WorkOrder;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use store::EventRow;

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::intake::{DeskRequest, ErasePart, EraseRequest};
use crate::judged::judged;
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::register::corrupt;
use crate::state::{App, SharedApp};
use crate::work_orders::{ListedDto, alone, find, read};

/// Events read at a time when looking along a chain.
const STEP: i64 = 200;
/// Blanks are no reason.
const REASON_CHARS_MIN: usize = 2;
/// How often it is looked up anew when something was recorded meanwhile.
const ATTEMPTS: usize = 3;

/// What can be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Enum)]
#[oai(rename = "Personal", rename_all = "snake_case")]
pub(crate) enum PersonalDto {
    /// The position readings of the check-ins.
    Position,
    /// The strokes of the signatures.
    Ink,
    /// Names and numbers of those who signed.
    Signer,
    /// Name and number of whoever reported the fault.
    Reporter,
}

/// What to erase, and why.
#[derive(Debug, Object)]
#[oai(rename = "Erasure")]
struct ErasureDto {
    #[oai(validator(min_items = 1, max_items = 4))]
    what: Vec<PersonalDto>,
    #[oai(validator(min_length = 2, max_length = 300))]
    reason: String,
}

pub struct ErasuresApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl ErasuresApi {
    /// Erase personal values of a finished work order for good
    ///
    /// The erasure is signed and logged with what the positions had shown; every verdict stays as it is.
    #[oai(
        path = "/:id/erasures",
        method = "post",
        operation_id = "erasePersonalValues"
    )]
    async fn erase(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(erasure): Json<ErasureDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let what: BTreeSet<PersonalDto> = erasure.what.into_iter().collect();
        let reason = erasure.reason.trim();
        if reason.chars().count() < REASON_CHARS_MIN {
            return Err(ApiError::unprocessable(
                "reason_missing",
                "请写明删除原因，至少 2 个字。",
                "Say why it is erased, in at least 2 characters.",
            ));
        }
        let row = find(&self.0, &session, &id, Action::Erase).await?;
        erase_values(&self.0, &row.id, &session.actor.person, &what, reason).await?;
        tracing::info!(person = %session.actor.person, work_order = %id.0, ?what, "personal values were erased");
        let row = find(&self.0, &session, &id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }
}

/// Erases these values of a work order, looking them up anew if something is recorded meanwhile.
///
/// # Errors
/// 409 while the work order is open or on hold, or if nothing of that is left.
pub(crate) async fn erase_values(
    app: &App,
    id: &str,
    by: &PersonId,
    what: &BTreeSet<PersonalDto>,
    reason: &str,
) -> Result<(), ApiError> {
    for attempt in 1..=ATTEMPTS {
        let request = looked_up(app, id, by, what, reason).await?;
        match app.intake.desk(DeskRequest::Erase(request)).await {
            Err(error) if error.code == "changed_meanwhile" && attempt < ATTEMPTS => {}
            outcome => return outcome.map(drop),
        }
    }
    Ok(())
}

async fn looked_up(
    app: &App,
    id: &str,
    by: &PersonId,
    what: &BTreeSet<PersonalDto>,
    reason: &str,
) -> Result<EraseRequest, ApiError> {
    let row = app.store.work_order(id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("工单", "work order", id))?;
    let work_order = read(&row)?;
    if work_order.is_open() {
        return Err(ApiError::conflict(
            "work_order_open",
            "工单还没有结束，不能删除其中的个人信息。请在评价完成后再删除。",
            "The work order is not finished, so nothing personal in it can be erased. Wait for the evaluation.",
        ));
    }
    let rows = app.store.events_of_work_order(&row.id).await?;
    let mut found = Found::default();
    for row in &rows {
        found.look_at(row, what)?;
    }
    let kept = kept_values(app, &found.values).await?;
    if kept.is_empty() {
        return Err(ApiError::conflict(
            "nothing_to_erase",
            "所选内容已经没有了，无需删除。",
            "There is nothing of that left to erase.",
        ));
    }
    let mut heads = BTreeMap::new();
    let mut resting = Resting::default();
    for (dev, first) in &found.first_seqs {
        let row = app.store.device(&dev.to_string()).await?;
        let row = row.ok_or_else(|| corrupt("device", "is missing"))?;
        heads.insert(*dev, row.head_seq.unsigned_abs());
        resting
            .look_along(app, *dev, *first, &found.positions)
            .await?;
    }
    resting.check_ins.extend(&found.positions);
    resting.work_orders.remove(&row.id);
    let mut parts = vec![part(app, &work_order, kept, &resting.check_ins).await?];
    for other in resting.work_orders.values() {
        parts.push(part(app, other, Vec::new(), &resting.check_ins).await?);
    }
    Ok(EraseRequest {
        by: by.clone(),
        reason: reason.to_owned(),
        parts,
        heads,
        unlocated: resting.unlocated,
    })
}

/// What the events of the work order have of the wanted sorts, refused ones included.
#[derive(Default)]
struct Found {
    values: BTreeSet<Digest>,
    /// Check-ins with a position.
    positions: BTreeSet<EventId>,
    /// The first of them in each chain.
    first_seqs: BTreeMap<DeviceId, i64>,
}

impl Found {
    fn look_at(&mut self, row: &EventRow, what: &BTreeSet<PersonalDto>) -> Result<(), ApiError> {
        let event: Event = serde_json::from_str(&row.payload)
            .map_err(|error| corrupt("event", &error.to_string()))?;
        let wants = |sort| what.contains(&sort);
        match &event.fact {
            Fact::CheckedIn(check_in) if wants(PersonalDto::Position) => {
                let Some(fixes) = check_in.fixes else {
                    return Ok(());
                };
                self.values.insert(fixes.c);
                let id = row.id.parse().map_err(|_| corrupt("event", "id"))?;
                self.positions.insert(id);
                let first = self.first_seqs.entry(event.dev).or_insert(row.seq);
                *first = row.seq.min(*first);
            }
            Fact::Evaluated(evaluated) => {
                let ink = wants(PersonalDto::Ink).then_some(evaluated.ink.c);
                let signer = wants(PersonalDto::Signer).then_some(evaluated.signer.c);
                self.values.extend(ink.into_iter().chain(signer));
            }
            Fact::Reported(reported) if wants(PersonalDto::Reporter) => {
                self.values
                    .extend(reported.reporter.map(|reporter| reporter.c));
            }
            Fact::Joined(joined) if wants(PersonalDto::Reporter) => {
                self.values
                    .extend(joined.reporter.map(|reporter| reporter.c));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Those whose values are still there.
async fn kept_values(app: &App, values: &BTreeSet<Digest>) -> Result<Vec<Digest>, ApiError> {
    let names: Vec<String> = values.iter().map(Digest::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = app.store.sidecars(&names).await?;
    let kept: BTreeSet<&str> = rows.iter().map(|row| row.c.as_str()).collect();
    let is_kept = |c: &&Digest| kept.contains(c.to_string().as_str());
    Ok(values.iter().filter(is_kept).copied().collect())
}

/// Check-ins that were judged by where the phone had been, when one of the places before them goes: up to the
/// next one that is located itself. Whoever reads the chain again later knows nothing of where it was in between.
#[derive(Default)]
struct Resting {
    check_ins: BTreeSet<EventId>,
    work_orders: BTreeMap<String, WorkOrder>,
    /// Phones that were not located since.
    unlocated: BTreeSet<DeviceId>,
}

impl Resting {
    async fn look_along(
        &mut self,
        app: &App,
        dev: DeviceId,
        first: i64,
        positions: &BTreeSet<EventId>,
    ) -> Result<(), ApiError> {
        let register = app.register();
        let mut from = first;
        loop {
            let page = app
                .store
                .chain(&dev.to_string(), from, from + STEP - 1)
                .await?;
            let Some(last) = page.last() else { break };
            from = last.seq + 1;
            for row in page
                .iter()
                .filter(|row| row.t == "checked_in" && row.refused.is_none())
            {
                let id: EventId = row.id.parse().map_err(|_| corrupt("event", "id"))?;
                let found = match &row.wo {
                    Some(wo) if !positions.contains(&id) => app.store.work_order(wo).await?,
                    _ => None,
                };
                let Some(found) = found else { continue };
                let other = read(&found)?;
                let visit = other
                    .visits
                    .iter()
                    .find(|visit| visit.check_in.at.event == id);
                let policy = register.policies.get(&other.policy);
                let (Some(visit), Some((_, policy))) = (visit, policy) else {
                    continue;
                };
                let is_located = visit.best_fix(&policy.presence).is_some();
                if visit.check_in.what.prior.is_some() {
                    self.check_ins.insert(id);
                    self.work_orders.insert(found.id, other);
                }
                if is_located {
                    return Ok(());
                }
            }
        }
        self.unlocated.insert(dev);
        Ok(())
    }
}

/// What is kept of one work order: the presence at these check-ins.
async fn part(
    app: &App,
    work_order: &WorkOrder,
    values: Vec<Digest>,
    check_ins: &BTreeSet<EventId>,
) -> Result<ErasePart, ApiError> {
    let judgement = judged(app, &app.register(), work_order).await?;
    let visits = work_order
        .visits
        .iter()
        .map(|visit| visit.check_in.at.event);
    let judged = visits.zip(judgement.presence);
    Ok(ErasePart {
        work_order: work_order.id.clone(),
        seen: work_order.heads.clone(),
        values,
        presence: judged.filter(|(id, _)| check_ins.contains(id)).collect(),
    })
}
