//! What was filled in on the page behind an evaluation link. Everything may be missing or hostile.

use domain::sidecar::{Contact, Ink, NAME_CHARS_MAX, PHONE_CHARS_MAX, Point};
use serde::Deserialize;

use crate::language::{Lang, Wording};

/// Longest remark, in characters.
pub const REMARK_CHARS_MAX: usize = 500;
/// Longest name of a unit, in characters.
pub const UNIT_CHARS_MAX: usize = 60;

/// The fields as sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub stars: String,
    pub resolved: String,
    pub remark: String,
    pub name: String,
    pub unit: String,
    pub phone: String,
    /// Width and height, then the strokes, each as x, y, milliseconds: `360.208-12.30.0.14.33.16-…`.
    pub ink: String,
}

/// A form whose every field is acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub stars: u8,
    pub resolved: bool,
    pub remark: String,
    pub unit: String,
    pub signer: Contact,
    pub ink: Ink,
}

impl Form {
    /// The accepted form, or every objection in the reader's language.
    pub fn accept(&self, lang: Lang) -> Result<Accepted, Vec<&'static str>> {
        let mut objections = Vec::new();
        let mut object = |applies: bool, zh, en| {
            if applies {
                objections.push(lang.pick(zh, en));
            }
        };
        let stars = self
            .stars
            .parse()
            .ok()
            .filter(|stars| (1..=5).contains(stars));
        let resolved = match self.resolved.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let (name, unit, phone) = (self.name.trim(), self.unit.trim(), self.phone.trim());
        let ink = ink_of(&self.ink).filter(|ink| ink.is_within_limits() && !ink.is_empty());
        let is_long = |text: &str, most| text.chars().count() > most;
        object(
            resolved.is_none(),
            "请选择故障是否已解决。",
            "Please say whether the fault is solved.",
        );
        object(
            stars.is_none(),
            "请选择 1 至 5 分。",
            "Please choose a rating from 1 to 5.",
        );
        object(
            is_long(&self.remark, REMARK_CHARS_MAX),
            "意见请不超过 500 字。",
            "Please use at most 500 characters for the remark.",
        );
        object(
            name.is_empty() || unit.is_empty(),
            "请填写姓名和单位。",
            "Please enter your name and unit.",
        );
        object(
            is_long(name, NAME_CHARS_MAX) || is_long(unit, UNIT_CHARS_MAX),
            "姓名或单位请不超过 60 字。",
            "Please use at most 60 characters for name and unit.",
        );
        let is_phone = |sign: char| sign.is_ascii_digit() || "+- ()".contains(sign);
        object(
            is_long(phone, PHONE_CHARS_MAX) || !phone.chars().all(is_phone),
            "电话号码看起来不正确。",
            "The phone number does not look right.",
        );
        object(
            ink.is_none(),
            "请在框内手写签名。",
            "Please sign by hand inside the box.",
        );
        match (stars, resolved, ink) {
            (Some(stars), Some(resolved), Some(ink)) if objections.is_empty() => Ok(Accepted {
                stars,
                resolved,
                remark: without_controls(&self.remark),
                unit: without_controls(unit),
                signer: Contact {
                    name: without_controls(name),
                    phone: phone.to_owned(),
                },
                ink,
            }),
            _ => Err(objections),
        }
    }
}

/// The drawn signature, if it is written as the page writes it.
fn ink_of(text: &str) -> Option<Ink> {
    let mut parts = text.split('-');
    let [width, height] = numbers(parts.next()?)?.try_into().ok()?;
    let strokes: Option<Vec<Vec<Point>>> = parts.map(stroke_of).collect();
    Some(Ink {
        width,
        height,
        strokes: strokes?,
    })
}

fn stroke_of(text: &str) -> Option<Vec<Point>> {
    let numbers = numbers(text)?;
    let (triples, []) = numbers.as_chunks::<3>() else {
        return None;
    };
    let point = |[x, y, t]: &[u32; 3]| {
        let (x, y) = (i32::try_from(*x).ok()?, i32::try_from(*y).ok()?);
        Some(Point { x, y, t: *t })
    };
    triples.iter().map(point).collect()
}

