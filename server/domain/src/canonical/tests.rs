use proptest::prelude::*;
use rstest::rstest;
use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    bytes_max: usize,
    accept: Vec<Accepted>,
    refuse: Vec<Refused>,
}

#[derive(Deserialize)]
struct Accepted {
    name: String,
    json: String,
    canonical: String,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    text: Option<String>,
    hex: Option<String>,
    code: String,
}

fn vectors() -> Vectors {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/canonical.json"
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn every_value_has_one_text() {
    let vectors = vectors();
    assert!(vectors.accept.len() >= 10);
    for case in vectors.accept {
        let value = parse_strict(case.json.as_bytes(), vectors.bytes_max).expect(&case.name);
        assert_eq!(
            to_canonical(&value).as_ref(),
            Ok(&case.canonical),
            "{}",
            case.name
        );
        assert_eq!(
            parse_canonical(case.canonical.as_bytes(), vectors.bytes_max).as_ref(),
            Ok(&value),
            "{}",
            case.name
        );
    }
}

#[test]
fn everything_else_is_refused_with_its_reason() {
    let vectors = vectors();
    assert!(vectors.refuse.len() >= 50);
    for case in vectors.refuse {
        let bytes = case
            .text
            .map(String::into_bytes)
            .unwrap_or_else(|| bytes_of(&case.hex.unwrap()));
        let refused = parse_canonical(&bytes, vectors.bytes_max).expect_err(&case.name);
        assert_eq!(refused.code(), case.code, "{}", case.name);
    }
}

#[test]
fn the_cap_itself_is_allowed() {
    let text = format!("\"{}\"", "a".repeat(10));
    assert!(parse_canonical(text.as_bytes(), 12).is_ok());
    assert_eq!(
        parse_canonical(text.as_bytes(), 11),
        Err(NotCanonical::TooLarge)
    );
}

#[rstest]
#[case::too_big(json!(9_007_199_254_740_992_i64), NotCanonical::NumberOutOfRange)]
#[case::too_small(json!(-9_007_199_254_740_992_i64), NotCanonical::NumberOutOfRange)]
#[case::unsigned(json!(u64::MAX), NotCanonical::NumberOutOfRange)]
#[case::fraction(json!([1.5]), NotCanonical::NotAnInteger)]
#[case::whole_float(json!({ "a": 1.0 }), NotCanonical::NotAnInteger)]
fn values_without_a_canonical_text_are_refused(#[case] value: Value, #[case] reason: NotCanonical) {
    assert_eq!(to_canonical(&value), Err(reason));
}

#[test]
fn depth_is_limited_when_writing_too() {
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    assert!(to_canonical(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(
        to_canonical(&nested(DEPTH_MAX + 1)),
        Err(NotCanonical::TooDeep)
    );
}

#[test]
fn every_reason_has_words_in_both_languages() {
    use NotCanonical::*;
    for reason in [
        TooLarge,
        ByteOrderMark,
        NotUtf8,
        NotJson,
        DuplicateKey,
        TooDeep,
        NumberOutOfRange,
        NotAnInteger,
        OtherSpelling,
    ] {
        let (_, zh, en) = TEXTS
            .iter()
            .find(|(code, ..)| *code == reason.code())
            .unwrap_or_else(|| panic!("{}", reason.code()));
        assert!(!zh.is_ascii() && en.is_ascii(), "{}", reason.code());
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-INTEGER_MAX..=INTEGER_MAX).prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Any text, with many characters around the places where byte order and UTF-16 order differ.
fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        prop::char::range('\u{0}', '\u{7f}'),
        prop::char::range('\u{d000}', '\u{10fff}'),
    ];
    prop::collection::vec(character, 0..6).prop_map(String::from_iter)
}

/// The same value with spaces, escapes and the keys the other way round.
fn spelled_loosely(value: &Value, text: &mut String) {
    let string = |string: &str, text: &mut String| {
        text.push('"');
        string
            .encode_utf16()
            .for_each(|unit| text.push_str(&format!("\\u{unit:04X}")));
        text.push('"');
    };
    match value {
        Value::String(content) => string(content, text),
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place > 0 { "\t, " } else { "\r\n" });
                spelled_loosely(item, text);
            }
            text.push_str(" ]");
        }
        Value::Object(members) => {
            text.push('{');
            for (place, (key, item)) in members.iter().rev().enumerate() {
                text.push_str(if place > 0 { " ,\n" } else { " " });
                string(key, text);
                text.push_str(" : ");
                spelled_loosely(item, text);
            }
            text.push_str("\n}");
        }
        other => text.push_str(&other.to_string()),
    }
}

proptest! {
    #[test]
    fn canonical_text_reads_back_as_the_same_value(value in any_value()) {
        let text = to_canonical(&value).unwrap();
        prop_assert_eq!(parse_canonical(text.as_bytes(), usize::MAX), Ok(value.clone()));
        let by_serde: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(by_serde, value);
    }

    #[test]
    fn any_other_spelling_means_the_same_but_is_refused(value in any_value()) {
        let mut text = String::from(" ");
        spelled_loosely(&value, &mut text);
        prop_assert_eq!(parse_strict(text.as_bytes(), usize::MAX), Ok(value));
        prop_assert_eq!(parse_canonical(text.as_bytes(), usize::MAX), Err(NotCanonical::OtherSpelling));
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..64), text in "[\\[\\]{}\",:\\\\u0-9a-f.eE+\\- \u{80}-\u{ff}]{0,40}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(value) = parse_canonical(bytes, 64) {
                let text = to_canonical(&value).unwrap();
                prop_assert_eq!(text.as_bytes(), bytes);
            }
        }
    }

    #[test]
    fn the_reader_agrees_with_serde_on_what_json_is(text in "[\\[\\]{}\",:\\\\untrefals0-9.eE+\\- ]{0,24}") {
        use NotCanonical::*;
        let ours = parse_strict(text.as_bytes(), 1024);
        match serde_json::from_str::<Value>(&text) {
            Err(_) => prop_assert!(matches!(ours, Err(NotJson | NumberOutOfRange | NotAnInteger | DuplicateKey)), "{:?}", ours),
            Ok(value) => prop_assert!(ours == Ok(value) || matches!(ours, Err(NumberOutOfRange | NotAnInteger | DuplicateKey)) || text.contains("-0"), "{:?}", ours),
        }
    }
}
