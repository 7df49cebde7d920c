//! The server's keys: the one that signs, all that ever did, and the secret behind codes. A key is changed
//! offline ([`rotation`], `daochang rotate-key`); the changes are kept in the database, each with its leaf
//! in the log, and [`folder`] keeps the secret files and finishes a change that was interrupted.

pub mod folder;
pub mod rotation;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Deref;
use std::path::Path;

use domain::code::CodeSecret;
use domain::envelope::{Envelope, PublicKey, Signer};
use domain::server_keys::{HeldChange, KeySpan, KeyUse, Proved, ServerKeys};
use domain::time::Timestamp;
use store::{Store, StoreError};

use crate::config::DataArgs;
use crate::signer;

/// Said when another process on the same database signs with a newer key.
pub const REPLACED: &str = "server_key_replaced";

/// Signs as the server of now, and knows the server of then.
pub struct KeyRing {
    current: Signer,
    keys: ServerKeys,
    /// Of the server's key and of the log's, each kind in its order.
    changes: Vec<HeldChange>,
    codes: CodeSecret,
}

impl KeyRing {
    /// The ring of the key that signs now.
    ///
    /// # Errors
    /// When the changes do not lead to this key: it is an old one, or another server's.
    pub fn new(current: Signer, codes: CodeSecret, changes: Vec<HeldChange>) -> io::Result<Self> {
        let first = changes_of(&changes, KeyUse::Server).next();
        let first = first.map_or(current.public_key(), |held| &held.old).clone();
        let Proved { keys, refused, .. } =
            ServerKeys::proved(vec![KeySpan::always(first)], &changes);
        must_lead_to(current.public_key(), KeyUse::Server, &changes)?;
        match refused.first() {
            Some((id, reason)) => Err(io::Error::other(format!(
                "change of key {id}: {}",
                reason.code()
            ))),
            None => Ok(Self {
                current,
                keys,
                changes,
                codes,
            }),
        }
    }

    /// Every key that ever signed, with its span: what signatures of this server are checked against.
    pub fn keys(&self) -> &ServerKeys {
        &self.keys
    }

    /// The key that others were handed in person; the changes lead on from it.
    pub fn first(&self) -> &PublicKey {
        &self.keys.spans()[0].key
    }

    /// The changes of both kinds, for others to follow.
    pub fn changes(&self) -> &[HeldChange] {
        &self.changes
    }

    /// From what the secrets behind codes are made.
    pub fn codes(&self) -> &CodeSecret {
        &self.codes
    }
}

impl Deref for KeyRing {
    type Target = Signer;
    /// The key that signs now.
    fn deref(&self) -> &Signer {
        &self.current
    }
}

impl From<Signer> for KeyRing {
    /// A key that never changed.
    fn from(current: Signer) -> Self {
        Self {
            keys: ServerKeys::of(current.public_key()),
            changes: Vec::new(),
            codes: current.code_secret(),
            current,
        }
    }
}

/// The changes of one kind.
pub fn changes_of(changes: &[HeldChange], kind: KeyUse) -> impl Iterator<Item = &HeldChange> {
    changes.iter().filter(move |held| held.change.kind == kind)
}

/// The key of the file must be the one that signs now by the database, or everything it signed would be
/// refused later.
pub(crate) fn must_lead_to(
    key: &PublicKey,
    kind: KeyUse,
    changes: &[HeldChange],
) -> io::Result<()> {
    match changes_of(changes, kind).last() {
        Some(last) if last.new != *key => Err(io::Error::other(format!(
            "{name}.key is not the key that signs now: it was changed on {at}. Take {name}.key and codes.key \
             from the machine on which `daochang rotate-key {name}` ran, or from a backup made since",
            name = kind.name(),
            at = crate::shenzhen::minute(last.change.from),
        ))),
        _ => Ok(()),
    }
}

/// The changes that a database knows, each kind in its order.
///
/// # Errors
/// When it cannot be read, or a change in it is damaged.
pub async fn changes(store: &Store) -> Result<Vec<HeldChange>, StoreError> {
    let rows = store.key_changes().await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        let envelope = Envelope::parse(row.envelope.as_bytes());
        let held = envelope.ok().and_then(|it| HeldChange::open(&it).ok());
        changes.push(held.ok_or_else(|| StoreError::Corrupt {
            table: "key_change",
            detail: format!("{} {} is not genuine", row.kind, row.number),
        })?);
    }
    Ok(changes)
}

/// The keys of a data folder and its database; a change that was interrupted is finished first.
///
/// # Errors
/// When the folder or the database cannot be used, or do not belong together.
pub async fn open(args: &DataArgs, store: &Store) -> io::Result<KeyRing> {
    let changes = changes(store).await.map_err(io::Error::other)?;
    folder::settle(&args.data, &changes)?;
    ring(&args.data, changes)
}

/// The keys of a data folder in which no change is under way; made the first time.
///
/// # Errors
/// As [`open`].
pub fn ring(data: &Path, changes: Vec<HeldChange>) -> io::Result<KeyRing> {
    let has_changed = changes_of(&changes, KeyUse::Server).next().is_some();
    let current = match has_changed {
        true => signer::load(data)?,
        false => signer::load_or_create(data)?,
    };
    let codes = folder::codes(data, &current, has_changed)?;
    KeyRing::new(current, codes, changes)
}

/// The instant of the last change: what a key signs must not be dated before its own, whatever the clock says.
pub fn last_change(changes: &[HeldChange]) -> Timestamp {
    let froms = changes.iter().map(|held| held.change.from);
    froms.max().unwrap_or(Timestamp(0))
}
