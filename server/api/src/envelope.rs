//! Signed bytes as they travel: the DSSE envelope of `domain::envelope`, documented.

use domain::envelope::Envelope;
use poem_openapi::Object;

/// Signed bytes (DSSE).
#[derive(Debug, Object)]
#[oai(rename = "Envelope")]
pub struct EnvelopeDto {
    #[oai(rename = "payloadType")]
    pub payload_type: String,
    /// The canonical JSON that was signed, base64.
    pub payload: String,
    pub signatures: Vec<SignatureDto>,
}

/// One signature of an envelope.
#[derive(Debug, Object)]
#[oai(rename = "Signature")]
pub struct SignatureDto {
    /// Whose key: a hint, never proof.
    pub keyid: String,
    /// 64 bytes, base64.
    pub sig: String,
}

impl From<Envelope> for EnvelopeDto {
    fn from(envelope: Envelope) -> Self {
        let Envelope {
            payload_type,
            payload,
            signatures,
        } = envelope;
        let signatures = signatures
            .into_iter()
            .map(|signature| SignatureDto {
                keyid: signature.keyid,
                sig: signature.sig,
            })
            .collect();
        Self {
            payload_type,
            payload,
            signatures,
        }
    }
}
