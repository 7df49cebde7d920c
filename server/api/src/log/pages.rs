//! The log as files, for mirrors, monitors and witnesses (C2SP tlog-tiles): no account, no script.

use domain::ids::Digest;
use domain::tlog::tile::TileId;
use poem::http::{HeaderValue, header};
use poem::web::{Data, Path};
use poem::{Response, Route, get, handler};

use crate::error::ApiError;
use crate::log::publisher::CHECKPOINT;
use crate::log::{proof_of, tiles};
use crate::state::SharedApp;

/// How long a record waits until it is published, at most, seconds.
const PUBLISHED_WITHIN_S: u32 = 60;

/// Adds the log's addresses.
pub fn mount(route: Route) -> Route {
    route
        .at("/log/checkpoint", get(checkpoint))
        .at("/log/tile/*path", get(tile))
        .at("/log/proof/:h", get(proof))
}

/// The latest state, with the cosignatures that are there.
#[handler]
async fn checkpoint(app: Data<&SharedApp>) -> poem::Result<Response> {
    let bytes = app.publisher.files().read(CHECKPOINT).await;
    let bytes = bytes.map_err(ApiError::from)?;
    let bytes =
        bytes.ok_or_else(|| ApiError::not_found("日志检查点", "checkpoint", "checkpoint"))?;
    Ok(file(
        "text/plain; charset=utf-8",
        "no-cache",
        bytes.to_vec(),
    ))
}

#[handler]
async fn tile(app: Data<&SharedApp>, Path(path): Path<String>) -> poem::Result<Response> {
    let unknown = || ApiError::not_found("日志数据块", "tile", &path);
    let id: TileId = format!("tile/{path}").parse().map_err(|_| unknown())?;
    let files = app.publisher.files();
    let bytes = files.read(&id.to_string()).await.map_err(ApiError::from)?;
    let bytes = match bytes {
        Some(bytes) => bytes.to_vec(),
        None => {
            let tile = tiles::tile(files, id).await.map_err(ApiError::from)?;
            tile.ok_or_else(unknown)?.bytes()
        }
    };
    let forever = "public, max-age=31536000, immutable";
    Ok(file("application/octet-stream", forever, bytes))
}

/// That the record of this hash is in the log, and since when: what a slip leads to. It tells nobody anything
/// that the tiles do not tell.
#[handler]
async fn proof(app: Data<&SharedApp>, Path(h): Path<String>) -> poem::Result<Response> {
    let unknown = || ApiError::not_found("日志条目", "leaf", &h);
    let digest: Digest = h.parse().map_err(|_| unknown())?;
    let name = digest.to_string();
    let numbers = app.store.leaf_numbers(&[&name]).await;
    let number = numbers.map_err(ApiError::from)?.pop().flatten();
    let number = number.ok_or_else(unknown)?.unsigned_abs();
    let Some((_, proof)) = proof_of(&app, number).await? else {
        let later = ApiError::not_yet(
            "not_published",
            "记录已写入，日志将在一分钟内公布，请稍后再打开。",
            "The record is written and will be published within a minute. Open this again then.",
            PUBLISHED_WITHIN_S,
        );
        return Err(later.into());
    };
    let mut answer = file(
        "text/plain; charset=utf-8",
        "no-cache",
        proof.to_string().into_bytes(),
    );
    let attached = format!("attachment; filename=\"{}.tlog-proof\"", &name[..16]);
    if let Ok(attached) = HeaderValue::from_str(&attached) {
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_DISPOSITION, attached);
    }
    Ok(answer)
}

fn file(content_type: &str, cache: &str, bytes: Vec<u8>) -> Response {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, cache)
        .body(bytes)
}
