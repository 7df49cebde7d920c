//! The built phone app (`/`), console (`/console`) and terminal screen (`/kiosk`): files from one folder, with the cache
//! rules a service worker needs and the headers that keep foreign code out. Paths without a
//! file are screens of the single-page app and get its HTML.

use std::path::{Component, Path, PathBuf};

use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::web::StaticFileRequest;
use poem::{Endpoint, FromRequest, IntoResponse, Middleware, Request, Response, Result};

use crate::compress::reads_gzip;

/// What the phone app and the console may load: their own files and nothing else.
pub const APP_CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; media-src 'self' blob:; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The verifier is one file that works without any server, so its script stands inside it; its own
/// policy names that script by its hash, and this one lets it connect to nothing either.
const VERIFIER_CSP: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; \
     style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Made by `scripts/verifier-page`, served at `/verify`.
const VERIFIER: &str = "verify.html";

/// Names with a hash of the content in them never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Serves the folder of the built front end.
pub struct Web {
    root: PathBuf,
}

impl Web {
    /// Serves this folder; it may appear later than the server.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file for this path: itself, or the screen it belongs to.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let relative = Path::new(path.trim_start_matches('/'));
        let is_plain = relative.components().all(|part| match part {
            Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
            _ => false,
        });
        if !is_plain {
            return None;
        }
        let file = self.root.join(relative);
        if file.is_file() {
            return Some(file);
        }
        if relative == Path::new("verify") {
            return Some(self.root.join(VERIFIER)).filter(|page| page.is_file());
        }
        let has_extension = relative.extension().is_some();
        let pages = ["console", "kiosk"];
        let page = pages.into_iter().find(|page| relative.starts_with(page));
        let screen = self.root.join(page.unwrap_or_default()).join("index.html");
        (!has_extension && screen.is_file()).then_some(screen)
    }
}

fn cache_rule(root: &Path, file: &Path) -> &'static str {
    let is_asset = file
        .strip_prefix(root)
        .is_ok_and(|path| path.starts_with("assets"));
    if is_asset { IMMUTABLE } else { "no-cache" }
}

fn policy(file: &Path) -> &'static str {
    if file.file_name().is_some_and(|name| name == VERIFIER) {
        VERIFIER_CSP
    } else {
        APP_CSP
    }
}

/// The content type follows from the name without `.gz`.
fn content_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or("")
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

impl Endpoint for Web {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(StatusCode::METHOD_NOT_ALLOWED.into());
        }
        let file = self
            .file(request.uri().path())
            .ok_or(StatusCode::NOT_FOUND)?;
        let packed = PathBuf::from(format!("{}.gz", file.display()));
        let is_packed = reads_gzip(request.headers()) && packed.is_file();
        let sent = if is_packed { &packed } else { &file };
        let mut response = StaticFileRequest::from_request_without_body(&request)
            .await?
            .create_response(sent, false, false)?
            .into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(&file)),
        );
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(cache_rule(&self.root, &file)),
        );
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy(&file)),
        );
        if is_packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        Ok(response)
    }
}

/// Middleware: the headers every answer carries. A page may set its own content policy; all
/// other answers are data and may load nothing.
pub struct SecurityHeaders;

impl<E: Endpoint> Middleware<E> for SecurityHeaders {
    type Output = SecurityHeadersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        SecurityHeadersEndpoint { inner }
    }
}

/// See [`SecurityHeaders`].
pub struct SecurityHeadersEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for SecurityHeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_api = request.uri().path().starts_with("/api/");
        let mut response = self.inner.call(request).await?.into_response();
        let headers = response.headers_mut();
        let fixed = [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(
            "permissions-policy",
            HeaderValue::from_static(
                "camera=(self), geolocation=(self), microphone=(), payment=()",
            ),
        );
        headers.insert(
            "cross-origin-opener-policy",
            HeaderValue::from_static("same-origin"),
        );
        if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
            let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
            headers.insert(header::CONTENT_SECURITY_POLICY, nothing);
        }
        if is_api && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Ok(response)
    }
}
