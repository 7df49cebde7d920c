//! The one spelling of a signed value: RFC 8785 (JCS) restricted to whole numbers, strings,
//! booleans, null, arrays and objects. Who signs bytes must know that everybody reads the same
//! value from them; so a second spelling, a duplicate key or a number that another reader would
//! round is refused, never repaired. Signatures are [`crate::envelope`]'s business.

mod parser;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

use crate::ids::Digest;

/// Largest absolute value of a number, 2^53 − 1: what every JSON reader keeps exactly.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;
/// Deepest nesting of arrays and objects.
pub const DEPTH_MAX: usize = 32;
/// Largest payload of an event, bytes.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// Why bytes (or a value) are not canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCanonical {
    /// More bytes than the caller allows.
    TooLarge,
    /// Starts with a byte order mark.
    ByteOrderMark,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON at all.
    NotJson,
    /// An object names a key twice, however the key is spelled.
    DuplicateKey,
    /// More than [`DEPTH_MAX`] levels.
    TooDeep,
    /// Outside ±[`INTEGER_MAX`].
    NumberOutOfRange,
    /// A fraction or an exponent, even where the value would be whole.
    NotAnInteger,
    /// The right value in another spelling: spaces, order of keys, escapes, `-0`.
    OtherSpelling,
}

impl NotCanonical {
    /// The stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            NotCanonical::TooLarge => "too_large",
            NotCanonical::ByteOrderMark => "byte_order_mark",
            NotCanonical::NotUtf8 => "not_utf8",
            NotCanonical::NotJson => "not_json",
            NotCanonical::DuplicateKey => "duplicate_key",
            NotCanonical::TooDeep => "too_deep",
            NotCanonical::NumberOutOfRange => "number_out_of_range",
            NotCanonical::NotAnInteger => "not_an_integer",
            NotCanonical::OtherSpelling => "not_canonical",
        }
    }
}

/// What people read for each code: code, Chinese, English.
pub const TEXTS: &[(&str, &str, &str)] = &[
    (
        "too_large",
        "内容超过允许的大小，未被接收。请减少文字或数量后重新提交。",
        "The record is larger than allowed and was not accepted. Shorten it and submit again.",
    ),
    (
        "byte_order_mark",
        "记录开头有多余的字节顺序标记，未被接收。请更新应用后重试。",
        "The record starts with a byte order mark and was not accepted. Update the app and try again.",
    ),
    (
        "not_utf8",
        "记录的文字编码已损坏，未被接收。请更新应用后重试。",
        "The text encoding of the record is damaged, so it was not accepted. Update the app and try again.",
    ),
    (
        "not_json",
        "记录的格式已损坏，未被接收。请更新应用后重试。",
        "The record is damaged and cannot be read. Update the app and try again.",
    ),
    (
        "duplicate_key",
        "记录中同一项目出现两次，含义不唯一，未被接收。请联系管理员核查。",
        "The record names one item twice, so its meaning is not unique, and it was not accepted. Ask the administrator to look into it.",
    ),
    (
        "too_deep",
        "记录的嵌套层数过多，未被接收。请更新应用后重试。",
        "The record is nested too deeply and was not accepted. Update the app and try again.",
    ),
    (
        "number_out_of_range",
        "记录中的数字超出允许范围，未被接收。请检查填写的数值。",
        "A number in the record is out of range, so it was not accepted. Check the numbers entered.",
    ),
    (
        "not_an_integer",
        "记录中含有小数或指数形式的数字，未被接收。请只填写整数。",
        "The record holds a number with a fraction or exponent and was not accepted. Use whole numbers only.",
    ),
    (
        "not_canonical",
        "记录的写法不是规定的唯一写法，签名无法核验，未被接收。请更新应用后重试。",
        "The record is not spelled in the one agreed form, so its signature cannot be relied on. Update the app and try again.",
    ),
];

/// The canonical text of a value.
pub fn to_canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::with_capacity(512);
    write_value(&mut text, value, 0)?;
    Ok(text)
}

/// The value as the types of this crate serialise it, in canonical text.
pub fn canonical_of<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    to_canonical(&serde_json::to_value(value).map_err(|_| NotCanonical::NotJson)?)
}

/// SHA-256 of the canonical text: the name of a policy, of a summary that was shown.
pub fn digest_of<T: Serialize>(value: &T) -> Result<Digest, NotCanonical> {
    Ok(Digest(
        Sha256::digest(canonical_of(value)?.as_bytes()).into(),
    ))
}

/// Reads canonical bytes of at most `bytes_max` bytes; anything else is refused with the reason.
pub fn parse_canonical(bytes: &[u8], bytes_max: usize) -> Result<Value, NotCanonical> {
    let value = parse_strict(bytes, bytes_max)?;
    if to_canonical(&value)?.as_bytes() == bytes {
        Ok(value)
    } else {
        Err(NotCanonical::OtherSpelling)
    }
}

/// Reads JSON of any spelling but one meaning: no duplicate key, no number another reader would
/// round. For the wire form around signed bytes, which is not signed itself.
pub fn parse_strict(bytes: &[u8], bytes_max: usize) -> Result<Value, NotCanonical> {
    if bytes.len() > bytes_max {
        return Err(NotCanonical::TooLarge);
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(NotCanonical::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NotCanonical::NotUtf8)?;
    parser::parse(text)
}

fn write_value(text: &mut String, value: &Value, depth: usize) -> Result<(), NotCanonical> {
    if depth == DEPTH_MAX && matches!(value, Value::Array(_) | Value::Object(_)) {
        return Err(NotCanonical::TooDeep);
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => write_number(text, number)?,
        Value::String(string) => write_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_value(text, item, depth + 1)?;
            }
            text.push(']');
        }
        Value::Object(members) => write_object(text, members, depth)?,
    }
    Ok(())
}

/// Keys in the order of their UTF-16 code units. The map itself sorts by bytes, which is the same for ASCII and
/// differs where a character above U+FFFF meets one of U+E000–U+FFFF.
fn write_object(
    text: &mut String,
    members: &Map<String, Value>,
    depth: usize,
) -> Result<(), NotCanonical> {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    if !members.iter().all(|(key, _)| key.is_ascii()) {
        members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    }
    text.push('{');
    for (place, (key, value)) in members.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_string(text, key);
        text.push(':');
        write_value(text, value, depth + 1)?;
    }
    text.push('}');
    Ok(())
}

fn write_number(text: &mut String, number: &Number) -> Result<(), NotCanonical> {
    match number.as_i64() {
        Some(whole) if (-INTEGER_MAX..=INTEGER_MAX).contains(&whole) => {
            write!(text, "{whole}").expect("writing to a string cannot fail");
            Ok(())
        }
        Some(_) => Err(NotCanonical::NumberOutOfRange),
        None if number.is_u64() => Err(NotCanonical::NumberOutOfRange),
        None => Err(NotCanonical::NotAnInteger),
    }
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    let mut written = 0;
    for (at, byte) in string.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        text.push_str(&string[written..at]);
        written = at + 1;
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            0x08 => text.push_str("\\b"),
            0x09 => text.push_str("\\t"),
            0x0a => text.push_str("\\n"),
            0x0c => text.push_str("\\f"),
            0x0d => text.push_str("\\r"),
            control => write!(text, "\\u{control:04x}").expect("writing to a string cannot fail"),
        }
    }
    text.push_str(&string[written..]);
    text.push('"');
}
