//! Signed labels: each print run has a key of its own, so that a run that was copied or lost can be
//! revoked without touching the others. A label proves *which* terminal and that it was printed by
//! us; a photo of it proves as much, so it is worth little alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Query;
use crate::envelope::{PublicKey, Signer};
use crate::ids::{OrgId, SiteId, TerminalId};
use crate::register::Terminal;
use crate::time::Timestamp;

/// A label as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub terminal: TerminalId,
    /// The print run, from 1.
    pub run: u32,
    pub sig: [u8; 64],
}

/// A print run 印制批次: which key signed its labels, and whether they still count. The form is the
/// one the phone receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelRun {
    /// From 1, given once.
    pub no: u32,
    /// SubjectPublicKeyInfo of its Ed25519 key, base64.
    pub key: String,
    /// Whose terminals it is printed for; none for all.
    pub provider: Option<OrgId>,
    pub revoked_at: Option<Timestamp>,
}

/// How a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelState {
    Current,
    /// Genuine, but a later run was printed for this terminal.
    Stale,
    /// Genuine, of a run that was revoked.
    Revoked,
    /// No run has this number.
    Unknown,
    /// The signature is not this run's for this terminal at this site.
    Forged,
}

impl Label {
    pub(super) fn of(terminal: TerminalId, query: &Query) -> Option<Self> {
        let run = query.get("k")?.parse().ok().filter(|run| *run > 0)?;
        let sig = query.bytes("s")?;
        Some(Self { terminal, run, sig })
    }

    /// How it stands, by the runs that are known.
    pub fn state(&self, site: &SiteId, provider: &OrgId, runs: &[LabelRun]) -> LabelState {
        let Some(run) = runs.iter().find(|run| run.no == self.run) else {
            return LabelState::Unknown;
        };
        let message = message(&self.terminal, site, self.run);
        let is_genuine = PublicKey::from_base64(&run.key)
            .is_ok_and(|key| key.has_signed(message.as_bytes(), &self.sig));
        let is_replaced = |later: &LabelRun| {
            later.no > self.run && later.revoked_at.is_none() && later.is_for(provider)
        };
        if !is_genuine || !run.is_for(provider) {
            LabelState::Forged
        } else if run.revoked_at.is_some() {
            LabelState::Revoked
        } else if runs.iter().any(is_replaced) {
            LabelState::Stale
        } else {
            LabelState::Current
        }
    }
}

impl LabelRun {
    /// Whether this provider's terminals get its labels.
    pub fn is_for(&self, provider: &OrgId) -> bool {
        self.provider.as_ref().is_none_or(|own| own == provider)
    }
}

/// What is printed on a terminal's label.
pub fn text(base: &str, terminal: &Terminal, run: u32, signer: &Signer) -> String {
    let sig = signer.sign_text(message(&terminal.id, &terminal.site, run).as_bytes());
    let base = base.trim_end_matches('/');
    format!(
        "{base}/t/{}?k={run}&s={}",
        terminal.id,
        URL_SAFE_NO_PAD.encode(sig)
    )
}

fn message(terminal: &TerminalId, site: &SiteId, run: u32) -> String {
    format!("qr1\n{terminal}\n{site}\n{run}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::code::Code;

    fn terminal() -> Terminal {
        serde_json::from_value(json!({
            "id": "SZ-FT-012344", "site": "S-FT-01", "model": "ZT-200", "name": "一号自助终端", "version": 3,
            "lat_e7": 225_430_000, "lng_e7": 1_140_580_000, "radius_cm": null,
            "provider": "O-KEDA", "authority": "O-FT-ZWJ",
        }))
        .unwrap()
    }

    fn signer(no: u32) -> Signer {
        Signer::from_seed(&[no as u8; 32])
    }

    fn run(no: u32, provider: Option<&str>, revoked_at: Option<i64>) -> LabelRun {
        LabelRun {
            no,
            key: signer(no).public_key().spki_base64(),
            provider: provider.map(|org| org.parse().unwrap()),
            revoked_at: revoked_at.map(Timestamp),
        }
    }

    fn read(text: &str) -> Label {
        match Code::read(text) {
            Some(Code::Label(label)) => label,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[rstest]
    #[case::only_run(&[run(2, None, None)], LabelState::Current)]
    #[case::of_its_provider(&[run(2, Some("O-KEDA"), None)], LabelState::Current)]
    #[case::earlier_run(&[run(1, None, None), run(2, None, None)], LabelState::Current)]
    #[case::later_run(&[run(2, None, None), run(3, None, None)], LabelState::Stale)]
    #[case::later_run_of_another(&[run(2, None, None), run(3, Some("O-OTHER"), None)], LabelState::Current)]
    #[case::later_run_revoked(&[run(2, None, None), run(3, None, Some(9))], LabelState::Current)]
    #[case::revoked(&[run(2, None, Some(9))], LabelState::Revoked)]
    #[case::unknown(&[run(1, None, None), run(3, None, None)], LabelState::Unknown)]
    #[case::no_runs(&[], LabelState::Unknown)]
    #[case::another_providers_run(&[run(2, Some("O-OTHER"), None)], LabelState::Forged)]
    #[case::key_of_another_run(&[LabelRun { key: signer(9).public_key().spki_base64(), ..run(2, None, None) }], LabelState::Forged)]
    #[case::no_key(&[LabelRun { key: String::new(), ..run(2, None, None) }], LabelState::Forged)]
    fn a_label_stands_as_its_run_does(#[case] runs: &[LabelRun], #[case] expected: LabelState) {
        let terminal = terminal();
        let label = read(&text(
            "https://daochang.example.cn/",
            &terminal,
            2,
            &signer(2),
        ));
        assert_eq!(
            label.state(&terminal.site, &terminal.provider, runs),
            expected
        );
    }

    #[test]
    fn a_signature_is_for_one_terminal_site_and_run() {
        let terminal = terminal();
        let label = read(&text("https://x", &terminal, 2, &signer(2)));
        let runs = [
            run(2, None, None),
            LabelRun {
                no: 3,
                ..run(2, None, None)
            },
        ];
        let state = |label: &Label, site: &str| {
            label.state(&site.parse().unwrap(), &terminal.provider, &runs)
        };
        assert_eq!(state(&label, "S-FT-02"), LabelState::Forged);
        let other = TerminalId::from_serial(&"FT".parse().unwrap(), 777);
        assert_eq!(
            state(
                &Label {
                    terminal: other,
                    ..label.clone()
                },
                "S-FT-01"
            ),
            LabelState::Forged
        );
        assert_eq!(
            state(
                &Label {
                    run: 3,
                    ..label.clone()
                },
                "S-FT-01"
            ),
            LabelState::Forged
        );
        for bit in 0..512 {
            let mut sig = label.sig;
            sig[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                state(
                    &Label {
                        sig,
                        ..label.clone()
                    },
                    "S-FT-01"
                ),
                LabelState::Forged,
                "{bit}"
            );
        }
    }

    #[test]
    fn the_text_is_the_documented_one_and_fits_a_small_qr_code() {
        let text = text("https://daochang.sz.gov.cn", &terminal(), 12, &signer(12));
        assert!(text.starts_with("https://daochang.sz.gov.cn/t/SZ-FT-012344?k=12&s="));
        // Version 8 at level M holds 152 bytes.
        assert!(text.len() <= 152, "{}", text.len());
    }
}
