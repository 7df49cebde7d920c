//! Chain heads, each answered with a signed receipt that has its leaf in the log: what a phone asks for
//! first whenever it finds the network. Eight phones, one head at a time each.

use std::time::{Duration, Instant};

use domain::envelope::Envelope;
use serde_json::json;

use crate::Result;
use crate::city::PUSHERS;
use crate::fleet;
use crate::http::Connection;
use crate::server::Server;
use crate::stats::{Latency, ms};

const HEADS: usize = 250;

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Receipted {
    pub receipts_per_s: f64,
    pub latency: Latency,
    /// Server processor time per receipt, ms.
    pub cpu_ms: f64,
}

/// Asks for receipts from eight phones at once; `round` makes phones that the server does not know yet.
pub async fn receipts(server: &Server, round: usize) -> Result<Receipted> {
    let mut fleet = Vec::with_capacity(PUSHERS);
    for index in 0..PUSHERS {
        let secret = format!("heads {round} {index}");
        let (connection, mut phone) = fleet::enrolled(server.address, index, &secret).await?;
        let mut heads = Vec::with_capacity(HEADS);
        for _ in 0..HEADS {
            phone.request_sync();
            let envelopes = phone.take_outbox().envelopes;
            let head = envelopes.last().map(Envelope::to_value);
            heads.push(serde_json::to_vec(&json!({ "envelope": head }))?);
        }
        fleet.push((connection, heads));
    }
    let cpu = server.cpu()?;
    let begin = Instant::now();
    let tasks: Vec<_> = fleet
        .into_iter()
        .map(|(connection, heads)| tokio::spawn(ask(connection, heads)))
        .collect();
    let mut samples = Vec::with_capacity(PUSHERS * HEADS);
    for task in tasks {
        samples.extend(task.await??);
    }
    let took = begin.elapsed();
    let asked = samples.len() as f64;
    Ok(Receipted {
        receipts_per_s: asked / took.as_secs_f64(),
        latency: Latency::of(samples),
        cpu_ms: ms(server.cpu()? - cpu) / asked,
    })
}

async fn ask(mut connection: Connection, heads: Vec<Vec<u8>>) -> Result<Vec<Duration>> {
    let mut samples = Vec::with_capacity(heads.len());
    for head in heads {
        let begin = Instant::now();
        connection.post("/api/v1/sync/head", &head).await?.ok()?;
        samples.push(begin.elapsed());
    }
    Ok(samples)
}
