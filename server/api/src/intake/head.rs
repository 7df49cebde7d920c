//! A phone's chain head, sent first and alone: a few hundred bytes that bind everything before
//! them to a server time, even when the events themselves arrive days later (evidence §2.2).

use domain::event::Fact;
use domain::ids::{DeviceId, Digest, EventId, Nonce};
use domain::receipt::{Receipt, Via};
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use store::ReceiptRow;

use super::draft::Draft;
use super::open::Opened;
use crate::error::ApiError;

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
    draft.is_urgent = true;
    Ok(give_receipt(
        draft,
        event.dev,
        event.seq,
        *id,
        Some(asked.nonce),
    ))
}

/// Signs, logs and keeps a receipt for a head as of now. Returns the envelope as JSON text.
pub(super) fn give_receipt(
    draft: &mut Draft,
    dev: DeviceId,
    head_seq: u64,
    head: EventId,
    nonce: Option<Nonce>,
) -> String {
    let receipt = Receipt {
        v: 1,
        cp: draft.checkpoint,
        dev,
        head_seq,
        head,
        leaf: draft.next_leaf(),
        nonce,
        ts: draft.now,
        via: Via::Sync,
    };
    let envelope = receipt
        .sign(&draft.signer)
        .expect("a receipt is plain data and always signs");
    let id = envelope.id().expect("its own base64 can be read");
    draft.log(LeafKind::Receipt, Digest(id.0));
    let text = envelope.to_value().to_string();
    draft.commit.receipts.push(ReceiptRow {
        dev: dev.to_string(),
        head_seq: head_seq as i64,
        head: head.to_string(),
        nonce: nonce.map(|nonce| nonce.to_string()),
        ts: draft.now.0,
        envelope: text.clone(),
    });
    text
}
