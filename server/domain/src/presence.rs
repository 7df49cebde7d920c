//! Was somebody there? A check-in's code, positions and confirmations become points, factors and
//! doubts (A3; evidence kept, verdict computed). Nothing here ever refuses a check-in: a missing
//! position, camera or signature is named, the work goes on. The honest limit: a sticker and a
//! position can both be forged with effort, so these factors never add up to `strong` alone; only
//! a code that rotates, a tag, or the site manager's own phone reach it.

mod codes;
mod readings;
mod scans;
pub mod share;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::codes::{Doubt, FactorCode};
use self::readings::Reading;
use crate::code::{Code, Finding};
use crate::event::{NoFix, ScanMethod};
use crate::geo::{Fix, Proximity};
use crate::ids::{SessionId, TerminalId};
use crate::register::{Site, Terminal};
use crate::sla::policy::{Policy, PresencePolicy};
use crate::time::{Interval, Timestamp};

/// What a check-in brings with it.
#[derive(Debug, Clone, Copy)]
pub struct PresenceFacts<'a> {
    /// The terminal the technician says to be at.
    pub terminal: &'a TerminalId,
    /// The page load of the check-in and its monotonic clock.
    pub sid: SessionId,
    pub mono: i64,
    /// When it happened, by the grade that counts; none while the server has not seen it.
    pub interval: Option<Interval>,
    /// The scan it rests on.
    pub scan: Option<ScannedCode<'a>>,
    /// What the same phone read besides, in the same page load and just before.
    pub others: &'a [ScannedCode<'a>],
    pub fixes: &'a [Fix],
    pub no_fix: Option<NoFix>,
    /// A registered site manager signed for this visit on the technician's phone.
    pub manager_confirmed: bool,
    /// The same person's last located check-in before this one.
    pub prior: Option<PriorLocation>,
}

/// The scan as far as presence needs it.
#[derive(Debug, Clone, Copy)]
pub struct ScannedCode<'a> {
    /// What the phone understood; none if the code was none of ours.
    pub terminal: Option<&'a TerminalId>,
    /// What the code said.
    pub text: &'a str,
    pub method: ScanMethod,
    pub sid: SessionId,
    pub mono: i64,
    /// When it was read, by the grade that counts.
    pub interval: Interval,
    /// Its earliest moment by the phone's own clock as well, which only ever makes a code older.
    pub earliest: Timestamp,
    /// What the server found out about it; none before that, and for plain numbers.
    pub finding: Option<&'a Finding>,
    /// By when the same tag is proved to have been tapped again.
    pub followed_by: Option<Timestamp>,
}

/// Where and when the same person was last seen before a check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorLocation {
    pub fix: Fix,
    pub interval: Interval,
}

/// How well presence is shown, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceResult {
    /// The evidence itself names another terminal.
    Contradicted,
    None,
    Weak,
    Adequate,
    Strong,
}

impl PresenceResult {
    /// Every result, worst first.
    pub const ALL: [PresenceResult; 5] = [
        PresenceResult::Contradicted,
        PresenceResult::None,
        PresenceResult::Weak,
        PresenceResult::Adequate,
        PresenceResult::Strong,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            PresenceResult::Contradicted => "contradicted",
            PresenceResult::None => "none",
            PresenceResult::Weak => "weak",
            PresenceResult::Adequate => "adequate",
            PresenceResult::Strong => "strong",
        }
    }

    /// The result with this name.
    pub fn named(name: &str) -> Option<PresenceResult> {
        Self::ALL.into_iter().find(|result| result.name() == name)
    }

    /// Whether it suffices where `least` is asked for, as the policy does for an arrival.
    pub fn is_at_least(self, least: PresenceResult) -> bool {
        self >= least
    }
}

/// One thing that raised or lowered the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub code: FactorCode,
    pub points: i32,
}

/// The judgement of one check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub result: PresenceResult,
    pub points: i32,
    pub proximity: Proximity,
    /// From the terminal to the best reading.
    pub distance_cm: Option<i64>,
    pub accuracy_cm: Option<i64>,
    pub radius_cm: i64,
    pub factors: Vec<Factor>,
    pub doubts: Vec<Doubt>,
}

/// Factors and doubts as they are found; each doubt is named once.
#[derive(Default)]
struct Tally {
    factors: Vec<Factor>,
    doubts: Vec<Doubt>,
}

impl Tally {
    fn factor(&mut self, code: FactorCode, points: i32) {
        self.factors.push(Factor { code, points });
    }

    fn doubt(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }
}

