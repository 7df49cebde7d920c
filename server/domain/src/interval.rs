//! When an event of a phone happened, as an interval per grade of trust. Grade B rests on the
//! server's receipts alone; grade C adds the phone's monotonic clock, which stops while the
//! phone sleeps and therefore only says "at least so long"; grade D, the wall clock, is not
//! computed here because nothing follows from it. C never leaves B, so a lying phone gains
//! nothing beyond what the server saw. Grade A ([`external`]) rests on witnesses of the log and
//! so on nobody's word here. Verdicts are [`crate::time::Verdict`]'s business.

pub mod external;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, SessionId};
use crate::time::{Interval, Timestamp};

/// The earliest moment of an event nothing is known before.
pub const UNKNOWN_EARLIEST: Timestamp = Timestamp(0);
/// The latest moment of an event no receipt covers yet.
pub const UNKNOWN_LATEST: Timestamp = Timestamp(crate::canonical::INTEGER_MAX);

/// How exact clocks are taken to be; part of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Error of the server's clock, milliseconds (ε).
    pub epsilon_ms: i64,
    /// How much too fast a phone's monotonic clock may run, parts per million (ρ).
    pub rho_ppm: i64,
}

/// What an event says about its time. In the order of the chain, one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub seq: u64,
    pub id: EventId,
    pub sid: SessionId,
    /// Milliseconds of the page load's monotonic clock.
    pub mono: i64,
    /// Server time of the signed record it embeds (a receipt or the key record), verified:
    /// the event came later.
    pub anchor_ts: Option<Timestamp>,
}

/// That the server saw a chain up to here, at this time. Its `head` is checked by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub head_seq: u64,
    pub ts: Timestamp,
}

/// The moment of one event, by grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Grade B, by receipts. Impossible (earliest after latest) only if the server's own clock
    /// went back between two receipts by more than the tolerance.
    pub b: Interval,
    /// Grade C, with the phone's monotonic clock; always inside `b`.
    pub c: Interval,
    /// The monotonic clock contradicted the receipts in this page load; `c` is `b`.
    pub clock_conflict: bool,
}

impl Bounds {
    /// A moment the server itself lived through: the same by every grade.
    pub fn exactly(at: Timestamp) -> Self {
        let interval = Interval::exactly(at);
        Self {
            b: interval,
            c: interval,
            clock_conflict: false,
        }
    }
}

/// What later events need to know of the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Carry {
    /// Earliest moment of the last event, grade B.
    b: Option<Timestamp>,
    /// The same, grade C.
    c: Option<Timestamp>,
    /// The last event's page load and monotonic clock.
    clock: Option<Clock>,
    /// That page load's clock has contradicted the receipts before.
    is_distrusted: bool,
}

