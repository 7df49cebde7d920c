//! What can be read at a terminal, and what the server found out about it. A phone records the text
//! as it was read and judges nothing; the server, which alone has the secrets, says a [`Finding`] in
//! its own chain; points follow from that in [`crate::presence`]. Four kinds prove more than knowing
//! the terminal's number: signed labels, rotating codes of a screen, RFC 6238 steps of a screen
//! without network, and taps of an NTAG 424 DNA tag (evidence §2.6).

pub mod label;
pub mod screen;
pub mod secret;
pub mod step;
pub mod tap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, PersonId, TerminalId};
use crate::time::Timestamp;

pub use self::secret::CodeSecret;
pub use self::tap::TagId;

/// Longest text that can be one of ours, in bytes; the longest we make is half of it.
const TEXT_BYTES_MAX: usize = 512;

/// The kinds of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The terminal's number, typed or as an unsigned address: copyable by knowing it.
    Plain,
    /// A printed label of a registered run: copyable by seeing it.
    Label,
    /// A server-made code on the terminal's screen or a site manager's phone.
    Screen,
    /// A step of RFC 6238 on the screen of a terminal without network.
    Step,
    /// A tap of an NTAG 424 DNA tag.
    Tap,
}

/// A text that was read, taken apart. Nothing in it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// Identifier, or the six digits that a register completes.
    Plain(String),
    Label(label::Label),
    Screen(screen::ScreenCode),
    Step(step::StepCode),
    Tap(tap::Tap),
    /// Says that it is of this form and is not: cut off, or made up.
    Broken {
        form: Form,
        terminal: Option<TerminalId>,
    },
}

impl Code {
    /// Takes a text apart; none if it is no code of a terminal at all.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, query.split('#').next().unwrap_or_default()),
            None => (text.split('#').next().unwrap_or_default(), ""),
        };
        let query = Query(query);
        if path.ends_with("/n") && text.contains("://") {
            return Some(match tap::Tap::of(&query) {
                Some(tap) => Code::Tap(tap),
                None => Code::Broken {
                    form: Form::Tap,
                    terminal: None,
                },
            });
        }
        let named = number(path)?;
        let Some(form) = query.form() else {
            return Some(Code::Plain(named));
        };
        let terminal = named.parse::<TerminalId>().ok();
        let read = terminal
            .clone()
            .filter(TerminalId::has_valid_check_digit)
            .and_then(|terminal| match form {
                Form::Label => label::Label::of(terminal, &query).map(Code::Label),
                Form::Screen => screen::ScreenCode::of(terminal, &query).map(Code::Screen),
                Form::Step => step::StepCode::of(terminal, &query).map(Code::Step),
                Form::Plain | Form::Tap => None,
            });
        Some(read.unwrap_or(Code::Broken { form, terminal }))
    }

    /// Its kind.
    pub fn form(&self) -> Form {
        match self {
            Code::Plain(_) => Form::Plain,
            Code::Label(_) => Form::Label,
            Code::Screen(_) => Form::Screen,
            Code::Step(_) => Form::Step,
            Code::Tap(_) => Form::Tap,
            Code::Broken { form, .. } => *form,
        }
    }

    /// The terminal it names, or six digits; a tag does not say where it hangs.
    pub fn terminal(&self) -> Option<&str> {
        match self {
            Code::Plain(named) => Some(named),
            Code::Label(label) => Some(label.terminal.as_str()),
            Code::Screen(code) => Some(code.terminal.as_str()),
            Code::Step(code) => Some(code.terminal.as_str()),
            Code::Tap(_) => None,
            Code::Broken { terminal, .. } => terminal.as_ref().map(TerminalId::as_str),
        }
    }
}

/// The number in the public address `…/t/<id>`, the identifier alone, or its six digits; none
/// unless the check digit is right.
fn number(path: &str) -> Option<String> {
    let last = match path.rsplit_once("/t/") {
        Some((_, id)) => id.trim_end_matches('/'),
        None => path,
    };
    let is_six_digits = last.len() == 6 && last.bytes().all(|byte| byte.is_ascii_digit());
    let spelled = if is_six_digits {
        format!("SZ-XX-{last}")
    } else {
        last.to_uppercase()
    };
    let terminal: TerminalId = spelled.parse().ok()?;
    let named = if is_six_digits {
        last.to_owned()
    } else {
        terminal.to_string()
    };
    terminal.has_valid_check_digit().then_some(named)
}

/// The part of an address after the question mark.
struct Query<'a>(&'a str);

