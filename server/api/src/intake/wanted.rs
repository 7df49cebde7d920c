//! What the requests of one turn touch, to be read from the store before they are taken.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{DeviceId, EventId, WorkOrderId};
use store::StoreError;

use super::codes::{self, Uses};
use super::{Request, Surroundings};
use crate::codes::secrets;

/// See the module.
#[derive(Default)]
pub struct Wanted {
    /// With the events that are sent.
    pub devices: BTreeMap<DeviceId, BTreeSet<(u64, EventId)>>,
    pub work_orders: BTreeSet<WorkOrderId>,
    /// Person and idempotency key.
    pub keys: Vec<(String, String)>,
}

impl Wanted {
    pub fn add(&mut self, request: &Request) {
        match request {
            Request::Push(push) => {
                self.devices.entry(push.dev).or_default();
                for opened in push.events.iter().filter_map(|event| event.opened()) {
                    let events = self.devices.entry(push.dev).or_default();
                    events.insert((opened.event.seq, opened.id));
                    self.work_orders.extend(opened.event.wo.clone());
                }
            }
            Request::Head(head) => {
                self.devices.entry(head.opened.event.dev).or_default();
            }
            Request::Relay(head) => {
                self.devices.entry(head.dev).or_default();
            }
            Request::RelayCode(_) => {}
            Request::Alert(alert) => self.work_orders.extend(alert.work_orders.iter().cloned()),
            Request::Desk(desk) => {
                self.work_orders
                    .extend(desk.work_orders().into_iter().cloned());
                for dev in desk.devices() {
                    self.devices.entry(dev).or_default();
                }
                self.keys.extend(desk.idempotency_key());
            }
        }
    }
}

/// Uses of the codes that were scanned, and the work orders that an ordering of taps touches.
pub async fn load_uses(
    around: &Surroundings,
    requests: &[&Request],
    wanted: &mut Wanted,
) -> Result<Uses, StoreError> {
    let meta_key = secrets::tag_meta_key(around.signer.codes());
    let mut uses = Uses::new();
    for request in requests {
        let Request::Push(push) = request else {
            continue;
        };
        for opened in push.events.iter().filter_map(|event| event.opened()) {
            for row in codes::uses_of(&around.store, &meta_key, &opened.event).await? {
                wanted
                    .work_orders
                    .extend(row.wo.parse::<WorkOrderId>().ok());
                uses.insert((row.source.clone(), row.number), row);
            }
        }
    }
    Ok(uses)
}
