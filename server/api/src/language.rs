//! Which of the two languages a person reads. Chinese unless English is asked for.

pub use domain::text::Lang;
use poem::http::HeaderMap;
use poem::http::header::ACCEPT_LANGUAGE;

/// The better language according to `Accept-Language`; Chinese when it names neither.
pub fn accepted(headers: &HeaderMap) -> Lang {
    let wanted = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let weight = |primary: &str| {
        wanted
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let tag = parts.next()?.split('-').next()?;
                let q = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
                tag.eq_ignore_ascii_case(primary).then(|| q.unwrap_or(1.0))
            })
            .fold(0.0, f32::max)
    };
    if weight("en") > weight("zh") {
        Lang::En
    } else {
        Lang::Zh
    }
}

/// From `?lang=`; anything but `en` is Chinese.
pub fn named(name: &str) -> Lang {
    if name.eq_ignore_ascii_case("en") {
        Lang::En
    } else {
        Lang::Zh
    }
}

/// What HTTP and HTML need of a language.
pub trait Wording {
    /// The tag for `lang` attributes and `Content-Language`.
    fn tag(self) -> &'static str;
    /// The one of two texts that is in this language.
    fn pick<T>(self, zh: T, en: T) -> T;
}

impl Wording for Lang {
    fn tag(self) -> &'static str {
        self.pick("zh-CN", "en")
    }

    fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_unless_english_is_preferred() {
        let cases = [
            ("", Lang::Zh),
            ("en", Lang::En),
            ("en-GB,en;q=0.9", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en;q=0.9, zh;q=0.1", Lang::En),
            ("fr,de", Lang::Zh),
            ("fr, en;q=0.3", Lang::En),
            ("en;q=0", Lang::Zh),
            ("*", Lang::Zh),
            (";;;,q=,", Lang::Zh),
        ];
        for (header, lang) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(accepted(&headers), lang, "{header}");
        }
    }
}
