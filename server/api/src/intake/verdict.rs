//! What the server commits itself to when a work order is evaluated: the verdict as it stands, with the
//! chains it rests on, as a leaf of the log. Anybody can compute the verdict anew from the facts; this
//! only keeps the server from saying later that it had said something else.

use std::collections::BTreeMap;

use domain::canonical::canonical_of;
use domain::ids::{DeviceId, Digest, WorkOrderId};
use domain::tlog::leaf::LeafKind;
use domain::work_order::{Judgement, Surroundings, WorkOrder, judge};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::VerdictRow;

use super::draft::Draft;

/// The statement whose hash is logged.
#[derive(Serialize)]
struct Statement<'a> {
    v: u32,
    wo: &'a WorkOrderId,
    /// Up to where each chain was known.
    heads: &'a BTreeMap<DeviceId, u64>,
    judgement: &'a Judgement,
}

/// Logs the verdict on a work order. Without a register to judge by there is none to log.
pub(super) fn conclude(draft: &mut Draft, id: &WorkOrderId) {
    let Some(statement) = draft
        .work_orders
        .get(id)
        .and_then(|work_order| statement(draft, work_order))
    else {
        return;
    };
    let leaf = draft.next_leaf();
    let h = Digest(Sha256::digest(&statement).into());
    draft.log(LeafKind::Verdict, h);
    draft.commit.verdicts.push(VerdictRow {
        wo: id.to_string(),
        leaf: leaf as i64,
        statement,
    });
}

fn statement(draft: &Draft, work_order: &WorkOrder) -> Option<String> {
    let register = &draft.register;
    let (_, policy) = register.policies.get(&work_order.policy)?;
    let born = draft.born_places.get(&work_order.id);
    let terminal = born.map(|place| &place.terminal);
    let site = born.map(|place| &place.site);
    let judgement = judge(
        work_order,
        &Surroundings {
            terminal: terminal.or_else(|| register.terminals.get(&work_order.terminal))?,
            site: site.or_else(|| register.sites.get(&work_order.site))?,
            policy,
            // Nobody outside has seen this yet; what they say later is not part of what we said.
            external: &BTreeMap::new(),
            now: draft.now,
        },
    );
    canonical_of(&Statement {
        v: 1,
        wo: &work_order.id,
        heads: &work_order.heads,
        judgement: &judgement,
    })
    .ok()
}
