//! The end of a phone's key: from when on, and as a signed record in the log.

use domain::ids::{DeviceId, PersonId};
use domain::receipt::RevocationRecord;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use store::{Commit, DeviceRow};

use super::{hash_of, last_receipt_at};
use crate::error::ApiError;
use crate::log::Tail;
use crate::state::App;

pub(super) async fn effective_at(
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

/// Writes it into the row as it is at the time of the write, for the phone may be sending, and into
/// the log.
pub(crate) async fn write_revocation(
    app: &App,
    dev: DeviceId,
    at: Timestamp,
    reason: &str,
    by: &PersonId,
) -> Result<(), ApiError> {
    let now = app.now();
    let revocation = RevocationRecord {
        v: 1,
        dev,
        effective: at,
        reason: reason.trim().to_owned(),
        ts: now,
    };
    let envelope = app
        .signer
        .sign_as(&revocation)
        .map_err(|error| ApiError::internal("revocation", error.code()))?;
    let (envelope, h) = (&envelope, hash_of(&envelope)?);
    let (revocation, dev) = (&revocation, &dev.to_string());
    app.log.must_be_sound()?;
    app.store
        .decide(|n| async move {
            let row = app.store.device(dev).await?;
            let row = row.ok_or_else(|| ApiError::not_found("手机", "phone", dev))?;
            let revoked = DeviceRow {
                revoked_at: Some(at.0),
                revoked_by: Some(by.to_string()),
                revoked_reason: Some(revocation.reason.clone()),
                revocation: Some(envelope.to_value().to_string()),
                ..row
            };
            let mut commit = Commit {
                expected_n: n,
                devices: vec![revoked],
                ..Commit::default()
            };
            let mut tail = Tail::of(app.store.log_tail().await?);
            tail.append(&mut commit, LeafKind::Revoke, h, now);
            Ok::<_, ApiError>((commit, ()))
        })
        .await?;
    app.log.has_grown(false);
    Ok(())
}
