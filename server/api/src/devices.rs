//! Phones: enrolment with proof of possession, the list, revocation (evidence of who held a key
//! from when to when). A phone signs a fresh challenge with its new key; the server answers with
//! a key record signed by itself, which the phone's first event embeds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::actor::Action;
use domain::envelope::{Algorithm, Envelope, PublicKey};
use domain::ids::{DeviceId, EventId};
use domain::receipt::KeyRecord;
use domain::time::{Millis, Timestamp};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{ChallengeRow, Commit, DeviceRow, StoreError};

use crate::auth::{Session, SignedIn, subject_of};
use crate::envelope::EnvelopeDto;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::session::Done;
use crate::signer::{hex, random_bytes};
use crate::state::{App, SharedApp};

/// How long a challenge may be answered.
const CHALLENGE_LASTS: Millis = Millis::minutes(5);

/// Bytes for the phone to sign.
#[derive(Debug, Object)]
pub struct Challenge {
    /// 32 bytes, lower-case hex; good for five minutes and one use.
    pub challenge: String,
}

/// A phone asks to be enrolled.
#[derive(Debug, Object)]
pub struct Enrolment {
    /// The public key: SubjectPublicKeyInfo of an uncompressed P-256 point, base64.
    #[oai(validator(max_length = 200))]
    pub spki: String,
    /// The challenge being answered.
    #[oai(validator(min_length = 64, max_length = 64))]
    pub challenge: String,
    /// ECDSA P-256 with SHA-256 over the 32 challenge bytes: r then s, 64 bytes, base64.
    #[oai(validator(max_length = 100))]
    pub sig: String,
    /// What the person calls this phone.
    #[oai(validator(max_length = 60))]
    pub label: String,
}

/// The phone is enrolled.
#[derive(Debug, Object)]
pub struct Enrolled {
    /// The key record, signed by the server.
    pub key_record: EnvelopeDto,
}

/// A phone.
#[derive(Debug, Object)]
#[oai(rename = "Device")]
pub struct DeviceDto {
    /// First 16 bytes of SHA-256 of the public key, hex.
    pub dev: String,
    pub person: String,
    pub person_name: String,
    pub label: String,
    /// ms since 1970 UTC.
    pub enrolled_at: i64,
    /// From when on nothing it signs counts; null while it is in use.
    pub revoked_at: Option<i64>,
    pub revoked_reason: Option<String>,
    /// Sequence number of the last event received from it.
    pub head_seq: i64,
    /// When the server last gave it a receipt.
    pub last_receipt_at: Option<i64>,
}

/// Why a phone is revoked, and from when on.
#[derive(Debug, Object)]
pub struct Revocation {
    #[oai(validator(min_length = 1, max_length = 300))]
    pub reason: String,
    /// ms since 1970 UTC; not in the future, and not before the phone's last receipt, because
    /// what the server has confirmed stays confirmed. Null means now.
    pub effective_at: Option<i64>,
}

/// The endpoints of this module.
pub struct DevicesApi(pub SharedApp);

#[OpenApi(prefix_path = "/devices", tag = "Tag::Devices")]
impl DevicesApi {
    /// Ask for a challenge to enrol a phone
    #[oai(path = "/challenge", method = "post", operation_id = "challengeDevice")]
    async fn challenge(&self, SignedIn(session): SignedIn) -> Result<Json<Challenge>, ApiError> {
        session.must(Action::EnrolDevice, &subject_of(&session.person))?;
        let challenge = hex(&random_bytes::<32>());
        let row = ChallengeRow {
            challenge: challenge.clone(),
            person: session.person.id.to_string(),
            expires_at: (self.0.now() + CHALLENGE_LASTS).0,
        };
        self.0.store.put_challenge(row).await?;
        Ok(Json(Challenge { challenge }))
    }

