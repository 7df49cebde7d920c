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

/// Makes an enum of codes together with their texts, so that no code can be without one.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal $zh:literal $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// The texts of all codes of this kind.
            pub const TEXTS: crate::text::Texts = &[$(($code, $zh, $en),)+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)+
                }
            }
        }
    };
}
pub(crate) use coded;
