//! Why an envelope is not believed, with the words people read.

use crate::canonical::NotCanonical;

/// Why an envelope is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotGenuine {
    /// The outer JSON is not an envelope.
    NotAnEnvelope,
    /// Not exactly one signature, or more than two under a receipt.
    SignatureCount,
    /// Payload or signature is not strict base64.
    NotBase64,
    /// The payload bytes are not canonical.
    Payload(NotCanonical),
    /// Another payload type than expected here.
    WrongType,
    /// The signature is not by this key over these bytes.
    BadSignature,
    /// Genuine, but not of the form this version knows: a member too many, too few, or of
    /// another kind.
    Schema,
    /// By a key of the server that did not sign yet at the time it says.
    KeyNotYet,
    /// By a key of the server that had been replaced at the time it says.
    KeyReplaced,
    /// The text is not a P-256 or Ed25519 public key in its one accepted form.
    NotAKey,
}

impl NotGenuine {
    /// The stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            NotGenuine::NotAnEnvelope => "not_an_envelope",
            NotGenuine::SignatureCount => "signature_count",
            NotGenuine::NotBase64 => "not_base64",
            NotGenuine::Payload(reason) => reason.code(),
            NotGenuine::WrongType => "wrong_type",
            NotGenuine::BadSignature => "bad_signature",
            NotGenuine::Schema => "schema",
            NotGenuine::KeyNotYet => "key_not_yet",
            NotGenuine::KeyReplaced => "key_replaced",
            NotGenuine::NotAKey => "not_a_key",
        }
    }
}

impl From<NotCanonical> for NotGenuine {
    fn from(reason: NotCanonical) -> Self {
        NotGenuine::Payload(reason)
    }
}

/// What people read for each code that [`crate::canonical::TEXTS`] does not have: code, Chinese, English.
pub const TEXTS: &[(&str, &str, &str)] = &[
    (
        "not_an_envelope",
        "提交的内容不是签名记录，未被接收。请更新应用后重试。",
        "What was submitted is not a signed record. Update the app and try again.",
    ),
    (
        "signature_count",
        "记录的签名数目不符（每份一个，回执最多两个），未被接收。请更新应用后重试。",
        "A record must carry exactly one signature, a receipt at most two, so it was not accepted. Update the app and try again.",
    ),
    (
        "not_base64",
        "记录或签名在传输中损坏，未被接收。请重新同步。",
        "The record or its signature was damaged on the way and was not accepted. Sync again.",
    ),
    (
        "wrong_type",
        "签名记录的类型不符，未被接收。请更新应用后重试。",
        "The signed record is of another kind than expected here. Update the app and try again.",
    ),
    (
        "bad_signature",
        "签名与登记的设备密钥不符，记录已隔离留存。请联系管理员核查，并重新登记本机。",
        "The signature does not match the registered device key, so the record was set aside. Ask the administrator to look into it and register this phone again.",
    ),
    (
        "schema",
        "记录的项目与本版本规定的格式不一致，已隔离留存。请更新应用后重新操作。",
        "The record does not have the form this version knows, so it was set aside. Update the app and do the step again.",
    ),
    (
        "key_not_yet",
        "服务器凭据所用的密钥在所写时间尚未启用，未被接收。请重新同步；如仍出现，请联系管理员。",
        "The server key that signed this was not in use yet at the time it says, so it was not accepted. Sync again; if it comes back, call the administrator.",
    ),
    (
        "key_replaced",
        "服务器凭据所用的密钥在所写时间已被更换，未被接收。请重新同步；如仍出现，请联系管理员。",
        "The server key that signed this had been replaced at the time it says, so it was not accepted. Sync again; if it comes back, call the administrator.",
    ),
    (
        "not_a_key",
        "设备密钥的格式不被支持，无法登记。请换用新版浏览器后重新登录。",
        "The device key has a form that is not supported, so the phone cannot be registered. Use a current browser and sign in again.",
    ),
];
