//! The outside: `POST /add-checkpoint`, the last checkpoint of a log for whoever compares, and
//! the page for people. Answers with words are RFC 9457 problems; nothing about callers is kept.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::text::Lang;
use poem::http::{StatusCode, header};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Path};
use poem::{Body, Endpoint, EndpointExt, Request, Response, Route, Server, get, handler, post};

use crate::page;
use crate::refusal::{Refusal, RefusalCode};
use crate::wire::{ADD_CHECKPOINT, REQUEST_BYTES_MAX, SIZE_TYPE};
use crate::witness::Witness;

/// A request must have arrived within this time; a longer one holds a place others need.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// The addresses of a witness.
pub fn routes(witness: Arc<Witness>) -> impl Endpoint {
    Route::new()
        .at("/", get(people))
        .at(ADD_CHECKPOINT, post(add_checkpoint))
        .at("/:hash/checkpoint", get(checkpoint))
        .data(witness)
}

/// Serves until `stop` completes; `ready` learns the address that was bound.
pub async fn serve(
    witness: Arc<Witness>,
    listen: &str,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let acceptor = TcpListener::bind(listen.to_owned()).into_acceptor().await?;
    let bound = acceptor.local_addr();
    if let Some(address) = bound.iter().find_map(|it| it.as_socket_addr()) {
        ready(*address);
    }
    Server::new_with_acceptor(acceptor)
        .idle_timeout(IDLE_LIMIT)
        .run_with_graceful_shutdown(routes(witness), stop, Some(READ_LIMIT))
        .await
}

#[handler]
async fn add_checkpoint(
    request: &Request,
    body: Body,
    Data(witness): Data<&Arc<Witness>>,
) -> Response {
    let judged = match read(body).await {
        Ok(body) => {
            let witness = Arc::clone(witness);
            let judge = move || witness.add_checkpoint(&body);
            // It waits for the disk, and for other requests about the same log.
            let judged = tokio::task::spawn_blocking(judge).await;
            judged.unwrap_or(Err(RefusalCode::Broken.into()))
        }
        Err(code) => Err(code.into()),
    };
    match judged {
        Ok(line) => text("text/plain; charset=utf-8").body(line),
        Err(refusal) => refused(refusal, language(request)),
    }
}

async fn read(body: Body) -> Result<Vec<u8>, RefusalCode> {
    match tokio::time::timeout(READ_LIMIT, body.into_bytes_limit(REQUEST_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(poem::error::ReadBodyError::PayloadTooLarge)) => Err(RefusalCode::TooLarge),
        _ => Err(RefusalCode::BadRequest),
    }
}

/// The last checkpoint that was cosigned, with the signatures of the log and of this witness; in
/// the address stands the SHA-256 of the log's name.
#[handler]
fn checkpoint(Path(hash): Path<String>, Data(witness): Data<&Arc<Witness>>) -> Response {
    match witness.checkpoint(&hash) {
        Some(note) => text("text/plain; charset=utf-8").body(note),
        None => refused(RefusalCode::UnknownLog.into(), Lang::Zh),
    }
}

#[handler]
fn people(Data(witness): Data<&Arc<Witness>>) -> Response {
    let page = page::page(witness.public_key(), &witness.states());
    text("text/html; charset=utf-8")
        .header(
            header::CONTENT_SECURITY_POLICY,
            page::CONTENT_SECURITY_POLICY,
        )
        .body(page)
}

fn text(content_type: &str) -> poem::ResponseBuilder {
    Response::builder()
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn refused(refusal: Refusal, lang: Lang) -> Response {
    let code = refusal.code;
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // The protocol wants the bare size here.
    if code == RefusalCode::OtherSize {
        let size = format!("{}\n", refusal.known_size);
        return text(SIZE_TYPE).status(status).body(size);
    }
    let problem = serde_json::json!({
        "type": format!("urn:daochang:problem:{}", code.code()),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": code.status(),
        "detail": code.text(lang),
        "code": code.code(),
    });
    let mut answer = text("application/problem+json; charset=utf-8").status(status);
    if code == RefusalCode::ClockBehind {
        answer = answer.header(header::RETRY_AFTER, refusal.retry_after_s);
    }
    answer.body(problem.to_string())
}

/// Chinese, unless the caller asks for English first.
fn language(request: &Request) -> Lang {
    let asked = request.header(header::ACCEPT_LANGUAGE).unwrap_or_default();
    if asked.trim_start().to_ascii_lowercase().starts_with("en") {
        Lang::En
    } else {
        Lang::Zh
    }
}
