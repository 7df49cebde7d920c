//! Smaller answers for slow networks: text and JSON are compressed when the caller can read
//! it. Pictures are compressed already, and the stream of changes must not wait in a buffer.

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::{Compress, CompressionAlgo};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// Whether the caller reads gzip, which every browser does.
pub fn reads_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or("");
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            name.eq_ignore_ascii_case("gzip") && !refused
        })
}

/// Middleware: gzip for the answers that gain by it.
pub struct Gzip;

impl<E: Endpoint> Middleware<E> for Gzip {
    type Output = GzipEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        GzipEndpoint { inner }
    }
}

/// See [`Gzip`].
pub struct GzipEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for GzipEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let readable = reads_gzip(request.headers());
        let mut response = self.inner.call(request).await?.into_response();
        if !gains_by_compression(&response) {
            return Ok(response);
        }
        let body = response.take_body();
        let is_empty = body.is_empty();
        response.set_body(body);
        if is_empty {
            return Ok(response);
        }
        response
            .headers_mut()
            .append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if !readable {
            return Ok(response);
        }
        weaken_etag(response.headers_mut());
        Ok(Compress::new(response, CompressionAlgo::GZIP).into_response())
    }
}

fn gains_by_compression(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let compressible = [
        "text/",
        "application/json",
        "application/problem+json",
        "application/javascript",
    ]
    .iter()
    .any(|prefix| kind.starts_with(prefix))
        || [
            "application/wasm",
            "application/manifest+json",
            "image/svg+xml",
        ]
        .contains(&kind);
    compressible
        && !kind.starts_with("text/event-stream")
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !headers.contains_key(header::CONTENT_ENCODING)
}

/// The bytes differ from the uncompressed ones, so a strong validator would be a lie.
fn weaken_etag(headers: &mut HeaderMap) {
    let weak = headers
        .get(header::ETAG)
        .and_then(|value| value.to_str().ok())
        .filter(|etag| etag.starts_with('"'))
        .and_then(|etag| HeaderValue::from_str(&format!("W/{etag}")).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}
