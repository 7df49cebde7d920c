//! Requests of phones that are not their person's first: who may answer sees them, and the phone asks how its
//! own stands.

use domain::actor::{Action, Role};
use domain::enrolment::{Answer, CheckNumber, EnrolmentRefusal, Standing, expires_at, standing};
use domain::time::{Millis, Timestamp};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use store::EnrolmentRow;

use super::request::{Said, answer, answer_of, refusal, salted};
use crate::auth::{Session, SignedIn, subject_of};
use crate::envelope::EnvelopeDto;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::people::PersonDto;
use crate::reason::Reason;
use crate::register::{Person, corrupt};
use crate::session::Done;
use crate::state::{App, SharedApp};

/// Requests stay in the list this long, so that an answer can be looked up.
const LISTED: Millis = Millis::minutes(30 * 24 * 60);

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "EnrolmentStanding", rename_all = "snake_case")]
pub enum StandingDto {
    Waiting,
    /// Nobody answered within 72 hours.
    Expired,
    Approved,
    /// Approved, and revoked since.
    Revoked,
    Refused,
}

impl From<Standing> for StandingDto {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Waiting => StandingDto::Waiting,
            Standing::Expired => StandingDto::Expired,
            Standing::Answered(Answer::Approved) => StandingDto::Approved,
            Standing::Answered(Answer::Revoked) => StandingDto::Revoked,
            Standing::Answered(Answer::Refused) => StandingDto::Refused,
        }
    }
}

/// A phone that asks to be enrolled.
#[derive(Debug, Object)]
#[oai(rename = "EnrolmentRequest")]
pub struct EnrolmentDto {
    /// First 16 bytes of SHA-256 of the public key, hex.
    pub dev: String,
    pub person: String,
    pub person_name: String,
    pub label: String,
    /// Why it needs approval.
    pub why: Reason,
    /// The public key, base64. With the salt it gives the check number, which whoever shows it computes.
    pub spki: String,
    /// 16 bytes, lower-case hex; drawn after the key was on disk.
    pub salt: String,
    /// ms since 1970 UTC.
    pub asked_at: i64,
    /// From when on it can no longer be answered.
    pub expires_at: i64,
    pub standing: StandingDto,
    pub answered_at: Option<i64>,
    pub answered_by_name: Option<String>,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// Once it is approved, and while it is not revoked.
    pub key_record: Option<EnvelopeDto>,
    /// Who may answer it in the person's own organisation; administrators may as well.
    pub approvers: Vec<PersonDto>,
    /// Whether the caller may.
    pub may_answer: bool,
}

/// The phone is the person's.
#[derive(Debug, Object)]
pub struct Approval {
    /// The eight digits that the person read out from the phone.
    #[oai(validator(max_length = 8))]
    pub check_number: String,
}

/// The phone is not the person's, or is not wanted.
#[derive(Debug, Object)]
#[oai(rename = "EnrolmentRefusal")]
pub struct RefusalDto {
    /// The person reads it on the phone.
    #[oai(validator(max_length = 300))]
    pub reason: String,
}

/// The endpoints of this module.
pub struct EnrolmentsApi(pub SharedApp);

#[OpenApi(prefix_path = "/enrolments", tag = "Tag::Devices")]
impl EnrolmentsApi {
    /// List requests of phones
    ///
    /// One's own, and those that one may answer, of the last 30 days; the newest first.
    #[oai(path = "/", method = "get", operation_id = "listEnrolments")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<EnrolmentDto>>, ApiError> {
        let since = self.0.now() - LISTED;
        let mut listed = Vec::new();
        for row in self
            .0
            .store
            .enrolments_since(since.0)
            .await?
            .into_iter()
            .rev()
        {
            if is_visible(&self.0, &session, &row) {
                listed.push(enrolment_dto(&self.0, &session, row).await?);
            }
        }
        Ok(Json(listed))
    }

    /// How does the request of a phone stand?
    #[oai(path = "/:dev", method = "get", operation_id = "getEnrolment")]
    async fn show(
        &self,
        SignedIn(session): SignedIn,
        dev: Path<String>,
    ) -> Result<Json<EnrolmentDto>, ApiError> {
        let row = find(&self.0, &session, &dev.0).await?;
        Ok(Json(enrolment_dto(&self.0, &session, row).await?))
    }

    /// Approve a phone
    ///
    /// Its key counts from now on, and its key record names the caller. Repeating it changes nothing: the first
    /// answer counts.
    #[oai(
        path = "/:dev/approval",
        method = "post",
        operation_id = "approveDevice"
    )]
    async fn approve(
        &self,
        SignedIn(session): SignedIn,
        dev: Path<String>,
        body: Json<Approval>,
    ) -> Result<Done, ApiError> {
        let row = find(&self.0, &session, &dev.0).await?;
        if row.person == session.person.id.as_str() {
            return Err(refusal(EnrolmentRefusal::Oneself));
        }
        let number = CheckNumber::read(&body.0.check_number);
        let number = number.ok_or_else(|| refusal(EnrolmentRefusal::OtherNumber))?;
        let by = &session.person.id;
        answer(&self.0, row, by, Said::Approved(number)).await?;
        tracing::info!(person = %by, dev = %dev.0, "a phone was approved");
        Ok(Done::Done)
    }

    /// Refuse a phone
    ///
    /// Its key will never count; its person reads the reason and may ask with a new key.
    #[oai(path = "/:dev/refusal", method = "post", operation_id = "refuseDevice")]
    async fn refuse(
        &self,
        SignedIn(session): SignedIn,
        dev: Path<String>,
        body: Json<RefusalDto>,
    ) -> Result<Done, ApiError> {
        let row = find(&self.0, &session, &dev.0).await?;
        if !may_answer(&self.0, &session, &row) {
            return Err(ApiError::forbidden());
        }
        let by = &session.person.id;
        answer(&self.0, row, by, Said::Refused(&body.0.reason)).await?;
        tracing::info!(person = %by, dev = %dev.0, "a phone was refused");
        Ok(Done::Done)
    }
}

