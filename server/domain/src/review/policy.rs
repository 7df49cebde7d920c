//! The numbers of the review: from when on something is worth a second look. They are not part of
//! [`crate::sla::policy::Policy`], because no verdict follows from them: a work order need not keep
//! those it was born under, and looking at old work orders with new numbers is what they are for.

use serde::{Deserialize, Serialize};

use crate::canonical::digest_of;
use crate::ids::Digest;
use crate::time::Timestamp;

/// Thresholds of one version. Unknown members are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewPolicy {
    pub version: String,
    pub valid_from: Timestamp,
    /// Most bits of 256 by which two pictures of different terminals look alike.
    pub photo_apart_bits_max: u32,
    /// The same for two pictures of one terminal, where honest pictures look alike as well.
    pub photo_same_terminal_apart_bits_max: u32,
    /// Most thousandths of its size by which two drawn signatures differ on average.
    pub ink_apart_permille_max: u32,
    /// Faster than this between two check-ins of one person cannot be.
    pub speed_km_h_max: i64,
    /// Visits with the very same position.
    pub same_fix_visits_min: usize,
    /// Names that were signed with one phone number.
    pub signer_names_min: usize,
    /// A person's last check-ins that the pattern of late proof is looked for in.
    pub late_check_ins: usize,
    /// Fewer check-ins than this are no pattern.
    pub late_check_ins_min: usize,
    /// A check-in is late-proved if its proof comes so long after what the phone said.
    pub late_ms: i64,
    /// Share of late-proved check-ins, per cent.
    pub late_percent_min: i64,
    /// Two phones of one person used by turns within this time.
    pub phones_within_ms: i64,
    /// A clock that jumps by less is being corrected.
    pub clock_jump_ms_min: i64,
    /// How long before a deadline a jump is remarkable.
    pub before_deadline_ms: i64,
    /// How far the time in a photo may lie outside of what is proved of it.
    pub exif_apart_ms_max: i64,
    /// How far the place in a photo may lie from the terminal.
    pub exif_away_cm_max: i64,
    /// Phones whose positions lie one GCJ-02 offset from a terminal, before its coordinates are to be surveyed again:
    /// one of them may have a map of its own.
    pub coordinates_phones_min: usize,
}

impl ReviewPolicy {
    /// The first version; where the numbers come from is in `docs/adr/0009-review.md`.
    pub fn v2026_11() -> Self {
        Self {
            version: "2026-11".to_owned(),
            // 2024-10-01 00:00 in Shenzhen, like the standard.
            valid_from: Timestamp(1_727_712_000_000),
            photo_apart_bits_max: 26,
            photo_same_terminal_apart_bits_max: 10,
            ink_apart_permille_max: 12,
            speed_km_h_max: 150,
            same_fix_visits_min: 3,
            signer_names_min: 3,
            late_check_ins: 10,
            late_check_ins_min: 5,
            late_ms: 60 * 60_000,
            late_percent_min: 80,
            phones_within_ms: 12 * 60 * 60_000,
            clock_jump_ms_min: 60_000,
            before_deadline_ms: 30 * 60_000,
            exif_apart_ms_max: 15 * 60_000,
            exif_away_cm_max: 100_000,
            coordinates_phones_min: 2,
        }
    }

    /// SHA-256 of its canonical text, which decisions name.
    pub fn digest(&self) -> Digest {
        digest_of(self).expect("a policy is plain integers and text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_policy_and_one_with_more_are_refused() {
        let whole = serde_json::to_value(ReviewPolicy::v2026_11()).unwrap();
        assert_eq!(
            serde_json::from_value::<ReviewPolicy>(whole.clone()).unwrap(),
            ReviewPolicy::v2026_11()
        );
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove("late_ms");
        assert!(serde_json::from_value::<ReviewPolicy>(less).is_err());
        let mut more = whole;
        more["leniency"] = 7.into();
        assert!(serde_json::from_value::<ReviewPolicy>(more).is_err());
    }
}
