//! A phone's chain head, sent first and alone: a few hundred bytes that bind everything before
//! them to a server time, even when the events themselves arrive days later (evidence §2.2).

use domain::envelope::Envelope;
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
    draft.is_urgent = true;
    let head = Head {
        dev: event.dev,
        head_seq: event.seq,
        head: *id,
    };
    Ok(give_receipt(draft, head, Some(asked.nonce), Via::Sync))
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
    draft.is_urgent = true;
    give_receipt(draft, *head, None, Via::RelayQr);
    Ok(draft.now)
}

/// Signs, logs and keeps a receipt for a head as of now. Returns the envelope as JSON text.
pub(super) fn give_receipt(
    draft: &mut Draft,
    head: Head,
    nonce: Option<Nonce>,
    via: Via,
) -> String {
    let receipt = Receipt {
        v: 1,
        cp: draft.checkpoint,
        dev: head.dev,
        head_seq: head.head_seq,
        head: head.head,
        leaf: draft.next_leaf(),
        nonce,
        ts: draft.now,
        via,
    };
    let envelope = keep(draft, &receipt);
    let id = envelope.id().expect("its own base64 can be read");
    let (kind, h) = receipt.logged_as(id);
    draft.log(kind, h);
    envelope.to_value().to_string()
}

/// Signs and keeps the receipt of a head whose code was told at an earlier time and logged then. It names
/// no checkpoint: nobody has it before now, so it cannot be what anything came after.
pub(super) fn give_told_receipt(draft: &mut Draft, head: Head, ts: Timestamp, leaf: u64) {
    let receipt = Receipt {
        v: 1,
        cp: None,
        dev: head.dev,
        head_seq: head.head_seq,
        head: head.head,
        leaf,
        nonce: None,
        ts,
        via: Via::RelayCode,
    };
    keep(draft, &receipt);
}

fn keep(draft: &mut Draft, receipt: &Receipt) -> Envelope {
    let mut envelope = receipt
        .sign(&draft.signer)
        .expect("a receipt is plain data and always signs");
    if let Some(sm2) = &draft.sm2 {
        sm2.sign_receipt(&mut envelope);
    }
    draft.commit.receipts.push(ReceiptRow {
        dev: receipt.dev.to_string(),
        head_seq: receipt.head_seq as i64,
        head: receipt.head.to_string(),
        nonce: receipt.nonce.map(|nonce| nonce.to_string()),
        ts: receipt.ts.0,
        via: receipt.via.name().to_owned(),
        envelope: envelope.to_value().to_string(),
    });
    if let Some(device) = draft.devices.get_mut(&receipt.dev) {
        device.given.push(Given {
            head_seq: receipt.head_seq,
            head: receipt.head,
            ts: receipt.ts,
            via: receipt.via,
        });
    }
    envelope
}
