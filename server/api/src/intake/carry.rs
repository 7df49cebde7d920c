//! What a chain leaves behind for its next events: bounds in time, and where its phone was. Used
//! when events arrive ([`super::push`]) and when they are read again ([`crate::rebuild`]), so that
//! both come to the same.

use std::collections::BTreeMap;

use domain::event::{Event, Fact};
use domain::ids::{Digest, EventId};
use domain::interval::{
    BoundRequest, Bounds, Carry, Known, Link, Seen, Tolerance, bound_batch, bound_request,
};
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::work_order::{PriorFix, Recorded, WorkOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::past::{Past, Rebound};
use crate::register::Register;

/// What the server remembers of a chain besides its head, to bound the next events without
/// reading the chain again. Rebuilt from the events like every projection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceCarry {
    pub interval: Carry,
    /// Where this phone was last located at a check-in.
    pub prior: Option<PriorFix>,
    /// Latest moment of the last event.
    pub latest: Option<Timestamp>,
}

impl DeviceCarry {
    /// Whether receipts that leave this latest moment say more of the events so far than is known.
    pub fn is_reached(&self, reach: Timestamp) -> bool {
        self.latest.is_some_and(|latest| latest > reach)
    }

    /// Bounds of the events that follow, in the order of the chain, and again of earlier ones that a
    /// receipt among `seen` reaches back to; remembers what the ones after them need.
    pub fn bound(
        &mut self,
        past: &Past,
        links: &[Link],
        seen: &[Seen],
        tolerance: Tolerance,
    ) -> (Vec<Bounds>, Rebound) {
        let known = Known {
            before: &past.before,
            past: &past.events,
            carry: &self.interval,
        };
        let BoundRequest {
            bounds,
            earlier,
            carry,
        } = bound_request(known, links, seen, tolerance);
        self.interval = carry;
        self.latest = bounds.last().map(|last| last.b.latest).or(self.latest);
        let tightened = &past.events[past.events.len() - earlier.len()..];
        let ids = tightened.iter().map(|event| event.link.id);
        let rebound = ids.zip(earlier).collect();
        self.move_prior(&rebound);
        (bounds, rebound)
    }

    /// Bounds of the known events once a receipt no longer counts.
    pub fn bound_without(&mut self, past: &Past, seen: &[Seen], tolerance: Tolerance) -> Rebound {
        let links: Vec<Link> = past.events.iter().map(|event| event.link).collect();
        let (bounds, carry) = bound_batch(&past.before, &links, seen, tolerance);
        self.interval = carry;
        self.latest = bounds.last().map(|last| last.b.latest).or(self.latest);
        let rebound = links.iter().map(|link| link.id).zip(bounds).collect();
        self.move_prior(&rebound);
        rebound
    }

    fn move_prior(&mut self, rebound: &Rebound) {
        if let Some(prior) = &mut self.prior
            && let Some(bounds) = rebound.get(&prior.event)
        {
            prior.bounds = *bounds;
        }
    }

    /// Folds one accepted event of this chain into its work order, and remembers where the phone
    /// was if it was located.
    pub fn fold(&mut self, work_order: &mut WorkOrder, accepted: Accepted, register: &Register) {
        let Accepted {
            event,
            id,
            bounds,
            sidecars,
        } = accepted;
        let is_check_in = matches!(event.fact, Fact::CheckedIn(_));
        let commitments = event.fact.commitments();
        // An event stands only with its values, so they were there once, and were erased since.
        let is_erased = commitments.iter().any(|c| !sidecars.contains_key(c));
        let prior = self.prior.clone();
        work_order.apply(&Recorded {
            event,
            id,
            bounds,
            sidecars,
            prior,
        });
        if !is_check_in {
            return;
        }
        let visit = work_order
            .visits
            .iter()
            .find(|visit| visit.check_in.at.event == id);
        let policy = register.policies.get(&work_order.policy);
        let best = visit
            .zip(policy)
            .and_then(|(visit, (_, policy))| visit.best_fix(&policy.presence));
        if let Some(fix) = best {
            self.prior = Some(PriorFix {
                event: id,
                fix: *fix,
                bounds,
            });
        } else if is_erased {
            self.prior = None;
        }
    }
}

/// An event of a phone that the rules let stand.
pub struct Accepted {
    pub event: Event,
    pub id: EventId,
    pub bounds: Bounds,
    /// By commitment, as far as they are there.
    pub sidecars: BTreeMap<Digest, Value>,
}

/// How exact clocks are taken to be, by the policy in force at this instant.
pub fn tolerance_at(register: &Register, at: Timestamp) -> Tolerance {
    let policy = register
        .policy_at(at)
        .and_then(|digest| register.policies.get(&digest));
    policy.map_or_else(
        || Policy::v2024_10().tolerance(),
        |(_, policy)| policy.tolerance(),
    )
}
