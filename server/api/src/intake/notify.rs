//! What is to be said outside the app about what a turn says: one delivery for each channel that wants to hear of it,
//! written with the fact. Only alerts and a few acts of the desk have any, so pushes of phones read nothing for it.

use domain::channel::{About, Message, Occasion, delivery_id, receivers};
use domain::ids::{OrgId, PersonId, WorkOrderId};
use domain::time::Timestamp;
use domain::work_order::{WorkOrder, judge};
use store::{ChannelRow, DeliveryRow, Store, StoreError};

use super::Request;
use super::desk::DeskRequest;
use super::draft::Draft;

/// The channels that are switched on, read with the turn: another process may have changed them.
#[derive(Default)]
pub(super) struct Channels(Vec<ChannelRow>);

impl Channels {
    /// Those of everybody, if any of these requests may have something to say.
    pub(super) async fn load(store: &Store, requests: &[&Request]) -> Result<Self, StoreError> {
        if !requests.iter().any(|request| may_say(request)) {
            return Ok(Self::default());
        }
        let mut channels = store.channels(None).await?;
        channels.retain(|channel| channel.active);
        Ok(Self(channels))
    }
}

fn may_say(request: &Request) -> bool {
    match request {
        Request::Alert(_) => true,
        Request::Desk(desk) => matches!(
            desk.as_ref(),
            DeskRequest::Report(_)
                | DeskRequest::Assign { .. }
                | DeskRequest::AnswerFiling(_)
                | DeskRequest::Link(_)
        ),
        _ => false,
    }
}

/// Makes the deliveries of an occasion. `of` tells the fact apart from others of its kind; `told` are the people
/// whom it names.
pub(super) fn notify(
    draft: &mut Draft,
    wo: &WorkOrderId,
    occasion: Occasion,
    of: &str,
    told: &[PersonId],
) {
    if draft.channels.0.is_empty() {
        return;
    }
    let Some(work_order) = draft.work_orders.get(wo) else {
        return;
    };
    let orgs = told.iter().filter_map(|person| org_of(draft, person));
    let to = receivers(&occasion, &work_order.provider, &work_order.site_unit, orgs);
    let topic = occasion.topic().map_or("", |topic| topic.as_str());
    let wanted: Vec<&ChannelRow> = draft
        .channels
        .0
        .iter()
        .filter(|channel| to.iter().any(|org| org.as_str() == channel.org))
        .filter(|channel| channel.topics.iter().any(|wants| wants == topic))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let message = Message {
        occasion,
        at: draft.now,
        about: Some(about(draft, work_order, &occasion)),
    };
    // A message is made of plain words and numbers, which can always be written.
    let Ok(message) = serde_json::to_string(&message) else {
        return;
    };
    let rows: Vec<DeliveryRow> = wanted
        .into_iter()
        .map(|channel| {
            let id = delivery_id(Some(wo), &occasion, of, &channel.id);
            DeliveryRow {
                wo: Some(wo.to_string()),
                message: message.clone(),
                ..DeliveryRow::waiting(id, channel.id.clone(), channel.org.clone(), draft.now.0)
            }
        })
        .collect();
    draft.commit.deliveries.extend(rows);
}

fn org_of(draft: &Draft, person: &PersonId) -> Option<OrgId> {
    let person = draft.register.people.get(person)?;
    Some(person.org.clone())
}

fn about(draft: &Draft, work_order: &WorkOrder, occasion: &Occasion) -> About {
    let register = &draft.register;
    let terminal = register.terminals.get(&work_order.terminal);
    let site = register.sites.get(&work_order.site);
    About {
        work_order: work_order.id.clone(),
        terminal: work_order.terminal.to_string(),
        terminal_name: terminal.map_or(String::new(), |terminal| terminal.name.clone()),
        site_name: site.map_or(String::new(), |site| site.name.clone()),
        fault: work_order.report.what.fault,
        level: work_order.report.what.level,
        reported_at: work_order.report.at.wall,
        limit_at: limit_at(draft, work_order, occasion),
    }
}

fn limit_at(draft: &Draft, work_order: &WorkOrder, occasion: &Occasion) -> Option<Timestamp> {
    let Occasion::Step { clock, .. } = occasion else {
        return None;
    };
    let around = draft.around(work_order)?;
    let judgement = judge(work_order, &around);
    let mut clocks = judgement.clocks.iter();
    clocks.find(|found| found.kind == *clock)?.due_at
}
