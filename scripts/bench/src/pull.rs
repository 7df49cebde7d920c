//! W2: one phone asks again and again for what is new, and finds ten work orders behind a hundred
//! thousand others. W3: a new phone fetches all its work orders, page by page.

use std::time::{Duration, Instant};

use api::cursor::Cursor;
use serde_json::Value;

use crate::Result;
use crate::city::{NEWCOMER, NEWCOMERS_WORK_ORDERS, PULLER, token};
use crate::http::Connection;
use crate::server::Server;
use crate::stats::{Latency, ms};

/// Pulls in one run.
const PULLS: usize = 300;
/// Pulls before the clock starts.
const WARM_UP: usize = 20;

/// One run of W2.
#[derive(Debug, Clone, Copy)]
pub struct Pulled {
    pub latency: Latency,
    /// Server processor time per pull, ms.
    pub cpu_ms: f64,
    /// Size of the answer's body.
    pub bytes: usize,
}

/// One run of W3.
#[derive(Debug, Clone, Copy)]
pub struct Fetched {
    pub took: Duration,
    pub bytes: usize,
    pub pages: usize,
}

/// W2.
pub async fn pull(server: &Server, cursor: i64) -> Result<Pulled> {
    let mut connection = Connection::open(server.address, &token(PULLER)).await?;
    let path = format!(
        "/api/v1/sync/changes?cursor={}",
        Cursor::Changes { n: cursor }
    );
    let first = connection.get(&path).await?.ok()?;
    let changes = changes(&first)?;
    if changes.0 != 10 || changes.2 {
        return Err(format!("expected ten changes and no more, got {}", changes.0).into());
    }
    for _ in 1..WARM_UP {
        connection.get(&path).await?.ok()?;
    }
    let cpu = server.cpu()?;
    let mut samples = Vec::with_capacity(PULLS);
    for _ in 0..PULLS {
        let begin = Instant::now();
        connection.get(&path).await?.ok()?;
        samples.push(begin.elapsed());
    }
    let cpu_ms = ms(server.cpu()? - cpu) / PULLS as f64;
    Ok(Pulled {
        latency: Latency::of(samples),
        cpu_ms,
        bytes: first.len(),
    })
}

/// W3, from the first request to the last byte of the last page.
pub async fn fetch_all(server: &Server) -> Result<Fetched> {
    let mut connection = Connection::open(server.address, &token(NEWCOMER)).await?;
    let mut pages = Vec::new();
    let begin = Instant::now();
    let mut path = "/api/v1/sync/changes".to_owned();
    loop {
        let page = connection.get(&path).await?.ok()?;
        let (cursor, more) = tail(&page)?;
        pages.push(page);
        if !more {
            break;
        }
        path = format!("/api/v1/sync/changes?cursor={cursor}");
    }
    let took = begin.elapsed();
    let bytes = pages.iter().map(Vec::len).sum();
    let found = pages
        .iter()
        .map(|page| changes(page).map(|changes| changes.0))
        .sum::<Result<usize>>()?;
    if found != NEWCOMERS_WORK_ORDERS {
        return Err(format!("expected {NEWCOMERS_WORK_ORDERS} work orders, got {found}").into());
    }
    Ok(Fetched {
        took,
        bytes,
        pages: pages.len(),
    })
}

/// How many changes a page holds, the cursor, and whether there is more.
fn changes(page: &[u8]) -> Result<(usize, String, bool)> {
    let page: Value = serde_json::from_slice(page)?;
    let count = page["changes"]
        .as_array()
        .ok_or("a page holds changes")?
        .len();
    let cursor = page["cursor"]
        .as_str()
        .ok_or("a page holds a cursor")?
        .to_owned();
    Ok((count, cursor, page["more"] == true))
}

/// Cursor and `more` stand behind the changes; reading only them keeps the generator out of the figure.
fn tail(page: &[u8]) -> Result<(String, bool)> {
    let text = String::from_utf8_lossy(&page[page.len().saturating_sub(200)..]).into_owned();
    let (_, rest) = text
        .rsplit_once("\"cursor\":\"")
        .ok_or("a page ends with a cursor")?;
    let (cursor, rest) = rest.split_once('"').ok_or("a cursor ends")?;
    Ok((cursor.to_owned(), rest.contains("\"more\":true")))
}
