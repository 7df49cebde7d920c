//! Identifiers as types, so that a terminal can never be passed where a site is meant.
//!
//! Text identifiers are short printable ASCII; hashes travel as lower-case hex. Nothing here
//! says whether the named thing exists: that is the register's business.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not the identifier it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedId;

impl fmt::Display for MalformedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed identifier")
    }
}

/// Longest accepted text identifier, in bytes.
const TEXT_ID_BYTES_MAX: usize = 40;

fn is_text_id(text: &str) -> bool {
    (1..=TEXT_ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                if is_text_id(text) { Ok(Self(text.to_owned())) } else { Err(MalformedId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedId;
            fn try_from(text: String) -> Result<Self, MalformedId> {
                if is_text_id(&text) { Ok(Self(text)) } else { Err(MalformedId) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A place where terminals stand, `S-FT-01`.
    SiteId
}
text_id! {
    /// An organisation: authority, site unit or provider, `O-...`.
    OrgId
}
text_id! {
    /// A person, or one of the two pseudo persons `public` and `system`.
    PersonId
}
text_id! {
    /// An operation-and-maintenance work order 运维工单, `WO-20261124-0001`.
    WorkOrderId
}
text_id! {
    /// One of Shenzhen's ten districts, two letters, `FT` for 福田.
    District
}
text_id! {
    /// A self-service terminal, `SZ-FT-012344`; see [`TerminalId::has_valid_check_digit`].
    TerminalId
}

impl TerminalId {
    /// The six digits people type: five of serial number, one Luhn check digit.
    pub fn digits(&self) -> Option<&str> {
        let digits = self.0.rsplit('-').next()?;
        (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
    }

    /// Whether the last digit is the Luhn check digit of the five before it,
    /// which catches every single mistyped digit and most swapped neighbours.
    pub fn has_valid_check_digit(&self) -> bool {
        self.digits().is_some_and(|digits| {
            let (serial, check) = digits.split_at(5);
            check.parse() == Ok(luhn(serial))
        })
    }

    /// The terminal with this serial number (0–99 999) in this district.
    pub fn from_serial(district: &District, serial: u32) -> Self {
        let serial = format!("{:05}", serial % 100_000);
        Self(format!("SZ-{district}-{serial}{}", luhn(&serial)))
    }
}

fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 {
                if digit > 4 { digit * 2 - 9 } else { digit * 2 }
            } else {
                digit
            }
        })
        .sum();
    (10 - sum % 10) % 10
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $bytes]);

        impl std::str::FromStr for $name {
            type Err = $crate::ids::MalformedId;
            fn from_str(text: &str) -> Result<Self, $crate::ids::MalformedId> {
                let mut bytes = [0; $bytes];
                $crate::ids::decode_hex(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ids::MalformedId;
            fn try_from(text: String) -> Result<Self, $crate::ids::MalformedId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                $crate::ids::hex(&id.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::ids::hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

pub(crate) use hex_id;

hex_id! {
    /// A SHA-256 digest; names photos, policies, summaries and sidecars.
    Digest, 32
}
hex_id! {
    /// An event: SHA-256 of the pre-authentication encoding that was signed. The signature is
    /// left out on purpose: ECDSA signatures have a second valid form, so they identify nothing.
    EventId, 32
}
hex_id! {
    /// A phone's key, or the server's: first 16 bytes of SHA-256 of the public key.
    DeviceId, 16
}
hex_id! {
    /// One page load of the phone app; monotonic clocks compare only inside one session.
    SessionId, 8
}
hex_id! {
    /// A number used once, which ties a receipt to the question it answers.
    Nonce, 16
}

impl EventId {
    /// What the first event of a chain names as its predecessor.
    pub const GENESIS: EventId = EventId([0; 32]);
}

/// Lower-case hex. By table, because every event is named a dozen times on its way to disk.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(digits).map(char::from));
    text
}

pub(crate) fn decode_hex(text: &str, out: &mut [u8]) -> Result<(), MalformedId> {
    let digits = text.as_bytes();
    if digits.len() != out.len() * 2 {
        return Err(MalformedId);
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Ok(())
}

/// Lower case only: a second spelling of the same hash would be a second canonical form.
fn hex_digit(digit: u8) -> Result<u8, MalformedId> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(MalformedId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_wrong_digit_of_a_terminal_number_is_caught() {
        let right = TerminalId::from_serial(&"FT".parse().unwrap(), 1234);
        assert!(right.has_valid_check_digit(), "{right}");
        let text = right.as_str();
        for place in text.len() - 6..text.len() {
            for digit in b'0'..=b'9' {
                let mut bytes = text.as_bytes().to_vec();
                if bytes[place] == digit {
                    continue;
                }
                bytes[place] = digit;
                let wrong: TerminalId = String::from_utf8(bytes).unwrap().parse().unwrap();
                assert!(!wrong.has_valid_check_digit(), "{wrong}");
            }
        }
    }

    #[test]
    fn hex_has_one_spelling() {
        let text = "00ff00ff00ff00ff";
        assert_eq!(text.parse::<SessionId>().unwrap().to_string(), text);
        for wrong in [
            "00FF00ff00ff00ff",
            "00ff",
            "00ff00ff00ff00f",
            "00ff00ff00ff00fg",
            "00ff00ff00ff00ff00",
        ] {
            assert!(wrong.parse::<SessionId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn text_ids_refuse_what_could_escape_into_a_path_or_query() {
        for wrong in [
            "",
            "a b",
            "../x",
            "a/b",
            "工单",
            "a'b",
            "x\n",
            &"a".repeat(41),
        ] {
            assert!(wrong.parse::<WorkOrderId>().is_err(), "{wrong:?}");
        }
    }
}
