//! Random lives of a phone whose true times are known.

use proptest::prelude::*;

use super::{TOLERANCE, link, seen};
use crate::ids::{Digest, SessionId};
use crate::interval::external::{ExternalTolerance, Logged, Witnessed, external};
use crate::interval::{
    Bounded, Carry, Known, Link, Seen, UNKNOWN_EARLIEST, UNKNOWN_LATEST, bound, bound_batch,
    bound_request, reach,
};
use crate::time::{Interval, Millis, Timestamp};

/// What happens to a phone, each after some true milliseconds.
#[derive(Debug, Clone)]
enum Step {
    Records,
    Sleeps,
    Reloads,
    /// The request, how long it travels, what is recorded meanwhile, how long the answer travels
    /// and whether it arrives.
    Syncs {
        there_ms: i64,
        records_meanwhile: bool,
        back_ms: i64,
        arrives: bool,
    },
}

fn any_step() -> impl Strategy<Value = (i64, Step)> {
    let wait = prop_oneof![0..5_000_i64, 0..600_000_i64, 0..20_000_000_i64];
    let step = prop_oneof![
        4 => Just(Step::Records),
        2 => Just(Step::Sleeps),
        1 => Just(Step::Reloads),
        3 => (0..20_000_i64, any::<bool>(), 0..20_000_i64, any::<bool>()).prop_map(
            |(there_ms, records_meanwhile, back_ms, arrives)| Step::Syncs { there_ms, records_meanwhile, back_ms, arrives }
        ),
    ];
    (wait, step)
}

#[derive(Debug, Clone)]
struct History {
    links: Vec<Link>,
    /// When each link truly happened.
    truth: Vec<i64>,
    receipts: Vec<Seen>,
    /// The same receipts as the log has them.
    logged: Vec<Logged>,
    witnessed: Vec<Witnessed>,
}

const BIRTH: i64 = 1_790_000_000_000;

struct Phone {
    now: i64,
    /// Milliseconds this page load was awake, true.
    awake: i64,
    sid: u8,
    drift_ppm: i64,
    /// How often the log's checkpoint is cosigned, and how wrong the witness's clock is.
    cosigned_every_ms: i64,
    witness_error_ms: i64,
    history: History,
}

/// The note of the checkpoint with this number.
fn note(number: i64) -> Digest {
    let mut note = [0; 32];
    note[..8].copy_from_slice(&number.to_be_bytes());
    Digest(note)
}

impl Phone {
    fn record(&mut self, anchor_ts: Option<i64>) {
        let mono = self.awake + self.awake * self.drift_ppm / 1_000_000;
        self.history.links.push(link(
            self.history.links.len() as u64 + 1,
            self.sid,
            mono,
            anchor_ts,
        ));
        self.history.truth.push(self.now);
    }

    /// The receipt becomes a leaf, and names the checkpoint that was cosigned last.
    fn log(&mut self, head_seq: u64, ts: i64) {
        let last = (self.now - BIRTH) / self.cosigned_every_ms;
        let leaf = self.history.logged.len() as u64;
        let cosigned = |number: i64, size: u64| {
            let at = BIRTH + number * self.cosigned_every_ms + self.witness_error_ms;
            Witnessed {
                size,
                note: note(number),
                at: Timestamp(at.div_euclid(1000) * 1000),
            }
        };
        let (named, next) = (cosigned(last, leaf), cosigned(last + 1, leaf + 1));
        let known = &mut self.history.witnessed;
        // Whoever was first in this interval knew how many leaves lay before it.
        if known.iter().all(|known| known.note != named.note) {
            known.push(named);
        }
        known.retain(|known| known.note != next.note);
        known.push(next);
        self.history.logged.push(Logged {
            head_seq,
            ts: Timestamp(ts),
            leaf,
            note: Some(note(last)),
            embedded_at: None,
        });
    }

    fn wait(&mut self, ms: i64, is_awake: bool) {
        self.now += ms;
        self.awake += if is_awake { ms } else { 0 };
    }

    fn live(&mut self, wait: i64, step: &Step, server_error_ms: i64) {
        match step {
            Step::Records => {
                self.wait(wait, true);
                self.record(None);
            }
            Step::Sleeps => {
                self.wait(wait, false);
                self.record(None);
            }
            Step::Reloads => {
                self.wait(wait, false);
                self.awake = 0;
                self.sid += 1;
                self.record(None);
            }
            Step::Syncs {
                there_ms,
                records_meanwhile,
                back_ms,
                arrives,
            } => {
                self.wait(wait, true);
                self.record(None);
                let head_seq = self.history.links.len() as u64;
                self.wait(there_ms / 2, true);
                if *records_meanwhile {
                    self.record(None);
                }
                self.wait(there_ms - there_ms / 2, true);
                let ts = self.now + server_error_ms;
                self.history.receipts.push(seen(head_seq, ts));
                self.log(head_seq, ts);
                self.wait(*back_ms, true);
                if *arrives {
                    self.record(Some(ts));
                    let embedded_at = Some(self.history.links.len() as u64);
                    if let Some(logged) = self.history.logged.last_mut() {
                        logged.embedded_at = embedded_at;
                    }
                }
            }
        }
    }
}

