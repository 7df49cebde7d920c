//! Relay 转达: how a chain head reaches the server when its phone cannot. Somebody else's phone opens the
//! address in a QR code ([`RelayHead`]), or twenty characters are read to the hotline
//! ([`RelayCode`]). Neither says anything but "this head exists": the server answers with a time,
//! and a head that no chain ever reaches proves nothing (evidence §2.2).
//!
//! What is not here: giving receipts, and finding the chain a code belongs to.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::canonical::{INTEGER_MAX, digest_of};
use crate::ids::{DeviceId, Digest, EventId};
use crate::spoken::{self, ALPHABET};
use crate::text::coded;
use crate::time::Timestamp;

coded! {
    /// Why a text relays nothing.
    RelayRefusal {
        NotARelayAddress "not_a_relay_address"
            "这个地址不完整，没有登记任何证明。请让技术员重新显示二维码，再扫一次；扫不了可以致电值班热线报证明码。"
            "This address is incomplete; nothing was proved. Ask the technician to show the code again and scan once more, or read the proof code to the hotline.";
        NotARelayCode "not_a_relay_code"
            "证明码应为 20 位，只含数字和字母（不含 U）。请与技术员逐组核对后重新输入。"
            "A proof code has 20 characters, digits and letters without U. Compare it group by group with the technician and enter it again.";
    }
}

coded! {
    /// Why a code that was told bounds nothing.
    RelayDoubt {
        Ambiguous "relay_code_ambiguous"
            "同一证明码与不止一条记录相符，已全部作废，需要核查" "One proof code matches more than one record, so it counts for none; this needs an investigation";
    }
}

/// A chain head as the relay QR code carries it: `/r/<device>/<place>/<head>` behind the server's
/// own address, hashes in base64url. 76 characters and a five-digit place leave 30 for
/// the server's name in a QR code of version 6, level M, which phones read across a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayHead {
    pub dev: DeviceId,
    pub head_seq: u64,
    pub head: EventId,
}

impl fmt::Display for RelayHead {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dev,
            head_seq,
            head,
        } = self;
        let (dev, head) = (
            URL_SAFE_NO_PAD.encode(dev.0),
            URL_SAFE_NO_PAD.encode(head.0),
        );
        write!(out, "/r/{dev}/{head_seq}/{head}")
    }
}

impl FromStr for RelayHead {
    type Err = RelayRefusal;

    /// Reads a path; one spelling only, nothing before it and nothing behind it.
    fn from_str(path: &str) -> Result<Self, RelayRefusal> {
        let refusal = RelayRefusal::NotARelayAddress;
        let mut parts = path.strip_prefix("/r/").ok_or(refusal)?.split('/');
        let mut next = || parts.next().ok_or(refusal);
        let (dev, seq, head) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(refusal);
        }
        Ok(Self {
            dev: DeviceId(bytes(dev)?),
            head_seq: place(seq)?,
            head: EventId(bytes(head)?),
        })
    }
}

/// Unpadded base64url of exactly `N` bytes; unused bits must be zero, or there were two spellings.
fn bytes<const N: usize>(text: &str) -> Result<[u8; N], RelayRefusal> {
    let refusal = RelayRefusal::NotARelayAddress;
    // The longest is 43 characters; nobody decodes a novel.
    if text.len() > 43 {
        return Err(refusal);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refusal)?;
    bytes.try_into().map_err(|_| refusal)
}

fn place(text: &str) -> Result<u64, RelayRefusal> {
    let refusal = RelayRefusal::NotARelayAddress;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let seq: u64 = text.parse().ok().filter(|_| is_plain).ok_or(refusal)?;
    (seq <= INTEGER_MAX as u64).then_some(seq).ok_or(refusal)
}

/// The first 100 bits of a chain head, as twenty characters of Crockford's base 32. Not fewer: with 80 bits
/// somebody could prepare two heads with the same characters and choose later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelayCode([u8; RelayCode::LENGTH]);

impl RelayCode {
    /// Characters.
    pub const LENGTH: usize = 20;

    /// The code of a head.
    pub fn of(head: EventId) -> Self {
        let mut bits = 0_u128;
        for byte in &head.0[..13] {
            bits = bits << 8 | u128::from(*byte);
        }
        // 13 bytes are 104 bits.
        bits >>= 4;
        let mut code = [0; Self::LENGTH];
        for character in code.iter_mut().rev() {
            *character = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        Self(code)
    }

    /// Reads what somebody typed: upper or lower case, O for 0, I or L for 1, spaces and dashes
    /// anywhere.
    pub fn typed(text: &str) -> Result<Self, RelayRefusal> {
        spoken::typed(text)
            .map(Self)
            .ok_or(RelayRefusal::NotARelayCode)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }

    /// As it is shown and read out: five groups of four.
    pub fn grouped(&self) -> String {
        spoken::grouped(self.as_str())
    }

    /// Six digits that whoever was told this code reads back. They say that the server (or the
    /// hotline) has *this* code and not a misread one. They are no proof: anybody who sees the code can compute
    /// them, the technician's own phone included. The proof is the receipt.
    pub fn acknowledgement(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"daochang.relay.acknowledgement.v1\n");
        hash.update(self.0);
        let hash = hash.finalize();
        let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
        format!("{:06}", number % 1_000_000)
    }

    /// What the log's leaf names when a code is told: this code, at this time, and not whose it is,
    /// because nobody knows that yet.
    pub fn record_digest(&self, ts: Timestamp) -> Digest {
        #[derive(Serialize)]
        struct Record {
            code: RelayCode,
            ts: Timestamp,
            v: u32,
        }
        let record = Record {
            code: *self,
            ts,
            v: 1,
        };
        digest_of(&record).expect("a code and a time have a canonical form")
    }
}

impl fmt::Display for RelayCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl From<RelayCode> for String {
    fn from(code: RelayCode) -> String {
        code.to_string()
    }
}

/// Its one stored spelling, not what people type.
impl TryFrom<String> for RelayCode {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        match Self::typed(&text) {
            Ok(code) if code.as_str() == text => Ok(code),
            _ => Err(RelayRefusal::NotARelayCode.code()),
        }
    }
}
