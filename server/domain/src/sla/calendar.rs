//! Working days 工作日 of mainland China in Shenzhen time (A6): weekends, the State Council's
//! holidays, and the Saturdays and Sundays that are worked to make up for them. Years that the
//! file does not cover fall back to plain weekends, and the answer says so.

mod civil;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use self::civil::CivilDate;
use crate::time::{Millis, Timestamp};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// UTC+8 without daylight saving, since 1991.
const SHENZHEN_OFFSET_MS: i64 = 8 * 60 * 60 * 1_000;

/// What differs from plain weekends, by year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Where the days come from.
    pub source: String,
    pub timezone: String,
    pub years: BTreeMap<i64, CalendarYear>,
}

/// The day in Shenzhen on which this moment lies.
pub fn day_in_shenzhen(at: Timestamp) -> CivilDate {
    let local_ms = at.0.saturating_add(SHENZHEN_OFFSET_MS);
    CivilDate::from_day_number(local_ms.div_euclid(DAY_MS))
}

/// The midnight with which this day begins in Shenzhen.
pub fn midnight_in_shenzhen(date: CivilDate) -> Timestamp {
    Timestamp(date.day_number().saturating_mul(DAY_MS)) - Millis(SHENZHEN_OFFSET_MS)
}

/// One year's exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarYear {
    /// Mondays to Fridays that are off.
    pub weekday_holidays: BTreeSet<CivilDate>,
    /// Saturdays and Sundays that are worked.
    pub weekend_workdays: BTreeSet<CivilDate>,
}

/// A moment counted in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingDeadline {
    pub at: Timestamp,
    /// A year outside the calendar was touched, where only plain weekends are known.
    pub is_provisional: bool,
}

impl Calendar {
    /// The calendar this program was built with, 2024 to 2026.
    pub fn built_in() -> Self {
        serde_json::from_str(include_str!("../../data/cn-workdays-2024-2026.json"))
            .expect("the calendar in the repository is read by a test")
    }

    /// The day in Shenzhen, as a number, and the minute of it.
    pub fn day_and_minute(at: Timestamp) -> (i64, i64) {
        let local_ms = at.0.saturating_add(SHENZHEN_OFFSET_MS);
        (
            local_ms.div_euclid(DAY_MS),
            local_ms.rem_euclid(DAY_MS) / 60_000,
        )
    }

