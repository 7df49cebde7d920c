//! What witnesses outside say about the events of the work order, by `domain::interval::external`. A
//! receipt whose place in the log is not proved is one that no checkpoint covers.

use std::collections::BTreeMap;

use domain::event::Fact;
use domain::ids::{Digest, EventId};
use domain::interval::external::{External, Logged, external};
use domain::receipt::Receipt;
use domain::sla::policy::Policy;

use crate::evidence::{Chain, Evidence, Opened};
use crate::finding::{Finding, FindingCode};
use crate::log::Log;

/// A place that no log reaches.
const NOWHERE: u64 = u64::MAX;

/// What is known from outside; nothing while no trusted witness has seen any of it.
pub(super) fn external_of(
    evidence: &Evidence,
    log: &Log,
    policy: &Policy,
    found: &mut Vec<Finding>,
) -> BTreeMap<EventId, External> {
    let witnessed = log.witnessed();
    if witnessed.is_empty() {
        return BTreeMap::new();
    }
    let mut known = BTreeMap::new();
    for chain in evidence.chains.values() {
        let events: Vec<&Opened> = of_interest(chain, evidence).collect();
        let seqs: Vec<u64> = events.iter().map(|opened| opened.event.seq).collect();
        let receipts = match chain.person {
            Some(_) => receipts_of(chain, log),
            None => reports_of(&events, log),
        };
        let found_out = external(&seqs, &receipts, &witnessed, &policy.external_tolerance());
        for (opened, external) in events.into_iter().zip(found_out) {
            if !external.a.is_possible() {
                found.push(Finding::about(
                    FindingCode::WitnessesContradict,
                    opened.place(),
                ));
            }
            known.insert(opened.id, external);
        }
    }
    known
}

/// Of the server's own chain only the report has a leaf: of its other acts nothing is known outside.
fn of_interest<'a>(chain: &'a Chain, evidence: &'a Evidence) -> impl Iterator<Item = &'a Opened> {
    chain.events.iter().filter(|opened| {
        let is_of_it = opened.event.wo.as_ref() == Some(&evidence.wo);
        is_of_it && (chain.person.is_some() || matches!(opened.event.fact, Fact::Reported(_)))
    })
}

fn receipts_of(chain: &Chain, log: &Log) -> Vec<Logged> {
    let embedded_at: BTreeMap<Digest, u64> = chain
        .events
        .iter()
        .filter_map(|opened| Some((opened.acknowledged.as_ref()?.0, opened.event.seq)))
        .rev()
        .collect();
    let logged = |(id, receipt): (Digest, &Receipt)| Logged {
        // A phone can embed a receipt of a head that its chain never had: that bounds nothing from above.
        head_seq: match chain.confirmed.contains_key(&id) {
            true => receipt.head_seq,
            false => 0,
        },
        ts: receipt.ts,
        leaf: place_of(receipt.logged_as(EventId(id.0)).1, log, |index| {
            index == receipt.leaf
        }),
        note: receipt.cp.map(|named| named.note),
        embedded_at: embedded_at.get(&id).copied(),
    };
    chain.receipts().into_iter().map(logged).collect()
}

/// A report stands for itself: it has a leaf and names a checkpoint.
fn reports_of(events: &[&Opened], log: &Log) -> Vec<Logged> {
    let logged = |opened: &&Opened| {
        let Fact::Reported(reported) = &opened.event.fact else {
            return None;
        };
        Some(Logged {
            head_seq: opened.event.seq,
            ts: opened.event.wall,
            leaf: place_of(Digest(opened.id.0), log, |_| true),
            note: reported.cp.map(|named| named.note),
            embedded_at: Some(opened.event.seq),
        })
    };
    events.iter().filter_map(logged).collect()
}

fn place_of(h: Digest, log: &Log, is_there: impl Fn(u64) -> bool) -> u64 {
    let proved = log.leaf_of(h).map(|proved| proved.index);
    proved.filter(|index| is_there(*index)).unwrap_or(NOWHERE)
}
