//! Which key of the server may sign when. Trust begins with keys that somebody was handed in person; each
//! later key is proved by a [`KeyChange`] that it and its predecessor have both signed, which is also a
//! leaf of the transparency log. A key signs from its change on and until the next one, to the
//! millisecond: whatever it signed outside that span is not believed, so a stolen old key is of no use
//! for anything later. Asked everywhere a signature of the server is checked.

mod change;
mod log_keys;
#[cfg(test)]
mod tests;

pub use self::change::{ChangeRefusal, HeldChange, KEY_CHANGE_TYPE, KeyChange, KeyUse};
pub use self::log_keys::{LogKeySpan, LogKeys, ProvedLog};
use crate::envelope::{Envelope, NotGenuine, PublicKey, Signed, Verified, read};
use crate::ids::{DeviceId, Digest};
use crate::time::{Millis, Timestamp};

/// A signed payload that says when it was signed.
pub trait Dated: Signed {
    /// By the clock of the signer.
    fn signed_at(&self) -> Timestamp;
    /// Whether it speaks of an earlier moment than that of its signature.
    fn is_signed_later(&self) -> bool {
        false
    }
}

/// Whether a key may sign at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the one that signs.
    Signs,
    /// Another one still signs.
    NotYet,
    /// Another one signs by now.
    NoLonger,
}

/// A key with the span in which it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpan {
    pub key: PublicKey,
    /// The first instant; none if it always did.
    pub from: Option<Timestamp>,
    /// The instant from which on it no longer does; none while it does.
    pub before: Option<Timestamp>,
}

impl KeySpan {
    /// Always.
    pub fn always(key: PublicKey) -> Self {
        Self {
            key,
            from: None,
            before: None,
        }
    }

    /// What it may do at an instant.
    pub fn standing(&self, at: Timestamp) -> Standing {
        if self.from.is_some_and(|from| at < from) {
            Standing::NotYet
        } else if self.before.is_some_and(|before| at >= before) {
            Standing::NoLonger
        } else {
            Standing::Signs
        }
    }
}

/// What changes prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved<'a> {
    pub keys: ServerKeys,
    /// The changes that lead from one of them to the next, in their order.
    pub line: Vec<&'a HeldChange>,
    /// The changes that lead nowhere, each by the hash of what was signed, and why.
    pub refused: Vec<(Digest, ChangeRefusal)>,
}

/// All keys of a server, as far as they are proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerKeys {
    spans: Vec<KeySpan>,
}

impl ServerKeys {
    /// One key that never changed.
    pub fn of(key: &PublicKey) -> Self {
        Self {
            spans: vec![KeySpan::always(key.clone())],
        }
    }

    /// The keys that are trusted to begin with, and those that proved changes lead to; and why the other
    /// changes lead nowhere. Changes of other kinds are left alone.
    pub fn proved(trusted: Vec<KeySpan>, changes: &[HeldChange]) -> Proved<'_> {
        let starts: Vec<&PublicKey> = trusted.iter().map(|span| &span.key).collect();
        let (mut line, mut refused) = follow(KeyUse::Server, &starts, changes);
        let mut keys = Self { spans: trusted };
        let stop = line.iter().enumerate().find_map(|(place, held)| {
            let reason = keys.hand_over(held).err()?;
            Some((place, reason))
        });
        if let Some((place, reason)) = stop {
            let mut behind = line.split_off(place).into_iter().map(|held| held.id);
            refused.extend(behind.next().map(|id| (id, reason)));
            refused.extend(behind.map(|id| (id, ChangeRefusal::Gap)));
        }
        Proved {
            keys,
            line,
            refused,
        }
    }

    /// The old key signs no longer, the new one does.
    fn hand_over(&mut self, held: &HeldChange) -> Result<(), ChangeRefusal> {
        let from = held.change.from;
        let old = self.span_mut(&held.old).ok_or(ChangeRefusal::OtherKey)?;
        // It handed over with its last act, so it was still believed in the millisecond before.
        if old.standing(from - Millis(1)) != Standing::Signs {
            return Err(ChangeRefusal::OtherKey);
        }
        old.before = Some(old.before.map_or(from, |before| before.min(from)));
        match self.span_mut(&held.new) {
            Some(new) => new.from = Some(new.from.map_or(from, |known| known.max(from))),
            None => self.spans.push(KeySpan {
                key: held.new.clone(),
                from: Some(from),
                before: None,
            }),
        }
        Ok(())
    }

    fn span_mut(&mut self, key: &PublicKey) -> Option<&mut KeySpan> {
        self.spans.iter_mut().find(|span| span.key == *key)
    }

    /// The keys with their spans, in the order in which they were trusted or proved.
    pub fn spans(&self) -> &[KeySpan] {
        &self.spans
    }

    /// The keys that may sign at an instant; one, unless somebody trusts several.
    pub fn at(&self, at: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let signing = self
            .spans
            .iter()
            .filter(move |span| span.standing(at) == Standing::Signs);
        signing.map(|span| &span.key)
    }

    /// The key that is this device in the server's own chain, with its span.
    pub fn of_device(&self, dev: DeviceId) -> Option<&KeySpan> {
        self.spans.iter().find(|span| span.key.device_id() == dev)
    }

    /// Whether this device is the server itself, under any of its keys.
    pub fn is_server(&self, dev: DeviceId) -> bool {
        self.of_device(dev).is_some()
    }

    /// Reads what the key that was in force then has signed.
    ///
    /// # Errors
    /// As [`crate::envelope::open`]; [`NotGenuine::KeyNotYet`] and [`NotGenuine::KeyReplaced`] when one of
    /// these keys has signed it outside its span.
    pub fn open<T: Dated>(&self, envelope: &Envelope) -> Result<(Verified, T), NotGenuine> {
        let unverified = envelope.open_unverified(T::PAYLOAD_TYPE)?;
        let claimed = read::<T>(unverified.claimed_value());
        let standing = |span: &KeySpan| match &claimed {
            Err(_) => Standing::Signs,
            Ok(claimed) => match span.standing(claimed.signed_at()) {
                Standing::NotYet if claimed.is_signed_later() => Standing::Signs,
                standing => standing,
            },
        };
        let (signing, others): (Vec<&KeySpan>, Vec<&KeySpan>) = self
            .spans
            .iter()
            .partition(|span| standing(span) == Standing::Signs);
        for span in signing {
            if let Ok(verified) = unverified.clone().verify(&span.key) {
                return Ok((verified, claimed?));
            }
        }
        let by_another = others
            .into_iter()
            .find(|span| unverified.clone().verify(&span.key).is_ok());
        Err(match by_another.map(standing) {
            Some(Standing::NotYet) => NotGenuine::KeyNotYet,
            Some(Standing::NoLonger) => NotGenuine::KeyReplaced,
            Some(Standing::Signs) | None => NotGenuine::BadSignature,
        })
    }
}

