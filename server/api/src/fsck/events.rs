//! Events against their own hash, signature, place in the chain and leaf, and what their facts name: photos, the
//! records of terminal and site that a report bound, the verdicts that an evaluation brought.

use std::collections::HashMap;

use domain::envelope::{PublicKey, event_id, pae};
use domain::event::{EVENT_TYPE, Event, Fact};
use domain::ids::{Digest, EventId};
use store::{EventRow, StoreError};
use verify::manifest::sha256;

use super::log::must_be_logged;
use super::{Checked, Subject, register};

/// Events read at a time.
const PAGE: usize = 1_000;

pub(super) async fn check(
    subject: &Subject<'_>,
    checked: &mut Checked,
    keys: &HashMap<String, PublicKey>,
) -> Result<(), StoreError> {
    let mut heads: HashMap<String, (i64, EventId)> = HashMap::new();
    let mut after = 0;
    loop {
        let page = subject.store.events_page(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.n;
        for row in page {
            checked.events += 1;
            let place = format!("event {} {}", row.dev, row.seq);
            match genuine(&row, keys.get(&row.dev)) {
                Err(what) => checked.find(&place, what),
                Ok(event) => {
                    check_link(checked, &place, &row, &event, &mut heads);
                    check_fact(subject, checked, &place, &row, &event).await?;
                }
            }
        }
    }
}

fn genuine(row: &EventRow, key: Option<&PublicKey>) -> Result<Event, &'static str> {
    let id = event_id(row.payload.as_bytes());
    if id.to_string() != row.id {
        return Err("its payload is not what its id says");
    }
    let key = key.ok_or("its device is not known")?;
    use base64::Engine as _;
    let signature = base64::engine::general_purpose::STANDARD.decode(&row.sig);
    let signature = signature.map_err(|_| "its signature is not base64")?;
    if !key.has_signed(&pae(EVENT_TYPE, row.payload.as_bytes()), &signature) {
        return Err("its signature is not its device's");
    }
    serde_json::from_str(&row.payload).map_err(|_| "its payload cannot be read")
}

fn check_link(
    checked: &mut Checked,
    place: &str,
    row: &EventRow,
    event: &Event,
    heads: &mut HashMap<String, (i64, EventId)>,
) {
    let (seq, prev) = heads
        .get(&row.dev)
        .copied()
        .unwrap_or((0, EventId::GENESIS));
    if event.seq as i64 != row.seq || row.seq != seq + 1 || event.prev != prev {
        checked.find(place, "does not follow the event before it");
    }
    heads.insert(row.dev.clone(), (row.seq, event_id(row.payload.as_bytes())));
}

async fn check_fact(
    subject: &Subject<'_>,
    checked: &mut Checked,
    place: &str,
    row: &EventRow,
    event: &Event,
) -> Result<(), StoreError> {
    let h = Digest(event_id(row.payload.as_bytes()).0);
    match &event.fact {
        Fact::Reported(report) => {
            must_be_logged(subject, checked, place, h).await?;
            register::check_bound(subject, checked, report).await
        }
        Fact::Evaluated(_) => check_verdicts(subject, checked, row).await,
        Fact::Filed(_)
        | Fact::FilingAnswered(_)
        | Fact::Erased(_)
        | Fact::Held(_)
        | Fact::Released(_)
            if row.refused.is_none() =>
        {
            must_be_logged(subject, checked, place, h).await
        }
        Fact::PhotoTaken(photo) => {
            let name = photo.sha256.to_string();
            // A photo that has not arrived yet is missing, not damaged.
            if let Some(is_intact) = subject.blobs.is_intact(&name).await? {
                checked.photos += 1;
                if !is_intact {
                    checked.find(format!("photo {name}"), "is not what its name says");
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What the server bound itself to at each evaluation.
async fn check_verdicts(
    subject: &Subject<'_>,
    checked: &mut Checked,
    row: &EventRow,
) -> Result<(), StoreError> {
    let Some(wo) = &row.wo else {
        return Ok(());
    };
    for verdict in subject.store.verdicts_of(wo).await? {
        let place = format!("verdict of {wo}");
        let h = sha256(verdict.statement.as_bytes());
        must_be_logged(subject, checked, &place, h).await?;
    }
    Ok(())
}
