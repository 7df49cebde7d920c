//! Phones that have worked offline: enrolled over HTTP as real ones are, with batches of twenty
//! events signed before the clock starts.

use std::net::SocketAddr;

use api::demo::phone::SimulatedPhone;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::enrolment::CheckNumber;
use domain::envelope::Envelope;
use domain::event::{
    Fact, Mode, Noted, Nothing, Part, RepairClass, Responded, ResponseKind, WorkRecorded,
};
use domain::fault::FaultCode;
use domain::ids::WorkOrderId;
use domain::time::Millis;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::city;
use crate::http::Connection;

/// Events in a batch.
pub const BATCH: usize = 20;
/// Events of one work order; a batch brings two work orders.
const STORY: usize = BATCH / 2;
/// Free text that makes a payload 1 KB long, in characters of three bytes.
const TEXT_CHARS: usize = 248;

/// A phone with its connection and what it has to send.
pub struct Phone {
    pub connection: Connection,
    /// Request bodies, in the order of the chain.
    pub batches: Vec<Vec<u8>>,
    /// Bytes of all payloads in the batches.
    pub payload_bytes: usize,
}

/// Enrols a phone of the technician and lets it work on the work orders from `first` on. The same
/// `secret` is the same phone.
pub async fn prepare(
    address: SocketAddr,
    pusher: usize,
    secret: &str,
    first: usize,
    batches: usize,
) -> Result<Phone> {
    let (connection, mut phone) = enrolled(address, pusher, secret).await?;
    let mut prepared = Phone {
        connection,
        batches: Vec::with_capacity(batches),
        payload_bytes: 0,
    };
    for batch in 0..batches {
        for half in 0..2 {
            work_on(
                &mut phone,
                &city::work_order(pusher, first + 2 * batch + half),
            );
        }
        let (body, payload_bytes) = take(&mut phone)?;
        prepared.batches.push(body);
        prepared.payload_bytes += payload_bytes;
    }
    Ok(prepared)
}

/// A phone of the technician whose chain has begun; the same `secret` is the same phone.
pub async fn enrolled(
    address: SocketAddr,
    pusher: usize,
    secret: &str,
) -> Result<(Connection, SimulatedPhone)> {
    let person = city::pusher(pusher);
    let mut connection = Connection::open(address, &city::token(&person)).await?;
    let now = city::now() - Millis::minutes(8 * 60);
    let mut phone = SimulatedPhone::new(city::person(&person), Sha256::digest(secret).into(), now);
    let key_record = enrol(address, &mut connection, &phone).await?;
    phone.judge_by(Some(city::policy()));
    phone.enrol(&key_record);
    phone.start("bench");
    let opening = take(&mut phone)?.0;
    send(&mut connection, &opening, 2).await?;
    Ok((connection, phone))
}

/// How many work orders that many batches touch.
pub fn work_orders(batches: usize) -> usize {
    2 * batches
}

/// Sends a batch and sees that every event was accepted.
pub async fn send(connection: &mut Connection, body: &[u8], events: usize) -> Result<()> {
    let answer = connection.post("/api/v1/sync/events", body).await?.ok()?;
    let accepted = b"\"status\":\"accepted\"";
    if answer
        .windows(accepted.len())
        .filter(|window| window == accepted)
        .count()
        == events
    {
        return Ok(());
    }
    Err(format!("not all accepted: {}", String::from_utf8_lossy(&answer)).into())
}

async fn enrol(
    address: SocketAddr,
    connection: &mut Connection,
    phone: &SimulatedPhone,
) -> Result<Envelope> {
    let answer = connection
        .post("/api/v1/devices/challenge", b"")
        .await?
        .ok()?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let challenge = answer["challenge"].as_str().ok_or("no challenge")?;
    let bytes: domain::ids::Digest = challenge
        .parse()
        .map_err(|_| "a challenge is 64 hex digits")?;
    let sig = STANDARD.encode(phone.prove_possession(&bytes.0));
    let spki = phone.public_key().spki_base64();
    let enrolment = json!({"spki": spki, "challenge": challenge, "sig": sig, "label": "bench"});
    let answer = connection
        .post("/api/v1/devices", enrolment.to_string().as_bytes())
        .await?
        .ok()?;
    let mut answer: Value = serde_json::from_slice(&answer)?;
    if let Some(salt) = answer["salt"].as_str() {
        let path = format!("/api/v1/enrolments/{}", phone.device());
        approve(address, &path, phone, salt).await?;
        answer = serde_json::from_slice(&connection.get(&path).await?.ok()?)?;
    }
    Ok(serde_json::from_value(answer["key_record"].clone())?)
}

/// Every round brings new phones, and the technician has those of the round before.
async fn approve(
    address: SocketAddr,
    path: &str,
    phone: &SimulatedPhone,
    salt: &str,
) -> Result<()> {
    let salt = salt.parse().map_err(|_| "a salt is 32 hex digits")?;
    let number = CheckNumber::of(phone.public_key(), salt);
    let approval = json!({"check_number": number.as_str()}).to_string();
    let mut desk = Connection::open(address, &city::token(city::DISPATCHER)).await?;
    let path = format!("{path}/approval");
    desk.post(&path, approval.as_bytes()).await?.ok()?;
    Ok(())
}

/// One work order's story in ten facts: what was found, tried and replaced.
fn work_on(phone: &mut SimulatedPhone, wo: &WorkOrderId) {
    let text = |about: usize| -> String {
        "检查读卡器与打印模块供电线路并重新插拔测试"
            .chars()
            .cycle()
            .skip(about)
            .take(TEXT_CHARS)
            .collect()
    };
    let mut say = |fact| {
        phone.pass(Millis(2_000));
        phone.say(fact, Some(wo));
    };
    say(Fact::Responded(Responded {
        how: ResponseKind::Accepted,
        person: None,
    }));
    for line in 0..STORY - 3 {
        say(Fact::Noted(Noted { text: text(line) }));
    }
    say(Fact::WorkRecorded(WorkRecorded {
        mode: Mode::OnSite,
        fault: FaultCode::Hw1,
        repair_class: RepairClass::Ordinary,
        cause: text(0),
        action: text(1),
        parts: vec![Part {
            name: "读卡器".to_owned(),
            quantity: 1,
            serial: Some("SN-20261124".to_owned()),
        }],
    }));
    say(Fact::Restored(Nothing {}));
}

/// The outbox as a request body, and the bytes of its payloads.
pub fn take(phone: &mut SimulatedPhone) -> Result<(Vec<u8>, usize)> {
    let outbox = phone.take_outbox();
    let payload_bytes = outbox
        .envelopes
        .iter()
        .map(|envelope| envelope.payload.len() / 4 * 3)
        .sum();
    let events: Vec<Value> = outbox.envelopes.iter().map(Envelope::to_value).collect();
    Ok((
        serde_json::to_vec(&json!({"events": events, "sidecars": {}}))?,
        payload_bytes,
    ))
}
