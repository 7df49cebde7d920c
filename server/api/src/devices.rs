//! Phones: enrolment with proof of possession, the list, revocation (evidence of who held a key
//! from when to when). A phone signs a fresh challenge with its new key; the server answers with
//! a key record signed by itself, which the phone's first event embeds.

pub mod enrolments;
mod key;
mod request;
mod revocation;

use domain::actor::Action;
use domain::envelope::Envelope;
use domain::ids::{DeviceId, Digest, hex};
use domain::time::Millis;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use store::{ChallengeRow, DeviceRow};

use crate::auth::{Session, SignedIn, subject_of};
use crate::envelope::EnvelopeDto;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::session::Done;
use crate::signer::random_bytes;
use crate::state::{App, SharedApp};
use enrolments::{EnrolmentDto, enrolment_dto};
pub(crate) use key::approver;
use key::{proven_key, refused_challenge};
use request::{Asked, ask};
use revocation::effective_at;
pub(crate) use revocation::write_revocation;

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

/// What a phone that asks is told.
#[derive(ApiResponse)]
enum EnrolAnswer {
    /// It is enrolled.
    #[oai(status = 200)]
    Enrolled(Json<Enrolled>),
    /// Somebody in charge has to answer; the phone keeps its key and asks how the request stands.
    #[oai(status = 202)]
    Waits(Json<Box<EnrolmentDto>>),
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
    /// Who approved it; null for a first phone, which needs no approval.
    pub approved_by_name: Option<String>,
    /// From when on nothing it signs counts; null while it is in use.
    pub revoked_at: Option<i64>,
    pub revoked_reason: Option<String>,
    /// Sequence number of the last event received from it.
    pub head_seq: i64,
    /// When the server last gave it a receipt.
    pub last_receipt_at: Option<i64>,
    /// Whether the caller may revoke it.
    pub may_revoke: bool,
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
    /// A person's first phone is enrolled at once. While another one is in use, somebody in charge has to approve
    /// (202); the older phone stays valid until it is revoked. Asking again with the same key gives the same answer.
    #[oai(path = "/", method = "post", operation_id = "enrolDevice")]
    async fn enrol(
        &self,
        SignedIn(session): SignedIn,
        body: Json<Enrolment>,
    ) -> Result<EnrolAnswer, ApiError> {
        session.must(Action::EnrolDevice, &subject_of(&session.person))?;
        let app = &self.0;
        let key = proven_key(&body.0)?;
        let person = &session.person.id;
        if !app
            .store
            .take_challenge(&body.0.challenge, person.as_str(), app.now().0)
            .await?
        {
            return Err(refused_challenge());
        }
        Ok(match ask(app, person, &key, &body.0.label).await? {
            Asked::Enrolled(record) => EnrolAnswer::Enrolled(Json(Enrolled {
                key_record: record.into(),
            })),
            Asked::Waits(row) => {
                EnrolAnswer::Waits(Json(Box::new(enrolment_dto(app, &session, row).await?)))
            }
        })
    }

    /// List phones
    ///
    /// One's own, and those that one may revoke or approve.
    #[oai(path = "/", method = "get", operation_id = "listDevices")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<DeviceDto>>, ApiError> {
        let mut devices = Vec::new();
        for row in self.0.store.devices().await? {
            let may = |action| may(&self.0, &session, &row, action);
            let may_revoke = may(Action::RevokeDevice);
            if may_revoke || may(Action::ApproveDevice) {
                devices.push(device_dto(&self.0, row, may_revoke).await?);
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
        let id = dev.0.parse::<DeviceId>().map_err(|_| unknown())?;
        let row = app
            .store
            .device(&dev.0)
            .await?
            .filter(|row| may(app, &session, row, Action::RevokeDevice));
        let row = row.ok_or_else(unknown)?;
        if row.revoked_at.is_some() {
            return Ok(Done::Done);
        }
        let effective_at = effective_at(app, &row, body.0.effective_at).await?;
        write_revocation(app, id, effective_at, &body.0.reason, &session.person.id).await?;
        app.store.revoke_sessions_of(&row.person).await?;
        Ok(Done::Done)
    }
}

fn may(app: &App, session: &Session, row: &DeviceRow, action: Action) -> bool {
    let register = app.register();
    let owner = row
        .person
        .parse()
        .ok()
        .and_then(|id| register.people.get(&id));
    owner.is_some_and(|owner| session.may(action, &subject_of(owner)))
}

async fn device_dto(app: &App, row: DeviceRow, may_revoke: bool) -> Result<DeviceDto, ApiError> {
    let register = app.register();
    let owner = row
        .person
        .parse()
        .ok()
        .and_then(|id| register.people.get(&id));
    let approver = approver(app, &row);
    Ok(DeviceDto {
        approved_by_name: approver.map(|by| register.name_of(&by).to_owned()),
        last_receipt_at: last_receipt_at(app, &row.dev).await?,
        person_name: owner.map_or_else(|| row.person.clone(), |owner| owner.name.clone()),
        dev: row.dev,
        person: row.person,
        label: row.label,
        enrolled_at: row.enrolled_at,
        revoked_at: row.revoked_at,
        revoked_reason: row.revoked_reason,
        head_seq: row.head_seq,
        may_revoke,
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

/// The hash under which a signed record is logged.
fn hash_of(envelope: &Envelope) -> Result<Digest, ApiError> {
    let id = envelope.id();
    let id = id.map_err(|error| ApiError::internal("signed record", error.code()))?;
    Ok(Digest(id.0))
}