    /// Enrol a phone
    ///
    /// The older phone of the same person stays valid until it is revoked. Asking again with
    /// the same key gives the same key record.
    #[oai(path = "/", method = "post", operation_id = "enrolDevice")]
    async fn enrol(
        &self,
        SignedIn(session): SignedIn,
        body: Json<Enrolment>,
    ) -> Result<Json<Enrolled>, ApiError> {
        session.must(Action::EnrolDevice, &subject_of(&session.person))?;
        let app = &self.0;
        let key = proven_key(&body.0)?;
        let person = session.person.id.as_str();
        if !app
            .store
            .take_challenge(&body.0.challenge, person, app.now().0)
            .await?
        {
            return Err(refused_challenge());
        }
        let key_record = match app.store.device(&key.device_id().to_string()).await? {
            Some(known) => known_record(&known, person)?,
            None => enrol_key(app, &session, &key, &body.0.label).await?,
        };
        Ok(Json(Enrolled {
            key_record: key_record.into(),
        }))
    }

    /// List phones
    ///
    /// One's own, and those that one may revoke.
    #[oai(path = "/", method = "get", operation_id = "listDevices")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<DeviceDto>>, ApiError> {
        let mut devices = Vec::new();
        for row in self.0.store.devices().await? {
            if may_revoke(&self.0, &session, &row) {
                devices.push(device_dto(&self.0, row).await?);
            }
        }
        Ok(Json(devices))
    }

    /// Revoke a phone
    ///
    /// What it signs after `effective_at` no longer counts. Its person has to sign in again everywhere:
    /// whoever found the phone must not enrol a new key with the session that is on it.
    #[oai(
        path = "/:dev/revocation",
        method = "post",
        operation_id = "revokeDevice"
    )]
    async fn revoke(
        &self,
        SignedIn(session): SignedIn,
        dev: Path<String>,
        body: Json<Revocation>,
    ) -> Result<Done, ApiError> {
        let app = &self.0;
        let unknown = || ApiError::not_found("手机", "phone", &dev.0);
        dev.0.parse::<DeviceId>().map_err(|_| unknown())?;
        let row = app
            .store
            .device(&dev.0)
            .await?
            .filter(|row| may_revoke(app, &session, row));
        let row = row.ok_or_else(unknown)?;
        if row.revoked_at.is_some() {
            return Ok(Done::Done);
        }
        let effective_at = effective_at(app, &row, body.0.effective_at).await?;
        write_revocation(app, &row.dev, effective_at, &body.0.reason).await?;
        app.store.revoke_sessions_of(&row.person).await?;
        Ok(Done::Done)
    }
}

/// The key, if it is one and its holder has signed the challenge with it.
fn proven_key(enrolment: &Enrolment) -> Result<PublicKey, ApiError> {
    let refuse = || {
        ApiError::unprocessable(
            "possession_not_proven",
            "手机密钥无效，或未能证明由这部手机持有。请在浏览器中重新登记。",
            "The phone's key is invalid, or it is not proven that this phone holds it. Enrol again.",
        )
    };
    let key = PublicKey::from_base64(&enrolment.spki).map_err(|_| refuse())?;
    let challenge: domain::ids::Digest = enrolment
        .challenge
        .parse()
        .map_err(|_| refused_challenge())?;
    let signature = STANDARD.decode(&enrolment.sig).map_err(|_| refuse())?;
    let is_proven = key.algorithm() == Algorithm::P256 && key.has_signed(&challenge.0, &signature);
    if is_proven { Ok(key) } else { Err(refuse()) }
}

fn refused_challenge() -> ApiError {
    ApiError::unprocessable(
        "challenge_expired",
        "登记口令已过期或已使用，请重试。",
        "The challenge has expired or was used already. Try again.",
    )
}

fn known_record(known: &DeviceRow, person: &str) -> Result<Envelope, ApiError> {
    if known.person != person || known.revoked_at.is_some() {
        return Err(ApiError::conflict(
            "key_not_usable",
            "这把密钥已登记给他人或已被吊销，请重新生成。",
            "This key belongs to somebody else or is revoked. Make another one.",
        ));
    }
    serde_json::from_str(&known.key_record).map_err(|error| ApiError::internal("key record", error))
}

