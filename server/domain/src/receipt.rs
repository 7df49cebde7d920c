//! What the server signs for a phone: a receipt ("I have seen your chain up to here, at this
//! time") and a key record ("this key is this person's"). A receipt is the latest moment for all
//! before it and, once embedded in the chain, the earliest for all after it.

use serde::{Deserialize, Deserializer, Serialize};

use crate::code::Code;
use crate::envelope::{Algorithm, Envelope, NotGenuine, PublicKey, Signed, Signer};
use crate::event::{Event, Fact};
use crate::ids::{DeviceId, Digest, EventId, Nonce, PersonId};
use crate::interval::Seen;
use crate::relay::RelayCode;
use crate::server_keys::{Dated, ServerKeys};
use crate::time::Timestamp;
use crate::tlog::leaf::LeafKind;

/// The payload type inside the signature of a receipt.
pub const RECEIPT_TYPE: &str = "application/vnd.daochang.receipt.v1+json";
/// The payload type inside the signature of a key record.
pub const KEY_TYPE: &str = "application/vnd.daochang.key.v1+json";

/// The payload type inside the signature of a revocation.
pub const REVOCATION_TYPE: &str = "application/vnd.daochang.revocation.v1+json";

/// How the head reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The phone sent it itself.
    Sync,
    /// Somebody else's phone opened the address in the phone's QR code.
    RelayQr,
    /// Somebody told the hotline the head's first characters; the time is that of the call.
    RelayCode,
}

impl Via {
    /// The name in receipts and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Via::Sync => "sync",
            Via::RelayQr => "relay_qr",
            Via::RelayCode => "relay_code",
        }
    }
}

/// A state of the transparency log that somebody outside had seen. The hash of its cosigned note
/// could not be known before the cosignature was made, so whatever names it came later: a lower
/// bound in time that does not need the server's honesty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRef {
    /// SHA-256 of the signed note with its cosignatures.
    pub note: Digest,
    pub root: Digest,
    /// Leaves.
    pub size: u64,
}

/// The server saw a chain up to `head` at `ts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The latest checkpoint somebody outside had seen; none while there is no witness.
    pub cp: Option<CheckpointRef>,
    pub dev: DeviceId,
    pub head: EventId,
    pub head_seq: u64,
    /// Its place in the transparency log, see [`Receipt::logged_as`].
    pub leaf: u64,
    /// The nonce of the `sync_requested` it answers; none if nobody asked.
    pub nonce: Option<Nonce>,
    /// Server clock.
    pub ts: Timestamp,
    /// Version of this form; always 1.
    pub v: u32,
    pub via: Via,
}

impl Dated for Receipt {
    fn signed_at(&self) -> Timestamp {
        self.ts
    }
    /// A code that was told by telephone is receipted when its chain arrives, as of the call: by whichever
    /// key signs then. That it was not made up afterwards the log shows, which holds the call itself.
    fn is_signed_later(&self) -> bool {
        self.via == Via::RelayCode
    }
}

impl Signed for Receipt {
    const PAYLOAD_TYPE: &'static str = RECEIPT_TYPE;
    fn is_well_formed(&self) -> bool {
        self.v == 1 && self.head_seq >= 1
    }
}

impl Receipt {
    /// Signs it with the server's key.
    pub fn sign(&self, server: &Signer) -> Result<Envelope, NotGenuine> {
        server.sign_as(self)
    }

    /// Reads a receipt that this server signed.
    pub fn open(envelope: &Envelope, server: &ServerKeys) -> Result<Self, NotGenuine> {
        Ok(server.open(envelope)?.1)
    }

    /// Whether it is about this place of this chain.
    pub fn is_about(&self, dev: DeviceId, head_seq: u64, head: EventId) -> bool {
        self.dev == dev && self.head_seq == head_seq && self.head == head
    }

    /// What stands in the log at its place. A code that was told by telephone was logged then and there,
    /// when nobody knew yet whose it is; every other receipt stands for itself, by the hash of what
    /// was signed.
    pub fn logged_as(&self, signed: EventId) -> (LeafKind, Digest) {
        match self.via {
            Via::Sync | Via::RelayQr => (LeafKind::Receipt, Digest(signed.0)),
            Via::RelayCode => {
                let code = RelayCode::of(self.head);
                (LeafKind::Relay, code.record_digest(self.ts))
            }
        }
    }

    /// What it says about time.
    pub fn seen(&self) -> Seen {
        Seen {
            head_seq: self.head_seq,
            ts: self.ts,
        }
    }
}

/// A key is a person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    pub alg: Algorithm,
    /// Who said that this is the person's phone, see [`crate::enrolment`]; none for a first phone, which
    /// nobody had to approve, and for every record from before there were approvals.
    #[serde(
        default,
        deserialize_with = "approver",
        skip_serializing_if = "Option::is_none"
    )]
    pub approved_by: Option<PersonId>,
    pub dev: DeviceId,
    pub person: PersonId,
    /// SubjectPublicKeyInfo, base64.
    pub spki: String,
    /// Server clock.
    pub ts: Timestamp,
    /// Version of this form; always 1.
    pub v: u32,
}

