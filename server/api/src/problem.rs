//! RFC 9457: every refusal leaves as `application/problem+json`, whoever made it — a handler,
//! the framework (malformed JSON, unknown path, wrong method) or a panic. `Problems` wraps the
//! whole API; answers that already are responses pass untouched.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use poem::error::{ReadBodyError, SizedLimitError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::Object;
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};
use poem_openapi::types::{Any, ToJSON};
use serde_json::Value;

use crate::error::ApiError;
use crate::language::{self, Lang, Wording};

/// The media type of RFC 9457.
pub const CONTENT_TYPE: &str = "application/problem+json; charset=utf-8";

/// A refusal as the caller sees it (RFC 9457).
#[derive(Debug, Clone, Object)]
pub struct Problem {
    /// What kind of problem this is: `urn:daochang:problem:<code>`.
    #[oai(rename = "type")]
    pub kind: String,
    /// Short name of the HTTP status, in the caller's language.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// What happened, to which thing, and what to do, in the caller's language.
    pub detail: String,
    /// Stable code for programs; never translated.
    pub code: String,
    /// The path that was asked for.
    pub instance: String,
    /// Of two things that contradict each other, the one that was there.
    #[oai(skip_serializing_if_is_none)]
    pub earlier: Option<Any<Value>>,
    /// The one that was sent.
    #[oai(skip_serializing_if_is_none)]
    pub sent: Option<Any<Value>>,
}

impl Problem {
    /// The whole answer for this refusal.
    pub fn response(error: &ApiError, lang: Lang, instance: &str) -> Response {
        let (earlier, sent) = error.both.as_deref().cloned().unzip();
        let problem = Problem {
            kind: format!("urn:daochang:problem:{}", error.code),
            title: title(error.status, lang).to_owned(),
            status: error.status.as_u16(),
            detail: error.text(lang).to_owned(),
            code: error.code.to_string(),
            instance: instance.to_owned(),
            earlier: earlier.map(Any),
            sent: sent.map(Any),
        };
        let mut response = Response::builder()
            .status(error.status)
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::CONTENT_LANGUAGE, lang.tag())
            .header(header::CACHE_CONTROL, "no-store")
            .body(problem.to_json_string());
        let headers = response.headers_mut();
        if let Some(seconds) = error.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if error.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn title(status: StatusCode, lang: Lang) -> &'static str {
    let (zh, en) = match status {
        StatusCode::BAD_REQUEST => ("请求有误", "Bad request"),
        StatusCode::UNAUTHORIZED => ("需要登录", "Sign-in required"),
        StatusCode::FORBIDDEN => ("没有权限", "Not allowed"),
        StatusCode::NOT_FOUND => ("没有找到", "Not found"),
        StatusCode::METHOD_NOT_ALLOWED => ("不支持的方法", "Method not allowed"),
        StatusCode::CONFLICT => ("状态冲突", "Conflict"),
        StatusCode::PAYLOAD_TOO_LARGE => ("内容过大", "Body too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("内容类型不受支持", "Unsupported media type"),
        StatusCode::UNPROCESSABLE_ENTITY => ("不符合规则", "Against the rules"),
        StatusCode::TOO_MANY_REQUESTS => ("操作过于频繁", "Too many requests"),
        status if status.is_client_error() => ("请求有误", "Request refused"),
        StatusCode::SERVICE_UNAVAILABLE => ("暂时不可用", "Unavailable"),
        _ => ("服务器错误", "Server error"),
    };
    lang.pick(zh, en)
}

/// The refusal that this error stands for. Errors of the framework are told apart by type.
fn refusal(error: &Error) -> ApiError {
    if let Some(error) = error.downcast_ref::<ApiError>() {
        return error.clone();
    }
    if let Some(ParseRequestPayloadError { reason }) = error.downcast_ref() {
        return ApiError::bad_request(
            "malformed_body",
            format!("请求内容格式不正确：{reason}"),
            format!("The body is malformed: {reason}"),
        );
    }
    if let Some(ParseParamError { name, reason }) = error.downcast_ref() {
        return malformed_parameter(name, reason);
    }
    if let Some(ParsePathError { name, reason }) = error.downcast_ref() {
        return malformed_parameter(name, reason);
    }
    if error.is::<AuthorizationError>() {
        return ApiError::unauthenticated();
    }
    if error.is::<ContentTypeError>() {
        return ApiError::unsupported_media("application/json");
    }
    if matches!(error.downcast_ref(), Some(ReadBodyError::PayloadTooLarge))
        || matches!(error.downcast_ref(), Some(SizedLimitError::PayloadTooLarge))
    {
        return ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "内容过大。",
            "The body is too large.",
        );
    }
    by_status(error)
}

fn malformed_parameter(name: &str, reason: &str) -> ApiError {
    ApiError::bad_request(
        "malformed_parameter",
        format!("参数 {name} 格式不正确：{reason}"),
        format!("The parameter {name} is malformed: {reason}"),
    )
}

fn by_status(error: &Error) -> ApiError {
    match error.status() {
        StatusCode::NOT_FOUND => ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_path",
            "没有这个地址。",
            "There is nothing at this address.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "此地址不支持该方法。",
            "This address does not support the method.",
        ),
        status if status.is_client_error() => ApiError::new(
            status,
            "bad_request",
            "请求有误。",
            format!("The request is refused: {error}"),
        ),
        _ => ApiError::internal("framework", error),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a message")
}

/// Middleware: turns every error and every panic below it into a problem answer.
pub struct Problems;

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = ProblemsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ProblemsEndpoint { inner }
    }
}

/// See [`Problems`].
pub struct ProblemsEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for ProblemsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let lang = language::accepted(request.headers());
        let instance = request.uri().path().to_owned();
        match AssertUnwindSafe(self.inner.call(request))
            .catch_unwind()
            .await
        {
            Ok(Ok(response)) => Ok(response.into_response()),
            Ok(Err(error)) if error.is_from_response() => Ok(error.into_response()),
            Ok(Err(error)) => Ok(Problem::response(&refusal(&error), lang, &instance)),
            Err(panic) => {
                let error = ApiError::internal("panic", panic_message(panic.as_ref()));
                Ok(Problem::response(&error, lang, &instance))
            }
        }
    }
}
