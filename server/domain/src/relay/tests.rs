use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn head() -> RelayHead {
    RelayHead {
        dev: DeviceId([0xab; 16]),
        head_seq: 12_345,
        head: EventId([0xcd; 32]),
    }
}

#[test]
fn the_address_is_short_and_has_one_spelling() {
    let path = head().to_string();
    assert_eq!(
        path,
        "/r/q6urq6urq6urq6urq6urqw/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
    );
    // QR version 6, level M, holds 106 bytes.
    assert!(
        "https://daochang.szgov.cn".len() + path.len() <= 106,
        "{}",
        path.len()
    );
    assert_eq!(path.parse(), Ok(head()));
}

#[rstest]
#[case::nothing("")]
#[case::another_page("/t/q6urq6urq6urq6urq6urqw/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0")]
#[case::no_head("/r/q6urq6urq6urq6urq6urqw/12345")]
#[case::behind_it("/r/q6urq6urq6urq6urq6urqw/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0/")]
#[case::one_character_less(
    "/r/q6urq6urq6urq6urq6urq/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
)]
#[case::one_character_more(
    "/r/q6urq6urq6urq6urq6urqwA/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
)]
#[case::second_spelling_of_the_last_bits(
    "/r/q6urq6urq6urq6urq6urqx/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
)]
#[case::padded("/r/q6urq6urq6urq6urq6urqw==/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0")]
#[case::other_alphabet(
    "/r/q6urq6urq6urq6urq6ur+w/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
)]
#[case::hex(
    "/r/abababababababababababababababab/12345/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
)]
#[case::place_zero("/r/q6urq6urq6urq6urq6urqw/0/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0")]
#[case::leading_zero("/r/q6urq6urq6urq6urq6urqw/012/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0")]
#[case::signed_place("/r/q6urq6urq6urq6urq6urqw/+1/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0")]
#[case::beyond_all_integers(
    "/r/q6urq6urq6urq6urq6urqw/9007199254740992/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
)]
fn everything_else_is_refused(#[case] path: &str) {
    assert_eq!(
        path.parse::<RelayHead>(),
        Err(RelayRefusal::NotARelayAddress)
    );
}

#[test]
fn the_largest_place_is_the_largest_integer_there_is() {
    let path = head().to_string().replace("12345", "9007199254740991");
    assert_eq!(
        path.parse::<RelayHead>().unwrap().head_seq,
        9_007_199_254_740_991
    );
}

#[test]
fn a_code_is_the_first_hundred_bits_from_the_left() {
    let mut id = [0; 32];
    id[0] = 0b0000_1000;
    assert_eq!(RelayCode::of(EventId(id)).as_str(), "10000000000000000000");
    // The last of the hundred bits, and the first one behind them.
    let mut id = [0; 32];
    id[12] = 0b0001_0000;
    assert_eq!(RelayCode::of(EventId(id)).as_str(), "00000000000000000001");
    id[12] = 0b0000_1111;
    assert_eq!(RelayCode::of(EventId(id)).as_str(), "00000000000000000000");
    assert_eq!(
        RelayCode::of(EventId([0xff; 32])).as_str(),
        "ZZZZZZZZZZZZZZZZZZZZ"
    );
}

const SPELLED: &str = "0123456789ABCDEFGHJK";

#[rstest]
#[case::plain("0123456789ABCDEFGHJK")]
#[case::as_shown("0123 4567 89AB CDEF GHJK")]
#[case::fives("01234-56789-ABCDE-FGHJK")]
#[case::lower_case("0123456789abcdefghjk")]
#[case::look_alikes("oI23456789abcdefghjk")]
#[case::look_alikes_too("Ol23456789ABCDEFGHJK")]
#[case::full_width("０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫ")]
#[case::full_width_space("0123　4567 89AB\tCDEF\nGHJK ")]
#[case::dots("0123.4567.89AB.CDEF.GHJK")]
fn what_people_type_is_understood(#[case] typed: &str) {
    assert_eq!(RelayCode::typed(typed).unwrap().as_str(), SPELLED);
}

#[rstest]
#[case::nothing("")]
#[case::one_less("0123456789ABCDEFGHJ")]
#[case::one_more("0123456789ABCDEFGHJKM")]
#[case::no_letter_u("0123456789ABCDEFGHJU")]
#[case::not_ascii("0123456789ABCDEFGHJ工")]
#[case::other_script("0123456789АBCDEFGHJK")]
#[case::sharp_s("0123456789ßBCDEFGHJK")]
#[case::a_flood("0000 ".repeat(1_000))]
fn what_is_no_code_is_refused_with_what_to_do(#[case] typed: String) {
    assert_eq!(RelayCode::typed(&typed), Err(RelayRefusal::NotARelayCode));
}

#[test]
fn separators_up_to_the_limit_are_read_past() {
    let padded = |length: usize| format!("{SPELLED}{}", " ".repeat(length - SPELLED.len()));
    assert!(RelayCode::typed(&padded(80)).is_ok());
    assert!(RelayCode::typed(&padded(81)).is_err());
}

#[test]
fn only_one_spelling_is_stored() {
    let stored = |text: &str| serde_json::from_value::<RelayCode>(text.into());
    assert_eq!(stored(SPELLED).unwrap().as_str(), SPELLED);
    assert!(stored(&SPELLED.to_lowercase()).is_err());
    assert!(stored(&RelayCode::typed(SPELLED).unwrap().grouped()).is_err());
}

/// The other implementation is a line of shell:
/// `printf 'daochang.relay.acknowledgement.v1\n0123456789ABCDEFGHJK' | sha256sum`.
#[test]
fn the_digits_read_back_are_of_this_code_only() {
    let digits = |text: &str| RelayCode::typed(text).unwrap().acknowledgement();
    assert_eq!(digits(SPELLED), "648449");
    assert_ne!(digits(SPELLED), digits("0123456789ABCDEFGHJM"));
    assert_eq!(digits("00000000000000000000").len(), 6);
}

#[test]
fn a_log_leaf_names_code_and_time_and_nobody() {
    let code = RelayCode::typed(SPELLED).unwrap();
    assert_eq!(
        code.record_digest(Timestamp(1)),
        digest_of(&serde_json::json!({"code": SPELLED, "ts": 1, "v": 1})).unwrap()
    );
    assert_ne!(
        code.record_digest(Timestamp(1)),
        code.record_digest(Timestamp(2))
    );
}

proptest! {
    #[test]
    fn what_is_read_out_is_what_arrives(id in any::<[u8; 32]>(), dev in any::<[u8; 16]>(), seq in 1_u64..9_007_199_254_740_991) {
        let code = RelayCode::of(EventId(id));
        prop_assert_eq!(RelayCode::typed(&code.grouped()), Ok(code));
        prop_assert_eq!(RelayCode::typed(&code.as_str().to_lowercase().replace('0', "o").replace('1', "l")), Ok(code));
        let head = RelayHead { dev: DeviceId(dev), head_seq: seq, head: EventId(id) };
        prop_assert_eq!(head.to_string().parse(), Ok(head));
    }

    #[test]
    fn no_input_makes_it_panic(text in ".*") {
        let _ = RelayCode::typed(&text);
        let _ = text.parse::<RelayHead>();
        let _ = format!("/r/{text}").parse::<RelayHead>();
    }
}
