//! How far somebody outside is behind the log: a witness that has not cosigned, an authority that has not
//! stamped what is there. While they are behind, times of what lies between rest on the server's word, so
//! whoever relies on them must see it in time.

use crate::text::coded;
use crate::time::{Millis, Timestamp};

/// How long a leaf may wait for a witness: a receipt that takes longer counts from when it was witnessed
/// (evidence §2.3, the merge delay).
pub const WITNESS_PATIENCE: Millis = Millis::minutes(10);
/// How long it may wait for a time-stamp: an authority is asked once an hour (evidence §2.1), and once more.
pub const STAMP_PATIENCE: Millis = Millis::minutes(120);

/// How far apart the clocks of this server and of somebody outside may be before somebody looks into it
/// (evidence §3, row 29).
pub const CLOCK_TOLERANCE: Millis = Millis(30_000);

/// Whether one of two clocks is wrong: ours when we asked, and theirs when they answered. An answer takes at most some
/// seconds, so the time between is no excuse.
pub fn clocks_differ(ours: Timestamp, theirs: Timestamp) -> bool {
    theirs - ours > CLOCK_TOLERANCE || ours - theirs > CLOCK_TOLERANCE
}

coded! {
    /// How a witness or an authority stands to the log.
    Standing {
        Current "outside_current" "已看到全部内容" "Has seen everything";
        Waiting "outside_waiting" "有新内容尚未看到，在正常时限之内" "Has not seen the latest yet, within its usual time";
        Late "outside_late" "已超过正常时限没有看到新内容：其间的时间只由本服务器证明。请联系其运行单位" "Has not seen what is new for longer than it should take: times in between rest on this server alone. Ask whoever runs it";
    }
}

/// How somebody stands who has not seen anything since this moment; none if nothing is unseen.
pub fn standing(unseen_since: Option<Timestamp>, now: Timestamp, patience: Millis) -> Standing {
    match unseen_since {
        None => Standing::Current,
        Some(since) if now - since <= patience => Standing::Waiting,
        Some(_) => Standing::Late,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing_unseen(None, Standing::Current)]
    #[case::just_now(Some(0), Standing::Waiting)]
    #[case::one_before(Some(599_999), Standing::Waiting)]
    #[case::at_the_limit(Some(600_000), Standing::Waiting)]
    #[case::one_later(Some(600_001), Standing::Late)]
    #[case::a_clock_that_went_back(Some(-1), Standing::Waiting)]
    fn whoever_is_behind_for_too_long_is_late(
        #[case] since: Option<i64>,
        #[case] expected: Standing,
    ) {
        let now = Timestamp(1_795_482_000_000);
        let since = since.map(|ms| now - Millis(ms));
        assert_eq!(standing(since, now, WITNESS_PATIENCE), expected);
    }

    #[rstest]
    #[case::the_same(0, false)]
    #[case::ahead_at_the_limit(30_000, false)]
    #[case::ahead_by_more(30_001, true)]
    #[case::behind_at_the_limit(-30_000, false)]
    #[case::behind_by_more(-30_001, true)]
    #[case::another_age(i64::MAX / 2, true)]
    fn clocks_that_are_half_a_minute_apart_are_named(#[case] ms: i64, #[case] expected: bool) {
        let ours = Timestamp(1_795_482_000_000);
        assert_eq!(clocks_differ(ours, ours + Millis(ms)), expected);
    }
}
