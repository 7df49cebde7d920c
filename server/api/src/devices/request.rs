//! What becomes of a key that asks to be enrolled: the first phone of a person is enrolled at once, every
//! other one waits for an answer (`domain::enrolment`). Asking and answering are each decided in one
//! transaction on what is true then, so that nothing happens twice however many ask or answer at once.

use domain::enrolment::{
    Answer, CheckNumber, CheckSalt, EnrolmentRefusal, OtherPhone, Request, Standing, Step,
    WAITING_MAX, needs_approval, standing,
};
use domain::envelope::{Envelope, PublicKey};
use domain::ids::{PersonId, hex};
use domain::receipt::KeyRecord;
use domain::time::Timestamp;
use poem::http::StatusCode;
use store::{Commit, DeviceRow, EnrolmentAnswer, EnrolmentRow, StoreError};

use super::key::{NewDevice, known_record, not_usable};
use crate::error::ApiError;
use crate::register::corrupt;
use crate::signer::random_bytes;
use crate::state::App;

/// What a phone that asked is told.
pub(super) enum Asked {
    /// The key record.
    Enrolled(Envelope),
    /// How its request stands.
    Waits(EnrolmentRow),
}

/// Asks for this key, whose possession is proven. Asking again gives the same answer.
pub(super) async fn ask(
    app: &App,
    person: &PersonId,
    key: &PublicKey,
    label: &str,
) -> Result<Asked, ApiError> {
    let record = KeyRecord::new(key, person.clone(), app.now());
    let device = NewDevice::sign(app, record, label)?;
    let (device, store) = (&device, &app.store);
    let (asked, _) = store
        .decide(|n| async move {
            let mut commit = Commit {
                expected_n: n,
                ..Commit::default()
            };
            if let Some(asked) = known(app, person, &device.row.dev).await? {
                return Ok((commit, asked));
            }
            let asked = match waiting_row(app, person, &device.row).await? {
                Some(row) => {
                    commit.enrolments.push(row.clone());
                    Asked::Waits(row)
                }
                None => {
                    app.log.must_be_sound()?;
                    device.write(&mut commit, store.log_tail().await?);
                    Asked::Enrolled(device.envelope.clone())
                }
            };
            Ok::<_, ApiError>((commit, asked))
        })
        .await?;
    app.log.has_grown(false);
    Ok(match asked {
        Asked::Waits(row) => Asked::Waits(salted(app, row).await?),
        enrolled => enrolled,
    })
}

/// What this key was told before.
async fn known(app: &App, person: &PersonId, dev: &str) -> Result<Option<Asked>, ApiError> {
    if let Some(row) = app.store.device(dev).await? {
        return Ok(Some(Asked::Enrolled(known_record(&row, person)?)));
    }
    match app.store.enrolment(dev).await? {
        Some(row) if row.person != person.as_str() => Err(not_usable()),
        row => Ok(row.map(Asked::Waits)),
    }
}

/// The request that this phone has to make; none if it is enrolled at once.
async fn waiting_row(
    app: &App,
    person: &PersonId,
    device: &DeviceRow,
) -> Result<Option<EnrolmentRow>, ApiError> {
    let phones = app.store.devices_of(person.as_str()).await?;
    let phones: Vec<OtherPhone> = phones.iter().map(other_phone).collect();
    let now = app.now();
    let requests = app.store.enrolments_of(person.as_str()).await?;
    let waiting = requests.iter().filter(|row| is_waiting(row, now)).count();
    let Some(why) = needs_approval(person, &phones, waiting) else {
        return Ok(None);
    };
    if waiting >= WAITING_MAX {
        return Err(refusal(EnrolmentRefusal::TooMany));
    }
    Ok(Some(EnrolmentRow {
        dev: device.dev.clone(),
        person: device.person.clone(),
        spki: device.spki.clone(),
        label: device.label.clone(),
        why: why.code().to_owned(),
        asked_at: now.0,
        salt: None,
        answer: None,
    }))
}

fn other_phone(row: &DeviceRow) -> OtherPhone {
    match row.revoked_at {
        None => OtherPhone::InUse,
        Some(_) => OtherPhone::Revoked {
            by: row.revoked_by.as_ref().and_then(|by| by.parse().ok()),
        },
    }
}

fn is_waiting(row: &EnrolmentRow, now: Timestamp) -> bool {
    row.answer.is_none() && standing(Timestamp(row.asked_at), None, now) == Standing::Waiting
}

