//! W4: fifty photos of about 1 MiB, eight at a time. Noise that a camera could have taken: a JPEG
//! that decodes, and that nothing can compress further.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::city::{pusher, token};
use crate::http::Connection;
use crate::server::Server;
use crate::stats::{Latency, ms};

const PHOTOS: usize = 50;
const AT_A_TIME: usize = 8;
/// Pixels of a side and JPEG quality with which noise becomes 1 MiB.
const SIDE_PX: u32 = 867;
const QUALITY: u8 = 80;

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Uploaded {
    /// MB (10⁶ bytes) per second.
    pub mb_per_s: f64,
    pub latency: Latency,
    /// Server processor time per photo, ms.
    pub cpu_ms: f64,
    /// Mean size.
    pub photo_bytes: f64,
}

type Album = Arc<Mutex<VecDeque<(String, Vec<u8>)>>>;

/// W4; `round` makes photos that the server does not have yet.
pub async fn upload(server: &Server, round: usize) -> Result<Uploaded> {
    let photos = (0..PHOTOS)
        .map(|index| photo(round * PHOTOS + index, SIDE_PX))
        .collect::<Result<VecDeque<_>>>()?;
    let bytes: usize = photos.iter().map(|(_, jpeg)| jpeg.len()).sum();
    let album: Album = Arc::new(Mutex::new(photos));
    let mut connections = Vec::with_capacity(AT_A_TIME);
    for index in 0..AT_A_TIME {
        connections.push(Connection::open(server.address, &token(&pusher(index))).await?);
    }
    let cpu = server.cpu()?;
    let begin = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(send(connection, album.clone())))
        .collect();
    let mut samples = Vec::with_capacity(PHOTOS);
    for task in tasks {
        samples.extend(task.await??);
    }
    let took = begin.elapsed();
    Ok(Uploaded {
        mb_per_s: bytes as f64 / 1e6 / took.as_secs_f64(),
        latency: Latency::of(samples),
        cpu_ms: ms(server.cpu()? - cpu) / PHOTOS as f64,
        photo_bytes: bytes as f64 / PHOTOS as f64,
    })
}

async fn send(mut connection: Connection, album: Album) -> Result<Vec<Duration>> {
    let mut samples = Vec::new();
    loop {
        let next = album
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some((sha256, jpeg)) = next else {
            return Ok(samples);
        };
        let begin = Instant::now();
        connection
            .put(&format!("/api/v1/evidence/{sha256}"), "image/jpeg", &jpeg)
            .await?
            .ok()?;
        samples.push(begin.elapsed());
    }
}

/// A square picture of noise, by its number, with its hash.
pub fn photo(number: usize, side_px: u32) -> Result<(String, Vec<u8>)> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number as u64 + 1);
    let mut noise = || {
        // xorshift64: any noise will do, but it must be the same every time.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let picture = RgbImage::from_fn(side_px, side_px, |_, _| {
        let [r, g, b, ..] = noise();
        Rgb([r, g, b])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&picture)?;
    let sha256 = Sha256::digest(&jpeg)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok((sha256, jpeg))
}
