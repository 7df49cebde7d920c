//! A small JSON reader that keeps what the usual ones lose: it sees duplicate keys after their
//! escapes are decoded, and it never rounds a number.

use serde_json::{Map, Number, Value};

use super::{DEPTH_MAX, INTEGER_MAX, NotCanonical};

pub(super) fn parse(text: &str) -> Result<Value, NotCanonical> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_spaces();
    if reader.at == text.len() {
        Ok(value)
    } else {
        Err(NotCanonical::NotJson)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_spaces();
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotCanonical> {
        if self.next_is(byte) {
            Ok(())
        } else {
            Err(NotCanonical::NotJson)
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, NotCanonical> {
        self.skip_spaces();
        match self.peek().ok_or(NotCanonical::NotJson)? {
            b'{' | b'[' if depth == DEPTH_MAX => Err(NotCanonical::TooDeep),
            b'{' => self.object(depth + 1),
            b'[' => self.array(depth + 1),
            b'"' => Ok(Value::String(self.string()?)),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(NotCanonical::NotJson),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, NotCanonical> {
        if !self.text[self.at..].starts_with(word) {
            return Err(NotCanonical::NotJson);
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value, NotCanonical> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.next_is(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.next_is(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, NotCanonical> {
        self.expect(b'{')?;
        let mut members = Map::new();
        if self.next_is(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_spaces();
            let key = self.string()?;
            if members.contains_key(&key) {
                return Err(NotCanonical::DuplicateKey);
            }
            self.expect(b':')?;
            let value = self.value(depth)?;
            members.insert(key, value);
            if self.next_is(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn digits(&mut self) -> Result<(), NotCanonical> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > from {
            Ok(())
        } else {
            Err(NotCanonical::NotJson)
        }
    }

    fn number(&mut self) -> Result<Value, NotCanonical> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let digits = &self.text[from..self.at];
        let mut whole = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            whole = false;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
            whole = false;
        }
        if !whole {
            return Err(NotCanonical::NotAnInteger);
        }
        match digits.parse::<i64>() {
            Ok(number) if (-INTEGER_MAX..=INTEGER_MAX).contains(&number) => {
                Ok(Value::Number(Number::from(number)))
            }
            _ => Err(NotCanonical::NumberOutOfRange),
        }
    }

    fn string(&mut self) -> Result<String, NotCanonical> {
        if self.peek() != Some(b'"') {
            return Err(NotCanonical::NotJson);
        }
        self.at += 1;
        let mut string = String::new();
        let mut from = self.at;
        loop {
            match self.peek().ok_or(NotCanonical::NotJson)? {
                b'"' => {
                    string.push_str(&self.text[from..self.at]);
                    self.at += 1;
                    return Ok(string);
                }
                b'\\' => {
                    string.push_str(&self.text[from..self.at]);
                    self.at += 1;
                    string.push(self.escape()?);
                    from = self.at;
                }
                0..0x20 => return Err(NotCanonical::NotJson),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotCanonical> {
        let escape = self.peek().ok_or(NotCanonical::NotJson)?;
        self.at += 1;
        Ok(match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.escaped_char(),
            _ => return Err(NotCanonical::NotJson),
        })
    }

    /// `\uXXXX`, or two of them for a character above U+FFFF. Half of such a pair is no text.
    fn escaped_char(&mut self) -> Result<char, NotCanonical> {
        let first = self.code_unit()?;
        let units = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u")
        {
            self.at += 2;
            vec![first, self.code_unit()?]
        } else {
            vec![first]
        };
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(NotCanonical::NotJson),
        }
    }

    fn code_unit(&mut self) -> Result<u16, NotCanonical> {
        let digits = self
            .text
            .as_bytes()
            .get(self.at..self.at + 4)
            .ok_or(NotCanonical::NotJson)?;
        let mut unit = 0;
        for digit in digits {
            let digit = char::from(*digit)
                .to_digit(16)
                .ok_or(NotCanonical::NotJson)?;
            unit = unit << 4 | digit as u16;
        }
        self.at += 4;
        Ok(unit)
    }
}
