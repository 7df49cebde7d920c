//! Figures in words: times in Shenzhen, intervals, lengths, distances, sizes. Rounding never makes
//! a proof look better than it is.

use domain::ids::Digest;
use domain::interval::{UNKNOWN_EARLIEST, UNKNOWN_LATEST};
use domain::sla::calendar::CivilDate;
use domain::time::{Interval, Millis, Timestamp};

/// Shenzhen is eight hours before Greenwich, summer and winter.
const ZONE_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Date and hour, minute, second in Shenzhen.
pub fn civil(at: Timestamp) -> (CivilDate, [i64; 3]) {
    let local = at.0.saturating_add(ZONE_MS);
    let date = CivilDate::from_day_number(local.div_euclid(DAY_MS));
    let seconds = local.rem_euclid(DAY_MS) / 1000;
    (date, [seconds / 3600, seconds / 60 % 60, seconds % 60])
}

/// `2026-11-24 09:05:59`, the second that has begun.
pub fn instant(at: Timestamp) -> String {
    let (date, [hour, minute, second]) = civil(at);
    format!("{date} {hour:02}:{minute:02}:{second:02}")
}

/// `09:05`.
pub fn minute(at: Timestamp) -> String {
    let (_, [hour, minute, _]) = civil(at);
    format!("{hour:02}:{minute:02}")
}

/// The date.
pub fn day(at: Timestamp) -> String {
    civil(at).0.to_string()
}

/// The next whole second: a latest moment must not be shown too early.
fn rounded_up(at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_add(999).div_euclid(1000) * 1000)
}

/// The first moment of an interval in words.
pub fn earliest(span: Interval) -> String {
    if span.earliest <= UNKNOWN_EARLIEST {
        "没有下限".to_owned()
    } else {
        instant(span.earliest)
    }
}

/// The last moment of an interval in words.
pub fn latest(span: Interval) -> String {
    if span.latest >= UNKNOWN_LATEST {
        "没有上限（尚无回执）".to_owned()
    } else if span.earliest == span.latest {
        instant(span.latest)
    } else {
        instant(rounded_up(span.latest))
    }
}

/// A whole interval; the date once if it is the same.
pub fn span(span: Interval) -> String {
    if !span.is_possible() {
        return "前后矛盾".to_owned();
    }
    if span.earliest == span.latest {
        return instant(span.earliest);
    }
    let (from, to) = (earliest(span), latest(span));
    let is_same_day = span.latest < UNKNOWN_LATEST && from.get(..10) == to.get(..10);
    let to = if is_same_day { &to[11..] } else { &to };
    format!("{from} 至 {to}")
}

/// How wide an interval is.
pub fn width(span: Interval) -> String {
    if !span.is_possible() || span.earliest <= UNKNOWN_EARLIEST || span.latest >= UNKNOWN_LATEST {
        return "—".to_owned();
    }
    length(span.latest - span.earliest)
}

/// `2 小时 5 分 3 秒`.
pub fn length(length: Millis) -> String {
    let seconds = length.0.max(0).saturating_add(999) / 1000;
    let parts = [
        (seconds / 86_400, "天"),
        (seconds / 3600 % 24, "小时"),
        (seconds / 60 % 60, "分"),
        (seconds % 60, "秒"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if told.is_empty() {
        "不到 1 秒".to_owned()
    } else {
        told.join(" ")
    }
}

/// A limit of the standard.
pub fn limit(minutes: Option<u32>) -> String {
    match minutes {
        None => "尽快，无固定时限".to_owned(),
        Some(minutes) => length(Millis::minutes(i64::from(minutes))),
    }
}

/// `12.3 米`.
pub fn metres(cm: i64) -> String {
    if cm.abs() >= 100_000 {
        format!("{}.{:02} 公里", cm / 100_000, cm.abs() / 1000 % 100)
    } else {
        format!("{}.{} 米", cm / 100, cm.abs() / 10 % 10)
    }
}

/// `22.5430000°`.
pub fn degrees(e7: i64) -> String {
    let sign = if e7 < 0 { "-" } else { "" };
    let e7 = e7.unsigned_abs();
    format!("{sign}{}.{:07}°", e7 / 10_000_000, e7 % 10_000_000)
}

/// `1.2 MB`, `240 KB`.
pub fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 {
        format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

/// First eight hexadecimal digits.
pub fn short(digest: &Digest) -> String {
    digest.to_string()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// 2026-11-24 09:00 in Shenzhen.
    const NINE: i64 = 1_795_482_000_000;

    fn between(earliest: i64, latest: i64) -> Interval {
        Interval {
            earliest: Timestamp(earliest),
            latest: Timestamp(latest),
        }
    }

    #[rstest]
    #[case::point(between(NINE, NINE), "2026-11-24 09:00:00")]
    #[case::one_day(between(NINE + 999, NINE + 1_001), "2026-11-24 09:00:00 至 09:00:02")]
    #[case::whole_second(between(NINE, NINE + 1_000), "2026-11-24 09:00:00 至 09:00:01")]
    #[case::over_midnight(between(NINE, NINE + 15 * 3_600_000), "2026-11-24 09:00:00 至 2026-11-25 00:00:00")]
    #[case::no_end(between(NINE, UNKNOWN_LATEST.0), "2026-11-24 09:00:00 至 没有上限（尚无回执）")]
    #[case::no_start(between(0, NINE), "没有下限 至 2026-11-24 09:00:00")]
    #[case::impossible(between(NINE + 1, NINE), "前后矛盾")]
    fn intervals_read_truly(#[case] interval: Interval, #[case] text: &str) {
        assert_eq!(span(interval), text);
    }

    #[rstest]
    #[case(0, "不到 1 秒")]
    #[case(1, "1 秒")]
    #[case(180 * 60_000, "3 小时")]
    #[case(5 * 86_400_000, "5 天")]
    #[case(3_661_000, "1 小时 1 分 1 秒")]
    fn lengths_read_as_people_say_them(#[case] ms: i64, #[case] text: &str) {
        assert_eq!(length(Millis(ms)), text);
    }

    #[test]
    fn metres_degrees_and_sizes() {
        assert_eq!(metres(1_234), "12.3 米");
        assert_eq!(metres(61_300_000), "613.00 公里");
        assert_eq!(degrees(-225_430_001), "-22.5430001°");
        assert_eq!((size(1), size(1_572_864)), ("1 KB".into(), "1.5 MB".into()));
    }
}
