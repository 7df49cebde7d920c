//! Codes that people read out to each other and type: Crockford's base 32, in groups of four.

/// Without I, L, O (too like 1 and 0) and U.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters read out at a time.
const GROUP: usize = 4;

/// What somebody typed, if it is a code of this length: upper or lower case, O for 0, I or L for 1, spaces and dashes
/// anywhere, up to three beside each character; longer texts are not looked at.
pub(crate) fn typed<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    if text.chars().count() > 4 * LENGTH {
        return None;
    }
    let mut code = [0; LENGTH];
    let mut length = 0;
    for character in text.chars() {
        if character.is_whitespace() || "-‐‑–—－_·.".contains(character) {
            continue;
        }
        *code.get_mut(length)? = meant(character)?;
        length += 1;
    }
    (length == LENGTH).then_some(code)
}

/// As it is shown and read out.
pub(crate) fn grouped(code: &str) -> String {
    let groups = (0..code.len()).step_by(GROUP);
    let groups: Vec<&str> = groups
        .map(|at| &code[at..code.len().min(at + GROUP)])
        .collect();
    groups.join(" ")
}

/// The character of the alphabet that somebody meant.
fn meant(character: char) -> Option<u8> {
    // Full-width forms come from Chinese keyboards.
    let character = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0)?,
        other => other,
    };
    let meant = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let byte = u8::try_from(meant).ok()?;
    ALPHABET.contains(&byte).then_some(byte)
}
