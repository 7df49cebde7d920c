//! Rotating codes: the server makes one every half minute for the terminal's own screen, or for the
//! signed-in phone of a site manager when the terminal is dark. Being signed with its time, it is a
//! lower bound: whoever scanned it did so after it was made. It never proves "not later than".

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Query;
use crate::envelope::{PublicKey, Signer};
use crate::ids::{PersonId, TerminalId, hex};
use crate::server_keys::ServerKeys;
use crate::time::Timestamp;

/// How often a screen asks for a new one.
pub const RENEWED_EVERY_MS: i64 = 30_000;
const TS_BYTES: usize = 6;
const NONCE_BYTES: usize = 8;

/// A rotating code as read, or about to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenCode {
    pub terminal: TerminalId,
    /// Server clock when it was made.
    pub ts: Timestamp,
    /// Makes it usable once.
    pub nonce: [u8; NONCE_BYTES],
    /// The site manager on whose phone it stands; none on the terminal's own screen.
    pub manager: Option<PersonId>,
    pub sig: [u8; 64],
}

impl ScreenCode {
    /// A new code; none for an instant outside the years 1970 to 10889.
    pub fn make(
        terminal: TerminalId,
        ts: Timestamp,
        nonce: [u8; NONCE_BYTES],
        manager: Option<PersonId>,
        server: &Signer,
    ) -> Option<Self> {
        (0..1 << (8 * TS_BYTES)).contains(&ts.0).then_some(())?;
        let mut code = Self {
            terminal,
            ts,
            nonce,
            manager,
            sig: [0; 64],
        };
        code.sig = server.sign_text(code.message().as_bytes());
        Some(code)
    }

    /// What stands in the QR code.
    pub fn text(&self, base: &str) -> String {
        let bytes = [
            &self.ts.0.to_be_bytes()[8 - TS_BYTES..],
            &self.nonce,
            &self.sig,
        ]
        .concat();
        let base = base.trim_end_matches('/');
        let shown_by = self
            .manager
            .as_ref()
            .map_or_else(String::new, |person| format!("&m={person}"));
        format!(
            "{base}/t/{}?c={}{shown_by}",
            self.terminal,
            URL_SAFE_NO_PAD.encode(bytes)
        )
    }

    /// Whether this server made it, with the key it had at the time the code says.
    pub fn is_genuine(&self, server: &ServerKeys) -> bool {
        let message = self.message();
        let made_it = |key: &PublicKey| key.has_signed(message.as_bytes(), &self.sig);
        server.at(self.ts).any(made_it)
    }

    /// The name of its one use.
    pub fn nonce_hex(&self) -> String {
        hex(&self.nonce)
    }

    pub(super) fn of(terminal: TerminalId, query: &Query) -> Option<Self> {
        let bytes: [u8; TS_BYTES + NONCE_BYTES + 64] = query.bytes("c")?;
        let (ts, rest) = bytes.split_at(TS_BYTES);
        let (nonce, sig) = rest.split_at(NONCE_BYTES);
        let manager = match query.get("m") {
            Some(person) => Some(person.parse().ok()?),
            None => None,
        };
        Some(Self {
            terminal,
            ts: Timestamp(ts.iter().fold(0, |ts, byte| ts << 8 | i64::from(*byte))),
            nonce: nonce.try_into().ok()?,
            manager,
            sig: sig.try_into().ok()?,
        })
    }

    fn message(&self) -> String {
        let shown_by = self.manager.as_ref().map_or("", PersonId::as_str);
        format!(
            "qr2\n{}\n{}\n{}\n{shown_by}",
            self.terminal,
            self.ts.0,
            self.nonce_hex()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    fn server() -> Signer {
        Signer::from_seed(&[7; 32])
    }

    fn made(manager: Option<&str>) -> ScreenCode {
        let manager = manager.map(|person| person.parse().unwrap());
        let terminal = "SZ-FT-012344".parse().unwrap();
        ScreenCode::make(
            terminal,
            Timestamp(1_790_000_000_123),
            [3; 8],
            manager,
            &server(),
        )
        .unwrap()
    }

    #[test]
    fn a_code_is_read_as_it_was_made() {
        for code in [made(None), made(Some("P-0031"))] {
            assert_eq!(
                Code::read(&code.text("https://x/")),
                Some(Code::Screen(code.clone()))
            );
            assert!(code.is_genuine(&ServerKeys::of(server().public_key())));
            let other = Signer::from_seed(&[8; 32]);
            assert!(!code.is_genuine(&ServerKeys::of(other.public_key())));
        }
    }

    #[test]
    fn every_part_is_signed() {
        let code = made(Some("P-0031"));
        let changed = [
            ScreenCode {
                terminal: TerminalId::from_serial(&"FT".parse().unwrap(), 777),
                ..code.clone()
            },
            ScreenCode {
                ts: Timestamp(code.ts.0 + 1),
                ..code.clone()
            },
            ScreenCode {
                nonce: [4; 8],
                ..code.clone()
            },
            ScreenCode {
                manager: None,
                ..code.clone()
            },
            ScreenCode {
                manager: Some("P-0032".parse().unwrap()),
                ..code.clone()
            },
        ];
        for code in changed {
            assert!(
                !code.is_genuine(&ServerKeys::of(server().public_key())),
                "{code:?}"
            );
        }
    }

    #[test]
    fn instants_beyond_six_bytes_are_not_made() {
        let make = |ts| {
            ScreenCode::make(
                "SZ-FT-012344".parse().unwrap(),
                Timestamp(ts),
                [0; 8],
                None,
                &server(),
            )
        };
        assert!(make(-1).is_none() && make(1 << 48).is_none());
        assert!(make(0).is_some() && make((1 << 48) - 1).is_some());
    }
}