impl Dated for KeyRecord {
    fn signed_at(&self) -> Timestamp {
        self.ts
    }
}

impl Signed for KeyRecord {
    const PAYLOAD_TYPE: &'static str = KEY_TYPE;
    fn is_well_formed(&self) -> bool {
        let is_own = self.approved_by.as_ref() == Some(&self.person);
        self.v == 1 && !is_own && self.key().is_ok()
    }
}

/// A member that is there names somebody: "nobody" has one spelling, and it is to leave it out.
fn approver<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PersonId>, D::Error> {
    PersonId::deserialize(value).map(Some)
}

impl KeyRecord {
    /// The record of a person's key.
    pub fn new(key: &PublicKey, person: PersonId, ts: Timestamp) -> Self {
        Self {
            alg: key.algorithm(),
            approved_by: None,
            dev: key.device_id(),
            person,
            spki: key.spki_base64(),
            ts,
            v: 1,
        }
    }

    /// The same, approved by somebody in charge.
    pub fn approved(self, by: PersonId) -> Self {
        Self {
            approved_by: Some(by),
            ..self
        }
    }

    /// Signs it with the server's key.
    pub fn sign(&self, server: &Signer) -> Result<Envelope, NotGenuine> {
        server.sign_as(self)
    }

    /// Reads a key record that this server signed.
    pub fn open(envelope: &Envelope, server: &ServerKeys) -> Result<Self, NotGenuine> {
        Ok(server.open(envelope)?.1)
    }

    /// The key itself, which must be the one that `dev` and `alg` speak of, in its one spelling.
    pub fn key(&self) -> Result<PublicKey, NotGenuine> {
        let key = PublicKey::from_base64(&self.spki)?;
        let is_the_one = key.device_id() == self.dev
            && key.algorithm() == self.alg
            && key.spki_base64() == self.spki;
        if is_the_one {
            Ok(key)
        } else {
            Err(NotGenuine::NotAKey)
        }
    }
}

/// From a moment on, what a key signs no longer counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationRecord {
    pub dev: DeviceId,
    /// Server clock; never before the last receipt of the device.
    pub effective: Timestamp,
    pub reason: String,
    /// When it was said, server clock.
    pub ts: Timestamp,
    /// Version of this form; always 1.
    pub v: u32,
}

impl Dated for RevocationRecord {
    fn signed_at(&self) -> Timestamp {
        self.ts
    }
}

impl Signed for RevocationRecord {
    const PAYLOAD_TYPE: &'static str = REVOCATION_TYPE;
    fn is_well_formed(&self) -> bool {
        self.v == 1
    }
}

/// Why a signed record inside an event is no anchor for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnchor {
    /// The embedded record is not genuine.
    NotGenuine(NotGenuine),
    /// It is genuine but about another device, person or place in the chain.
    OtherChain,
}

impl NoAnchor {
    /// The stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            NoAnchor::NotGenuine(reason) => reason.code(),
            NoAnchor::OtherChain => "other_chain",
        }
    }
}

impl From<NotGenuine> for NoAnchor {
    fn from(reason: NotGenuine) -> Self {
        NoAnchor::NotGenuine(reason)
    }
}

/// What people read for each code: code, Chinese, English.
pub const TEXTS: &[(&str, &str, &str)] = &[(
    "other_chain",
    "记录中附带的服务器凭据不属于本设备，未被接收。请重新同步；如仍出现，请重新登记本机。",
    "The server record inside belongs to another phone, so this one was not accepted. Sync again; if it comes back, register this phone again.",
)];

/// The server time that this event is provably later than: of the key record in `enrolled`, of
/// the receipt in `sync_acknowledged`, of the rotating code in `scanned`; none for every other event.
/// A code that is not genuine bounds nothing and refuses nothing: the scan is judged, not the chain.
pub fn anchor_of(event: &Event, server: &ServerKeys) -> Result<Option<Timestamp>, NoAnchor> {
    match &event.fact {
        Fact::Enrolled(enrolled) => {
            let record =
                KeyRecord::open(&Envelope::from_value(enrolled.key_record.clone())?, server)?;
            let is_own = record.dev == event.dev && record.person == event.by;
            if is_own {
                Ok(Some(record.ts))
            } else {
                Err(NoAnchor::OtherChain)
            }
        }
        Fact::SyncAcknowledged(acknowledged) => {
            let receipt =
                Receipt::open(&Envelope::from_value(acknowledged.receipt.clone())?, server)?;
            let is_own = receipt.dev == event.dev && receipt.head_seq < event.seq;
            if is_own {
                Ok(Some(receipt.ts))
            } else {
                Err(NoAnchor::OtherChain)
            }
        }
        Fact::Scanned(scan) => Ok(match Code::read(&scan.text) {
            Some(Code::Screen(code)) if code.is_genuine(server) => Some(code.ts),
            _ => None,
        }),
        _ => Ok(None),
    }
}
