//! Writing HTML by hand, safely: every text that is not ours goes through [`Escaped`].

use std::fmt::{self, Display, Formatter, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::language::{Lang, Wording};

/// Text for element content and quoted attributes.
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                other => out.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A telephone number as a link one can tap; its digits only, so nothing else can get in.
pub struct Phone<'a>(pub &'a str);

impl Display for Phone<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let number: String = self
            .0
            .chars()
            .filter(|sign| sign.is_ascii_digit() || *sign == '+')
            .collect();
        write!(
            out,
            r#"<a class="phone" href="tel:{number}">{}</a>"#,
            Escaped(self.0)
        )
    }
}

/// A whole page: its title, its one style sheet, its body, and the script of the pad to sign on.
pub struct Page<'a> {
    pub lang: Lang,
    pub title: &'a str,
    pub style: &'static str,
    /// None everywhere but where somebody signs by hand.
    pub script: Option<&'static str>,
    pub body: String,
}

impl Page<'_> {
    /// The page as text.
    pub fn render(&self) -> String {
        format!(
            "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"format-detection\" content=\"telephone=no\">\
             <title>{}</title><style>{}</style></head>\n<body>\n{}\n{}</body></html>\n",
            self.lang.tag(),
            Escaped(self.title),
            self.style,
            self.body,
            self.script
                .map_or(String::new(), |script| format!("<script>{script}</script>"))
        )
    }

    /// The page as an answer. Its content policy allows this very style sheet and this very script.
    pub fn response(&self, status: StatusCode) -> Response {
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
        let style = hash(self.style);
        let script = self.script.map_or(String::new(), |script| {
            format!("script-src 'sha256-{}'; ", hash(script))
        });
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; {script}form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        let policy = HeaderValue::from_str(&policy).expect("base64 is a header value");
        Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
            .header(header::CONTENT_LANGUAGE, self.lang.tag())
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .body(self.render())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        assert_eq!(
            Escaped(r#"<script>alert("x" & 'y')</script>"#).to_string(),
            "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;"
        );
        assert_eq!(
            Phone(r#"0755-1"><b>"#).to_string(),
            r#"<a class="phone" href="tel:07551">0755-1&quot;&gt;&lt;b&gt;</a>"#
        );
    }
}