    /// The same, read once.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Calendar> = LazyLock::new(Calendar::built_in);
        &SHARED
    }

    /// Whether this day is worked.
    pub fn is_working_day(&self, date: CivilDate) -> bool {
        let is_weekend = date.is_weekend();
        match self.years.get(&date.year) {
            Some(year) if is_weekend => year.weekend_workdays.contains(&date),
            Some(year) => !year.weekday_holidays.contains(&date),
            None => !is_weekend,
        }
    }

    /// The same Shenzhen clock time `count` working days later. What arrives on a day off counts
    /// as arriving at the midnight with which the next working day begins.
    pub fn add_working_days(&self, from: Timestamp, count: u16) -> WorkingDeadline {
        let local_ms = from.0.saturating_add(SHENZHEN_OFFSET_MS);
        let (mut day, mut clock_ms) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let mut is_provisional = false;
        let mut is_worked = |day: i64| {
            let date = CivilDate::from_day_number(day);
            is_provisional |= !self.years.contains_key(&date.year);
            self.is_working_day(date)
        };
        if !is_worked(day) {
            clock_ms = 0;
            while !is_worked(day) {
                day += 1;
            }
        }
        for _ in 0..count {
            day += 1;
            while !is_worked(day) {
                day += 1;
            }
        }
        let at = Timestamp(day.saturating_mul(DAY_MS)) + Millis(clock_ms - SHENZHEN_OFFSET_MS);
        WorkingDeadline { at, is_provisional }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn at(date: &str, hour: i64) -> Timestamp {
        let day = date.parse::<CivilDate>().unwrap().day_number();
        Timestamp(day * DAY_MS + hour * 3_600_000 - SHENZHEN_OFFSET_MS)
    }

    #[rstest]
    #[case::plain_week("2026-03-10", 15, 1, "2026-03-11", 15)]
    #[case::over_a_weekend("2026-03-13", 15, 1, "2026-03-16", 15)]
    #[case::three_over_a_weekend("2026-03-12", 9, 3, "2026-03-17", 9)]
    #[case::none_on_a_working_day("2026-03-10", 15, 0, "2026-03-10", 15)]
    #[case::on_a_saturday("2026-03-14", 15, 1, "2026-03-17", 0)]
    #[case::none_on_a_saturday("2026-03-14", 15, 0, "2026-03-16", 0)]
    #[case::friday_before_the_spring_festival("2026-02-13", 10, 1, "2026-02-14", 10)]
    #[case::make_up_saturday_into_the_festival("2026-02-14", 10, 1, "2026-02-24", 10)]
    #[case::new_years_eve("2026-02-16", 20, 1, "2026-02-25", 0)]
    #[case::last_day_of_the_festival("2026-02-23", 23, 1, "2026-02-25", 0)]
    #[case::to_the_make_up_saturday_after("2026-02-27", 10, 1, "2026-02-28", 10)]
    #[case::from_the_make_up_saturday("2026-02-28", 10, 1, "2026-03-02", 10)]
    #[case::before_national_day("2026-09-30", 17, 1, "2026-10-08", 17)]
    #[case::after_national_day_works_saturday("2026-10-09", 17, 1, "2026-10-10", 17)]
    #[case::make_up_sunday_in_september("2026-09-19", 12, 1, "2026-09-21", 0)]
    #[case::national_day_2025("2025-09-30", 8, 1, "2025-10-09", 8)]
    #[case::over_new_year("2025-12-31", 16, 1, "2026-01-04", 16)]
    fn the_same_clock_time_on_a_later_working_day(
        #[case] from: &str,
        #[case] from_hour: i64,
        #[case] count: u16,
        #[case] to: &str,
        #[case] to_hour: i64,
    ) {
        let deadline = Calendar::built_in().add_working_days(at(from, from_hour), count);
        assert_eq!(
            deadline,
            WorkingDeadline {
                at: at(to, to_hour),
                is_provisional: false
            }
        );
    }

    #[rstest]
    #[case::year_end("2026-12-31", 10, 1, "2027-01-01")]
    #[case::weekend_of_2027("2026-12-30", 10, 3, "2027-01-04")]
    #[case::long_ago("2023-12-29", 10, 1, "2024-01-02")]
    fn outside_the_file_plain_weekends_are_assumed_and_said(
        #[case] from: &str,
        #[case] hour: i64,
        #[case] count: u16,
        #[case] to: &str,
    ) {
        let deadline = Calendar::built_in().add_working_days(at(from, hour), count);
        assert_eq!(
            deadline,
            WorkingDeadline {
                at: at(to, hour),
                is_provisional: true
            }
        );
    }

    #[test]
    fn the_day_changes_at_midnight_in_shenzhen() {
        let calendar = Calendar::built_in();
        let friday_night = at("2026-03-13", 24) - Millis(1);
        assert_eq!(
            calendar.add_working_days(friday_night, 1).at,
            at("2026-03-16", 24) - Millis(1)
        );
        assert_eq!(
            calendar.add_working_days(at("2026-03-14", 0), 1).at,
            at("2026-03-17", 0)
        );
    }

    #[test]
    fn the_file_names_weekdays_off_and_weekends_on_in_their_own_year() {
        let calendar = Calendar::built_in();
        assert_eq!(
            calendar.years.keys().copied().collect::<Vec<_>>(),
            [2024, 2025, 2026]
        );
        for (year, days) in &calendar.years {
            assert!(
                days.weekday_holidays
                    .iter()
                    .all(|day| day.year == *year && !day.is_weekend())
            );
            assert!(
                days.weekend_workdays
                    .iter()
                    .all(|day| day.year == *year && day.is_weekend())
            );
        }
        let wire = serde_json::to_value(&calendar).unwrap();
        assert_eq!(serde_json::from_value::<Calendar>(wire).unwrap(), calendar);
    }

    proptest! {
        #[test]
        fn one_by_one_is_the_same_as_all_at_once(hours in 0i64..20_000, count in 0u16..20) {
            let (calendar, from) = (Calendar::built_in(), at("2024-06-01", 0) + Millis(hours * 3_600_000));
            let stepped = (0..count).fold(calendar.add_working_days(from, 0), |there, _| calendar.add_working_days(there.at, 1));
            prop_assert_eq!(stepped.at, calendar.add_working_days(from, count).at);
            prop_assert!(stepped.at >= from);
        }
    }
}
