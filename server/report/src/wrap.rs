//! Breaking a text into lines. Chinese may break between any two letters except before a closing
//! mark and after an opening one; Latin words and numbers stay whole unless they are longer than
//! a line.

use crate::font::{Face, readable};

/// May not begin a line.
const CLOSING: &str = "，。、；：？！）》」』】〕”’％…·,.;:?!)]}%”";
/// May not end a line.
const OPENING: &str = "（《「『【〔“‘([{";

/// The lines of a text at this size in this width; at least one.
pub fn lines(text: &str, face: Face, size: f32, width: f32) -> Vec<String> {
    let text = readable(text);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        fill(paragraph, face, size, width, &mut lines);
    }
    lines
}

fn fill(paragraph: &str, face: Face, size: f32, width: f32, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0.0;
    for unit in units(paragraph) {
        let wide = face.width(unit.trim_end(), size);
        if used + wide > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0.0;
        }
        if wide <= width {
            line.push_str(unit);
            used += face.width(unit, size);
            continue;
        }
        for letter in unit.chars() {
            let wide = face.width(letter.encode_utf8(&mut [0; 4]), size);
            if used + wide > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(letter);
            used += wide;
        }
    }
    lines.push(line.trim_end().to_owned());
}

/// The pieces between which a line may break.
fn units(paragraph: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, letter) in paragraph.char_indices() {
        if at > start && before.is_some_and(|before| may_break(before, letter)) {
            units.push(&paragraph[start..at]);
            start = at;
        }
        before = Some(letter);
    }
    if start < paragraph.len() {
        units.push(&paragraph[start..]);
    }
    units
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    before == ' ' || is_wide(before) || is_wide(after)
}

/// Chinese letters and marks, between which Latin spacing rules do not apply.
fn is_wide(letter: char) -> bool {
    letter >= '\u{2e80}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn closing_marks_never_begin_a_line_and_words_stay_whole() {
        let text = "打印机无响应，重启后恢复（型号 ZT-200，序列号 SN20261124）。";
        for width in 30..200 {
            for line in lines(text, Face::Text, 9.0, width as f32) {
                let first = line.chars().next().unwrap_or('x');
                let is_long = Face::Text.width("SN20261124）。", 9.0) > width as f32;
                assert!(is_long || !CLOSING.contains(first), "{width}: {line}");
            }
        }
        assert_eq!(lines("a\n\nb", Face::Text, 9.0, 100.0), ["a", "", "b"]);
        assert_eq!(lines("", Face::Text, 9.0, 100.0), [""]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_wide(text in "[a-z0-9 ，。（）到场运维\n]{0,200}", width in 12u16..300) {
            let width = f32::from(width);
            let broken = lines(&text, Face::Text, 9.0, width);
            for line in &broken {
                prop_assert!(Face::Text.width(line, 9.0) <= width + 0.01, "{line}");
            }
            let bare = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&broken.concat()), bare(&text));
        }
    }
}
