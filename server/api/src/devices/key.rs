//! A new phone's key: the proof that the phone holds it, and the key record that the server signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::{Algorithm, Envelope, PublicKey};
use domain::ids::{Digest, EventId, PersonId};
use domain::receipt::KeyRecord;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use store::{Commit, DeviceRow, LogTail};

use super::{Enrolment, hash_of};
use crate::error::ApiError;
use crate::log::Tail;
use crate::state::App;

/// The key, if it is one and its holder has signed the challenge with it.
pub(super) fn proven_key(enrolment: &Enrolment) -> Result<PublicKey, ApiError> {
    let refuse = || {
        ApiError::unprocessable(
            "possession_not_proven",
            "手机密钥无效，或未能证明由这部手机持有。请在浏览器中重新登记。",
            "The phone's key is invalid, or it is not proven that this phone holds it. Enrol again.",
        )
    };
    let key = PublicKey::from_base64(&enrolment.spki).map_err(|_| refuse())?;
    let challenge: Digest = enrolment
        .challenge
        .parse()
        .map_err(|_| refused_challenge())?;
    let signature = STANDARD.decode(&enrolment.sig).map_err(|_| refuse())?;
    let is_proven = key.algorithm() == Algorithm::P256 && key.has_signed(&challenge.0, &signature);
    if is_proven { Ok(key) } else { Err(refuse()) }
}

pub(super) fn refused_challenge() -> ApiError {
    ApiError::unprocessable(
        "challenge_expired",
        "登记口令已过期或已使用，请重试。",
        "The challenge has expired or was used already. Try again.",
    )
}

/// The record of a phone that is enrolled already, for its person only.
pub(super) fn known_record(known: &DeviceRow, person: &PersonId) -> Result<Envelope, ApiError> {
    if known.person != person.as_str() || known.revoked_at.is_some() {
        return Err(not_usable());
    }
    serde_json::from_str(&known.key_record).map_err(|error| ApiError::internal("key record", error))
}

pub(super) fn not_usable() -> ApiError {
    ApiError::conflict(
        "key_not_usable",
        "这把密钥已登记给他人或已被吊销，请重新生成。",
        "This key belongs to somebody else or is revoked. Make another one.",
    )
}

/// A phone that is about to be enrolled, with the key record that the server signed.
pub(super) struct NewDevice {
    pub row: DeviceRow,
    pub envelope: Envelope,
    /// The hash under which the record is logged.
    h: Digest,
}

impl NewDevice {
    /// Signs the record. Nothing is true of it before it is written.
    pub fn sign(app: &App, record: KeyRecord, label: &str) -> Result<Self, ApiError> {
        let envelope = app
            .signer
            .sign_as(&record)
            .map_err(|error| ApiError::internal("key record", error.code()))?;
        let row = DeviceRow {
            dev: record.dev.to_string(),
            person: record.person.to_string(),
            alg: "p256".to_owned(),
            spki: record.spki,
            label: label.trim().to_owned(),
            enrolled_at: record.ts.0,
            revoked_at: None,
            revoked_by: None,
            revoked_reason: None,
            revocation: None,
            head_seq: 0,
            head: EventId::GENESIS.to_string(),
            carry: "{}".to_owned(),
            key_record: envelope.to_value().to_string(),
        };
        let h = hash_of(&envelope)?;
        Ok(Self { row, envelope, h })
    }

    /// Puts phone and leaf into the commit.
    pub fn write(&self, commit: &mut Commit, tail: LogTail) {
        let at = Timestamp(self.row.enrolled_at);
        Tail::of(tail).append(commit, LeafKind::Key, self.h, at);
        commit.devices.push(self.row.clone());
    }
}

/// Who approved the phone, by its key record.
pub(crate) fn approver(app: &App, row: &DeviceRow) -> Option<PersonId> {
    let envelope = Envelope::parse(row.key_record.as_bytes()).ok()?;
    let record = KeyRecord::open(&envelope, app.signer.keys()).ok()?;
    record.approved_by
}
