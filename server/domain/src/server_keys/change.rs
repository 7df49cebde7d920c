//! The statement that one key follows another. Both sign the same bytes: the old one says whom it hands
//! over to, the new one that it is really held. Either signature alone proves nothing: a thief of the
//! old key could name a key that is nobody's, and anybody could claim to follow.

use serde::{Deserialize, Serialize};

use crate::envelope::{Algorithm, Envelope, NotGenuine, PublicKey, Signed, Signer};
use crate::ids::Digest;
use crate::text::coded;
use crate::time::Timestamp;

/// The payload type inside both signatures of a change.
pub const KEY_CHANGE_TYPE: &str = "application/vnd.daochang.key-change.v1+json";

/// What a key of the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// Receipts, key records, desk events, bundles.
    Server,
    /// Checkpoints of the transparency log.
    Log,
}

impl KeyUse {
    /// The name in statements and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            KeyUse::Server => "server",
            KeyUse::Log => "log",
        }
    }
}

coded! {
    /// Why a change of key is not believed.
    ChangeRefusal {
        NotGenuine "key_change_not_genuine"
            "密钥更换声明的写法、类型或签名无效"
            "The change of key is not in its agreed form, or its signatures are not genuine";
        OneSided "key_change_one_sided"
            "密钥更换声明只有一把密钥的有效签名，必须由新旧两把密钥共同签署"
            "Only one of the two keys has signed the change; old and new must both sign";
        Forked "key_change_forked"
            "同一序号有两份不同的密钥更换声明，旧密钥可能被盗用"
            "There are two changes of one number: the old key may have been stolen";
        Gap "key_change_gap"
            "密钥更换声明不连续，缺少其前面的声明"
            "A change of key before this one is missing or does not hold";
        OtherKey "key_change_other_key"
            "密钥更换声明不是由当时有效的可信密钥交出的"
            "The change does not hand over from a key that was trusted then";
        KeyAgain "key_change_key_again"
            "密钥更换声明又换回了已经停用的密钥"
            "The change returns to a key that was replaced before";
        WentBack "key_change_went_back"
            "密钥更换的时间或日志位置早于前一次更换"
            "The change lies before the one it follows, in time or in the log";
    }
}

/// From a moment on, another key signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// The new key signs from here on, the old one before; server clock, and the time of its leaf.
    pub from: Timestamp,
    /// Its place among the changes of its kind, from 1.
    pub index: u64,
    pub kind: KeyUse,
    /// Its place in the transparency log.
    pub leaf: u64,
    /// SubjectPublicKeyInfo, base64.
    pub new: String,
    /// SubjectPublicKeyInfo, base64.
    pub old: String,
    /// Version of this form; always 1.
    pub v: u32,
}

impl Signed for KeyChange {
    const PAYLOAD_TYPE: &'static str = KEY_CHANGE_TYPE;
    fn is_well_formed(&self) -> bool {
        self.v == 1
            && self.index >= 1
            && self.from >= Timestamp(0)
            && self.old != self.new
            && key_of(&self.old).is_some()
            && key_of(&self.new).is_some()
    }
}

/// The server's keys are Ed25519, each in its one spelling.
fn key_of(spki: &str) -> Option<PublicKey> {
    let key = PublicKey::from_base64(spki).ok()?;
    (key.algorithm() == Algorithm::Ed25519 && key.spki_base64() == spki).then_some(key)
}

impl KeyChange {
    /// Signs it with both keys, the old one first.
    ///
    /// # Errors
    /// When the keys are not the two it speaks of, or it is not well formed.
    pub fn sign(&self, old: &Signer, new: &Signer) -> Result<Envelope, NotGenuine> {
        let are_these = self.old == old.public_key().spki_base64()
            && self.new == new.public_key().spki_base64();
        if !are_these {
            return Err(NotGenuine::BadSignature);
        }
        let mut envelope = old.sign_as(self)?;
        envelope.signatures.extend(new.sign_as(self)?.signatures);
        Ok(envelope)
    }
}

/// A change that both keys have signed. Whether the old one was entitled to is [`super::follow`]'s
/// business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldChange {
    /// SHA-256 of what was signed.
    pub id: Digest,
    pub change: KeyChange,
    /// As it travels.
    pub envelope: Envelope,
    pub old: PublicKey,
    pub new: PublicKey,
}

impl HeldChange {
    /// Reads a statement: one payload, and exactly two signatures over it, the old key's first.
    ///
    /// # Errors
    /// [`ChangeRefusal::OneSided`] when only one of them holds, else [`ChangeRefusal::NotGenuine`].
    pub fn open(envelope: &Envelope) -> Result<Self, ChangeRefusal> {
        let not_genuine = |_: NotGenuine| ChangeRefusal::NotGenuine;
        let alone = |index: usize| Envelope {
            signatures: envelope
                .signatures
                .get(index)
                .cloned()
                .into_iter()
                .collect(),
            ..envelope.clone()
        };
        let by_old = alone(0)
            .open_unverified(KEY_CHANGE_TYPE)
            .map_err(not_genuine)?;
        let change: KeyChange =
            crate::envelope::read(by_old.claimed_value()).map_err(not_genuine)?;
        let (Some(old), Some(new)) = (key_of(&change.old), key_of(&change.new)) else {
            return Err(ChangeRefusal::NotGenuine);
        };
        let id = Digest(by_old.id().0);
        let has_signed = |index: usize, key: &PublicKey| {
            let unverified = alone(index).open_unverified(KEY_CHANGE_TYPE);
            unverified.is_ok_and(|it| it.verify(key).is_ok())
        };
        match envelope.signatures.len() {
            1 => Err(ChangeRefusal::OneSided),
            2 => match (has_signed(0, &old), has_signed(1, &new)) {
                (true, true) => Ok(Self {
                    id,
                    change,
                    envelope: envelope.clone(),
                    old,
                    new,
                }),
                (false, false) => Err(ChangeRefusal::NotGenuine),
                _ => Err(ChangeRefusal::OneSided),
            },
            _ => Err(ChangeRefusal::NotGenuine),
        }
    }
}
