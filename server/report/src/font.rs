//! The one font of all documents, compiled in: how wide a text is and which of its letters can be
//! drawn. A letter without a glyph, and one that steers the text without being seen, is written
//! as its number: a document for a court shows neither a hole nor a lie.

use std::borrow::Cow;
use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId};
use krilla::text::Font;

/// WenQuanYi Micro Hei; see `font/README.md`.
static BYTES: &[u8] = include_bytes!("../font/wqy-microhei.ttc");

/// The two faces of the collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    Text,
    /// The same with Latin letters of one width, for hashes and numbers that are compared.
    Mono,
}

/// One face, opened for measuring and for writing.
pub struct Opened {
    pub ruler: FontRef<'static>,
    pub pen: Font,
    units_per_em: f32,
}

static TEXT: LazyLock<Opened> = LazyLock::new(|| open(0));
static MONO: LazyLock<Opened> = LazyLock::new(|| open(1));

fn open(index: u32) -> Opened {
    let ruler = FontRef::try_from_slice_and_index(BYTES, index)
        .expect("the compiled-in font was opened by a test");
    let pen = Font::new(BYTES.into(), index).expect("the compiled-in font was opened by a test");
    let units_per_em = ruler
        .units_per_em()
        .expect("the compiled-in font states its units");
    Opened {
        ruler,
        pen,
        units_per_em,
    }
}

impl Face {
    /// The opened face.
    pub fn opened(self) -> &'static Opened {
        match self {
            Face::Text => &TEXT,
            Face::Mono => &MONO,
        }
    }

    /// Width of a cleaned text, points.
    pub fn width(self, text: &str, size: f32) -> f32 {
        let opened = self.opened();
        text.chars()
            .map(|letter| opened.advance(opened.glyph(letter)))
            .sum::<f32>()
            * size
    }
}

impl Opened {
    /// The glyph of a letter; number 0 is the font's empty box.
    pub fn glyph(&self, letter: char) -> GlyphId {
        self.ruler.glyph_id(letter)
    }

    /// Units in which the font is drawn.
    pub fn units_per_em(&self) -> f32 {
        self.units_per_em
    }

    /// How far a glyph moves the pen, in units of the letter size.
    pub fn advance(&self, glyph: GlyphId) -> f32 {
        self.ruler.h_advance_unscaled(glyph) / self.units_per_em
    }
}

/// The text as it can be drawn: line breaks stay, every letter that has no visible form of its
/// own stands as its number, `[U+1F600]`.
pub fn readable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\t' | '\u{a0}' => clean.push(' '),
            '\r' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            _ if is_plain(letter) => clean.push(letter),
            _ => clean.push_str(&format!("[U+{:04X}]", u32::from(letter))),
        }
    }
    Cow::Owned(clean)
}

fn is_plain(letter: char) -> bool {
    letter == '\n'
        || (!letter.is_control() && !is_hidden(letter) && TEXT.glyph(letter) != GlyphId(0))
}

/// Letters that join, turn or hide others, and those without a meaning of their own.
fn is_hidden(letter: char) -> bool {
    matches!(letter,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_open_and_know_chinese() {
        for face in [Face::Text, Face::Mono] {
            let width = face.width("到场", 10.0);
            assert!((width - 20.0).abs() < 1.0, "{width}");
        }
        let wide = Face::Mono.width("WWW", 10.0);
        assert!((wide - Face::Mono.width("iii", 10.0)).abs() < 0.01);
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(readable("打印机 OK"), "打印机 OK");
        assert_eq!(readable("好😀"), "好[U+1F600]");
        assert_eq!(readable("a\u{202e}b\0c"), "a[U+202E]b[U+0000]c");
        assert_eq!(readable("a\tb\r\nc"), "a b\nc");
        assert_eq!(readable(&readable("\u{feff}好")).into_owned(), "[U+FEFF]好");
    }
}