/// The changes of one kind that lead on from a trusted key, in their order, and why the rest do not. What
/// lies before the trusted key is of no concern: who trusts the third key has no use for the first.
pub fn follow<'a>(
    kind: KeyUse,
    trusted: &[&PublicKey],
    changes: &'a [HeldChange],
) -> (Vec<&'a HeldChange>, Vec<(Digest, ChangeRefusal)>) {
    let mut of_kind: Vec<&HeldChange> = changes
        .iter()
        .filter(|held| held.change.kind == kind)
        .collect();
    of_kind.sort_by_key(|held| (held.change.index, held.id));
    of_kind.dedup_by_key(|held| held.id);
    let begin = begin(trusted, &of_kind);
    of_kind.retain(|held| held.change.index >= begin);
    let mut line: Vec<&HeldChange> = Vec::new();
    let mut refused = Vec::new();
    for held in &of_kind {
        let twins = of_kind
            .iter()
            .filter(|other| other.change.index == held.change.index);
        let outcome = match twins.count() {
            1 if !refused.is_empty() => Err(ChangeRefusal::Gap),
            1 => continues(trusted, &line, held),
            _ => Err(ChangeRefusal::Forked),
        };
        match outcome {
            Ok(()) => line.push(held),
            Err(reason) => refused.push((held.id, reason)),
        }
    }
    (line, refused)
}

/// The number of the first change that a trusted key has made; else all that lead to one are behind it.
fn begin(trusted: &[&PublicKey], in_order: &[&HeldChange]) -> u64 {
    let by_trusted = in_order
        .iter()
        .find(|held| trusted.contains(&&held.old))
        .map(|held| held.change.index);
    let to_trusted = in_order
        .iter()
        .rfind(|held| trusted.contains(&&held.new))
        .map(|held| held.change.index.saturating_add(1));
    by_trusted.or(to_trusted).unwrap_or(0)
}

fn continues(
    trusted: &[&PublicKey],
    line: &[&HeldChange],
    held: &HeldChange,
) -> Result<(), ChangeRefusal> {
    let Some(last) = line.last() else {
        return if trusted.contains(&&held.old) {
            Ok(())
        } else {
            Err(ChangeRefusal::OtherKey)
        };
    };
    let is_known = |key: &PublicKey| line.iter().any(|held| held.old == *key);
    if Some(held.change.index) != last.change.index.checked_add(1) {
        Err(ChangeRefusal::Gap)
    } else if held.old != last.new {
        Err(ChangeRefusal::OtherKey)
    } else if is_known(&held.new) {
        Err(ChangeRefusal::KeyAgain)
    } else if held.change.from <= last.change.from || held.change.leaf <= last.change.leaf {
        Err(ChangeRefusal::WentBack)
    } else {
        Ok(())
    }
}
