//! How long a receipt's second signature takes, beside the first:
//! `taskset -c 1 cargo run --release -p gm --example speed`.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::{Envelope, Signer as First};
use domain::receipt::Receipt;
use domain::server_keys::ServerKeys;
use gm::envelope::{Second, second, sign_too};
use serde_json::Value;

/// How long each is measured.
const SPAN: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/envelopes.json"))?;
    let known = Envelope::from_value(vectors["receipt"].clone()).map_err(|reason| reason.code())?;
    let server = First::from_seed(&[1; 32]);
    let keys = ServerKeys::of(server.public_key());
    let sm2 = gm::Signer::from_secret(&[5; 32]).ok_or("no secret")?;
    let payload = STANDARD.decode(&known.payload)?;
    let receipt: Receipt = serde_json::from_slice(&payload)?;
    let once = server.sign_as(&receipt).map_err(|reason| reason.code())?;
    let mut twice = once.clone();
    sign_too(&mut twice, &sm2).map_err(|reason| reason.code())?;
    println!("a receipt of {} bytes", once.payload.len() * 3 / 4);
    measure("written and signed (Ed25519)", || {
        server.sign_as(black_box(&receipt)).is_ok()
    });
    measure("signed a second time (SM2)", || {
        let mut envelope = black_box(&once).clone();
        sign_too(&mut envelope, &sm2).is_ok()
    });
    measure("opened (Ed25519)", || {
        Receipt::open(black_box(&twice), &keys).is_ok()
    });
    measure("second signature verified (SM2)", || {
        second(black_box(&twice), [sm2.public_key()]) == Second::Genuine
    });
    Ok(())
}

/// Repeats it for a while and prints how often a second it was done.
fn measure(name: &str, once: impl Fn() -> bool) {
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < SPAN {
        assert!(once(), "{name}");
        count += 1;
    }
    let nanos = (began.elapsed() / count).as_nanos().max(1);
    let micros = nanos as f64 / 1_000.0;
    println!("{name}: {micros:.0} µs, {} a second", 1_000_000_000 / nanos);
}