/// The request, with its salt; one that the caller may not see is not there.
async fn find(app: &App, session: &Session, dev: &str) -> Result<EnrolmentRow, ApiError> {
    let row = app.store.enrolment(dev).await?;
    let row = row.filter(|row| is_visible(app, session, row));
    let row =
        row.ok_or_else(|| ApiError::not_found("手机登记申请", "request of the phone", dev))?;
    salted(app, row).await
}

fn is_visible(app: &App, session: &Session, row: &EnrolmentRow) -> bool {
    row.person == session.person.id.as_str() || may_answer(app, session, row)
}

fn may_answer(app: &App, session: &Session, row: &EnrolmentRow) -> bool {
    let register = app.register();
    let owner = row
        .person
        .parse()
        .ok()
        .and_then(|id| register.people.get(&id));
    let is_own = row.person == session.person.id.as_str();
    owner.is_some_and(|owner| !is_own && session.may(Action::ApproveDevice, &subject_of(owner)))
}

/// The people of the owner's organisation who may answer, dispatchers first: they sit at the telephone.
fn approvers(app: &App, owner: &Person) -> Vec<PersonDto> {
    let register = app.register();
    let colleagues = register
        .people
        .values()
        .filter(|person| person.org == owner.org && person.id != owner.id);
    let mut found: Vec<&Person> = colleagues
        .filter(|person| {
            domain::actor::may(&person.actor(), Action::ApproveDevice, &subject_of(owner))
        })
        .collect();
    found.sort_by_key(|person| (person.role != Role::Dispatcher, person.id.clone()));
    let dto = |person| PersonDto::of(person, &register);
    found.into_iter().map(dto).collect()
}

pub(super) async fn enrolment_dto(
    app: &App,
    session: &Session,
    row: EnrolmentRow,
) -> Result<EnrolmentDto, ApiError> {
    let row = salted(app, row).await?;
    let register = app.register();
    let name = |id: &str| match id.parse() {
        Ok(id) => register.name_of(&id).to_owned(),
        Err(_) => id.to_owned(),
    };
    let owner = row
        .person
        .parse()
        .ok()
        .and_then(|id| register.people.get(&id));
    let asked_at = Timestamp(row.asked_at);
    let given = answer_of(app, &row).await?;
    let standing = standing(asked_at, given, app.now()).into();
    let key_record = match given {
        Some(Answer::Approved) => Some(key_record(app, &row.dev).await?),
        _ => None,
    };
    Ok(EnrolmentDto {
        person_name: name(&row.person),
        why: Reason::of(&row.why),
        salt: row.salt.clone().unwrap_or_default(),
        asked_at: asked_at.0,
        expires_at: expires_at(asked_at).0,
        standing,
        answered_at: row.answer.as_ref().map(|answer| answer.at),
        answered_by_name: row.answer.as_ref().map(|answer| name(&answer.by)),
        refusal: row
            .answer
            .as_ref()
            .and_then(|answer| answer.refused.clone()),
        key_record,
        approvers: owner.map_or_else(Vec::new, |owner| approvers(app, owner)),
        may_answer: may_answer(app, session, &row),
        dev: row.dev,
        person: row.person,
        label: row.label,
        spki: row.spki,
    })
}

async fn key_record(app: &App, dev: &str) -> Result<EnvelopeDto, ApiError> {
    let row = app.store.device(dev).await?;
    let row = row.ok_or_else(|| corrupt("device", "is missing"))?;
    let envelope: domain::envelope::Envelope = serde_json::from_str(&row.key_record)
        .map_err(|error| ApiError::internal("key record", error))?;
    Ok(envelope.into())
}
