//! What follows from the facts, by the same functions that the server and the phones use: bounds in
//! time, which events stand, the work order, the judgement. Nothing is decided here; this module
//! only brings facts and rules together in the order of time.

mod evaluation;
mod outside;
mod refusal;
mod terms;

use std::collections::BTreeMap;

use domain::event::{CheckedIn, Fact};
use domain::ids::{DeviceId, Digest, EventId};
use domain::interval::external::External;
use domain::interval::{Bounds, Link, bound};
use domain::refusal::RefusalCode;
use domain::register::Site;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::work_order::{Birth, Judgement, PriorFix, Recorded, Surroundings, WorkOrder, judge};

use self::refusal::{Computed, is_recomputable};
use self::terms::{name_strangers, report, surroundings};
use crate::evidence::{Chain, Evidence, Opened, SetAside};
use crate::finding::{Finding, FindingCode};
use crate::log::Log;

/// What follows from the evidence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Replayed {
    /// Of every event in the bundle.
    pub bounds: BTreeMap<EventId, Bounds>,
    /// What is known from outside of those of the work order.
    pub external: BTreeMap<EventId, External>,
    pub judgement: Judgement,
    /// The policy it was judged by.
    pub policy: Digest,
}

/// Where a phone was before, on the way through its chain.
#[derive(Debug, Clone, Default)]
struct Before {
    fix: Option<PriorFix>,
    /// A later or the only position is not here.
    is_unsure: bool,
}

struct Replay<'a> {
    evidence: &'a Evidence,
    claimed: BTreeMap<EventId, &'a str>,
    bounds: BTreeMap<EventId, Bounds>,
    before: BTreeMap<DeviceId, Before>,
    work_order: WorkOrder,
    policy: &'a Policy,
    site: &'a Site,
    found: &'a mut Vec<Finding>,
}

/// Folds and judges; none if the evidence lacks what every judgement needs, which is then found.
pub(crate) fn replay(
    evidence: &Evidence,
    log: &Log,
    set_aside: &[SetAside],
    judged_at: Timestamp,
    found: &mut Vec<Finding>,
) -> Option<Replayed> {
    let Some(report) = report(evidence) else {
        found.push(Finding::new(FindingCode::NoReport));
        return None;
    };
    let (policy, terminal, site) = surroundings(evidence, report, found)?;
    let bounds = all_bounds(evidence, policy);
    name_strangers(evidence, found);
    let birth = Birth {
        site: site.id.clone(),
        district: site.district.clone(),
        provider: terminal.provider.clone(),
        site_unit: site.unit.clone(),
    };
    let work_order = WorkOrder::born(birth, &recorded(evidence, report, &bounds, None))?;
    let before = |chain: &Chain| Before {
        fix: None,
        is_unsure: !chain.is_from_the_start(),
    };
    let mut replay = Replay {
        evidence,
        claimed: set_aside
            .iter()
            .map(|aside| (aside.event, aside.code.as_str()))
            .collect(),
        bounds,
        before: evidence
            .chains
            .iter()
            .map(|(dev, chain)| (*dev, before(chain)))
            .collect(),
        work_order,
        policy,
        site,
        found,
    };
    replay.fold_all();
    replay.check_what_the_server_said();
    let external = outside::external_of(evidence, log, policy, replay.found);
    let around = Surroundings {
        terminal,
        site,
        policy,
        external: &external,
        now: judged_at,
    };
    let judgement = judge(&replay.work_order, &around);
    Some(Replayed {
        bounds: replay.bounds,
        external,
        judgement,
        policy: policy.digest(),
    })
}

/// Bounds by each chain's own receipts. The server lived through its own acts.
fn all_bounds(evidence: &Evidence, policy: &Policy) -> BTreeMap<EventId, Bounds> {
    let tolerance = policy.tolerance();
    let mut all = BTreeMap::new();
    for chain in evidence.chains.values() {
        if chain.person.is_none() {
            let exact = |opened: &Opened| (opened.id, Bounds::exactly(opened.event.wall));
            all.extend(chain.events.iter().map(exact));
            continue;
        }
        let links: Vec<Link> = chain.events.iter().map(link).collect();
        let bounds = bound(&links, &chain.seen(), tolerance);
        all.extend(links.iter().map(|link| link.id).zip(bounds));
    }
    all
}

fn link(opened: &Opened) -> Link {
    Link {
        seq: opened.event.seq,
        id: opened.id,
        sid: opened.event.sid,
        mono: opened.event.mono,
        anchor_ts: opened.anchor,
    }
}