async fn enrol_key(
    app: &App,
    session: &Session,
    key: &PublicKey,
    label: &str,
) -> Result<Envelope, ApiError> {
    let now = app.now();
    let record = KeyRecord {
        v: 1,
        alg: key.algorithm(),
        dev: key.device_id(),
        person: session.person.id.clone(),
        spki: key.spki_base64(),
        ts: now,
    };
    let envelope = app
        .signer
        .sign_as(&record)
        .map_err(|error| ApiError::internal("key record", format!("{error:?}")))?;
    let key_record = serde_json::to_string(&envelope)
        .map_err(|error| ApiError::internal("key record", error))?;
    let row = DeviceRow {
        dev: record.dev.to_string(),
        person: record.person.to_string(),
        alg: "p256".to_owned(),
        spki: record.spki,
        label: label.trim().to_owned(),
        enrolled_at: now.0,
        revoked_at: None,
        revoked_reason: None,
        head_seq: 0,
        head: EventId::GENESIS.to_string(),
        carry: "{}".to_owned(),
        key_record,
    };
    let (row, store) = (&row, &app.store);
    let (earlier, _) = store
        .decide(|n| async move {
            // Asked twice at once: a row written anew would set the chain back to its beginning.
            let earlier = store.device(&row.dev).await?;
            let devices = if earlier.is_none() {
                vec![row.clone()]
            } else {
                Vec::new()
            };
            let commit = Commit {
                expected_n: n,
                devices,
                ..Commit::default()
            };
            Ok::<_, StoreError>((commit, earlier))
        })
        .await?;
    match earlier {
        Some(known) => known_record(&known, &row.person),
        None => Ok(envelope),
    }
}

fn may_revoke(app: &App, session: &Session, row: &DeviceRow) -> bool {
    let register = app.register();
    let owner = row
        .person
        .parse()
        .ok()
        .and_then(|id| register.people.get(&id));
    owner.is_some_and(|owner| session.may(Action::RevokeDevice, &subject_of(owner)))
}

async fn device_dto(app: &App, row: DeviceRow) -> Result<DeviceDto, ApiError> {
    let register = app.register();
    let owner = row
        .person
        .parse()
        .ok()
        .and_then(|id| register.people.get(&id));
    Ok(DeviceDto {
        last_receipt_at: last_receipt_at(app, &row.dev).await?,
        person_name: owner.map_or_else(|| row.person.clone(), |owner| owner.name.clone()),
        dev: row.dev,
        person: row.person,
        label: row.label,
        enrolled_at: row.enrolled_at,
        revoked_at: row.revoked_at,
        revoked_reason: row.revoked_reason,
        head_seq: row.head_seq,
    })
}

async fn last_receipt_at(app: &App, dev: &str) -> Result<Option<i64>, ApiError> {
    Ok(app
        .store
        .receipts_of_device(dev)
        .await?
        .iter()
        .map(|receipt| receipt.ts)
        .max())
}

async fn effective_at(
    app: &App,
    row: &DeviceRow,
    wanted: Option<i64>,
) -> Result<Timestamp, ApiError> {
    let now = app.now();
    let earliest = last_receipt_at(app, &row.dev)
        .await?
        .unwrap_or(row.enrolled_at);
    let wanted = wanted.unwrap_or(now.0.max(earliest));
    if (earliest..=now.0.max(earliest)).contains(&wanted) {
        return Ok(Timestamp(wanted));
    }
    Err(ApiError::unprocessable(
        "revocation_not_possible_then",
        "吊销生效时间不能在将来，也不能早于该手机最近一次服务器回执。",
        "A revocation cannot take effect in the future, nor before the phone's last receipt.",
    ))
}

/// Sets the two columns on the row as it is at the time of the write: the phone may be sending.
async fn write_revocation(
    app: &App,
    dev: &str,
    at: Timestamp,
    reason: &str,
) -> Result<(), ApiError> {
    app.store
        .decide(|n| async move {
            let row = app.store.device(dev).await?;
            let row = row.ok_or_else(|| ApiError::not_found("手机", "phone", dev))?;
            let revoked = DeviceRow {
                revoked_at: Some(at.0),
                revoked_reason: Some(reason.trim().to_owned()),
                ..row
            };
            let commit = Commit {
                expected_n: n,
                devices: vec![revoked],
                ..Commit::default()
            };
            Ok::<_, ApiError>((commit, ()))
        })
        .await?;
    Ok(())
}
