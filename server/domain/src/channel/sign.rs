//! Signatures by which a receiver knows that a message is the server's: Standard Webhooks for endpoints, and
//! DingTalk's own form for its robots. The time is an argument.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::time::Timestamp;

/// What the secret of a webhook begins with.
const PREFIX: &str = "whsec_";
/// Bytes of randomness in one.
pub const SECRET_BYTES: usize = 32;

/// A secret of a channel. It shows itself to nobody who prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

impl Secret {
    /// One that somebody else has made.
    pub fn given(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// One for a webhook, of bytes nobody can guess.
    pub fn of_webhook(random: [u8; SECRET_BYTES]) -> Self {
        Self(format!("{PREFIX}{}", STANDARD.encode(random)))
    }

    /// The text, for the store and for the one answer that tells it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The key inside `whsec_…`; what is not of this form signs with its bytes as they are.
    fn key(&self) -> Vec<u8> {
        let inner = self.0.strip_prefix(PREFIX);
        inner
            .and_then(|inner| STANDARD.decode(inner).ok())
            .unwrap_or_else(|| self.0.clone().into_bytes())
    }
}

fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The header `webhook-signature` (Standard Webhooks): one signature per secret that is good at the moment, so
/// that a receiver may change over in its own time.
pub fn webhook_signature<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    id: &str,
    at: Timestamp,
    body: &str,
) -> String {
    let signed = format!("{id}.{}.{body}", webhook_timestamp(at));
    let of = |secret: &Secret| format!("v1,{}", hmac(&secret.key(), signed.as_bytes()));
    let signatures: Vec<String> = secrets.into_iter().map(of).collect();
    signatures.join(" ")
}

/// The header `webhook-timestamp`: whole seconds.
pub fn webhook_timestamp(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000)
}

/// What DingTalk wants behind the address: `timestamp` in ms and `sign`, which is base64 and must still be escaped.
pub fn dingtalk_signature(secret: &Secret, at: Timestamp) -> (String, String) {
    let timestamp = at.0.to_string();
    let signed = format!("{timestamp}\n{}", secret.text());
    let sign = hmac(secret.text().as_bytes(), signed.as_bytes());
    (timestamp, sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification and of its libraries.
    #[test]
    fn it_signs_as_the_specification_does() {
        let secret = Secret::given("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = r#"{"test": 2432232314}"#;
        let at = Timestamp(1_614_265_330_999);
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(
            webhook_signature([&secret], id, at, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn while_a_secret_is_changed_both_sign() {
        let old = Secret::of_webhook([1; 32]);
        let new = Secret::of_webhook([2; 32]);
        let both = webhook_signature([&new, &old], "msg_1", Timestamp(0), "{}");
        let alone = |secret: &Secret| webhook_signature([secret], "msg_1", Timestamp(0), "{}");
        assert_eq!(both, format!("{} {}", alone(&new), alone(&old)));
        assert_ne!(alone(&new), alone(&old));
    }

    /// Computed with `openssl dgst -sha256 -hmac`.
    #[test]
    fn dingtalk_signs_time_and_secret() {
        let secret = Secret::given("SEC000000000000000000000");
        let (timestamp, sign) = dingtalk_signature(&secret, Timestamp(1_795_482_000_000));
        assert_eq!(timestamp, "1795482000000");
        assert_eq!(sign, "F/3/kIASsXo2XwBCdMyGYYsQY6KStzpSJBh6XujzLhs=");
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::of_webhook([7; 32]);
        assert!(secret.text().starts_with("whsec_"));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