fn recorded(
    evidence: &Evidence,
    opened: &Opened,
    bounds: &BTreeMap<EventId, Bounds>,
    prior: Option<PriorFix>,
) -> Recorded {
    let event = opened.event.clone();
    let sidecar = |c| Some((c, evidence.sidecars.get(&c)?.clone()));
    let sidecars = event
        .fact
        .commitments()
        .into_iter()
        .filter_map(sidecar)
        .collect();
    let bounds = bounds
        .get(&opened.id)
        .copied()
        .unwrap_or_else(|| Bounds::exactly(event.wall));
    Recorded {
        event,
        id: opened.id,
        bounds,
        sidecars,
        prior,
    }
}

impl Replay<'_> {
    /// Upper bounds never decrease along a chain, so this order contradicts none of them.
    fn fold_all(&mut self) {
        let evidence = self.evidence;
        let mut events: Vec<&Opened> = evidence.events().collect();
        events.sort_by_key(|opened| {
            let latest = self.bounds.get(&opened.id).map(|bounds| bounds.b.latest);
            (latest, opened.event.dev, opened.event.seq)
        });
        for opened in events {
            if opened.event.wo.as_ref() == Some(&evidence.wo) {
                self.take(opened);
            } else if let Fact::CheckedIn(check_in) = &opened.event.fact {
                self.pass(opened, check_in);
            }
        }
    }

    /// An event of the work order.
    fn take(&mut self, opened: &Opened) {
        let stated = self.claimed.get(&opened.id).copied();
        let computed = self.refusal(opened);
        let place = opened.place();
        match (stated, computed) {
            (Some(code), Computed::Unknown) => {
                self.found
                    .push(Finding::about(FindingCode::RefusalNotRecomputed, place).because(code));
                return;
            }
            (Some(code), Computed::UnknownSigner)
                if code == RefusalCode::NotTheSiteManager.code() =>
            {
                return;
            }
            (Some(code), Computed::Refused(reason)) if reason.code() == code => return,
            (Some(code), _) if !is_recomputable(code) => {
                self.found
                    .push(Finding::about(FindingCode::RefusalNotRecomputed, place).because(code));
                return;
            }
            (Some(code), _) => {
                self.found
                    .push(Finding::about(FindingCode::RefusalDiffers, place).because(code));
            }
            (None, Computed::Refused(reason)) => {
                self.found.push(
                    Finding::about(FindingCode::RefusalDiffers, place).because(reason.code()),
                );
                return;
            }
            (None, Computed::UnknownSigner) => {
                self.found
                    .push(Finding::about(FindingCode::SignerUnknown, place));
            }
            (None, Computed::Stands | Computed::Unknown) => {}
        }
        self.fold(opened);
    }

    fn fold(&mut self, opened: &Opened) {
        let before = self
            .before
            .get(&opened.event.dev)
            .cloned()
            .unwrap_or_default();
        let record = recorded(self.evidence, opened, &self.bounds, before.fix);
        self.work_order.apply(&record);
        if let Fact::CheckedIn(check_in) = &opened.event.fact {
            let is_kept = || {
                let mut erasures = self.evidence.erasures();
                erasures.any(|erased| erased.presence.contains_key(&opened.id))
            };
            if before.is_unsure && !is_kept() {
                self.found.push(Finding::about(
                    FindingCode::EarlierPositionAbsent,
                    opened.place(),
                ));
            }
            self.locate(&record, check_in);
        }
    }

    /// A check-in of another work order says where the phone was.
    fn pass(&mut self, opened: &Opened, check_in: &CheckedIn) {
        if let Some(code) = self.claimed.get(&opened.id) {
            if check_in.fixes.is_some() {
                let place = opened.place();
                self.found
                    .push(Finding::about(FindingCode::RefusalNotRecomputed, place).because(*code));
            }
            return;
        }
        let record = recorded(self.evidence, opened, &self.bounds, None);
        self.locate(&record, check_in);
    }

    fn locate(&mut self, record: &Recorded, check_in: &CheckedIn) {
        let before = self.before.entry(record.event.dev).or_default();
        let is_absent = check_in
            .fixes
            .is_some_and(|commitment| !record.sidecars.contains_key(&commitment.c));
        let visit = record.visit(check_in, None);
        if let Some(fix) = visit.best_fix(&self.policy.presence) {
            *before = Before {
                fix: Some(PriorFix {
                    event: record.id,
                    fix: *fix,
                    bounds: record.bounds,
                }),
                is_unsure: false,
            };
        } else if is_absent {
            // As the server forgets it: where it was before that is no better a guess.
            *before = Before {
                fix: None,
                is_unsure: true,
            };
        }
    }
}
