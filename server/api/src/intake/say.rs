//! What the server says itself. It signs for the named person in a chain of its own, so that what a desk
//! does is as hard to change afterwards as what a phone does.

use std::collections::BTreeMap;

use domain::envelope::prepare_event;
use domain::event::{EVENT_TYPE, Event, Fact};
use domain::ids::{Digest, EventId, Nonce, PersonId, WorkOrderId};
use domain::interval::Bounds;
use domain::sidecar::{Salt, Sidecar};
use domain::work_order::Recorded;
use serde::Serialize;
use store::{EventRow, SidecarRow};

use super::draft::Draft;
use crate::error::ApiError;

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

/// Salts what somebody left about themselves; its commitment goes into the chain.
pub(super) fn seal_sidecar(value: &impl Serialize) -> Result<(Digest, Sidecar), ApiError> {
    let failed = || ApiError::internal("sidecar", "could not be sealed");
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_| failed())?;
    let value = serde_json::to_value(value).map_err(|_| failed())?;
    let sidecar = Sidecar {
        salt: Salt(Nonce(salt)),
        value,
    };
    let c = sidecar.commitment().map_err(|_| failed())?;
    Ok((c, sidecar))
}
