//! How long positions and handwriting are kept. Nobody may keep them for ever (PIPL art. 19): when the time
//! of the policy is over they are erased without anybody asking, as by hand (`docs/adr/0011-erasure.md`),
//! unless somebody has put a hold on the work order, because it is in dispute.

use crate::interval::UNKNOWN_LATEST;
use crate::sla::calendar::{CivilDate, day_in_shenzhen, midnight_in_shenzhen};
use crate::sla::policy::Policy;
use crate::time::Timestamp;
use crate::work_order::WorkOrder;

/// What a policy that does not say otherwise asks for (evidence §1h; no statute names a number).
pub const MONTHS: u32 = 24;

/// The first moment at which values of a work order concluded then are no longer kept: the midnight after
/// the same day so many months later, in Shenzhen.
pub fn ends_at(concluded: Timestamp, months: u32) -> Timestamp {
    let last = day_in_shenzhen(concluded).add_months(months);
    midnight_in_shenzhen(CivilDate::from_day_number(last.day_number() + 1))
}

/// When the time of this work order is over; none while it is not concluded, or nobody has proved when it was.
/// A hold does not move it.
pub fn of(work_order: &WorkOrder, policy: &Policy) -> Option<Timestamp> {
    if work_order.is_open() {
        return None;
    }
    let evaluated = work_order.evaluations.last().map(|said| &said.at);
    let closed = work_order.closings.last().map(|said| &said.at);
    let ends = [evaluated, closed].into_iter().flatten();
    let concluded = ends.map(|at| at.bounds.b.latest).max()?;
    (concluded != UNKNOWN_LATEST).then(|| ends_at(concluded, policy.retention_months))
}

/// Whether its positions and handwriting must go now.
pub fn is_over(work_order: &WorkOrder, policy: &Policy, now: Timestamp) -> bool {
    !work_order.is_on_hold() && of(work_order, policy).is_some_and(|end| now >= end)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::event::{ClosedUnevaluated, Fact, Hold, Mode, RepairClass};
    use crate::fault::Level;
    use crate::time::Millis;
    use crate::work_order::testing::*;

    /// Tuesday 2026-11-24, 09:00 in Shenzhen.
    const NINE: Timestamp = Timestamp(1_795_482_000_000);
    const DAY: Millis = Millis::minutes(24 * 60);

    fn midnight(date: &str) -> Timestamp {
        midnight_in_shenzhen(date.parse().unwrap())
    }

    #[rstest]
    #[case::two_years(NINE, 24, "2028-11-25")]
    #[case::a_month(NINE, 1, "2026-12-25")]
    #[case::none(NINE, 0, "2026-11-25")]
    #[case::last_moment_of_the_day(Timestamp(1_795_535_999_999), 24, "2028-11-25")]
    #[case::first_of_the_next(Timestamp(1_795_536_000_000), 24, "2028-11-26")]
    fn they_are_kept_to_the_end_of_the_day(
        #[case] concluded: Timestamp,
        #[case] months: u32,
        #[case] end: &str,
    ) {
        assert_eq!(ends_at(concluded, months), midnight(end));
    }

    fn finished() -> Story {
        let mut story = Story::of(Level::General);
        story.assigned(Who::Lin).by(Who::Lin).at(HOUR).arrived();
        story.worked(Mode::OnSite, RepairClass::Ordinary).restored();
        story.evaluated(true);
        story
    }

    #[test]
    fn a_concluded_work_order_is_over_at_the_very_moment_and_not_before() {
        let story = finished();
        let policy = Policy::v2024_10();
        let end = of(&story.work_order, &policy).unwrap();
        let is_over = |now| is_over(&story.work_order, &policy, now);
        assert!(!is_over(end - DAY) && !is_over(end - Millis(1)));
        assert!(is_over(end) && is_over(end + Millis(1)) && is_over(end + DAY));
    }

    #[test]
    fn what_nobody_evaluated_is_kept_from_its_closing_on() {
        let mut story = Story::of(Level::General);
        story.assigned(Who::Lin).by(Who::Lin).at(HOUR).arrived();
        story.worked(Mode::OnSite, RepairClass::Ordinary).restored();
        let policy = Policy::v2024_10();
        assert_eq!(of(&story.work_order, &policy), None);
        let restored = story.last();
        let closed = ClosedUnevaluated {
            restored,
            due_at: NINE,
        };
        story
            .at(80 * HOUR)
            .desk_says(Fact::ClosedUnevaluated(closed));
        let end = ends_at(NINE + Millis(80 * HOUR), policy.retention_months);
        assert_eq!(of(&story.work_order, &policy), Some(end));
    }

    #[test]
    fn an_open_work_order_is_never_over() {
        let story = Story::of(Level::General);
        assert_eq!(of(&story.work_order, &Policy::v2024_10()), None);
        assert!(!is_over(
            &story.work_order,
            &Policy::v2024_10(),
            Timestamp(i64::MAX)
        ));
    }

    #[test]
    fn a_hold_keeps_it_until_it_is_released() {
        let mut story = finished();
        let policy = Policy::v2024_10();
        let end = of(&story.work_order, &policy).unwrap();
        let hold = || Hold {
            reason: "诉讼保全".to_owned(),
        };
        story.by(Who::Desk).at(900 * HOUR).say(Fact::Held(hold()));
        assert!(story.work_order.is_on_hold());
        assert!(!is_over(&story.work_order, &policy, end + DAY));
        assert_eq!(
            of(&story.work_order, &policy),
            Some(end),
            "the time itself stays"
        );
        story
            .by(Who::Desk)
            .at(901 * HOUR)
            .say(Fact::Released(hold()));
        assert!(is_over(&story.work_order, &policy, end));
        assert_eq!(story.work_order.holds.len(), 2, "both are remembered");
    }
}
