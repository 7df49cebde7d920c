use std::collections::BTreeSet;

use rstest::rstest;

use super::*;
use crate::envelope::Signer;

/// The generator of P-256, as WebCrypto would export it.
const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
const ASKED: Timestamp = Timestamp(1_795_482_000_000);
const LAST: Timestamp = Timestamp(ASKED.0 + 72 * 3_600_000 - 1);

fn key() -> PublicKey {
    PublicKey::from_base64(SPKI).unwrap()
}

fn person(id: &str) -> PersonId {
    id.parse().unwrap()
}

fn number(digits: &str) -> CheckNumber {
    CheckNumber::read(digits).unwrap()
}

fn request(answer: Option<Answer>) -> Request {
    Request {
        person: person("P-0001"),
        asked_at: ASKED,
        number: number("12345678"),
        answer,
    }
}

/// Computed by another program from the description alone.
#[rstest]
#[case::of_zeros("00000000000000000000000000000000", "00301035")]
#[case::of_a_salt("0123456789abcdef0123456789abcdef", "58746621")]
fn the_number_is_that_of_label_salt_and_key(#[case] salt: &str, #[case] digits: &str) {
    let number = CheckNumber::of(&key(), salt.parse().unwrap());
    assert_eq!(number.as_str(), digits);
    assert_eq!(number.grouped().replace(' ', ""), digits);
    assert_eq!(CheckNumber::read(digits), Some(number));
}

#[test]
fn another_salt_or_another_key_is_another_number() {
    let numbers: BTreeSet<String> = (0..=255)
        .map(|byte| CheckNumber::of(&key(), CheckSalt([byte; 16])).to_string())
        .collect();
    assert_eq!(numbers.len(), 256);
    let other = Signer::from_seed(&[1; 32]).public_key().clone();
    let salt = CheckSalt([0; 16]);
    assert_ne!(CheckNumber::of(&other, salt), CheckNumber::of(&key(), salt));
}

/// A few thousand numbers use every digit at every place about equally often.
#[test]
fn numbers_are_spread_over_all_digits() {
    let mut seen = [[0_u32; 10]; CheckNumber::LENGTH];
    for salt in 0..4_000_u32 {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&salt.to_be_bytes());
        let number = CheckNumber::of(&key(), CheckSalt(bytes));
        for (place, digit) in number.as_str().bytes().enumerate() {
            seen[place][usize::from(digit - b'0')] += 1;
        }
    }
    for count in seen.as_flattened() {
        assert!((300..=500).contains(count), "{seen:?}");
    }
}

#[rstest]
#[case::seven("1234567")]
#[case::nine("123456789")]
#[case::grouped("1234 5678")]
#[case::a_letter("1234567a")]
#[case::a_sign("+1234567")]
#[case::full_width("１２345678")]
#[case::nothing("")]
fn only_eight_digits_are_a_number(#[case] text: &str) {
    assert_eq!(CheckNumber::read(text), None);
}

#[rstest]
#[case::the_first(&[], 0, None)]
#[case::one_in_use(&[OtherPhone::InUse], 0, Some(NeedsApproval::PhoneInUse))]
#[case::one_in_use_and_one_waiting(&[OtherPhone::InUse], 1, Some(NeedsApproval::PhoneInUse))]
#[case::one_waiting(&[], 1, Some(NeedsApproval::PhoneWaits))]
#[case::two_waiting(&[], 2, Some(NeedsApproval::PhoneWaits))]
#[case::revoked_by_the_manager(&[OtherPhone::Revoked { by: Some(person("P-0006")) }], 0, None)]
#[case::revoked_by_nobody_knows_whom(&[OtherPhone::Revoked { by: None }], 0, None)]
#[case::revoked_by_themselves(&[OtherPhone::Revoked { by: Some(person("P-0001")) }], 0, Some(NeedsApproval::GivenUp))]
#[case::one_of_both(
    &[OtherPhone::Revoked { by: Some(person("P-0001")) }, OtherPhone::Revoked { by: None }], 0, Some(NeedsApproval::GivenUp),
)]
#[case::one_revoked_and_one_in_use(
    &[OtherPhone::Revoked { by: Some(person("P-0006")) }, OtherPhone::InUse], 0, Some(NeedsApproval::PhoneInUse),
)]
fn the_first_phone_needs_nobody_and_every_other_does(
    #[case] phones: &[OtherPhone],
    #[case] waiting: usize,
    #[case] expected: Option<NeedsApproval>,
) {
    assert_eq!(needs_approval(&person("P-0001"), phones, waiting), expected);
}

