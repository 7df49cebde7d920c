//! W1: phones push batches of twenty signed events of about 1 KB; latency is that of a batch.

use std::time::Instant;

use crate::Result;
use crate::fleet::{self, BATCH, Phone};
use crate::server::Server;
use crate::stats::{Latency, ms};

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Pushed {
    pub events_per_s: f64,
    pub latency: Latency,
    /// Server processor time per batch, ms.
    pub cpu_ms: f64,
    /// Mean payload, bytes.
    pub payload_bytes: f64,
}

/// `phones` phones push `batches` batches each. `round` keeps the rounds' phones and work orders apart.
pub async fn push(
    server: &Server,
    phones: usize,
    round: usize,
    first: usize,
    batches: usize,
) -> Result<Pushed> {
    let mut fleet: Vec<Phone> = Vec::with_capacity(phones);
    for index in 0..phones {
        let secret = format!("{phones} {round} {index}");
        fleet.push(fleet::prepare(server.address, index, &secret, first, batches).await?);
    }
    let sent = phones * batches;
    let payload_bytes =
        fleet.iter().map(|phone| phone.payload_bytes).sum::<usize>() as f64 / (sent * BATCH) as f64;
    let cpu = server.cpu()?;
    let begin = Instant::now();
    let tasks: Vec<_> = fleet
        .into_iter()
        .map(|phone| tokio::spawn(deliver(phone)))
        .collect();
    let mut samples = Vec::with_capacity(sent);
    for task in tasks {
        samples.extend(task.await??);
    }
    let took = begin.elapsed();
    Ok(Pushed {
        events_per_s: (sent * BATCH) as f64 / took.as_secs_f64(),
        latency: Latency::of(samples),
        cpu_ms: ms(server.cpu()? - cpu) / sent as f64,
        payload_bytes,
    })
}

async fn deliver(mut phone: Phone) -> Result<Vec<std::time::Duration>> {
    let mut samples = Vec::with_capacity(phone.batches.len());
    for batch in &phone.batches {
        let begin = Instant::now();
        fleet::send(&mut phone.connection, batch, BATCH).await?;
        samples.push(begin.elapsed());
    }
    Ok(samples)
}
