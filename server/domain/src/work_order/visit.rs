//! One visit, seen from what supports it: the codes that were read for it, what the server found out
//! about them, its positions, and the site manager's word. What follows for the time of an arrival is
//! here as well; limits are not.

use super::judge::Surroundings;
use super::known::Known;
use super::state::{Evaluation, Said, Scan, Visit, WorkOrder};
use crate::code::Finding;
use crate::ids::EventId;
use crate::interval::UNKNOWN_LATEST;
use crate::presence::{
    Presence, PresenceFacts, PresenceResult, PriorLocation, ScannedCode, judge_presence,
};
use crate::time::{Interval, Timestamp};

impl WorkOrder {
    /// Each visit with how well it is shown. None while it cannot be told: nothing was judged, or the positions that
    /// the phone committed to have not arrived. A visit whose positions were erased keeps what they had shown.
    pub fn visits_shown<'a>(
        &'a self,
        presence: &'a [Presence],
    ) -> impl Iterator<Item = (&'a Visit, Option<PresenceResult>)> {
        self.visits.iter().enumerate().map(|(index, visit)| {
            let check_in = &visit.check_in;
            let is_awaited = check_in.what.fixes_c.is_some() && check_in.what.fixes.is_empty();
            let is_told = !is_awaited || self.presence_kept(check_in.at.event).is_some();
            let judged = presence.get(index).map(|presence| presence.result);
            (visit, judged.filter(|_| is_told))
        })
    }
}

/// Presence at one visit, with the codes that were read for it and the site manager's
/// confirmation if one was signed for it.
pub(super) fn presence_of(
    work_order: &WorkOrder,
    visit: &Visit,
    around: &Surroundings,
) -> Presence {
    let check_in = &visit.check_in;
    if let Some(kept) = work_order.presence_kept(check_in.at.event) {
        return kept.clone();
    }
    // A link can be opened anywhere, so what comes through it says nothing about who was where.
    let confirms = |evaluation: &Evaluation| {
        evaluation.summary.check_in == Some(check_in.at.event)
            && evaluation.signer_person.is_some()
            && evaluation.link.is_none()
    };
    let scan = check_in.what.scan.as_ref();
    let is_other = |other: &&Said<Scan>| {
        other.at.dev == check_in.at.dev
            && scan.is_none_or(|scan| scan.at.event != other.at.event)
            && other.at.sid == check_in.at.sid
            && (0..=around.policy.presence.together_ms)
                .contains(&check_in.at.mono.saturating_sub(other.at.mono))
    };
    let others: Vec<ScannedCode> = work_order
        .scans
        .iter()
        .filter(is_other)
        .map(|scan| scanned(work_order, scan, around))
        .collect();
    let facts = PresenceFacts {
        terminal: &check_in.what.terminal,
        sid: check_in.at.sid,
        mono: check_in.at.mono,
        interval: proved(Known::of(&check_in.at, around.external).b),
        scan: scan.map(|scan| scanned(work_order, scan, around)),
        others: &others,
        fixes: &check_in.what.fixes,
        no_fix: check_in.what.no_fix,
        manager_confirmed: work_order
            .evaluations
            .iter()
            .any(|evaluation| confirms(&evaluation.what)),
        prior: check_in.what.prior.as_ref().and_then(|prior| {
            Some(PriorLocation {
                fix: prior.fix,
                interval: proved(prior.bounds.b)?,
            })
        }),
    };
    judge_presence(&facts, around.terminal, around.site, around.policy)
}

/// A code that was read, with what the server found out about it and when it can have been read.
fn scanned<'a>(
    work_order: &'a WorkOrder,
    scan: &'a Said<Scan>,
    around: &Surroundings,
) -> ScannedCode<'a> {
    let known = Known::of(&scan.at, around.external);
    let finding = work_order
        .codes
        .iter()
        .find(|code| code.what.scan == scan.at.event);
    ScannedCode {
        terminal: scan.what.terminal.as_ref(),
        text: &scan.what.text,
        method: scan.what.method,
        sid: scan.at.sid,
        mono: scan.at.mono,
        interval: known.b,
        earliest: known.c.earliest,
        finding: finding.map(|code| &code.what.finding),
        followed_by: followed_by(work_order, scan.at.event),
    }
}

/// The earliest proof that the tag was tapped again.
fn followed_by(work_order: &WorkOrder, scan: EventId) -> Option<Timestamp> {
    let later = work_order.followers.iter().map(|said| &said.what);
    later
        .filter(|follower| follower.scan == scan)
        .map(|follower| follower.latest)
        .min()
}

/// When somebody arrived: at the check-in, or at the tap it rests on. The tap itself shows that
/// somebody stood there, so what is proved of its time holds for the arrival.
pub(super) fn arrived(work_order: &WorkOrder, visit: &Visit, around: &Surroundings) -> Known {
    let known = Known::of(&visit.check_in.at, around.external);
    let Some(scan) = &visit.check_in.what.scan else {
        return known;
    };
    let is_tap_here = work_order.codes.iter().any(|code| {
        code.what.scan == scan.at.event
            && matches!(&code.what.finding, Finding::Tap { terminal, replay_of: None, passed_by: None, .. } if *terminal == around.terminal.id)
    });
    let (true, Some(followed)) = (is_tap_here, followed_by(work_order, scan.at.event)) else {
        return known;
    };
    let tapped = Known::of(&scan.at, around.external);
    // A tap that was followed before its scan can have happened was kept; presence says so.
    if followed < tapped.b.earliest || followed >= known.b.latest {
        return known;
    }
    Known {
        // The later tap is known from receipts; witnesses have not been asked about it.
        a: known.a,
        b: Interval {
            earliest: tapped.b.earliest,
            latest: followed,
        },
        c: Interval {
            earliest: tapped.c.earliest.min(followed),
            latest: tapped.c.latest.min(followed),
        },
        doubts: known.doubts.or(tapped.doubts),
    }
}

/// None while no receipt covers the event.
fn proved(interval: Interval) -> Option<Interval> {
    (interval.latest < UNKNOWN_LATEST).then_some(interval)
}
