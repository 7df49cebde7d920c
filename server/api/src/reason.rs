//! Why one thing among many was set aside: its code and the domain's words for it, in both
//! languages at once, because the phone keeps them and may show them to somebody else.

use domain::text::{Lang, text};
use poem_openapi::Object;

/// A stable code with its words.
#[derive(Debug, Clone, Object)]
pub struct Reason {
    pub code: String,
    pub zh: String,
    pub en: String,
}

impl Reason {
    /// The reason of this code.
    pub fn of(code: impl AsRef<str>) -> Self {
        let code = code.as_ref();
        let words = |lang| text(code, lang).unwrap_or(code).to_owned();
        Self {
            zh: words(Lang::Zh),
            en: words(Lang::En),
            code: code.to_owned(),
        }
    }
}
