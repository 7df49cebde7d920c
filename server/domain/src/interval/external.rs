//! Grade A: when an event happened by the word of witnesses outside. A receipt is a leaf of the
//! log, so the first cosigned checkpoint that covers the leaf is the latest moment for all before
//! the receipt. A receipt also names the last cosigned checkpoint, which nobody could know before
//! it was cosigned, so whatever embeds the receipt is later than that. Both hold even if the
//! operator lies. Which witnesses are trusted is decided before ([`Witnessed`]).
//!
//! The same checkpoints tell what grade B is worth: a receipt that entered the log later than the
//! merge delay may have been backdated and counts from when the log proves it; one whose time
//! lies ahead of the witnesses' is no proof that anything came later.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{Bound, earlier, solve};
use crate::ids::Digest;
use crate::time::{Interval, Millis, Timestamp};

/// How exact the clocks of server and witnesses are taken to be; part of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalTolerance {
    /// Error of the server's clock, milliseconds.
    pub epsilon_ms: i64,
    /// Error of a witness's clock, milliseconds.
    pub external_epsilon_ms: i64,
    /// How long a receipt may take into a witnessed checkpoint and still be believed.
    pub merge_delay_ms: i64,
    /// How far the server's clock may be ahead of a witness's.
    pub clock_skew_ms: i64,
}

/// A checkpoint of the log and when somebody trusted outside had seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// Leaves it covers.
    pub size: u64,
    /// SHA-256 of the cosigned note, by which receipts name it.
    pub note: Digest,
    /// By the clock of the witness or of the time stamp.
    pub at: Timestamp,
}

/// A receipt of a chain and what ties it to the log. A fault report of the server's own chain
/// counts as a receipt for itself: it is a leaf and names a checkpoint too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    pub head_seq: u64,
    /// Server clock.
    pub ts: Timestamp,
    /// Its place in the log.
    pub leaf: u64,
    /// The cosigned checkpoint it names.
    pub note: Option<Digest>,
    /// The first event that could only be made after it: the one that embeds it, or the report.
    pub embedded_at: Option<u64>,
}

/// What the log and its witnesses say about the time of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// Grade A. Impossible (earliest after latest) only if witnesses or log contradict themselves.
    pub a: Interval,
    /// The receipt that bounds it was logged too late to be believed: grade B reaches to here.
    pub late_logged: Option<Timestamp>,
    /// The receipt before it is dated ahead of the witnesses: grade B begins here.
    pub clock_ahead: Option<Timestamp>,
}

/// What is known from outside about the events at these places of a chain, in rising order; not
/// all places need to be asked for.
pub fn external(
    seqs: &[u64],
    receipts: &[Logged],
    witnessed: &[Witnessed],
    tolerance: &ExternalTolerance,
) -> Vec<External> {
    let epsilon = Millis(tolerance.epsilon_ms);
    let external_epsilon = Millis(tolerance.external_epsilon_ms);
    let (mut a, mut said, mut borne_out) = (Facts::of(seqs), Facts::of(seqs), Facts::of(seqs));
    for receipt in receipts {
        let standing = Standing::of(receipt, witnessed, tolerance);
        let proved = standing.covered_at.map(|at| at + external_epsilon);
        a.not_later(receipt, proved);
        a.not_earlier(
            receipt,
            named_at(receipt, witnessed).map(|at| at - external_epsilon),
        );
        let (from, to) = (Some(receipt.ts - epsilon), Some(receipt.ts + epsilon));
        said.not_earlier(receipt, from);
        said.not_later(receipt, to);
        borne_out.not_earlier(receipt, from.filter(|_| !standing.is_ahead));
        borne_out.not_later(receipt, if standing.is_late { proved } else { to });
    }
    let (a, said, borne_out) = (a.solve(), said.solve(), borne_out.solve());
    (a.iter().zip(said.iter().zip(&borne_out)))
        .map(|(a, (said, borne_out))| {
            let (said, borne_out) = (said.interval(), borne_out.interval());
            External {
                a: a.interval(),
                late_logged: (borne_out.latest > said.latest).then_some(borne_out.latest),
                clock_ahead: (borne_out.earliest < said.earliest).then_some(borne_out.earliest),
            }
        })
        .collect()
}

/// When the checkpoint that a receipt names was cosigned.
fn named_at(receipt: &Logged, witnessed: &[Witnessed]) -> Option<Timestamp> {
    let note = receipt.note?;
    let named = witnessed.iter().find(|checkpoint| checkpoint.note == note);
    named.map(|checkpoint| checkpoint.at)
}

/// What the witnesses make of a receipt.
struct Standing {
    /// When the first witnessed checkpoint covered its leaf.
    covered_at: Option<Timestamp>,
    is_late: bool,
    is_ahead: bool,
}

impl Standing {
    fn of(receipt: &Logged, witnessed: &[Witnessed], tolerance: &ExternalTolerance) -> Self {
        let in_time = receipt.ts + Millis(tolerance.merge_delay_ms);
        let covers = |checkpoint: &&Witnessed| checkpoint.size > receipt.leaf;
        let covered_at = witnessed
            .iter()
            .filter(covers)
            .map(|checkpoint| checkpoint.at)
            .min();
        // Not covered although the time is up: it is late, however late it will turn out to be.
        let is_late = match covered_at {
            Some(at) => at > in_time,
            None => witnessed.iter().any(|checkpoint| checkpoint.at > in_time),
        };
        let skew = Millis(tolerance.clock_skew_ms);
        Self {
            covered_at,
            is_late,
            is_ahead: covered_at.is_some_and(|at| receipt.ts > at + skew),
        }
    }
}

/// What is known of each place before anything is passed along the chain.
struct Facts<'a> {
    seqs: &'a [u64],
    earliest: Vec<Option<Timestamp>>,
    latest: Vec<Option<Timestamp>>,
}

impl<'a> Facts<'a> {
    fn of(seqs: &'a [u64]) -> Self {
        Self {
            seqs,
            earliest: vec![None; seqs.len()],
            latest: vec![None; seqs.len()],
        }
    }

    /// The last place at or before the head is not later than this.
    fn not_later(&mut self, receipt: &Logged, at: Option<Timestamp>) {
        let place = self.seqs.partition_point(|seq| *seq <= receipt.head_seq);
        if let Some(known) = place.checked_sub(1).map(|place| &mut self.latest[place]) {
            *known = earlier(*known, at);
        }
    }

    /// The first place from the embedding event on is not earlier than this.
    fn not_earlier(&mut self, receipt: &Logged, at: Option<Timestamp>) {
        let Some(embedded_at) = receipt.embedded_at else {
            return;
        };
        let place = self.seqs.partition_point(|seq| *seq < embedded_at);
        if let Some(known) = self.earliest.get_mut(place) {
            *known = (*known).max(at);
        }
    }

    /// No monotonic clock has a part in it, so nothing lies between events.
    fn solve(&self) -> Vec<Bound> {
        solve(
            &self.earliest,
            &self.latest,
            None,
            &vec![0; self.seqs.len()],
        )
    }
}
