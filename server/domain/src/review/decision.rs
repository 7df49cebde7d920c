//! What a person decided about a finding: a fact of its own, signed by the server for that person
//! and never changed. A later decision is a later record that names the one before; the last one
//! is in force. A finding may grow afterwards, so a decision says which state of it was shown.

use serde::{Deserialize, Serialize};

use crate::envelope::Signed;
use crate::ids::{Digest, PersonId};
use crate::server_keys::Dated;
use crate::text::coded;
use crate::time::Timestamp;

/// The payload type inside the signature of a decision.
pub const DECISION_TYPE: &str = "application/vnd.daochang.review-decision.v1+json";
/// Fewest characters of a reason that says something.
pub const REASON_CHARS_MIN: usize = 2;
/// Longest reason, characters.
pub const REASON_CHARS_MAX: usize = 1000;

coded! {
    /// What was decided.
    Outcome {
        NoIssue "no_issue"
            "无问题" "No issue";
        Confirmed "confirmed"
            "确认有问题" "Confirmed";
        FollowUp "needs_follow_up"
            "需要跟进" "Needs follow-up";
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Server clock.
    pub at: Timestamp,
    pub by: PersonId,
    pub outcome: Outcome,
    /// The thresholds by which the finding was made.
    pub policy: Digest,
    /// SHA-256 of the payload of the decision before it; none for the first.
    pub prev: Option<Digest>,
    pub reason: String,
    /// The finding's name.
    pub review: String,
    /// Place among the decisions on this finding, from 1.
    pub seq: u64,
    /// [`super::Finding::digest`] of what was shown.
    pub shown: Digest,
    /// Version of this form; always 1.
    pub v: u32,
}

impl Dated for Decision {
    fn signed_at(&self) -> Timestamp {
        self.at
    }
}

impl Signed for Decision {
    const PAYLOAD_TYPE: &'static str = DECISION_TYPE;
    fn is_well_formed(&self) -> bool {
        self.v == 1
            && self.seq >= 1
            && (self.seq == 1) == self.prev.is_none()
            && is_reason(&self.reason)
    }
}

/// Whether the text can be the reason of a decision.
pub fn is_reason(text: &str) -> bool {
    let chars = text.trim().chars().count();
    (REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&chars)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::envelope::{self, Signer};

    fn decision() -> Decision {
        Decision {
            at: Timestamp(1),
            by: "P-0091".parse().unwrap(),
            outcome: Outcome::NoIssue,
            policy: Digest([1; 32]),
            prev: None,
            reason: "同一面白墙".to_owned(),
            review: "0".repeat(32),
            seq: 1,
            shown: Digest([2; 32]),
            v: 1,
        }
    }

    #[rstest]
    #[case::one_character("无", false)]
    #[case::two("无误", true)]
    #[case::only_space("   ", false)]
    fn a_reason_says_something(#[case] reason: &str, #[case] expected: bool) {
        assert_eq!(is_reason(reason), expected);
    }

    #[test]
    fn a_reason_ends_at_a_thousand_characters() {
        assert!(is_reason(&"字".repeat(1000)));
        assert!(!is_reason(&"字".repeat(1001)));
    }

    #[test]
    fn a_decision_is_signed_and_read_back_and_a_first_one_names_none_before_it() {
        let server = Signer::from_seed(&[3; 32]);
        let envelope = server.sign_as(&decision()).unwrap();
        let (_, read) = envelope::open::<Decision>(&envelope, server.public_key()).unwrap();
        assert_eq!(read, decision());
        for wrong in [
            Decision {
                prev: Some(Digest([9; 32])),
                ..decision()
            },
            Decision {
                seq: 2,
                ..decision()
            },
            Decision {
                seq: 0,
                ..decision()
            },
            Decision {
                reason: String::new(),
                ..decision()
            },
            Decision { v: 2, ..decision() },
        ] {
            assert!(!wrong.is_well_formed(), "{wrong:?}");
        }
    }
}