impl Query<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn bytes<const N: usize>(&self, name: &str) -> Option<[u8; N]> {
        let bytes = URL_SAFE_NO_PAD.decode(self.get(name)?).ok()?;
        bytes.try_into().ok()
    }

    /// What the address claims to be by the names in it.
    fn form(&self) -> Option<Form> {
        [
            ("c", Form::Screen),
            ("o", Form::Step),
            ("s", Form::Label),
            ("k", Form::Label),
        ]
        .into_iter()
        .find(|(name, _)| self.get(name).is_some())
        .map(|(_, form)| form)
    }
}

/// What the server found out about a scanned code. It stands in a signed fact of the server, so
/// that a phone or an auditor computes the same points without the secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Finding {
    /// A label of this print run of this terminal.
    Label {
        terminal: TerminalId,
        run: u32,
        /// A later run has replaced it.
        is_stale: bool,
        /// From when on the run no longer counts.
        revoked_at: Option<Timestamp>,
    },
    /// A code that the server made at `ts` for a terminal's screen, or for a site manager's phone.
    Screen {
        terminal: TerminalId,
        ts: Timestamp,
        manager: Option<PersonId>,
        /// The scan that had used it up before.
        replay_of: Option<EventId>,
    },
    /// A step that only the terminal's screen could show, by its own clock.
    Step {
        terminal: TerminalId,
        from: Timestamp,
    },
    /// A tap of the tag at this terminal, its counter included.
    Tap {
        terminal: TerminalId,
        tag: TagId,
        counter: u32,
        /// The scan that had used this counter before.
        replay_of: Option<EventId>,
        /// An earlier scan of the same phone that showed a higher counter.
        passed_by: Option<EventId>,
    },
    /// It claims a form and is not genuine.
    Flawed { form: Form, flaw: Flaw },
}

/// Why a code is not genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The signature or code is wrong.
    Forged,
    /// No such print run, screen or tag is registered.
    Unknown,
    /// The screen or tag was taken out of service.
    Revoked,
}

impl Finding {
    /// The terminal that is proved, if one is.
    pub fn terminal(&self) -> Option<&TerminalId> {
        match self {
            Finding::Label { terminal, .. }
            | Finding::Screen { terminal, .. }
            | Finding::Step { terminal, .. }
            | Finding::Tap { terminal, .. } => Some(terminal),
            Finding::Flawed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn id() -> TerminalId {
        TerminalId::from_serial(&"FT".parse().unwrap(), 1234)
    }

    #[test]
    fn numbers_are_understood_however_they_come() {
        let id = id();
        for text in [
            id.to_string(),
            format!("https://example.cn/t/{id}"),
            format!(" https://x/t/{id}?lang=en#a "),
            format!("https://x/t/{id}/"),
            id.as_str().to_lowercase(),
        ] {
            assert_eq!(
                Code::read(&text),
                Some(Code::Plain(id.to_string())),
                "{text}"
            );
        }
        let digits = id.digits().unwrap();
        assert_eq!(Code::read(digits), Some(Code::Plain(digits.to_owned())));
    }

    #[rstest]
    #[case("")]
    #[case("hello")]
    #[case("https://example.cn/")]
    #[case("012345")]
    #[case("SZ-FT-012345")]
    #[case("../t/..")]
    #[case("https://evil/t/%2e")]
    #[case("https://evil/t/SZ-FT-012345?k=1&s=AA")]
    fn what_is_no_code_is_none(#[case] text: &str) {
        assert_eq!(Code::read(text), None);
    }

    #[rstest]
    #[case::label_without_number("s=AAAA", Form::Label)]
    #[case::label_without_signature("k=1", Form::Label)]
    #[case::label_zero("k=0&s=AAAA", Form::Label)]
    #[case::screen_cut_off("c=AAAA", Form::Screen)]
    #[case::step_without_code("o=5-", Form::Step)]
    #[case::step_of_letters("o=5-abcdefgh", Form::Step)]
    fn what_claims_to_be_more_never_counts_as_a_plain_number(
        #[case] query: &str,
        #[case] form: Form,
    ) {
        let id = id();
        let broken = Code::Broken {
            form,
            terminal: Some(id.clone()),
        };
        assert_eq!(
            Code::read(&format!("https://x/t/{id}?{query}")),
            Some(broken)
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,600}", query in "[kscomne=&?#/0-9A-Za-z_-]{0,200}") {
            let _ = Code::read(&text);
            let _ = Code::read(&format!("https://x/t/{}?{query}", id()));
            let _ = Code::read(&format!("https://x/n?{query}"));
        }
    }
}
