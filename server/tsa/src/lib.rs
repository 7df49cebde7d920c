//! Time from somebody else: RFC 3161 time-stamps, asked for and verified offline. No network, no
//! clock, no randomness: nonce, reply and trusted roots are arguments, and certificates are
//! judged at the time the stamp itself names.
//!
//! What a stamp proves: the authority saw these 32 bytes not later than `gen_time`. What it does
//! not: anything about an authority that lies or lost its key. Revocation is not looked up;
//! whoever keeps the list of roots takes a fallen authority off it (docs/adr/0007-rfc3161.md).
//!
//! Read in this order: [`request`], [`reply`] (status and token), [`token`] (the signed
//! envelope), [`info`] (what is said), [`certificate`] and [`path`] (who says it), [`crypto`].

pub mod certificate;
mod crypto;
mod info;
mod path;
mod refusal;
mod reply;
mod request;
mod roots;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tlv;
mod token;

use domain::ids::Digest;
use domain::time::Timestamp;

pub use refusal::Refusal;
pub use request::{Nonce, request};
pub use roots::Roots;

/// What a request is sent as.
pub const REQUEST_TYPE: &str = "application/timestamp-query";
/// What a reply comes as.
pub const REPLY_TYPE: &str = "application/timestamp-reply";
/// Longest reply that is looked at; real ones are 1–8 KiB.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;

/// A verified time-stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the authority says it saw the digest, by its clock, whole milliseconds, cut off.
    pub gen_time: Timestamp,
    /// How far its clock may be off, rounded up; none if the authority does not say.
    pub accuracy_ms: Option<i64>,
    /// The authority's number for this stamp, lower-case hex.
    pub serial: String,
    /// The subject of the certificate that signed, as RFC 4514 writes names.
    pub tsa: String,
    /// The policy it was made under, dotted.
    pub policy: String,
}

/// Verifies a reply: that one of `roots` vouches for an authority which saw `imprint`, and when.
/// `nonce` is the request's own, while that is still known; without it a reply to somebody
/// else's request for the same digest is as good.
pub fn verify(
    reply: &[u8],
    imprint: &Digest,
    nonce: Option<Nonce>,
    roots: &Roots,
) -> Result<Stamp, Refusal> {
    if reply.len() > REPLY_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let token = token::Token::parse(reply::granted(reply)?)?;
    let info = info::Info::parse(token.content)?;
    info.is_about(imprint, nonce)?;
    let signer = token.signer(roots)?;
    token.is_signed_by(signer)?;
    signer.may_stamp_time()?;
    info.names(signer)?;
    let path = path::find(signer, &token.certificates, roots, info.gen_time)?;
    token.binds(&path)?;
    Ok(Stamp {
        gen_time: info.gen_time,
        accuracy_ms: info.accuracy_ms,
        serial: info.serial,
        tsa: signer.subject_text(),
        policy: info.policy,
    })
}
