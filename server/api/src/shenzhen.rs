//! Shenzhen's civil time, UTC+8 all year: for numbers and words, never for verdicts.

use chrono::{DateTime, FixedOffset, Utc};
use domain::time::Timestamp;

fn civil(at: Timestamp) -> DateTime<FixedOffset> {
    let shenzhen = FixedOffset::east_opt(8 * 3600).expect("eight hours are a valid offset");
    DateTime::<Utc>::from_timestamp_millis(at.0)
        .unwrap_or_default()
        .with_timezone(&shenzhen)
}

/// The calendar day, `20261124`.
pub fn day(at: Timestamp) -> String {
    civil(at).format("%Y%m%d").to_string()
}

/// Date, and time to the second: `2026-11-24` and `10:28:05`.
pub fn second(at: Timestamp) -> (String, String) {
    let civil = civil(at);
    (
        civil.format("%Y-%m-%d").to_string(),
        civil.format("%H:%M:%S").to_string(),
    )
}

/// Date and time to the minute, `2026-11-24 10:28`.
pub fn minute(at: Timestamp) -> String {
    civil(at).format("%Y-%m-%d %H:%M").to_string()
}

/// As mail writes it (RFC 5322), `Tue, 24 Nov 2026 10:28:05 +0800`.
pub fn mail_date(at: Timestamp) -> String {
    civil(at).to_rfc2822()
}