impl Carry {
    /// What an event leaves behind for the next one, from how it was bounded when it came.
    pub fn after(event: &Bounded) -> Self {
        let known = |at: Timestamp| (at > UNKNOWN_EARLIEST).then_some(at);
        Self {
            b: known(event.bounds.b.earliest),
            c: known(event.bounds.c.earliest),
            clock: Some(Clock {
                sid: event.link.sid,
                mono: event.link.mono,
            }),
            is_distrusted: event.bounds.clock_conflict,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Clock {
    sid: SessionId,
    mono: i64,
}

/// Bounds of a whole chain, or of any stretch of it that is known.
pub fn bound(links: &[Link], seen: &[Seen], tolerance: Tolerance) -> Vec<Bounds> {
    bound_batch(&Carry::default(), links, seen, tolerance).0
}

/// Bounds of the events after `carry`, which are final once a receipt covers the last of them.
///
/// For an honest clock, earliest moments, all of grade B and everything of the last batch equal those of the whole
/// chain. The latest moment by grade C of an earlier batch may be wider than a run over the whole
/// chain would give, by at most the time its receipt was on the way: never wrong, never later
/// than B.
pub fn bound_batch(
    carry: &Carry,
    links: &[Link],
    seen: &[Seen],
    tolerance: Tolerance,
) -> (Vec<Bounds>, Carry) {
    if links.is_empty() {
        return (Vec::new(), *carry);
    }
    let facts = Facts::of(links, seen, tolerance);
    let no_gaps = vec![0; links.len()];
    let b = solve(&facts.earliest, &facts.latest, carry.b, &no_gaps);
    let mut distrusted: BTreeSet<SessionId> = carry
        .clock
        .filter(|_| carry.is_distrusted)
        .map(|clock| clock.sid)
        .into_iter()
        .collect();
    let gaps = facts.gaps(carry, tolerance, &distrusted);
    let mut c = solve(&facts.earliest, &facts.latest, carry.c, &gaps);
    if c.iter().any(Bound::is_contradiction) {
        // A false clock also drags the bounds around it, so it is left out and all is solved again.
        let carried = if c[0].is_contradiction() {
            carry.b
        } else {
            carry.c
        };
        let contradicted = links
            .iter()
            .zip(&c)
            .filter(|(_, bound)| bound.is_contradiction());
        distrusted.extend(contradicted.map(|(link, _)| link.sid));
        let gaps = facts.gaps(carry, tolerance, &distrusted);
        c = solve(&facts.earliest, &facts.latest, carried, &gaps);
    }

    let bounds = links
        .iter()
        .zip(b.iter().zip(&c))
        .map(|(link, (b, c))| {
            let clock_conflict = distrusted.contains(&link.sid) || c.is_contradiction();
            Bounds {
                b: b.interval(),
                c: if clock_conflict {
                    b.interval()
                } else {
                    c.interval()
                },
                clock_conflict,
            }
        })
        .collect();
    let last = links.len() - 1;
    let carry = Carry {
        b: b[last].earliest,
        c: c[last].earliest,
        clock: Some(Clock {
            sid: links[last].sid,
            mono: links[last].mono,
        }),
        is_distrusted: distrusted.contains(&links[last].sid),
    };
    (bounds, carry)
}

/// An event that came earlier, and how it was bounded then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounded {
    pub link: Link,
    pub bounds: Bounds,
}

/// What a request of events says about time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundRequest {
    /// Of its own events.
    pub bounds: Vec<Bounds>,
    /// Of the last so many events before them, which it tightens.
    pub earlier: Vec<Bounds>,
    pub carry: Carry,
}

/// The latest moment that receipts leave to everything up to the first of these events. An earlier
/// event whose own latest moment is later than that is bounded again by [`bound_request`].
pub fn reach(first_seq: u64, seen: &[Seen], tolerance: Tolerance) -> Timestamp {
    let epsilon = crate::time::Millis(tolerance.epsilon_ms);
    seen.iter()
        .filter(|receipt| receipt.head_seq >= first_seq)
        .map(|receipt| receipt.ts + epsilon)
        .min()
        .unwrap_or(UNKNOWN_LATEST)
}

/// What is known of a chain before a request.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Before the first event of `past`.
    pub before: &'a Carry,
    /// Earlier events in order, at least from the last one on whose latest moment is not after
    /// [`reach`], or none if that is the very last one.
    pub past: &'a [Bounded],
    /// After the last event.
    pub carry: &'a Carry,
}

/// Bounds of the next events of a chain, and again of those before them that a receipt given for
/// one of them reaches back to: what came in an earlier request is not provably below a head before
/// the head's own event has come.
///
/// `seen` are the receipts for heads in `past` and `links`, each checked. By grade B the bounds equal
/// those of the whole chain, however it was cut into requests.
pub fn bound_request(
    known: Known,
    links: &[Link],
    seen: &[Seen],
    tolerance: Tolerance,
) -> BoundRequest {
    let reach = links
        .first()
        .map_or(UNKNOWN_LATEST, |first| reach(first.seq, seen, tolerance));
    let is_reached = |event: &&Bounded| event.bounds.b.latest > reach;
    let reached = known.past.iter().rev().take_while(is_reached).count();
    let (before, tightened) = known.past.split_at(known.past.len() - reached);
    let carry = match (tightened.is_empty(), before.last()) {
        (true, _) => *known.carry,
        (false, Some(last)) => Carry::after(last),
        (false, None) => *known.before,
    };
    let mut all: Vec<Link> = tightened.iter().map(|event| event.link).collect();
    all.extend_from_slice(links);
    let (mut earlier, carry) = bound_batch(&carry, &all, seen, tolerance);
    let bounds = earlier.split_off(tightened.len());
    BoundRequest {
        bounds,
        earlier,
        carry,
    }
}

