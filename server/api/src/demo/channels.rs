//! The one channel of the invented city: a group that was told of limits during the week. What it was told the timers
//! said; that it arrived is invented, because a demonstration speaks to nobody. Before it is shown it is switched off.

use domain::channel::Topic;
use domain::channel::retry::Why;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use store::{AttemptRow, ChannelRow, DeliveryRow, NEVER, Store};

use super::DemoError;
use super::data::City;

const CHANNEL: &str = "ch_demo";
const PROVIDER: &str = "O-DONGBU";
/// Whose hand set it up.
const MANAGER: &str = "manager3";
/// More than a week of one provider has.
const ROWS: usize = 10_000;
/// Every so many-th had to be tried twice.
const STUMBLE: usize = 6;

/// Opens it, before the week is played.
pub(super) async fn open(store: &Store, city: &City) -> Result<(), DemoError> {
    let topics = [Topic::Overdue, Topic::Leader, Topic::Filing];
    let row = ChannelRow {
        id: CHANNEL.to_owned(),
        org: PROVIDER.to_owned(),
        kind: "wecom".to_owned(),
        name: "龙岗值班群（演示）".to_owned(),
        // A name that no network knows (RFC 6761).
        address: "https://wecom.invalid/cgi-bin/webhook/send?key=demo".to_owned(),
        secret: String::new(),
        old_secret: None,
        old_until: 0,
        topics: topics.map(|topic| topic.as_str().to_owned()).to_vec(),
        active: true,
        version: 1,
        by: manager(city)?,
        at: Policy::v2024_10().valid_from.0,
    };
    Ok(store.put_channel(row).await?)
}

/// Says that what was told has arrived, and switches it off.
pub(super) async fn close(store: &Store, city: &City, now: Timestamp) -> Result<(), DemoError> {
    for (number, delivery) in store
        .deliveries_due(CHANNEL, now.0, ROWS)
        .await?
        .into_iter()
        .enumerate()
    {
        store.change_delivery(arrived(number, delivery)).await?;
    }
    if let Some(row) = store.channel(CHANNEL).await? {
        let off = ChannelRow {
            active: false,
            version: row.version + 1,
            by: manager(city)?,
            at: now.0,
            ..row
        };
        store.put_channel(off).await?;
    }
    Ok(())
}

fn arrived(number: usize, delivery: DeliveryRow) -> DeliveryRow {
    let first = delivery.made_at + 800;
    let failed = AttemptRow {
        at: first,
        why: Some(Why::NotReached.code().to_owned()),
        number: None,
    };
    let taken = |at| AttemptRow {
        at,
        why: None,
        number: None,
    };
    let attempts = match number % STUMBLE {
        0 => vec![failed, taken(first + 15_400)],
        _ => vec![taken(first)],
    };
    DeliveryRow {
        state: "sent".to_owned(),
        due_at: NEVER,
        version: delivery.version + 1,
        attempts,
        ..delivery
    }
}

fn manager(city: &City) -> Result<String, DemoError> {
    let person = city.person(MANAGER);
    let person = person.ok_or_else(|| DemoError::unknown("person", MANAGER))?;
    Ok(person.id.to_string())
}