/// The request with its salt, which is drawn now if there is none: its key is on disk by now.
pub(super) async fn salted(app: &App, row: EnrolmentRow) -> Result<EnrolmentRow, ApiError> {
    if row.salt.is_some() {
        return Ok(row);
    }
    let salt = hex(&random_bytes::<16>());
    let (salt, store, dev) = (&salt, &app.store, &row.dev);
    let (row, _) = store
        .decide(|n| async move {
            let row = store.enrolment(dev).await?.ok_or_else(lost)?;
            let mut commit = Commit {
                expected_n: n,
                ..Commit::default()
            };
            if row.salt.is_some() {
                return Ok((commit, row));
            }
            let row = EnrolmentRow {
                salt: Some(salt.clone()),
                ..row
            };
            commit.enrolments.push(row.clone());
            Ok::<_, StoreError>((commit, row))
        })
        .await?;
    Ok(row)
}

/// What somebody in charge says.
pub(super) enum Said<'a> {
    /// The number that was read out to them is this.
    Approved(CheckNumber),
    /// Why not.
    Refused(&'a str),
}

/// Gives the answer, unless one was given before. The first answer counts.
pub(super) async fn answer(
    app: &App,
    row: EnrolmentRow,
    by: &PersonId,
    said: Said<'_>,
) -> Result<(), ApiError> {
    let row = salted(app, row).await?;
    let now = app.now();
    let key = PublicKey::from_base64(&row.spki).map_err(|_| corrupt("enrolment", "key"))?;
    let owner: PersonId = row
        .person
        .parse()
        .map_err(|_| corrupt("enrolment", "person"))?;
    // Made before the rule has spoken, because signing is not part of the transaction; only what is
    // written counts.
    let record = KeyRecord::new(&key, owner.clone(), now).approved(by.clone());
    let (said, dev, key) = (&said, &row.dev, &key);
    let device = match said {
        Said::Approved(_) if *by != owner => Some(NewDevice::sign(app, record, &row.label)?),
        _ => None,
    };
    let (device, store) = (&device, &app.store);
    store
        .decide(|n| async move {
            let row = store.enrolment(dev).await?.ok_or_else(lost)?;
            let request = request_of(&row, key, answer_of(app, &row).await?)?;
            let step = match said {
                Said::Approved(number) => request.approve(by, *number, now),
                Said::Refused(reason) => request.refuse(reason, now),
            };
            let mut commit = Commit {
                expected_n: n,
                ..Commit::default()
            };
            if step.map_err(refusal)? == Step::Write {
                if let Some(device) = device {
                    app.log.must_be_sound()?;
                    device.write(&mut commit, store.log_tail().await?);
                }
                commit.enrolments.push(answered(row, by, said, now));
            }
            Ok::<_, ApiError>((commit, ()))
        })
        .await?;
    app.log.has_grown(false);
    app.intake.tell(&owner);
    Ok(())
}

fn answered(row: EnrolmentRow, by: &PersonId, said: &Said<'_>, now: Timestamp) -> EnrolmentRow {
    let refused = match said {
        Said::Approved(_) => None,
        Said::Refused(reason) => Some(reason.trim().to_owned()),
    };
    EnrolmentRow {
        answer: Some(EnrolmentAnswer {
            by: by.to_string(),
            at: now.0,
            refused,
        }),
        ..row
    }
}

/// What was answered, and whether the phone that was approved is still in use.
pub(super) async fn answer_of(app: &App, row: &EnrolmentRow) -> Result<Option<Answer>, StoreError> {
    let Some(answer) = &row.answer else {
        return Ok(None);
    };
    if answer.refused.is_some() {
        return Ok(Some(Answer::Refused));
    }
    let device = app.store.device(&row.dev).await?;
    let is_revoked = device.is_none_or(|device| device.revoked_at.is_some());
    Ok(Some(if is_revoked {
        Answer::Revoked
    } else {
        Answer::Approved
    }))
}

fn request_of(
    row: &EnrolmentRow,
    key: &PublicKey,
    answer: Option<Answer>,
) -> Result<Request, StoreError> {
    let salt: Option<CheckSalt> = row.salt.as_ref().and_then(|salt| salt.parse().ok());
    let salt = salt.ok_or_else(|| corrupt("enrolment", "salt"))?;
    Ok(Request {
        person: row
            .person
            .parse()
            .map_err(|_| corrupt("enrolment", "person"))?,
        asked_at: Timestamp(row.asked_at),
        number: CheckNumber::of(key, salt),
        answer,
    })
}

fn lost() -> StoreError {
    corrupt("enrolment", "is gone")
}

/// The rule's word as an answer: a conflict where something came first, unprocessable where the request is
/// wrong in itself.
pub(super) fn refusal(refused: EnrolmentRefusal) -> ApiError {
    use EnrolmentRefusal::{Approved, Expired, Refused, Revoked, TooMany};
    let mut error = ApiError::refused(refused.code());
    if matches!(refused, TooMany | Expired | Refused | Approved | Revoked) {
        error.status = StatusCode::CONFLICT;
    }
    error
}