fn any_history() -> impl Strategy<Value = History> {
    (
        prop::collection::vec(any_step(), 1..60),
        -500..=500_i64,
        -900..=900_i64,
        prop_oneof![1_000..60_000_i64, 60_000..1_200_000_i64],
        -4_000..=4_900_i64,
    )
        .prop_map(
            |(steps, drift_ppm, server_error_ms, cosigned_every_ms, witness_error_ms)| {
                let history = History {
                    links: Vec::new(),
                    truth: Vec::new(),
                    receipts: Vec::new(),
                    logged: Vec::new(),
                    witnessed: Vec::new(),
                };
                let mut phone = Phone {
                    now: BIRTH,
                    awake: 0,
                    sid: 1,
                    drift_ppm,
                    cosigned_every_ms,
                    witness_error_ms,
                    history,
                };
                phone.record(Some(BIRTH + server_error_ms));
                steps
                    .iter()
                    .for_each(|(wait, step)| phone.live(*wait, step, server_error_ms));
                phone.history
            },
        )
}

const EXTERNAL: ExternalTolerance = ExternalTolerance {
    epsilon_ms: 1_000,
    external_epsilon_ms: 5_000,
    merge_delay_ms: 600_000,
    clock_skew_ms: 30_000,
};

fn contains(interval: Interval, truth: i64) -> bool {
    interval.contains(&Interval::exactly(Timestamp(truth)))
}