/// Judges a check-in against the terminal the work order is about.
pub fn judge_presence(
    facts: &PresenceFacts,
    terminal: &Terminal,
    site: &Site,
    policy: &Policy,
) -> Presence {
    let points = &policy.presence;
    let radius_cm = terminal.fence_radius_cm(site, policy.fence_radius_cm);
    let mut tally = Tally::default();

    let mut contradicted = names_another_terminal(facts, terminal, &mut tally);
    let scan = usable_scan(facts, points, &mut tally);
    let worth = scans::judge(facts, scan.as_ref(), &terminal.id, points, &mut tally);
    contradicted |= worth.contradicts;
    for (code, points) in worth.factors() {
        tally.factor(code, points);
    }

    let anchor_mono = scan.map_or(facts.mono, |scan| scan.mono);
    let reading = readings::best(facts, anchor_mono, terminal, points, &mut tally);
    let proximity = judge_position(reading, radius_cm, points, &mut tally);
    // The manager's own phone says the same better.
    if facts.manager_confirmed && worth.manager.is_none() {
        tally.factor(FactorCode::ManagerConfirmed, points.manager_points);
    }
    if reading.is_some_and(|reading| is_impossibly_fast(facts, &reading, points)) {
        tally.factor(FactorCode::ImpossibleSpeed, points.impossible_speed_points);
    }

    let sum = tally.factors.iter().map(|factor| factor.points).sum();
    Presence {
        result: if contradicted {
            PresenceResult::Contradicted
        } else {
            result_of(sum, points)
        },
        points: sum,
        proximity,
        distance_cm: reading.map(|reading| reading.distance_cm),
        accuracy_cm: reading.map(|reading| reading.fix.acc_cm),
        radius_cm,
        factors: tally.factors,
        doubts: tally.doubts,
    }
}

/// Another terminal's code contradicts however old it is: the check-in itself says it rests on it.
fn names_another_terminal(facts: &PresenceFacts, terminal: &Terminal, tally: &mut Tally) -> bool {
    let other_named = *facts.terminal != terminal.id;
    if other_named {
        tally.doubt(Doubt::OtherTerminalNamed);
    }
    let scanned = facts.scan.and_then(|scan| scan.terminal());
    let other_scanned = scanned.is_some_and(|scanned| *scanned != terminal.id);
    if other_scanned {
        tally.doubt(Doubt::OtherTerminalCode);
    }
    other_named || other_scanned
}

/// The scan, if it belongs to the same moment: same page load, not after the check-in, not long
/// before it. Monotonic clocks of two page loads cannot be compared.
fn usable_scan<'a>(
    facts: &PresenceFacts<'a>,
    points: &PresencePolicy,
    tally: &mut Tally,
) -> Option<ScannedCode<'a>> {
    let Some(scan) = facts.scan else {
        tally.doubt(Doubt::NoScan);
        return None;
    };
    if scan.terminal().is_none() && Code::read(scan.text).is_none() {
        tally.doubt(Doubt::CodeNotUnderstood);
    }
    if scan.sid != facts.sid {
        tally.doubt(Doubt::ScanOtherSession);
        return None;
    }
    let before_ms = facts.mono.saturating_sub(scan.mono);
    if !(0..=points.together_ms).contains(&before_ms) {
        tally.doubt(Doubt::ScanApart);
        return None;
    }
    Some(scan)
}

fn judge_position(
    reading: Option<Reading>,
    radius_cm: i64,
    points: &PresencePolicy,
    tally: &mut Tally,
) -> Proximity {
    let Some(reading) = reading else {
        tally.factor(FactorCode::GpsNone, points.no_fix_points);
        return Proximity::NoFix;
    };
    let mut proximity = reading.proximity(radius_cm);
    if proximity == Proximity::Outside && reading.would_be_inside_if_moved(radius_cm) {
        tally.doubt(Doubt::CrsSuspect);
        proximity = Proximity::CannotTell;
    }
    match proximity {
        Proximity::Inside => tally.factor(FactorCode::GpsInside, points.inside_points),
        Proximity::Outside => tally.factor(FactorCode::GpsOutside, points.outside_points),
        Proximity::CannotTell | Proximity::NoFix => {
            tally.factor(FactorCode::GpsUncertain, points.uncertain_points);
        }
    }
    if reading.is_implausible {
        tally.factor(FactorCode::FixesImplausible, points.implausible_points);
    }
    proximity
}

/// Whether the way from the last located check-in cannot be driven even on the reading kindest to
/// the technician: the shortest distance both errors allow, in the longest time the intervals do.
fn is_impossibly_fast(facts: &PresenceFacts, reading: &Reading, points: &PresencePolicy) -> bool {
    let (Some(prior), Some(here)) = (facts.prior, facts.interval) else {
        return false;
    };
    if !prior.fix.is_valid() {
        return false;
    }
    let Some(distance_cm) = prior.fix.position().distance_cm(reading.fix.position()) else {
        return false;
    };
    let shortest_cm = (distance_cm - prior.fix.acc_cm - reading.fix.acc_cm).max(0);
    let longest_ms = (here.latest - prior.interval.earliest).0.max(0);
    // cm per ms is 36 km/h.
    i128::from(shortest_cm) * 36 > i128::from(points.speed_km_h_max) * i128::from(longest_ms)
}

fn result_of(sum: i32, points: &PresencePolicy) -> PresenceResult {
    if sum >= points.strong_min {
        PresenceResult::Strong
    } else if sum >= points.adequate_min {
        PresenceResult::Adequate
    } else if sum >= points.weak_min {
        PresenceResult::Weak
    } else {
        PresenceResult::None
    }
}
