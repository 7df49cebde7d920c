use rstest::rstest;
use serde_json::json;

use super::ink::{POINTS_MAX, STROKES_MAX};
use super::*;

fn sidecar(value: Value) -> Sidecar {
    Sidecar {
        salt: Salt(Nonce([7; 16])),
        value,
    }
}

fn fix() -> Value {
    json!({ "lat_e7": 225431234, "lng_e7": 1140571234, "acc_cm": 1200, "ts": 1790000000000_i64, "mono": 5000, "src": "gnss", "crs": "wgs84" })
}

#[test]
fn a_sidecar_is_what_was_committed_to_and_nothing_else() {
    let kept = sidecar(json!({ "name": "陈敏", "phone": "13800000000" }));
    let commitment = kept.commitment().unwrap();
    assert_eq!(kept.verify(commitment), Ok(()));
    let other_value = sidecar(json!({ "name": "陈敏", "phone": "13800000001" }));
    assert_eq!(other_value.verify(commitment), Err(BadSidecar::OtherValue));
    let other_salt = Sidecar {
        salt: Salt(Nonce([8; 16])),
        ..kept.clone()
    };
    assert_eq!(other_salt.verify(commitment), Err(BadSidecar::OtherValue));
    assert_eq!(Sidecar::parse(kept.text().unwrap().as_bytes()), Ok(kept));
}

#[test]
fn a_stored_sidecar_has_one_spelling_and_no_further_member() {
    let salt = "07".repeat(16);
    let parse = |text: String| Sidecar::parse(text.as_bytes()).map_err(|bad| bad.code());
    assert!(parse(format!(r#"{{"salt":"{salt}","value":[]}}"#)).is_ok());
    assert_eq!(
        parse(format!(r#"{{"salt":"{salt}","value":[1.5]}}"#)),
        Err("not_an_integer")
    );
    assert_eq!(
        parse(format!(r#"{{"salt":"{salt}", "value":[]}}"#)),
        Err("not_canonical")
    );
    assert_eq!(
        parse(format!(r#"{{"salt":"{salt}","value":[],"z":1}}"#)),
        Err("sidecar_wrong_kind")
    );
    assert_eq!(
        parse(format!(r#"{{"salt":"{}","value":[]}}"#, "07".repeat(15))),
        Err("sidecar_wrong_kind")
    );
    let large = format!(
        r#"{{"salt":"{salt}","value":"{}"}}"#,
        "x".repeat(SIDECAR_BYTES_MAX)
    );
    assert_eq!(parse(large), Err("too_large"));
}

#[test]
fn values_read_as_what_they_are() {
    assert_eq!(sidecar(json!([fix(), fix()])).fixes().unwrap().len(), 2);
    let contact = sidecar(json!({ "name": "陈敏", "phone": "" }))
        .contact()
        .unwrap();
    assert_eq!(
        contact,
        Contact {
            name: "陈敏".to_owned(),
            phone: String::new()
        }
    );
    let ink =
        sidecar(json!({ "width": 600, "height": 200, "strokes": [[{ "x": 1, "y": 2, "t": 0 }]] }))
            .ink()
            .unwrap();
    assert_eq!(ink.strokes[0][0], Point { x: 1, y: 2, t: 0 });
}

#[rstest]
#[case::contact_with_more(json!({ "name": "a", "phone": "1", "id_card": "x" }))]
#[case::contact_with_less(json!({ "name": "a" }))]
#[case::list(json!([1]))]
#[case::null(json!(null))]
fn a_value_of_another_kind_is_refused(#[case] value: Value) {
    let sidecar = sidecar(value);
    assert_eq!(sidecar.contact(), Err(BadSidecar::WrongKind));
    assert_eq!(sidecar.ink(), Err(BadSidecar::WrongKind));
    assert_eq!(sidecar.fixes(), Err(BadSidecar::WrongKind));
}

#[test]
fn limits_are_inclusive() {
    assert!(sidecar(json!(vec![fix(); FIXES_MAX])).fixes().is_ok());
    assert_eq!(
        sidecar(json!(vec![fix(); FIXES_MAX + 1])).fixes(),
        Err(BadSidecar::TooMuch)
    );
    let named =
        |chars: usize| sidecar(json!({ "name": "字".repeat(chars), "phone": "1" })).contact();
    assert!(named(NAME_CHARS_MAX).is_ok());
    assert_eq!(named(NAME_CHARS_MAX + 1), Err(BadSidecar::TooMuch));
    let drawn = |strokes: usize, points: usize, side: u32| {
        let stroke = vec![json!({ "x": 1234, "y": 1234, "t": 100_000 }); points];
        let sidecar =
            sidecar(json!({ "width": side, "height": 200, "strokes": vec![stroke; strokes] }));
        assert!(sidecar.text().is_ok(), "the largest signature must fit");
        sidecar.ink()
    };
    assert!(drawn(STROKES_MAX, POINTS_MAX / STROKES_MAX, 600).is_ok());
    assert_eq!(drawn(STROKES_MAX + 1, 1, 600), Err(BadSidecar::TooMuch));
    assert_eq!(drawn(1, POINTS_MAX + 1, 600), Err(BadSidecar::TooMuch));
    assert_eq!(drawn(1, 1, 0), Err(BadSidecar::TooMuch));
}

#[rstest]
#[case::nothing(vec![], true)]
#[case::dots(vec![vec![(5, 5)], vec![(500, 100)]], true)]
#[case::pen_held_still(vec![vec![(5, 5), (5, 5), (5, 5)]], true)]
#[case::slip(vec![vec![(0, 0), (19, 0)]], true)]
#[case::just_enough(vec![vec![(0, 0), (20, 0)]], false)]
#[case::slanted_just_too_short(vec![vec![(0, 0), (14, 14)]], true)]
#[case::slanted_just_enough(vec![vec![(0, 0), (12, 16)]], false)]
#[case::many_small_steps(vec![vec![(0, 0), (7, 7), (14, 14)], vec![(50, 50), (51, 50)]], false)]
#[case::far_off_the_area(vec![vec![(i32::MIN, i32::MIN), (i32::MAX, i32::MAX)]], false)]
fn a_signature_nobody_can_see_is_empty(
    #[case] strokes: Vec<Vec<(i32, i32)>>,
    #[case] is_empty: bool,
) {
    let strokes = strokes
        .iter()
        .map(|stroke| {
            stroke
                .iter()
                .map(|(x, y)| Point { x: *x, y: *y, t: 0 })
                .collect()
        })
        .collect();
    assert_eq!(
        Ink {
            width: 600,
            height: 200,
            strokes
        }
        .is_empty(),
        is_empty
    );
}

#[test]
fn every_reason_has_words_in_both_languages() {
    for reason in [
        BadSidecar::OtherValue,
        BadSidecar::WrongKind,
        BadSidecar::TooMuch,
    ] {
        let (_, zh, en) = TEXTS
            .iter()
            .find(|(code, ..)| *code == reason.code())
            .unwrap_or_else(|| panic!("{}", reason.code()));
        assert!(!zh.is_ascii() && en.is_ascii(), "{}", reason.code());
    }
}
