//! The outer `TimeStampResp` (RFC 3161, 2.4.2): a status, and a token if one was granted.

use der::Tag;

use crate::Refusal;
use crate::tlv::{Element, Fields};

/// The token, if the authority granted one (status 0, or 1 "with modifications").
pub fn granted(reply: &[u8]) -> Result<Element<'_>, Refusal> {
    let mut outer = Fields::of(reply)?;
    let response = outer.take(Tag::Sequence)?;
    outer.end().map_err(|_| Refusal::Trailing)?;
    let mut response = response.fields()?;
    let mut status = response.take(Tag::Sequence)?.fields()?;
    match status.take(Tag::Integer)?.small()? {
        0 | 1 => {}
        2 => return Err(Refusal::Rejected),
        3 => return Err(Refusal::Waiting),
        4 => return Err(Refusal::RevocationWarning),
        5 => return Err(Refusal::RevocationNotification),
        _ => return Err(Refusal::Malformed),
    }
    let token = response.take(Tag::Sequence)?;
    response.end()?;
    Ok(token)
}
