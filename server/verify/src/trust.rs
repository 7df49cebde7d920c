//! Whom the reader trusts: a file that the authority has kept from before, never one out of a
//! bundle. A bundle's own keys prove only that it fits itself.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::canonical::parse_strict;
use domain::envelope::{Envelope, PublicKey};
use domain::server_keys::{HeldChange, KeySpan};
use domain::time::{Millis, Timestamp};
use domain::tlog::note::{KeyKind, NoteKey};
use serde::{Deserialize, Serialize};
use tsa::Roots;
use tsa::certificate::Certificate;

/// Largest trust file, bytes.
pub const TRUST_BYTES_MAX: usize = 256 * 1024;

/// Most witnesses that a trust file names.
const WITNESSES_MAX: usize = 64;
/// Most certificates for time-stamps: each is tried on each stamp.
const STAMPERS_MAX: usize = 8;
/// Most keys for second signatures: each is tried on each receipt.
const SM2_KEYS_MAX: usize = 8;

/// A key that is believed, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedKey {
    /// SubjectPublicKeyInfo, base64; of a witness its verifier key (C2SP vkey), of a time-stamp authority
    /// its certificate or that of its root, DER in base64.
    pub key: String,
    /// What it signed before is not believed.
    pub from: Option<Timestamp>,
    /// What it signed after is not believed.
    pub until: Option<Timestamp>,
}

impl TrustedKey {
    /// From an instant on.
    pub fn since(key: String, from: Timestamp) -> Self {
        Self {
            from: Some(from),
            ..Self::always(key)
        }
    }

    /// Always.
    pub fn always(key: String) -> Self {
        Self {
            key,
            from: None,
            until: None,
        }
    }

    pub(crate) fn is_valid_at(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at <= until)
    }
}

/// Whose word about the transparency log is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogTrust {
    /// The verifier keys with which the log signs; more than one after a change of key.
    pub keys: Vec<String>,
    /// So many of the witnesses, and a time-stamp authority as one more, must have seen a checkpoint before
    /// its time counts.
    pub quorum: u32,
    pub witnesses: Vec<TrustedKey>,
    /// Whoever vouches for time-stamps; they give one voice together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stampers: Vec<TrustedKey>,
}

impl LogTrust {
    /// No log at all.
    pub fn nobody() -> Self {
        Self {
            keys: Vec::new(),
            quorum: 1,
            witnesses: Vec::new(),
            stampers: Vec::new(),
        }
    }

    /// This log, and these witnesses for ever.
    pub fn in_keys(log: &NoteKey, witnesses: &[&NoteKey], quorum: usize) -> Self {
        let always = |key: &&NoteKey| TrustedKey::always(key.to_string());
        Self {
            keys: vec![log.to_string()],
            quorum: u32::try_from(quorum).unwrap_or(u32::MAX),
            witnesses: witnesses.iter().map(always).collect(),
            stampers: Vec::new(),
        }
    }

    /// The same, and time-stamps that these certificates vouch for, for ever.
    pub fn stamped_by(self, roots: &Roots) -> Self {
        let always = |root: &Certificate| TrustedKey::always(STANDARD.encode(root.der()));
        Self {
            stampers: roots.as_slice().iter().map(always).collect(),
            ..self
        }
    }

    /// Keys of the right kinds, none twice: a witness named twice would count twice.
    fn is_usable(&self) -> bool {
        let names: BTreeSet<&String> = self.witnesses.iter().map(|trusted| &trusted.key).collect();
        let voices = self.witnesses.len() + usize::from(!self.stampers.is_empty());
        let quorum_max = voices.max(1);
        self.keys().count() == self.keys.len()
            && self.witnesses().count() == self.witnesses.len()
            && self.stampers().count() == self.stampers.len()
            && names.len() == self.witnesses.len()
            && self.witnesses.len() <= WITNESSES_MAX
            && self.stampers.len() <= STAMPERS_MAX
            && self.keys.len() <= WITNESSES_MAX
            && (1..=quorum_max).contains(&(self.quorum as usize))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = NoteKey> {
        let parsed = self.keys.iter().filter_map(|key| key.parse().ok());
        parsed.filter(|key: &NoteKey| key.kind() == KeyKind::Note)
    }

    pub(crate) fn witnesses(&self) -> impl Iterator<Item = (NoteKey, &TrustedKey)> {
        self.witnesses.iter().filter_map(|trusted| {
            let key: NoteKey = trusted.key.parse().ok()?;
            (key.kind() == KeyKind::Cosignature).then_some((key, trusted))
        })
    }

    pub(crate) fn stampers(&self) -> impl Iterator<Item = (Roots, &TrustedKey)> {
        self.stampers.iter().filter_map(|trusted| {
            let der = STANDARD.decode(&trusted.key).ok()?;
            Some((Roots::of_der(&der).ok()?, trusted))
        })
    }
}

/// The trust file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// Version of this form; always 1.
    pub v: u32,
    /// Keys with which the server signs receipts, key records, desk events and bundles; after a change of
    /// key still the first one, because the changes prove the others.
    pub server_keys: Vec<TrustedKey>,
    /// Changes of key that are known, signed by both keys each. Bundles bring them too; whoever has them
    /// here knows without a bundle's help that the old keys sign no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_changes: Vec<Envelope>,
    pub log: LogTrust,
    /// Keys (SubjectPublicKeyInfo, base64) with which the server signs receipts and checkpoints a second
    /// time, with SM2. While one of them is valid, that signature must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sm2_keys: Vec<TrustedKey>,
}

/// The trust file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadTrust;

