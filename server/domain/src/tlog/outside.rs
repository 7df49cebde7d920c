//! When a state of the log was seen from outside: by witnesses that cosigned it, and by a time-stamp
//! authority, each a voice with a clock of its own. So many voices as are asked for must have seen it, and
//! when clocks disagree none is believed (evidence §3, attack 28).

use crate::time::{Millis, Timestamp};

/// How far the times of all voices on one checkpoint may lie apart.
pub const AGREEMENT: Millis = Millis::minutes(5);
/// How far off a time-stamp authority's clock may be, by its own word, to be a voice. Policies allow for
/// so much in any clock outside ([`crate::sla::policy::Policy::external_epsilon_ms`]).
pub const ACCURACY_MS_MAX: i64 = 5_000;

/// Voices on one checkpoint lie further apart than [`AGREEMENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement;

/// When `quorum` of these voices had seen the checkpoint; none if there are not so many.
///
/// # Errors
/// [`Disagreement`] if any two of them lie too far apart.
pub fn seen_at(
    voices: impl IntoIterator<Item = Timestamp>,
    quorum: usize,
) -> Result<Option<Timestamp>, Disagreement> {
    let mut voices: Vec<Timestamp> = voices.into_iter().collect();
    voices.sort_unstable();
    let (Some(first), Some(last)) = (voices.first(), voices.last()) else {
        return Ok(None);
    };
    if *last > *first + AGREEMENT {
        return Err(Disagreement);
    }
    Ok(voices.get(quorum.max(1) - 1).copied())
}

/// A stamp as a voice: the authority's time, unless it says itself that it may be too far off.
pub fn stamp_voice(gen_time: Timestamp, accuracy_ms: Option<i64>) -> Option<Timestamp> {
    let is_accurate = accuracy_ms.is_none_or(|accuracy| accuracy <= ACCURACY_MS_MAX);
    is_accurate.then_some(gen_time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const FIVE: i64 = 300_000;

    #[rstest]
    #[case::nobody(&[], 1, Ok(None))]
    #[case::one_of_one(&[7], 1, Ok(Some(7)))]
    #[case::one_of_two(&[7], 2, Ok(None))]
    #[case::the_second_counts(&[9, 7], 2, Ok(Some(9)))]
    #[case::the_first_of_three(&[9, 8, 7], 1, Ok(Some(7)))]
    #[case::no_quorum_is_one(&[9, 7], 0, Ok(Some(7)))]
    #[case::just_before(&[0, FIVE - 1], 1, Ok(Some(0)))]
    #[case::just_apart(&[0, FIVE], 2, Ok(Some(FIVE)))]
    #[case::too_far_apart(&[0, FIVE + 1], 1, Err(Disagreement))]
    #[case::one_spoils_all(&[0, 1, 2, FIVE + 1], 1, Err(Disagreement))]
    fn so_many_must_have_seen_it_and_agree(
        #[case] voices: &[i64],
        #[case] quorum: usize,
        #[case] expected: Result<Option<i64>, Disagreement>,
    ) {
        let voices = voices.iter().copied().map(Timestamp);
        assert_eq!(
            seen_at(voices, quorum),
            expected.map(|at| at.map(Timestamp))
        );
    }

    #[rstest]
    #[case::unsaid(None, true)]
    #[case::exact(Some(0), true)]
    #[case::just_enough(Some(5_000), true)]
    #[case::too_loose(Some(5_001), false)]
    fn an_authority_that_may_be_far_off_is_no_voice(
        #[case] accuracy: Option<i64>,
        #[case] is_voice: bool,
    ) {
        let at = Timestamp(42);
        assert_eq!(stamp_voice(at, accuracy), is_voice.then_some(at));
    }

    proptest! {
        /// A liar among honest voices moves the time by no more than they may lie apart.
        #[test]
        fn the_time_is_one_that_somebody_said(voices in prop::collection::vec(0_i64..600_000, 0..6), quorum in 1_usize..4) {
            let all: Vec<Timestamp> = voices.iter().copied().map(Timestamp).collect();
            match seen_at(all.clone(), quorum) {
                Ok(Some(at)) => {
                    prop_assert!(all.contains(&at));
                    prop_assert!(all.iter().filter(|voice| **voice <= at).count() >= quorum);
                }
                Ok(None) => prop_assert!(all.len() < quorum),
                Err(Disagreement) => {
                    let (first, last) = (all.iter().min().unwrap(), all.iter().max().unwrap());
                    prop_assert!(*last > *first + AGREEMENT);
                }
            }
        }
    }
}
