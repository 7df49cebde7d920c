//! `POST /devices/challenge`: bytes for a new phone to sign.

use std::collections::BTreeSet;

use crate::support::{ADMIN, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, TECH, TestApp};

#[tokio::test]
async fn each_challenge_is_32_fresh_bytes() {
    let test = TestApp::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        let answer = test.post("/devices/challenge").by(TECH).ok().await;
        let challenge = answer["challenge"].as_str().unwrap().to_owned();
        assert!(challenge.len() == 64 && challenge.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(seen.insert(challenge));
    }
}

#[tokio::test]
async fn only_technicians_have_phones() {
    let test = TestApp::start().await;
    test.post("/devices/challenge")
        .is_forbidden_for(&[DESK, BOSS, HALL, FUTIAN, CITY, HOTLINE, ADMIN])
        .await;
}
