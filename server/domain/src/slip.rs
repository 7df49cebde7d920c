//! Reporter slip 报障回执: twelve characters by which whoever reported a fault, joined a report or complained
//! finds it again, and later proves when they did. The first eleven are secret, the last one checks them: whoever
//! mistypes is told so at once instead of "there is no such slip".
//!
//! What is not here: how the secret part is made, and what a slip shows.

use std::fmt;

use crate::ids::Digest;
use crate::spoken::{self, ALPHABET};
use crate::text::coded;
use sha2::{Digest as _, Sha256};

coded! {
    /// Why a text is no slip.
    SlipRefusal {
        NotASlip "not_a_slip"
            "回执码应为 12 位，只含数字和字母（不含 U）。请对照短信、截图或记录重新输入。"
            "A slip code has 12 characters, digits and letters without U. Compare it with your note and enter it again.";
        SlipMistyped "slip_mistyped"
            "回执码的校验位不符，有一位输错或两位颠倒了。请逐组核对后重新输入。"
            "The check character does not fit: one character is wrong, or two have changed places. Compare group by group and enter it again.";
    }
}

/// The code of a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlipCode([u8; SlipCode::LENGTH]);

impl SlipCode {
    /// Characters, the check character included.
    pub const LENGTH: usize = 12;

    /// The slip with this secret, of which it uses the first 55 bits: enough against guessing through a page
    /// that answers a few times a minute, and few enough to be read out.
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        let mut bits = 0_u64;
        for byte in &secret[..7] {
            bits = bits << 8 | u64::from(*byte);
        }
        // 7 bytes are 56 bits.
        bits >>= 1;
        let mut values = [0_u8; Self::LENGTH - 1];
        for value in values.iter_mut().rev() {
            *value = (bits & 31) as u8;
            bits >>= 5;
        }
        let mut code = [0; Self::LENGTH];
        for (place, value) in code.iter_mut().zip(values) {
            *place = ALPHABET[usize::from(value)];
        }
        code[Self::LENGTH - 1] = ALPHABET[usize::from(check_of(&values))];
        Self(code)
    }

    /// Reads what somebody typed: upper or lower case, O for 0, I or L for 1, spaces and dashes anywhere.
    ///
    /// # Errors
    /// When it is no code, or the check character says that it was mistyped.
    pub fn typed(text: &str) -> Result<Self, SlipRefusal> {
        let refusal = SlipRefusal::NotASlip;
        let code: [u8; Self::LENGTH] = spoken::typed(text).ok_or(refusal)?;
        let mut values = [0; Self::LENGTH];
        for (value, character) in values.iter_mut().zip(code) {
            let place = ALPHABET.iter().position(|known| *known == character);
            *value = place.ok_or(refusal)? as u8;
        }
        let (secret, check) = values.split_at(Self::LENGTH - 1);
        if check_of(secret) != check[0] {
            return Err(SlipRefusal::SlipMistyped);
        }
        Ok(Self(code))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }

    /// As it is shown and read out: three groups of four.
    pub fn grouped(&self) -> String {
        spoken::grouped(self.as_str())
    }

    /// By what a slip is found. The code itself is kept nowhere.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(b"daochang.slip.v1\n");
        hash.update(self.0);
        Digest(hash.finalize().into())
    }
}

impl fmt::Display for SlipCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The value that makes the weighted sum of all zero, over the field of 32 elements. The weights are powers of
/// an element of order 31, all different, so one wrong character or two that changed places always show.
fn check_of(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_x(sum ^ value))
}

/// Multiplies by x, modulo x⁵ + x² + 1.
fn times_x(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 0b10_0000 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn some() -> SlipCode {
        SlipCode::of_secret(&[0x5a; 32])
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = some();
        assert_eq!(code.as_str().len(), SlipCode::LENGTH);
        assert_eq!(code.grouped().len(), SlipCode::LENGTH + 2);
        for typed in [
            code.as_str().to_owned(),
            code.grouped(),
            code.grouped().replace(' ', "-"),
            code.as_str()
                .to_lowercase()
                .replace('0', "o")
                .replace('1', "l"),
        ] {
            assert_eq!(SlipCode::typed(&typed), Ok(code), "{typed}");
        }
    }

    #[rstest]
    #[case::nothing("")]
    #[case::one_less("00000000000")]
    #[case::one_more("0000000000000")]
    #[case::no_letter_u("00000000000U")]
    #[case::not_ascii("00000000000工")]
    #[case::a_flood("0000 ".repeat(1_000))]
    fn what_is_no_code_is_refused(#[case] typed: String) {
        assert_eq!(SlipCode::typed(&typed), Err(SlipRefusal::NotASlip));
    }

    #[test]
    fn separators_up_to_the_limit_are_read_past() {
        let padded = |length: usize| format!("{}{}", some(), " ".repeat(length - SlipCode::LENGTH));
        assert!(SlipCode::typed(&padded(48)).is_ok());
        assert!(SlipCode::typed(&padded(49)).is_err());
    }

    #[test]
    fn every_wrong_character_and_every_swap_shows() {
        let right = some().as_str().as_bytes().to_vec();
        for at in 0..SlipCode::LENGTH {
            for other in ALPHABET {
                let mut wrong = right.clone();
                wrong[at] = *other;
                let read = SlipCode::typed(std::str::from_utf8(&wrong).unwrap());
                assert_eq!(read.is_ok(), wrong == right, "{at} {other}");
            }
            for with in 0..at {
                let mut swapped = right.clone();
                swapped.swap(at, with);
                let read = SlipCode::typed(std::str::from_utf8(&swapped).unwrap());
                assert_eq!(read.is_ok(), swapped == right, "{at} {with}");
            }
        }
    }

    #[test]
    fn only_the_first_55_bits_count() {
        let mut secret = [7; 32];
        let code = SlipCode::of_secret(&secret);
        secret[6] ^= 1;
        secret[31] = 0;
        assert_eq!(SlipCode::of_secret(&secret), code);
        secret[6] ^= 2;
        assert_ne!(SlipCode::of_secret(&secret), code);
        assert_ne!(SlipCode::of_secret(&secret).digest(), code.digest());
    }

    proptest! {
        #[test]
        fn every_secret_makes_a_code_that_reads_back(secret: [u8; 32]) {
            let code = SlipCode::of_secret(&secret);
            prop_assert_eq!(SlipCode::typed(&code.grouped()), Ok(code));
        }

        #[test]
        fn no_input_makes_it_panic(text in ".*") {
            let _ = SlipCode::typed(&text);
        }
    }
}