/// Batches as the server gets them: each ends with the head of a receipt, the last takes the rest.
fn in_batches(history: &History) -> Vec<(&[Link], &[Seen])> {
    let mut batches = Vec::new();
    let mut from = 0;
    for receipt in history.receipts.iter() {
        let to = receipt.head_seq as usize;
        batches.push((&history.links[from..to], std::slice::from_ref(receipt)));
        from = to;
    }
    batches.push((&history.links[from..], &[]));
    batches
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_true_time_always_lies_inside(history in any_history()) {
        for (bounds, truth) in bound(&history.links, &history.receipts, TOLERANCE).iter().zip(&history.truth) {
            prop_assert!(contains(bounds.b, *truth), "{truth} outside B {:?}", bounds.b);
            prop_assert!(contains(bounds.c, *truth), "{truth} outside C {:?}", bounds.c);
            prop_assert!(bounds.b.contains(&bounds.c));
            prop_assert!(!bounds.clock_conflict, "an honest clock never contradicts the receipts");
        }
    }

    #[test]
    fn the_true_time_lies_inside_what_witnesses_say(history in any_history()) {
        let seqs: Vec<u64> = history.links.iter().map(|link| link.seq).collect();
        let known = external(&seqs, &history.logged, &history.witnessed, &EXTERNAL);
        let bounds = bound(&history.links, &history.receipts, TOLERANCE);
        for ((known, bounds), truth) in known.iter().zip(&bounds).zip(&history.truth) {
            prop_assert!(contains(known.a, *truth), "{truth} outside A {:?}", known.a);
            // A is wider than B: who is trusted less can say less. Up to how exact clocks are.
            let slack = Millis(EXTERNAL.external_epsilon_ms + EXTERNAL.epsilon_ms + 1_000);
            prop_assert!(known.a.earliest <= bounds.b.earliest + slack);
            prop_assert!(known.a.latest + slack >= bounds.b.latest);
            prop_assert_eq!(known.clock_ahead, None, "an honest clock is not ahead");
            prop_assert!(known.late_logged.is_none_or(|at| at >= bounds.b.latest), "the log only takes away");
        }
        // Whoever asks for some places only gets the same answer.
        let some: Vec<u64> = seqs.iter().copied().filter(|seq| seq % 3 == 1).collect();
        let of_some = external(&some, &history.logged, &history.witnessed, &EXTERNAL);
        for (seq, one) in some.iter().zip(of_some) {
            prop_assert_eq!(one, known[*seq as usize - 1]);
        }
        for nobody in external(&seqs, &history.logged, &[], &EXTERNAL) {
            let nothing = Interval { earliest: UNKNOWN_EARLIEST, latest: UNKNOWN_LATEST };
            prop_assert_eq!((nobody.a, nobody.late_logged, nobody.clock_ahead), (nothing, None, None));
        }
    }

    #[test]
    fn batch_by_batch_says_the_same_as_the_whole_chain(history in any_history()) {
        let whole = bound(&history.links, &history.receipts, TOLERANCE);
        let mut carry = Carry::default();
        let mut place = 0;
        for (links, receipts) in in_batches(&history) {
            let (bounds, next) = bound_batch(&carry, links, receipts, TOLERANCE);
            // Nothing later can say more about this batch than its own receipt, so far.
            let up_to_here: Vec<Seen> = history.receipts.iter().filter(|seen| seen.head_seq <= (place + links.len()) as u64).copied().collect();
            let chain_so_far = bound(&history.links[..place + links.len()], &up_to_here, TOLERANCE);
            prop_assert_eq!(&bounds[..], &chain_so_far[place..]);
            for ((batch, whole), truth) in bounds.iter().zip(&whole[place..]).zip(&history.truth[place..]) {
                prop_assert_eq!(batch.b, whole.b);
                prop_assert_eq!(batch.c.earliest, whole.c.earliest);
                prop_assert!(batch.c.contains(&whole.c) && contains(batch.c, *truth));
            }
            carry = next;
            place += links.len();
        }
        prop_assert_eq!(place, history.links.len());
    }

    #[test]
    fn whatever_the_phone_claims_c_stays_inside_b(history in any_history(), lies in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), prop_oneof![any::<i64>(), -100_000_000..100_000_000_i64]), 1..12)) {
        let honest = bound(&history.links, &history.receipts, TOLERANCE);
        let mut links = history.links.clone();
        for (place, sid, mono) in lies {
            let link = place.index(links.len());
            links[link].mono = mono;
            if sid < 64 {
                links[link].sid = SessionId([sid % 4; 8]);
            }
        }
        for (bounds, honest) in bound(&links, &history.receipts, TOLERANCE).iter().zip(&honest) {
            prop_assert_eq!(bounds.b, honest.b);
            prop_assert!(bounds.b.contains(&bounds.c) && bounds.c.is_possible());
        }
        let forged = History { links, ..history };
        let mut carry = Carry::default();
        for (links, receipts) in in_batches(&forged) {
            let (bounds, next) = bound_batch(&carry, links, receipts, TOLERANCE);
            prop_assert!(bounds.iter().all(|bounds| bounds.b.contains(&bounds.c) && bounds.c.is_possible()));
            carry = next;
        }
    }

    /// However a chain is cut into requests, and whatever was relayed of it meanwhile: once all is
    /// there, grade B says what it says of the whole chain at once.
    #[test]
    fn requests_in_any_pieces_say_the_same_as_the_whole_chain(
        history in any_history(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        relayed in prop::collection::vec((any::<prop::sample::Index>(), 0..90_000_000_i64), 0..6),
    ) {
        let length = history.links.len();
        let end = history.truth[length - 1] + 1_000_000;
        let relayed = relayed.iter().map(|(place, later)| {
            let place = place.index(length);
            Seen { head_seq: place as u64 + 1, ts: Timestamp((history.truth[place] + later).min(end)) }
        });
        let given: Vec<Seen> = history.receipts.iter().copied().chain(relayed).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(length)).chain([0, length]).collect();
        cuts.sort_unstable();
        cuts.dedup();

        let mut known: Vec<Bounded> = Vec::new();
        let mut now: Vec<crate::interval::Bounds> = Vec::new();
        let mut seen: Vec<Seen> = Vec::new();
        let mut carry = Carry::default();
        for (number, cut) in cuts.windows(2).enumerate() {
            let links = &history.links[cut[0]..cut[1]];
            let inside = |seen: &&Seen| (cut[0] as u64..cut[1] as u64).contains(&(seen.head_seq - 1));
            seen.extend(given.iter().filter(inside));
            seen.push(Seen { head_seq: cut[1] as u64, ts: Timestamp(end + number as i64) });
            // Only as much of the past as a server would read.
            let reach = reach(links[0].seq, &seen, TOLERANCE);
            let from = known.iter().rposition(|event| event.bounds.b.latest <= reach).unwrap_or(0);
            let before = from.checked_sub(1).map_or(Carry::default(), |at| Carry::after(&known[at]));
            let chain = Known { before: &before, past: &known[from..], carry: &carry };
            let request = bound_request(chain, links, &seen, TOLERANCE);
            let tightened = now.len() - request.earlier.len();
            now.splice(tightened.., request.earlier);
            now.extend(&request.bounds);
            known.extend(links.iter().zip(&request.bounds).map(|(link, bounds)| Bounded { link: *link, bounds: *bounds }));
            carry = request.carry;
        }
        let whole = bound(&history.links, &seen, TOLERANCE);
        for ((now, whole), truth) in now.iter().zip(&whole).zip(&history.truth) {
            prop_assert_eq!(now.b, whole.b);
            prop_assert!(now.b.contains(&now.c) && now.c.contains(&whole.c) && contains(now.c, *truth));
        }
        prop_assert!(now.is_sorted_by_key(|bounds| bounds.b.latest));
        prop_assert_eq!(now.len(), length);
    }
}
