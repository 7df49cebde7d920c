//! The words for every code the rules can answer with, in Chinese and English, so that phone,
//! console and API say the same. Each module keeps the texts of its own codes; this one only
//! finds them. Sentences say what happened and, where somebody can act, what to do.

use serde::{Deserialize, Serialize};

/// Rows of code, Chinese text, English text.
pub type Texts = &'static [(&'static str, &'static str, &'static str)];

/// The two languages; Chinese comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

/// Makes an enum of codes together with their texts, so that no code can be without one. Crates
/// next to the rules use it too, and then depend on `serde` themselves.
#[macro_export]
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal $zh:literal $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// The texts of all codes of this kind.
            pub const TEXTS: $crate::text::Texts = &[$(($code, $zh, $en),)+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)+
                }
            }
        }
    };
}
pub use coded;

/// The tables of every module that answers with codes.
const TABLES: &[Texts] = &[
    crate::canonical::TEXTS,
    crate::envelope::TEXTS,
    crate::sidecar::TEXTS,
    crate::receipt::TEXTS,
    crate::server_keys::ChangeRefusal::TEXTS,
    crate::chain::TEXTS,
    crate::refusal::RefusalCode::TEXTS,
    crate::roster::RosterRefusal::TEXTS,
    crate::channel::ChannelRefusal::TEXTS,
    crate::channel::Why::TEXTS,
    crate::enrolment::NeedsApproval::TEXTS,
    crate::enrolment::EnrolmentRefusal::TEXTS,
    crate::relay::RelayRefusal::TEXTS,
    crate::relay::RelayDoubt::TEXTS,
    crate::slip::SlipRefusal::TEXTS,
    crate::work_order::JoinRefusal::TEXTS,
    crate::work_order::ArrivalReason::TEXTS,
    crate::work_order::LinkRefusal::TEXTS,
    crate::work_order::EvaluationSource::TEXTS,
    crate::presence::FactorCode::TEXTS,
    crate::presence::Doubt::TEXTS,
    crate::build::BuildDoubt::TEXTS,
    crate::sla::clock::ClockReason::TEXTS,
    crate::tlog::LogRefusal::TEXTS,
    crate::tlog::lag::Standing::TEXTS,
    crate::review::Kind::TEXTS,
    crate::review::Measure::TEXTS,
    crate::review::decision::Outcome::TEXTS,
];

/// What a code means in this language; none if no rule answers with it.
pub fn text(code: &str, lang: Lang) -> Option<&'static str> {
    let (_, zh, en) = all().find(|(known, _, _)| *known == code)?;
    Some(match lang {
        Lang::Zh => zh,
        Lang::En => en,
    })
}

/// Every code with its Chinese and English text.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLES.iter().copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_stands_twice_and_none_is_without_words() {
        let mut seen = BTreeSet::new();
        for (code, zh, en) in all() {
            assert!(seen.insert(code), "{code} stands twice");
            assert!(
                code.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{code}"
            );
            assert!(
                zh.chars()
                    .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)),
                "{code}: {zh}"
            );
            assert!(en.len() > 5 && en.is_ascii(), "{code}: {en}");
        }
    }

    #[test]
    fn a_code_is_found_in_both_languages_and_an_unknown_one_is_not() {
        assert_eq!(text("gps_inside", Lang::Zh), Some("定位在围栏之内"));
        assert_eq!(
            text("gps_inside", Lang::En),
            Some("The position is inside the fence")
        );
        assert_eq!(text("gps_everywhere", Lang::En), None);
    }
}
