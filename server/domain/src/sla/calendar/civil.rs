//! Dates of the Gregorian calendar and day numbers since 1970-01-01, there and back. Arithmetic
//! only; it knows neither time zone nor holidays.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::MalformedId;

/// A day of the civil calendar, `2026-02-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CivilDate {
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;
const DAYS_IN_400_YEARS: i64 = 146_097;

impl CivilDate {
    /// Days since 1970-01-01. Years are counted from March, so that a leap day comes last.
    pub fn day_number(self) -> i64 {
        let march_year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
        let day_of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_IN_400_YEARS + day_of_era - EPOCH_DAYS
    }

    /// The date of a day number.
    pub fn from_day_number(number: i64) -> Self {
        let days = number + EPOCH_DAYS;
        let (era, day_of_era) = (
            days.div_euclid(DAYS_IN_400_YEARS),
            days.rem_euclid(DAYS_IN_400_YEARS),
        );
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
        }
    }

    /// The same day so many months later; the last of the month where there is none, as after 31 January.
    pub fn add_months(self, months: u32) -> Self {
        let count = self.year * 12 + self.month - 1 + i64::from(months);
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        let next = |year, month| Self {
            year,
            month,
            day: 1,
        };
        let first_of_next = match month {
            12 => next(year + 1, 1),
            _ => next(year, month + 1),
        };
        let last = Self::from_day_number(first_of_next.day_number() - 1);
        Self {
            day: self.day.min(last.day),
            ..last
        }
    }

    /// Saturday or Sunday. Day 0 was a Thursday.
    pub fn is_weekend(self) -> bool {
        matches!(self.day_number().rem_euclid(7), 2 | 3)
    }
}

impl FromStr for CivilDate {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let bytes = text.as_bytes();
        let is_dashed = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
        if !is_dashed
            || bytes
                .iter()
                .any(|byte| !byte.is_ascii_digit() && *byte != b'-')
        {
            return Err(MalformedId);
        }
        let part =
            |range: std::ops::Range<usize>| text[range].parse::<i64>().map_err(|_| MalformedId);
        let date = Self {
            year: part(0..4)?,
            month: part(5..7)?,
            day: part(8..10)?,
        };
        // A day that does not exist comes back as another one.
        let exists =
            (1..=12).contains(&date.month) && Self::from_day_number(date.day_number()) == date;
        if exists { Ok(date) } else { Err(MalformedId) }
    }
}

impl TryFrom<String> for CivilDate {
    type Error = MalformedId;

    fn try_from(text: String) -> Result<Self, MalformedId> {
        text.parse()
    }
}

impl From<CivilDate> for String {
    fn from(date: CivilDate) -> String {
        date.to_string()
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::epoch("1970-01-01", 0, false)]
    #[case::the_day_before("1969-12-31", -1, false)]
    #[case::leap_day("2024-02-29", 19_782, false)]
    #[case::century_leap_day("2000-02-29", 11_016, false)]
    #[case::spring_festival("2026-02-17", 20_501, false)]
    #[case::saturday("2026-02-14", 20_498, true)]
    #[case::sunday("2026-02-15", 20_499, true)]
    #[case::year_end("2026-12-31", 20_818, false)]
    fn dates_and_day_numbers_agree(
        #[case] text: &str,
        #[case] number: i64,
        #[case] is_weekend: bool,
    ) {
        let date: CivilDate = text.parse().unwrap();
        assert_eq!((date.day_number(), date.is_weekend()), (number, is_weekend));
        assert_eq!(CivilDate::from_day_number(number).to_string(), text);
    }

    #[rstest]
    #[case::none("2026-11-24", 0, "2026-11-24")]
    #[case::two_years("2026-11-24", 24, "2028-11-24")]
    #[case::over_the_year("2026-12-31", 1, "2027-01-31")]
    #[case::into_december("2026-11-30", 1, "2026-12-30")]
    #[case::no_such_day("2026-01-31", 1, "2026-02-28")]
    #[case::no_such_day_in_a_leap_year("2028-01-31", 1, "2028-02-29")]
    #[case::leap_day("2024-02-29", 24, "2026-02-28")]
    #[case::leap_day_to_leap_day("2024-02-29", 48, "2028-02-29")]
    fn months_are_added_as_people_add_them(
        #[case] from: &str,
        #[case] months: u32,
        #[case] to: &str,
    ) {
        let from: CivilDate = from.parse().unwrap();
        assert_eq!(from.add_months(months).to_string(), to);
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let mut before = CivilDate::from_day_number(-200_001);
        for number in -200_000..100_000 {
            let date = CivilDate::from_day_number(number);
            assert_eq!(date.day_number(), number);
            assert!(date > before, "{date} after {before}");
            before = date;
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for wrong in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-01",
            "20260101",
            "2026-01-0a",
            "+026-01-01",
        ] {
            assert!(wrong.parse::<CivilDate>().is_err(), "{wrong}");
        }
    }
}