/// Digits only: a sign or a blank in front is nothing the page writes.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let number = |part: &str| {
        let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| part.parse().ok()).flatten()
    };
    text.split('.').map(number).collect()
}

fn without_controls(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept = text.trim().chars();
    kept.filter(|sign| !sign.is_control() || *sign == '\n')
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn good() -> Form {
        Form {
            stars: "4".to_owned(),
            resolved: "yes".to_owned(),
            remark: " 很快\r\n谢谢\u{0} ".to_owned(),
            name: " 陈静 ".to_owned(),
            unit: "福田大厅".to_owned(),
            phone: "0755-8800 1234".to_owned(),
            ink: "360.208-20.30.0.90.120.180-90.40.400.20.60.520".to_owned(),
        }
    }

    #[test]
    fn a_good_form_is_accepted_and_tidied() {
        let accepted = good().accept(Lang::Zh).unwrap();
        assert_eq!((accepted.stars, accepted.resolved), (4, true));
        assert_eq!(accepted.remark, "很快\n谢谢");
        assert_eq!(accepted.signer.name, "陈静");
        assert_eq!((accepted.ink.width, accepted.ink.strokes.len()), (360, 2));
        assert_eq!(
            accepted.ink.strokes[1][1],
            Point {
                x: 20,
                y: 60,
                t: 520
            }
        );
        let minimal = Form {
            remark: String::new(),
            phone: String::new(),
            ..good()
        };
        assert!(minimal.accept(Lang::Zh).is_ok());
    }

    #[rstest]
    #[case::no_stars(|form: &mut Form| form.stars.clear())]
    #[case::no_star(|form: &mut Form| form.stars = "0".to_owned())]
    #[case::six_stars(|form: &mut Form| form.stars = "6".to_owned())]
    #[case::not_said_whether_solved(|form: &mut Form| form.resolved.clear())]
    #[case::perhaps(|form: &mut Form| form.resolved = "perhaps".to_owned())]
    #[case::long_remark(|form: &mut Form| form.remark = "好".repeat(501))]
    #[case::no_name(|form: &mut Form| form.name = " ".to_owned())]
    #[case::no_unit(|form: &mut Form| form.unit.clear())]
    #[case::long_name(|form: &mut Form| form.name = "名".repeat(61))]
    #[case::words_as_phone(|form: &mut Form| form.phone = "call me".to_owned())]
    #[case::no_ink(|form: &mut Form| form.ink.clear())]
    #[case::an_empty_pad(|form: &mut Form| form.ink = "360.208".to_owned())]
    #[case::a_dot(|form: &mut Form| form.ink = "360.208-20.30.0.20.30.9".to_owned())]
    #[case::nineteen_pixels(|form: &mut Form| form.ink = "360.208-0.0.0.19.0.9".to_owned())]
    #[case::half_a_point(|form: &mut Form| form.ink.push_str(".1"))]
    #[case::a_sign(|form: &mut Form| form.ink = "360.208-+1.0.0.99.0.9".to_owned())]
    #[case::an_empty_number(|form: &mut Form| form.ink = "360.208-..0.99.0.9".to_owned())]
    #[case::a_stroke_too_many(|form: &mut Form| form.ink.push_str(&"-1.1.1".repeat(199)))]
    #[case::no_width(|form: &mut Form| form.ink = "0.208-0.0.0.99.0.9".to_owned())]
    #[case::a_number_too_large(|form: &mut Form| form.ink = "360.208-4294967296.0.0.9.0.9".to_owned())]
    fn every_bad_field_is_named(#[case] spoil: fn(&mut Form)) {
        let mut form = good();
        spoil(&mut form);
        assert_eq!(form.accept(Lang::En).unwrap_err().len(), 1);
    }

    #[rstest]
    #[case::five_hundred(|form: &mut Form| form.remark = "好".repeat(500))]
    #[case::twenty_pixels(|form: &mut Form| form.ink = "360.208-0.0.0.20.0.9".to_owned())]
    #[case::two_hundred_strokes(|form: &mut Form| form.ink.push_str(&"-1.1.1".repeat(198)))]
    fn the_largest_and_least_are_accepted(#[case] stretch: fn(&mut Form)) {
        let mut form = good();
        stretch(&mut form);
        assert!(form.accept(Lang::Zh).is_ok());
    }
}
