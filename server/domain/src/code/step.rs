//! Codes of a terminal's screen without network: RFC 6238 with SHA-256, eight digits, steps of thirty
//! seconds. The secret lies in the kiosk page and on the server, never on a phone. The screen's clock
//! may be wrong, so a step bounds nothing; it only has to lie where the scan is proved to be.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Query;
use crate::ids::TerminalId;
use crate::time::Timestamp;

/// Length of a step.
pub const STEP_MS: i64 = 30_000;
/// Digits of a code.
pub const DIGITS: usize = 8;

/// A code as read: which step the screen believes it is, and the eight digits of that step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCode {
    pub terminal: TerminalId,
    pub step: u64,
    pub code: u32,
}

impl StepCode {
    /// What stands in the QR code.
    pub fn text(&self, base: &str) -> String {
        let Self {
            terminal,
            step,
            code,
        } = self;
        format!(
            "{}/t/{terminal}?o={step}-{code:0DIGITS$}",
            base.trim_end_matches('/')
        )
    }

    /// Whether the holder of this secret made it.
    pub fn is_genuine(&self, secret: &[u8]) -> bool {
        code_at(secret, self.step) == self.code
    }

    /// When its step begins.
    pub fn from(&self) -> Timestamp {
        Timestamp(
            i64::try_from(self.step)
                .unwrap_or(i64::MAX)
                .saturating_mul(STEP_MS),
        )
    }

    pub(super) fn of(terminal: TerminalId, query: &Query) -> Option<Self> {
        let (step, code) = query.get("o")?.split_once('-')?;
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(step) || !is_number(code) || code.len() != DIGITS {
            return None;
        }
        Some(Self {
            terminal,
            step: step.parse().ok()?,
            code: code.parse().ok()?,
        })
    }
}

/// The eight digits of a step (RFC 4226 §5.3 over HMAC-SHA-256).
pub fn code_at(secret: &[u8], step: u64) -> u32 {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(&step.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let at = usize::from(tag[tag.len() - 1] & 0x0f);
    let word = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    word % 10_u32.pow(DIGITS as u32)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::code::Code;

    /// RFC 6238, appendix B, the SHA-256 rows.
    #[rstest]
    #[case(59, 46_119_246)]
    #[case(1_111_111_109, 68_084_774)]
    #[case(1_111_111_111, 67_062_674)]
    #[case(1_234_567_890, 91_819_424)]
    #[case(2_000_000_000, 90_698_825)]
    #[case(20_000_000_000, 77_737_706)]
    fn codes_are_those_of_rfc_6238(#[case] seconds: u64, #[case] code: u32) {
        assert_eq!(
            code_at(b"12345678901234567890123456789012", seconds / 30),
            code
        );
    }

    #[test]
    fn a_code_is_of_one_step_and_one_secret() {
        let code = StepCode {
            terminal: "SZ-FT-012344".parse().unwrap(),
            step: 1,
            code: 46_119_246,
        };
        let secret = b"12345678901234567890123456789012";
        assert!(code.is_genuine(secret));
        assert!(!code.is_genuine(&secret[1..]));
        for step in [0, 2] {
            assert!(
                !StepCode {
                    step,
                    ..code.clone()
                }
                .is_genuine(secret)
            );
        }
        assert_eq!(code.from(), Timestamp(30_000));
        assert_eq!(Code::read(&code.text("https://x")), Some(Code::Step(code)));
    }

    #[test]
    fn leading_zeros_are_kept() {
        let code = StepCode {
            terminal: "SZ-FT-012344".parse().unwrap(),
            step: u64::MAX,
            code: 7,
        };
        assert!(code.text("").ends_with("-00000007"));
        assert_eq!(
            Code::read(&code.text("https://x")),
            Some(Code::Step(code.clone()))
        );
        assert_eq!(code.from(), Timestamp(i64::MAX));
    }
}
