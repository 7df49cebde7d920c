//! The bodies that go out over HTTP, in the receivers' own formats, and what their answers mean. Both robots
//! answer 200 to everything; whether they took the message the number `errcode` says.

use serde_json::{Value, json};

use super::message::{Message, iso};
use super::retry::{Failure, Why};
use super::{ChannelKind, sign::Secret};

/// Bytes of an answer that are read.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// WeCom's and DingTalk's "too many messages".
const TOO_FAST: [i64; 4] = [45_009, 45_033, 130_101, 410_100];

/// The body for a webhook: type, time and data, as Standard Webhooks proposes.
pub fn webhook_body(message: &Message, link: &str) -> String {
    let type_ = match &message.about {
        Some(_) => format!("work_order.{}", message.occasion.name()),
        None => message.occasion.name(),
    };
    let mut data = json!({ "occasion": message.occasion, "zh": message.zh(), "en": message.en(), "link": link });
    if let Some(about) = &message.about
        && let Ok(Value::Object(fields)) = serde_json::to_value(about)
        && let Value::Object(data) = &mut data
    {
        data.extend(fields);
    }
    json!({ "type": type_, "timestamp": iso(message.at), "data": data }).to_string()
}

/// The body for a robot's group; both take plain text in the same form.
pub fn robot_body(message: &Message, link: &str) -> String {
    json!({ "msgtype": "text", "text": { "content": message.text(link) } }).to_string()
}

/// The address of a DingTalk robot with what it wants behind it.
pub fn dingtalk_url(url: &str, secret: &Secret, at: crate::time::Timestamp) -> String {
    let (timestamp, sign) = super::sign::dingtalk_signature(secret, at);
    // Base64 has three characters that a query would read otherwise.
    let sign = sign
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    format!("{url}&timestamp={timestamp}&sign={sign}")
}

/// Whether the receiver took it.
///
/// # Errors
/// Why it did not, by what it answered.
pub fn taken(kind: ChannelKind, status: u16, body: &[u8]) -> Result<(), Failure> {
    let of_status = |why| Err(Failure::numbered(why, format!("HTTP {status}")));
    match status {
        200..=299 => {}
        429 => return of_status(Why::TooFast),
        408 => return of_status(Why::TooSlow),
        // Redirects are not followed: they would lead to an address that nobody has checked.
        300..=499 => return of_status(Why::Refused),
        _ => return of_status(Why::Broken),
    }
    if !matches!(kind, ChannelKind::Wecom | ChannelKind::Dingtalk) {
        return Ok(());
    }
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    match answer
        .as_ref()
        .and_then(|answer| answer["errcode"].as_i64())
    {
        Some(0) => Ok(()),
        None => of_status(Why::Unintelligible),
        Some(number) => {
            let why = match () {
                () if TOO_FAST.contains(&number) => Why::TooFast,
                // "The system is busy, try again."
                () if number == -1 => Why::Broken,
                () => Why::Refused,
            };
            Err(Failure::numbered(why, format!("errcode {number}")))
        }
    }
}
