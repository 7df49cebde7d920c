//! What must be in the log for this evidence to be more than the server's word. The server asks the
//! same when it makes a bundle, so that it brings exactly the proofs that are looked for.

use domain::canonical::digest_of;
use domain::event::Fact;
use domain::ids::{Digest, EventId};
use domain::receipt::{CheckpointRef, Receipt};
use domain::server_keys::HeldChange;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;

use super::Proved;
use crate::builds;
use crate::evidence::Evidence;

/// Leaves and checkpoints that a bundle should bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    pub leaves: Vec<Need>,
    /// Builds of the app that phones name. They name what they like, so one that the log does not hold is
    /// no fault of the bundle ([`crate::builds`]).
    pub builds: Vec<Digest>,
    /// Those that receipts and the report name: they came later.
    pub checkpoints: Vec<CheckpointRef>,
}

/// One record that should be in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub kind: LeafKind,
    pub h: Digest,
    /// The place that the record itself names.
    index: Option<u64>,
    /// The instant that the record itself names, where record and leaf are made at once.
    at: Option<Timestamp>,
}

impl Need {
    fn of(kind: LeafKind, h: Digest) -> Self {
        Self {
            kind,
            h,
            index: None,
            at: None,
        }
    }

    fn of_receipt(id: Digest, receipt: &Receipt) -> Self {
        let (kind, h) = receipt.logged_as(EventId(id.0));
        Self {
            index: Some(receipt.leaf),
            at: Some(receipt.ts),
            ..Self::of(kind, h)
        }
    }

    fn of_key_change(held: &HeldChange) -> Self {
        Self {
            index: Some(held.change.leaf),
            at: Some(held.change.from),
            ..Self::of(LeafKind::KeyChange, held.id)
        }
    }

    pub(super) fn is_met_by(&self, proved: Proved) -> bool {
        proved.leaf.k == self.kind
            && self.index.is_none_or(|index| index == proved.index)
            && self.at.is_none_or(|at| at == proved.leaf.ts)
    }

    /// Whether moments are bounded by it.
    pub(super) fn is_about_time(&self) -> bool {
        matches!(
            self.kind,
            LeafKind::Receipt | LeafKind::Relay | LeafKind::Fault
        )
    }
}

impl Needs {
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let mut needs = Self::default();
        for (id, receipt) in evidence.all_receipts() {
            needs.leaves.push(Need::of_receipt(id, receipt));
            needs.checkpoints.extend(receipt.cp);
        }
        for opened in evidence.events() {
            let kind = match &opened.event.fact {
                Fact::Reported(reported) => {
                    needs.checkpoints.extend(reported.cp);
                    LeafKind::Fault
                }
                Fact::Joined(_) | Fact::AlarmCleared(_) => LeafKind::Fault,
                Fact::Erased(_) => LeafKind::Erase,
                Fact::Filed(_) | Fact::FilingAnswered(_) => LeafKind::Filing,
                Fact::Held(_) | Fact::Released(_) => LeafKind::Hold,
                fact if fact.is_about_evaluation_elsewhere() => LeafKind::Evaluation,
                _ => continue,
            };
            // What a phone says was logged when it came, whatever time the phone claims.
            let is_said_by_the_server = opened.event.fact.is_said_by_the_desk();
            needs.leaves.push(Need {
                at: is_said_by_the_server.then_some(opened.event.wall),
                ..Need::of(kind, Digest(opened.id.0))
            });
        }
        needs
            .leaves
            .extend(evidence.key_changes.iter().map(Need::of_key_change));
        let records = evidence.keys.values().map(|(id, _)| (LeafKind::Key, *id));
        let ends = evidence
            .revocations
            .values()
            .map(|(id, _)| (LeafKind::Revoke, *id));
        let policy = evidence
            .policy
            .iter()
            .map(|policy| (LeafKind::Policy, policy.digest()));
        let verdicts = evidence
            .logged_verdicts
            .keys()
            .map(|h| (LeafKind::Verdict, *h));
        let terminals = evidence.terminals.values().map(digest_of);
        let sites = evidence.sites.values().map(digest_of);
        let terminals = terminals.flatten().map(|h| (LeafKind::Terminal, h));
        let sites = sites.flatten().map(|h| (LeafKind::Site, h));
        let plain = records
            .chain(ends)
            .chain(policy)
            .chain(verdicts)
            .chain(terminals)
            .chain(sites);
        needs
            .leaves
            .extend(plain.map(|(kind, h)| Need::of(kind, h)));
        let starts = builds::starts(evidence).into_iter();
        needs.builds = starts
            .filter_map(|(_, started)| builds::named(started?))
            .collect();
        needs.builds.sort();
        needs.builds.dedup();
        needs.leaves.sort_by_key(|need| need.h);
        needs.leaves.dedup();
        needs.checkpoints.sort_by_key(|named| named.size);
        needs.checkpoints.dedup();
        needs
    }
}