#[rstest]
#[case::before_its_own_time(Timestamp(ASKED.0 - 1), Standing::Waiting)]
#[case::at_once(ASKED, Standing::Waiting)]
#[case::in_the_last_millisecond(LAST, Standing::Waiting)]
#[case::after_72_hours(Timestamp(LAST.0 + 1), Standing::Expired)]
#[case::one_later(Timestamp(LAST.0 + 2), Standing::Expired)]
fn a_request_waits_72_hours(#[case] now: Timestamp, #[case] expected: Standing) {
    assert_eq!(request(None).standing(now), expected);
    assert_eq!(request(None).expires_at(), Timestamp(LAST.0 + 1));
    let answered = request(Some(Answer::Approved));
    assert_eq!(answered.standing(now), Standing::Answered(Answer::Approved));
}

#[rstest]
#[case::waiting(None, Ok(Step::Write), Ok(Step::Write))]
#[case::approved(
    Some(Answer::Approved),
    Ok(Step::Nothing),
    Err(EnrolmentRefusal::Approved)
)]
#[case::revoked(
    Some(Answer::Revoked),
    Err(EnrolmentRefusal::Revoked),
    Err(EnrolmentRefusal::Revoked)
)]
#[case::refused(
    Some(Answer::Refused),
    Err(EnrolmentRefusal::Refused),
    Ok(Step::Nothing)
)]
fn the_first_answer_counts(
    #[case] before: Option<Answer>,
    #[case] approved: Result<Step, EnrolmentRefusal>,
    #[case] refused: Result<Step, EnrolmentRefusal>,
) {
    let request = request(before);
    for now in [ASKED, LAST] {
        assert_eq!(
            request.approve(&person("P-0004"), request.number, now),
            approved
        );
        assert_eq!(request.refuse("不是他的手机", now), refused);
    }
}

#[test]
fn after_72_hours_nothing_is_answered_any_more() {
    let request = request(None);
    let late = LAST + Millis(1);
    assert_eq!(
        request.approve(&person("P-0004"), request.number, late),
        Err(EnrolmentRefusal::Expired)
    );
    assert_eq!(
        request.refuse("太晚了", late),
        Err(EnrolmentRefusal::Expired)
    );
}

#[test]
fn an_approved_phone_stays_approved_when_the_request_is_old() {
    let request = request(Some(Answer::Approved));
    let late = LAST + Millis(1);
    assert_eq!(
        request.approve(&person("P-0004"), request.number, late),
        Ok(Step::Nothing)
    );
}

/// Whatever the answer was, nobody is told it about a phone of their own or by another number.
#[rstest]
#[case::waiting(None)]
#[case::approved(Some(Answer::Approved))]
#[case::refused(Some(Answer::Refused))]
fn nobody_approves_their_own_phone_and_no_other_number(#[case] answer: Option<Answer>) {
    let request = request(answer);
    let own = request.approve(&request.person, request.number, ASKED);
    assert_eq!(own, Err(EnrolmentRefusal::Oneself));
    for other in ["12345677", "12345679", "00000000"] {
        let answer = request.approve(&person("P-0004"), number(other), ASKED);
        assert_eq!(answer, Err(EnrolmentRefusal::OtherNumber));
    }
}

#[rstest]
#[case::nothing("".to_owned(), false)]
#[case::one("无".to_owned(), false)]
#[case::blanks("     ".to_owned(), false)]
#[case::two("不对".to_owned(), true)]
#[case::the_longest("字".repeat(300), true)]
#[case::longer("字".repeat(301), false)]
fn a_refusal_says_why(#[case] reason: String, #[case] is_reason: bool) {
    let expected = if is_reason {
        Ok(Step::Write)
    } else {
        Err(EnrolmentRefusal::NoReason)
    };
    assert_eq!(request(None).refuse(&reason, ASKED), expected);
}
