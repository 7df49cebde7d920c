//! From the burst of readings to the one that is judged: which belong to this moment, which is
//! the best, and whether they look like readings at all.

use std::cmp::Reverse;

use super::{Doubt, PresenceFacts, Tally};
use crate::event::NoFix;
use crate::geo::{Crs, Fix, Proximity, proximity};
use crate::register::Terminal;
use crate::sla::policy::PresencePolicy;

/// The reading that is judged, and the terminal it is judged against.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub fix: &'a Fix,
    pub distance_cm: i64,
    /// Frozen readings, or an accuracy no receiver has.
    pub is_implausible: bool,
    terminal: &'a Terminal,
}

impl Reading<'_> {
    pub fn proximity(&self, radius_cm: i64) -> Proximity {
        proximity(self.distance_cm, self.fix.acc_cm, radius_cm)
    }

    /// Whether it would lie inside if either side had been written in GCJ-02 by mistake.
    pub fn would_be_inside_if_moved(&self, radius_cm: i64) -> bool {
        let (phone, terminal) = (self.fix.position(), self.terminal.position());
        [
            phone.from_gcj02().distance_cm(terminal),
            phone.distance_cm(terminal.from_gcj02()),
        ]
        .into_iter()
        .flatten()
        .any(|distance_cm| proximity(distance_cm, self.fix.acc_cm, radius_cm) == Proximity::Inside)
    }
}

/// The best usable reading: believable accuracy first, then the smallest. Readings are taken from
/// the time around `anchor_mono`, the scan or else the check-in, and never from after the check-in.
pub(super) fn best<'a>(
    facts: &PresenceFacts<'a>,
    anchor_mono: i64,
    terminal: &'a Terminal,
    points: &PresencePolicy,
    tally: &mut Tally,
) -> Option<Reading<'a>> {
    let usable = usable(facts, anchor_mono, points, tally);
    let is_poor = |fix: &Fix| fix.acc_cm > points.accuracy_cm_max;
    let is_too_good = |fix: &Fix| fix.acc_cm <= points.accuracy_cm_min;
    let Some(fix) = usable.iter().copied().min_by_key(|fix| {
        (
            is_poor(fix) || is_too_good(fix),
            fix.acc_cm,
            Reverse(fix.mono),
            fix.ts,
            fix.lat_e7,
            fix.lng_e7,
        )
    }) else {
        if facts.fixes.is_empty() {
            tally.doubt(why_none(facts.no_fix));
        }
        return None;
    };
    let Some(distance_cm) = fix.position().distance_cm(terminal.position()) else {
        tally.doubt(Doubt::TerminalUnplaced);
        return None;
    };
    if usable.len() < points.fixes_min as usize {
        tally.doubt(Doubt::FewFixes);
    }
    if fix.crs == Crs::Gcj02 {
        tally.doubt(Doubt::CrsConverted);
    }
    // A simulator's reading taints the burst; a first rough one from the network does not.
    let signs = [
        (are_frozen(&usable, points.frozen_ms), Doubt::FixesFrozen),
        (
            usable.iter().any(|fix| is_too_good(fix)),
            Doubt::AccuracyTooGood,
        ),
        (is_poor(fix), Doubt::AccuracyTooPoor),
    ];
    for (_, doubt) in signs.iter().filter(|(seen, _)| *seen) {
        tally.doubt(*doubt);
    }
    Some(Reading {
        fix,
        distance_cm,
        is_implausible: signs.iter().any(|(seen, _)| *seen),
        terminal,
    })
}

fn usable<'a>(
    facts: &PresenceFacts<'a>,
    anchor_mono: i64,
    points: &PresencePolicy,
    tally: &mut Tally,
) -> Vec<&'a Fix> {
    let oldest_mono = anchor_mono.saturating_sub(points.together_ms);
    let mut usable = Vec::with_capacity(facts.fixes.len());
    for fix in facts.fixes {
        if !fix.is_valid() {
            tally.doubt(Doubt::FixInvalid);
        } else if !(oldest_mono..=facts.mono).contains(&fix.mono) {
            tally.doubt(Doubt::FixesApart);
        } else {
            usable.push(fix);
        }
    }
    usable
}

/// Real receivers tremble: the same ten-millionth of a degree for many seconds is a recording.
fn are_frozen(usable: &[&Fix], frozen_ms: i64) -> bool {
    let Some(first) = usable.first() else {
        return false;
    };
    let same_place = usable
        .iter()
        .all(|fix| (fix.lat_e7, fix.lng_e7) == (first.lat_e7, first.lng_e7));
    let oldest_mono = usable
        .iter()
        .map(|fix| fix.mono)
        .min()
        .unwrap_or(first.mono);
    let newest_mono = usable
        .iter()
        .map(|fix| fix.mono)
        .max()
        .unwrap_or(first.mono);
    same_place && newest_mono.saturating_sub(oldest_mono) >= frozen_ms
}

fn why_none(no_fix: Option<NoFix>) -> Doubt {
    match no_fix {
        Some(NoFix::Denied) => Doubt::NoFixDenied,
        Some(NoFix::Timeout) => Doubt::NoFixTimeout,
        Some(NoFix::Indoors) => Doubt::NoFixIndoors,
        Some(NoFix::Basement) => Doubt::NoFixBasement,
        Some(NoFix::NoSensor) => Doubt::NoFixNoSensor,
        None => Doubt::NoFixUnexplained,
    }
}
