//! No request body is read without a limit. A declared length is checked before the first
//! byte; a body without one is read up to the limit first. Compressed request bodies are not
//! accepted at all, so a small request cannot unfold into a large one.

use poem::http::{Method, header};
use poem::web::headers::{ContentLength, HeaderMapExt};
use poem::{Body, Endpoint, Middleware, Request, Result};

use crate::error::ApiError;

const KIB: u64 = 1024;

/// The largest body that this path accepts, in bytes.
pub fn limit_bytes(path: &str) -> u64 {
    if path.starts_with("/api/v1/evidence/") {
        // A photo of at most 15 MiB, whole.
        15 * KIB * KIB
    } else if path == "/api/v1/sync/events" {
        // 1 MiB of events, and their sidecars.
        2 * KIB * KIB
    } else if path == "/api/v1/sync/head" {
        // One event of at most 64 KiB in base64 inside its envelope.
        100 * KIB
    } else if path == "/api/v1/integrations/alarms" {
        // A group of alerts as Alertmanager sends it.
        KIB * KIB
    } else {
        64 * KIB
    }
}

/// Middleware: holds every request to [`limit_bytes`].
pub struct BodyLimit;

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimitEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyLimitEndpoint { inner }
    }
}

/// See [`BodyLimit`].
pub struct BodyLimitEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for BodyLimitEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> Result<E::Output> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            request = within_limit(request).await?;
        }
        self.inner.call(request).await
    }
}

async fn within_limit(mut request: Request) -> Result<Request, ApiError> {
    let limit = limit_bytes(request.uri().path());
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(ApiError::unsupported_media("identity"));
    }
    match request.headers().typed_get::<ContentLength>() {
        Some(ContentLength(length)) if length > limit => return Err(ApiError::too_large(limit)),
        Some(_) => {}
        None => {
            let limit_bytes = usize::try_from(limit).unwrap_or(usize::MAX);
            let body = request.take_body().into_bytes_limit(limit_bytes).await;
            request.set_body(Body::from_bytes(
                body.map_err(|_| ApiError::too_large(limit))?,
            ));
        }
    }
    Ok(request)
}
