//! A phone's chain head, sent first and alone: a few hundred bytes that bind everything before
//! them to a server time, even when the events themselves arrive days later (evidence §2.2).

use domain::event::Fact;
use domain::ids::Nonce;
use domain::receipt::{Receipt, Via};
use domain::relay::RelayHead;
use domain::time::Timestamp;
use store::ReceiptRow;

use super::draft::Draft;
use super::open::Opened;
use super::past::Given;
use crate::error::ApiError;

/// A place in a chain.
pub type Head = RelayHead;

/// A verified `sync_requested` event, of which the chain may still be missing here.
pub struct HeadRequest {
    pub opened: Box<Opened>,
}

/// Gives the receipt: the server saw this head at this time.
pub(super) fn head(draft: &mut Draft, request: &HeadRequest) -> Result<String, ApiError> {
    let Opened { event, id, .. } = &*request.opened;
    let Fact::SyncRequested(asked) = &event.fact else {
        return Err(ApiError::unprocessable(
            "not_a_sync_request",
            "这里只接收同步请求。请更新应用。",
            "Only a sync request belongs here. Update the app.",
        ));
    };
    let device = draft
        .devices
        .get(&event.dev)
        .ok_or_else(ApiError::unknown_device)?;
    if device
        .row
        .revoked_at
        .is_some_and(|effective| draft.now > Timestamp(effective))
    {
        return Err(ApiError::revoked_key());
    }
    let head = Head {
        dev: event.dev,
        head_seq: event.seq,
        head: *id,
    };
    let ts = draft.now;
    Ok(give_receipt(draft, head, Some(asked.nonce), Via::Sync, ts))
}

/// A head that somebody else's phone brought. Nothing is asked but that the device is enrolled: a
/// wrong or foreign hash never binds, because no chain ever reaches it, and to say here whether it does
/// would tell strangers how far somebody's chain has come.
pub(super) fn relay(draft: &mut Draft, head: &RelayHead) -> Result<Timestamp, ApiError> {
    let device = draft
        .devices
        .get(&head.dev)
        .ok_or_else(ApiError::unknown_device)?;
    if device
        .row
        .revoked_at
        .is_some_and(|effective| draft.now > Timestamp(effective))
    {
        return Err(ApiError::revoked_key());
    }
    let ts = draft.now;
    give_receipt(draft, *head, None, Via::RelayQr, ts);
    Ok(ts)
}

/// Signs and keeps a receipt: the server saw this head at this time. Returns the envelope as JSON
/// text.
pub(super) fn give_receipt(
    draft: &mut Draft,
    head: Head,
    nonce: Option<Nonce>,
    via: Via,
    ts: Timestamp,
) -> String {
    let Head {
        dev,
        head_seq,
        head,
    } = head;
    let receipt = Receipt {
        v: 1,
        dev,
        head_seq,
        head,
        nonce,
        ts,
        via,
    };
    let envelope = receipt
        .sign(&draft.signer)
        .expect("a receipt is plain data and always signs");
    let text = envelope.to_value().to_string();
    draft.commit.receipts.push(ReceiptRow {
        dev: dev.to_string(),
        head_seq: head_seq as i64,
        head: head.to_string(),
        nonce: nonce.map(|nonce| nonce.to_string()),
        ts: ts.0,
        via: via.name().to_owned(),
        envelope: text.clone(),
    });
    if let Some(device) = draft.devices.get_mut(&dev) {
        device.given.push(Given {
            head_seq,
            head,
            ts,
            via,
        });
    }
    text
}
