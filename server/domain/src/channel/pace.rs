//! How fast a channel may be spoken to. WeCom and DingTalk take at most twenty messages a minute per robot and
//! punish more with silence, so the server counts itself; mailboxes and webhooks get the same generosity ten times.

use super::ChannelKind;
use crate::time::{Millis, Timestamp};

/// Over which the messages are counted.
pub const WINDOW: Millis = Millis::minutes(1);

/// Messages in any minute.
pub const fn limit(kind: ChannelKind) -> usize {
    match kind {
        ChannelKind::Wecom | ChannelKind::Dingtalk => 20,
        ChannelKind::Email | ChannelKind::Webhook => 200,
    }
}

/// How many more may be sent now, after these attempts (in any order). What lies in the future, because clocks
/// of two processes differ, counts as just now.
pub fn left(kind: ChannelKind, sent: &[Timestamp], now: Timestamp) -> usize {
    let recent = sent.iter().filter(|at| counts(**at, now)).count();
    limit(kind).saturating_sub(recent)
}

/// Whether an attempt at `at` still counts at `now`.
pub fn counts(at: Timestamp, now: Timestamp) -> bool {
    now - at < WINDOW
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn the_twentieth_goes_and_the_next_waits_until_the_first_is_a_minute_old() {
        let at = |before: i64| NOW - Millis(before);
        let sent: Vec<Timestamp> = (0..19).map(|n| at(59_999 - n)).collect();
        assert_eq!(left(ChannelKind::Wecom, &sent, NOW), 1);
        let full: Vec<Timestamp> = sent.iter().copied().chain([at(1)]).collect();
        assert_eq!(left(ChannelKind::Wecom, &full, NOW), 0);
        assert_eq!(left(ChannelKind::Dingtalk, &full, NOW), 0);
        assert_eq!(left(ChannelKind::Webhook, &full, NOW), 180);
        assert_eq!(left(ChannelKind::Wecom, &full, NOW + Millis(1)), 1);
    }

    #[test]
    fn a_clock_that_went_back_gives_nothing_away() {
        assert_eq!(left(ChannelKind::Wecom, &[NOW + Millis(5); 20], NOW), 0);
    }

    proptest! {
        /// Whoever asks before each message never sends more than twenty in any minute.
        #[test]
        fn never_more_than_the_limit_in_any_minute(gaps in prop::collection::vec(0_i64..9_000, 1..200)) {
            let mut sent: Vec<Timestamp> = Vec::new();
            let mut now = NOW;
            for gap in gaps {
                now = now + Millis(gap);
                if left(ChannelKind::Dingtalk, &sent, now) > 0 {
                    sent.push(now);
                }
            }
            for first in &sent {
                let in_minute = sent.iter().filter(|at| **at >= *first && **at - *first < WINDOW).count();
                prop_assert!(in_minute <= 20);
            }
        }
    }
}
