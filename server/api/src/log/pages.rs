//! The log as files, for mirrors, monitors and witnesses (C2SP tlog-tiles): no account, no script.

use domain::ids::Digest;
use domain::tlog::tile::TileId;
use poem::http::{HeaderValue, header};
use poem::web::{Data, Path};
use poem::{Response, Route, get, handler};

use crate::error::ApiError;
use crate::log::publisher::CHECKPOINT;
use crate::log::stamping::{LATEST_STAMP, stamp_file};
use crate::log::{builds, proof_of, tiles};
use crate::state::SharedApp;

/// How long a record waits until it is published, at most, seconds.
const PUBLISHED_WITHIN_S: u32 = 60;

/// What never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Adds the log's addresses.
pub fn mount(route: Route) -> Route {
    route
        .at("/log/checkpoint", get(checkpoint))
        .at("/log/tile/*path", get(tile))
        .at("/log/proof/:h", get(proof))
        .at("/log/checkpoints/:size", get(past_checkpoint))
        .at("/log/stamps/:name", get(stamp))
        .at("/log/builds/:name", get(build))
        .at("/build.json", get(served))
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

/// The state of this size as the log signed it: what a time-stamp is about.
#[handler]
async fn past_checkpoint(
    app: Data<&SharedApp>,
    Path(size): Path<String>,
) -> poem::Result<Response> {
    let unknown = || ApiError::not_found("日志检查点", "checkpoint", &size);
    let number: u64 = size.parse().map_err(|_| unknown())?;
    let path = format!("checkpoints/{number}");
    let bytes = app.publisher.files().read(&path).await;
    let bytes = bytes.map_err(ApiError::from)?.ok_or_else(unknown)?;
    Ok(file("text/plain; charset=utf-8", FOREVER, bytes.to_vec()))
}

/// The reply of a time-stamp authority about the state of this size, or the size of the last one with a stamp.
#[handler]
async fn stamp(app: Data<&SharedApp>, Path(name): Path<String>) -> poem::Result<Response> {
    let unknown = || ApiError::not_found("时间戳", "time-stamp", &name);
    let size: Option<u64> = name.strip_suffix(".tsr").and_then(|size| size.parse().ok());
    let path = match size {
        Some(size) => stamp_file(size),
        None if format!("stamps/{name}") == LATEST_STAMP => LATEST_STAMP.to_owned(),
        None => return Err(unknown().into()),
    };
    let bytes = app.publisher.files().read(&path).await;
    let bytes = bytes.map_err(ApiError::from)?.ok_or_else(unknown)?;
    let kind = match size {
        Some(_) => tsa::REPLY_TYPE,
        None => "text/plain; charset=utf-8",
    };
    Ok(file(kind, "no-cache", bytes.to_vec()))
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
    Ok(file("application/octet-stream", FOREVER, bytes))
}

/// A list of the files of the app, or which of them is served now.
#[handler]
async fn build(app: Data<&SharedApp>, Path(name): Path<String>) -> poem::Result<Response> {
    let unknown = || ApiError::not_found("程序版本", "build", &name);
    let listed = name.strip_suffix(".json").and_then(|h| h.parse().ok());
    let path = match listed {
        Some(listed) => builds::file_of(listed),
        None if format!("builds/{name}") == builds::LATEST => builds::LATEST.to_owned(),
        None => return Err(unknown().into()),
    };
    let bytes = app.publisher.files().read(&path).await;
    let bytes = bytes.map_err(ApiError::from)?.ok_or_else(unknown)?;
    Ok(match listed {
        Some(_) => file("application/json", FOREVER, bytes.to_vec()),
        None => file("text/plain; charset=utf-8", "no-cache", bytes.to_vec()),
    })
}

/// The list of the build that is served, by whose hash the app calls itself.
#[handler]
fn served(app: Data<&SharedApp>) -> Response {
    let text = app.served.text.clone();
    file("application/json", "no-cache", text.into_bytes())
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
