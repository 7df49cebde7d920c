//! The evidence bundle of a work order with nearly three hundred events and 60 MB of photos: asked for over
//! HTTP, and verified as `daochang-verify` does it, on the generator's core.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use domain::event::{Fact, Noted, PhotoSlot, PhotoSource, PhotoTaken, Responded, ResponseKind};
use domain::ids::WorkOrderId;
use domain::time::Millis;
use serde_json::{Value, json};
use verify::{Exit, Trust, verify};

use crate::Result;
use crate::city;
use crate::fleet;
use crate::http::Connection;
use crate::photos;
use crate::server::Server;

const PHOTOS: usize = 20;
/// Beside each photo.
const NOTES: usize = 13;
/// Pixels of a side with which a picture of noise becomes 3 MB.
const SIDE_PX: u32 = 1_465;
/// Numbers of pictures that W4 does not use.
const FIRST_PICTURE: usize = 1_000_000;

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    pub bytes: usize,
    pub events: usize,
    /// From the request to the last byte.
    pub made_in: Duration,
    pub verified_in: Duration,
}

/// Works on a fault, fetches the bundle and verifies it; `round` makes another phone and other photos.
pub async fn bundle(server: &Server, program: &Path, data: &Path, round: usize) -> Result<Bundled> {
    let open = |person| {
        let token = city::token(person);
        async move { Connection::open(server.address, &token).await }
    };
    let mut dispatcher = open(city::DISPATCHER).await?;
    let mut officer = open(city::OFFICER).await?;
    let report = json!({
        "terminal": city::terminal(), "fault": "HW-1", "text": "蓝屏", "technician": city::pusher(0),
    });
    let answer = dispatcher
        .post("/api/v1/reports", report.to_string().as_bytes())
        .await?
        .ok()?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let wo: WorkOrderId = serde_json::from_value(answer["work_order"].clone())?;
    work_on(server, round, &wo).await?;
    let begin = Instant::now();
    let bytes = officer
        .get(&format!("/api/v1/work-orders/{wo}/bundle"))
        .await?
        .ok()?;
    let made_in = begin.elapsed();
    let trust = trust_in(program, data)?;
    let begin = Instant::now();
    let report = verify(&bytes, Some(&trust));
    let verified_in = begin.elapsed();
    // Nobody outside watches this log, and the report says so.
    if report.exit != Exit::Missing {
        return Err(format!("the bundle is not sound: {:?}", report.findings).into());
    }
    Ok(Bundled {
        bytes: bytes.len(),
        events: report.counts.events,
        made_in,
        verified_in,
    })
}

async fn work_on(server: &Server, round: usize, wo: &WorkOrderId) -> Result<()> {
    let secret = format!("bundle {round}");
    let (mut connection, mut phone) = fleet::enrolled(server.address, 0, &secret).await?;
    phone.say(
        Fact::Responded(Responded {
            how: ResponseKind::Accepted,
            person: None,
        }),
        Some(wo),
    );
    let mut said = 1;
    for index in 0..PHOTOS {
        let (sha256, jpeg) = photos::photo(FIRST_PICTURE + round * PHOTOS + index, SIDE_PX)?;
        let photo = Fact::PhotoTaken(PhotoTaken {
            sha256: sha256.parse().map_err(|_| "a hash is 64 hex digits")?,
            size: jpeg.len() as u64,
            width: SIDE_PX,
            height: SIDE_PX,
            slot: PhotoSlot::Before,
            source: PhotoSource::Camera,
            exif: None,
        });
        phone.say(photo, Some(wo));
        for number in 0..NOTES {
            phone.pass(Millis(2_000));
            let text = format!("第 {index} 张，第 {number} 条");
            phone.say(Fact::Noted(Noted { text }), Some(wo));
        }
        said += 1 + NOTES;
        let body = fleet::take(&mut phone)?.0;
        fleet::send(&mut connection, &body, said).await?;
        said = 0;
        connection
            .put(&format!("/api/v1/evidence/{sha256}"), "image/jpeg", &jpeg)
            .await?
            .ok()?;
    }
    Ok(())
}

/// The keys as the authority would have been given them.
fn trust_in(program: &Path, data: &Path) -> Result<Trust> {
    let printed = Command::new(program)
        .args(["trust", "--data"])
        .arg(data)
        .output()?;
    Trust::parse(&printed.stdout).map_err(|_| "daochang trust printed no trust file".into())
}