impl Trust {
    /// Only this key, always, and no log.
    pub fn in_key(key: &PublicKey) -> Self {
        Self {
            v: 1,
            server_keys: vec![TrustedKey::always(key.spki_base64())],
            key_changes: Vec::new(),
            log: LogTrust::nobody(),
            sm2_keys: Vec::new(),
        }
    }

    /// The same, and this log.
    pub fn with_log(self, log: LogTrust) -> Self {
        Self { log, ..self }
    }

    /// The same, and these changes of key.
    pub fn with_key_changes(self, key_changes: Vec<Envelope>) -> Self {
        Self {
            key_changes,
            ..self
        }
    }

    /// The same, and these keys for second signatures.
    pub fn with_sm2(self, sm2_keys: Vec<TrustedKey>) -> Self {
        Self { sm2_keys, ..self }
    }

    /// Reads a trust file. A member this version does not know is refused: it may be a condition.
    ///
    /// # Errors
    /// [`BadTrust`] when it is no trust file, or names no usable key.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadTrust> {
        let value = parse_strict(bytes, TRUST_BYTES_MAX).map_err(|_| BadTrust)?;
        let trust: Trust = serde_json::from_value(value).map_err(|_| BadTrust)?;
        let is_usable = trust.v == 1
            && trust.log.is_usable()
            && !trust.server_keys.is_empty()
            && trust
                .key_changes
                .iter()
                .all(|change| HeldChange::open(change).is_ok())
            && trust
                .server_keys
                .iter()
                .all(|key| PublicKey::from_base64(&key.key).is_ok())
            && trust.sm2_keys.len() <= SM2_KEYS_MAX
            && trust.sm2_keys().count() == trust.sm2_keys.len();
        if is_usable { Ok(trust) } else { Err(BadTrust) }
    }

    /// The keys for second signatures.
    pub(crate) fn sm2_keys(&self) -> impl Iterator<Item = (gm::PublicKey, &TrustedKey)> {
        self.sm2_keys
            .iter()
            .filter_map(|trusted| Some((gm::PublicKey::from_base64(&trusted.key).ok()?, trusted)))
    }

    /// Whether what the server signs at this time must be signed with SM2 too.
    pub(crate) fn asks_for_sm2_at(&self, at: Timestamp) -> bool {
        self.sm2_keys.iter().any(|trusted| trusted.is_valid_at(at))
    }

    /// The server's keys that are trusted to begin with, each with the span in which it is.
    pub(crate) fn server_spans(&self) -> impl Iterator<Item = KeySpan> {
        self.server_keys.iter().filter_map(|trusted| {
            Some(KeySpan {
                key: PublicKey::from_base64(&trusted.key).ok()?,
                from: trusted.from,
                before: trusted.until.map(|until| until + Millis(1)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::envelope::Signer;
    use rstest::rstest;

    use super::*;

    fn text() -> String {
        let key = Signer::from_seed(&[1; 32]);
        serde_json::to_string(&Trust::in_key(key.public_key())).unwrap()
    }

    #[test]
    fn a_trust_file_survives_writing() {
        assert_eq!(
            Trust::parse(text().as_bytes()),
            Ok(Trust::in_key(Signer::from_seed(&[1; 32]).public_key()))
        );
    }

    fn with_sm2(keys: usize) -> String {
        let signer = gm::Signer::from_secret(&[1; 32]).unwrap();
        let key = TrustedKey::since(signer.public_key().spki_base64(), Timestamp(7));
        let trust = Trust::in_key(Signer::from_seed(&[1; 32]).public_key());
        serde_json::to_string(&trust.with_sm2(vec![key; keys])).unwrap()
    }

    #[test]
    fn keys_for_second_signatures_are_optional() {
        assert!(!text().contains("sm2"));
        for keys in [1, SM2_KEYS_MAX] {
            let trust = Trust::parse(with_sm2(keys).as_bytes()).unwrap();
            assert_eq!(trust.sm2_keys().count(), keys);
            assert_eq!(trust.sm2_keys[0].from, Some(Timestamp(7)));
        }
    }

    #[rstest]
    #[case::empty(String::new())]
    #[case::unknown_condition(text().replacen("{", "{\"only_in\":\"Shenzhen\",", 1))]
    #[case::twice(text().replacen("{", "{\"v\":1,", 1))]
    #[case::other_version(text().replace("\"v\":1", "\"v\":2"))]
    #[case::no_key("{\"server_keys\":[],\"v\":1}".to_owned())]
    #[case::bad_key(text().replace("MCow", "MCox"))]
    #[case::half_a_change(text().replacen("{", "{\"key_changes\":[{\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[]}],", 1))]
    #[case::bad_sm2_key(with_sm2(1).replace("MFkw", "MFkx"))]
    #[case::p256_for_sm2(with_sm2(1).replace("KoEcz1UBgi0D", "KoZIzj0DAQcD"))]
    #[case::no_sm2_base64(with_sm2(1).replace("MFkw", "§"))]
    #[case::many_sm2_keys(with_sm2(SM2_KEYS_MAX + 1))]
    fn half_understood_trust_is_none(#[case] text: String) {
        assert_eq!(Trust::parse(text.as_bytes()), Err(BadTrust));
    }

    #[rstest]
    #[case::before(99, false)]
    #[case::first(100, true)]
    #[case::last(200, true)]
    #[case::after(201, false)]
    fn a_key_is_believed_from_until_inclusive(#[case] at: i64, #[case] is_valid: bool) {
        let key = TrustedKey {
            key: String::new(),
            from: Some(Timestamp(100)),
            until: Some(Timestamp(200)),
        };
        assert_eq!(key.is_valid_at(Timestamp(at)), is_valid);
    }
}
