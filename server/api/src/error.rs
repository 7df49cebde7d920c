//! Everything an endpoint may refuse, with its status. Handlers name *what* went wrong in both
//! languages; which of the two leaves the house is decided by `problem::Problems`, which alone
//! knows the request. No other file of this crate chooses a status code for a refusal.

use std::borrow::Cow;
use std::fmt::Display;

use domain::refusal::RefusalCode;
use domain::text::text;
use poem::Response;
use poem::error::ResponseError;
use poem::http::StatusCode;
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use serde_json::Value;
use store::StoreError;

use crate::language::{Lang, Wording};
use crate::problem::{CONTENT_TYPE, Problem};

/// A refusal: status, stable code, and the sentence in both languages (what happened, to which
/// thing, what to do).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{status} {code}: {en}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable machine-readable code, `snake_case`.
    pub code: Cow<'static, str>,
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
    /// Seconds after which the same request may succeed.
    pub retry_after_s: Option<u32>,
    /// Of two things that contradict each other: the one that was there, and the one that was sent.
    pub both: Option<Box<(Value, Value)>>,
}

impl ApiError {
    /// A refusal with any status; the named constructors below are preferred.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
            retry_after_s: None,
            both: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, zh, en)
    }

    /// 401: no token, an unknown one, or one that has expired.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "请先登录：登录凭证缺失、已过期或已注销。",
            "Please sign in: the token is missing, expired or revoked.",
        )
    }

    /// 401: wrong login or password. Deliberately does not say which of the two.
    pub fn wrong_password() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_password",
            "账号或密码不正确。",
            "The login or the password is wrong.",
        )
    }

    /// 403: signed in, but the role or the scope does not allow this.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "您的角色或管辖范围不允许此操作。",
            "Your role or your area does not allow this.",
        )
    }

    /// 404: there is no such thing, or none that the caller may see.
    pub fn not_found(zh_noun: &str, en_noun: &str, id: impl Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("没有找到{zh_noun} {id}。"),
            format!("There is no {en_noun} {id}."),
        )
    }

    /// 404 that passes: what is asked for is on its way.
    pub fn not_yet(
        code: &'static str,
        zh: &'static str,
        en: &'static str,
        retry_after_s: u32,
    ) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::NOT_FOUND, code, zh, en)
        }
    }

    /// 409: the request contradicts the present state.
    pub fn conflict(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, zh, en)
    }

    /// Shows both sides of a contradiction.
    #[must_use]
    pub fn between(mut self, earlier: Value, sent: Value) -> Self {
        self.both = Some(Box::new((earlier, sent)));
        self
    }

    /// 413: the body is larger than this place accepts.
    pub fn too_large(limit_bytes: u64) -> Self {
        let limit = limit_bytes / 1024;
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("内容过大，此处最多 {limit} KB。"),
            format!("The body is too large; at most {limit} KB here."),
        )
    }

    /// 415: the body is not of a kind this place reads.
    pub fn unsupported_media(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media",
            format!("内容类型不受支持，应为 {expected}。"),
            format!("The content type is not supported; expected {expected}."),
        )
    }

    /// 422: well formed, but a rule speaks against it.
    pub fn unprocessable(
        code: impl Into<Cow<'static, str>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, zh, en)
    }

    /// 422: a rule of the domain says no; its words come from there.
    pub fn refused(code: &'static str) -> Self {
        let words = |lang| text(code, lang).unwrap_or(code);
        Self::unprocessable(code, words(Lang::Zh), words(Lang::En))
    }

    /// 422: the phone is not enrolled, or not the caller's.
    pub fn unknown_device() -> Self {
        Self::refused(RefusalCode::UnknownDevice.code())
    }

    /// 422: the phone's key is revoked.
    pub fn revoked_key() -> Self {
        Self::refused(RefusalCode::RevokedKey.code())
    }

    /// 429: too often; the answer carries `Retry-After`.
    pub fn too_many(retry_after_s: u32) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            format!("操作过于频繁，请在 {retry_after_s} 秒后重试。"),
            format!("Too many requests; try again in {retry_after_s} s."),
        );
        error.retry_after_s = Some(retry_after_s);
        error
    }

    /// 500: our fault. The cause goes to the log, once, here; the caller gets none of it.
    pub fn internal(context: &str, cause: impl Display) -> Self {
        tracing::error!(context, cause = %cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "服务器内部错误，已记录，请稍后重试。",
            "The server failed; it has been logged. Please try again later.",
        )
    }

    /// 503: something this server needs is away for now; the same request may succeed later.
    /// The cause goes to the log, once, here.
    pub fn unavailable(context: &str, cause: impl Display) -> Self {
        tracing::error!(context, cause = %cause, "dependency unavailable");
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "服务暂时不可用，请稍后重试。",
            "The service is unavailable for the moment; please try again later.",
        );
        error.retry_after_s = Some(5);
        error
    }

    /// The sentence in the given language.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// A rule of the domain said no.
impl From<RefusalCode> for ApiError {
    fn from(code: RefusalCode) -> Self {
        Self::refused(code.code())
    }
}

/// The store failed. What it could not tell goes to the log, not to the caller.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Conflict => Self::unavailable("store", error),
            error => Self::internal("store", error),
        }
    }
}

impl ResponseError for ApiError {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        Problem::response(self, Lang::default(), "")
    }
}

/// In the specification: one entry for 4xx, one for 5xx, both with the problem body.
impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        let entry = |description, range: &str| MetaResponse {
            description,
            status: None,
            status_range: Some(range.to_owned()),
            content: vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: Json::<Problem>::schema_ref(),
            }],
            headers: vec![],
        };
        MetaResponses {
            responses: vec![
                entry(
                    "Refused; `code` says why, `detail` says it in the caller's language.",
                    "4XX",
                ),
                entry(
                    "The server failed; the same request may succeed later.",
                    "5XX",
                ),
            ],
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}