/// Bounds of one event on the way to the answer; `None` is "not known".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound {
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl Bound {
    /// Also when a clock runs past all time there is, although no receipt says otherwise yet.
    fn is_contradiction(&self) -> bool {
        !self.interval().is_possible()
    }

    fn interval(&self) -> Interval {
        Interval {
            earliest: self.earliest.unwrap_or(UNKNOWN_EARLIEST),
            latest: self.latest.unwrap_or(UNKNOWN_LATEST),
        }
    }
}

/// What receipts and anchors say, before anything is passed along the chain.
struct Facts<'a> {
    links: &'a [Link],
    /// One per link: `ts − ε` of what it embeds.
    earliest: Vec<Option<Timestamp>>,
    /// One per link: `ts + ε` of the first receipt whose head it is.
    latest: Vec<Option<Timestamp>>,
}

impl<'a> Facts<'a> {
    fn of(links: &'a [Link], seen: &[Seen], tolerance: Tolerance) -> Self {
        let epsilon = crate::time::Millis(tolerance.epsilon_ms);
        let earliest = links
            .iter()
            .map(|link| link.anchor_ts.map(|ts| ts - epsilon))
            .collect();
        let mut latest: Vec<Option<Timestamp>> = vec![None; links.len()];
        for receipt in seen {
            // The last link at or before the head; a head before all of them bounds none.
            let Some(at) = links
                .partition_point(|link| link.seq <= receipt.head_seq)
                .checked_sub(1)
            else {
                continue;
            };
            latest[at] = earlier(latest[at], Some(receipt.ts + epsilon));
        }
        Self {
            links,
            earliest,
            latest,
        }
    }

    /// Least true time between each event and the one before it, by the clocks of trusted page
    /// loads. 0 wherever the clocks cannot be compared.
    fn gaps(
        &self,
        carry: &Carry,
        tolerance: Tolerance,
        distrusted: &BTreeSet<SessionId>,
    ) -> Vec<i64> {
        let mut before = carry.clock;
        let mut gaps = Vec::with_capacity(self.links.len());
        for link in self.links {
            let clock = Clock {
                sid: link.sid,
                mono: link.mono,
            };
            gaps.push(match before {
                Some(before) if before.sid == clock.sid && !distrusted.contains(&clock.sid) => {
                    least_elapsed(before.mono, clock.mono, tolerance.rho_ppm)
                }
                _ => 0,
            });
            before = Some(clock);
        }
        gaps
    }
}

/// Two passes: earliest moments forward, latest moments backward. All lists have one member per
/// event, in the order of the chain; `gaps` says how long at least after the event before.
fn solve(
    earliest: &[Option<Timestamp>],
    latest: &[Option<Timestamp>],
    carried: Option<Timestamp>,
    gaps: &[i64],
) -> Vec<Bound> {
    let mut bounds: Vec<Bound> = Vec::with_capacity(earliest.len());
    let mut known = carried;
    for (fact, gap) in earliest.iter().zip(gaps) {
        known = known
            .map(|at| Timestamp(at.0.saturating_add(*gap)))
            .max(*fact);
        bounds.push(Bound {
            earliest: known,
            latest: None,
        });
    }
    let mut known: Option<Timestamp> = None;
    for (at, fact) in latest.iter().enumerate().rev() {
        known = earlier(known, *fact);
        bounds[at].latest = known;
        known = known.map(|latest| Timestamp(latest.0.saturating_sub(gaps[at])));
    }
    bounds
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// `max(0, ⌊(to − from) · (1 − ρ)⌋)` in whole numbers.
fn least_elapsed(from: i64, to: i64, rho_ppm: i64) -> i64 {
    const MILLION: i128 = 1_000_000;
    let elapsed = (i128::from(to) - i128::from(from)).max(0);
    let kept = (MILLION - i128::from(rho_ppm)).clamp(0, MILLION);
    i64::try_from(elapsed * kept / MILLION).unwrap_or(i64::MAX)
}
