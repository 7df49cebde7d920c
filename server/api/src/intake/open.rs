//! Before the queue: is each envelope genuine? Needs only the device's key, so it runs beside
//! other requests. What is not genuine is not thrown away; it goes to quarantine with its reason.

use domain::envelope::{Envelope, NotGenuine, PublicKey, read};
use domain::event::{EVENT_TYPE, Event};
use domain::ids::{DeviceId, EventId};
use domain::receipt::anchor_of;
use domain::refusal::RefusalCode;
use domain::server_keys::ServerKeys;
use domain::time::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;

use super::genuine;

/// A genuine event of the device that sends it.
#[derive(Debug)]
pub struct Opened {
    pub event: Event,
    pub id: EventId,
    /// The signed bytes, verbatim.
    pub payload: String,
    /// Base64, as received.
    pub sig: String,
    /// The server time it embeds, proven by our own signature: the event is not earlier.
    pub anchor: Result<Option<Timestamp>, &'static str>,
}

/// One envelope of a batch.
#[derive(Debug)]
pub struct Incoming {
    /// As received, for quarantine.
    pub raw: Value,
    /// What it claims, whether genuine or not.
    pub id: Option<EventId>,
    pub seq: Option<u64>,
    /// The event, or the code of the reason why it is not believed.
    pub verdict: Result<Box<Opened>, &'static str>,
}

impl Incoming {
    /// The event, if it is genuine.
    pub fn opened(&self) -> Option<&Opened> {
        self.verdict.as_ref().ok().map(|opened| &**opened)
    }

    /// Opens an envelope against the key that the register has for `dev`.
    pub fn open(raw: Value, dev: DeviceId, key: Option<&PublicKey>, server: &ServerKeys) -> Self {
        let parsed = Envelope::deserialize(&raw).map_err(|_| NotGenuine::NotAnEnvelope);
        let claimed =
            parsed.and_then(|envelope| Ok((envelope.open_unverified(EVENT_TYPE)?, envelope)));
        let (id, seq) = claimed
            .as_ref()
            .map_or((None, None), |(c, _)| (Some(c.id()), c.claimed_seq()));
        let verdict = claimed
            .map_err(|reason| reason.code())
            .and_then(|(unverified, envelope)| {
                let key = key
                    .filter(|_| unverified.claimed_dev() == Some(dev))
                    .ok_or(RefusalCode::UnknownDevice.code())?;
                let verified = genuine::verify(unverified, key).map_err(|reason| reason.code())?;
                let event: Event = read(&verified.value).map_err(|reason| reason.code())?;
                let payload = String::from_utf8(verified.payload).map_err(|_| "not_utf8")?;
                let anchor = anchor_of(&event, server).map_err(|reason| reason.code());
                let sig = envelope
                    .signatures
                    .first()
                    .map(|s| s.sig.clone())
                    .unwrap_or_default();
                Ok(Box::new(Opened {
                    event,
                    id: verified.id,
                    payload,
                    sig,
                    anchor,
                }))
            });
        Self {
            raw,
            id,
            seq,
            verdict,
        }
    }
}
