//! The log as files, for mirrors, monitors and witnesses (C2SP tlog-tiles): no account, no script.

use domain::tlog::tile::TileId;
use poem::http::header;
use poem::web::{Data, Path};
use poem::{Response, Route, get, handler};

use crate::error::ApiError;
use crate::log::publisher::CHECKPOINT;
use crate::log::tiles;
use crate::state::SharedApp;

/// Adds the log's addresses.
pub fn mount(route: Route) -> Route {
    route
        .at("/log/checkpoint", get(checkpoint))
        .at("/log/tile/*path", get(tile))
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

fn file(content_type: &str, cache: &str, bytes: Vec<u8>) -> Response {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, cache)
        .body(bytes)
}
