//! How long a large bundle takes: `cargo test -p verify --release large -- --ignored --nocapture`.

use std::time::Instant;

use domain::event::{Noted, PhotoSlot, PhotoSource, PhotoTaken};

use super::*;
use crate::manifest::sha256;

#[test]
#[ignore = "a measurement"]
fn three_hundred_events_and_sixty_megabytes_take_less_than_five_seconds() {
    let mut s = Sample::new(server());
    let mut lin = Phone::new(0x11, "P-0012");
    s.surroundings();
    s.enrols(&mut lin, NINE - 3_600_000);
    s.desk(NINE, "P-0002", reported());
    for n in 0..240_i64 {
        let note = Fact::Noted(Noted {
            text: format!("第 {n} 条"),
        });
        s.says(&mut lin, NINE + n * 30_000, Some(wo()), note);
        if n % 12 == 0 {
            let photo: Vec<u8> = (0..3_000_000_u32)
                .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ n as u8)
                .collect();
            let taken = PhotoTaken {
                sha256: sha256(&photo),
                size: photo.len() as u64,
                width: 2048,
                height: 1536,
                slot: PhotoSlot::Scene,
                source: PhotoSource::Camera,
                exif: None,
            };
            s.says(
                &mut lin,
                NINE + n * 30_000 + 1,
                Some(wo()),
                Fact::PhotoTaken(taken),
            );
            s.put(
                Place::Photo {
                    sha256: sha256(&photo),
                    extension: "jpg",
                },
                photo,
            );
            s.syncs(&mut lin, NINE + n * 30_000 + 5_000);
        }
    }
    s.syncs(&mut lin, NINE + 240 * 30_000);
    let started = Instant::now();
    s.state_verdict(NINE + 8_000_000);
    let stated = started.elapsed();
    let bundle = sealed(s.files);
    let started = Instant::now();
    let report = verify(&bundle, Some(&trust()));
    let verified = started.elapsed();
    println!(
        "{} bytes, {:?}: stated in {stated:?}, verified in {verified:?}",
        bundle.len(),
        report.counts
    );
    assert!(report.counts.events >= 300 && bundle.len() > 60_000_000);
    assert_eq!(report.findings, []);
    assert!(verified.as_secs() < 5);
}
