//! `POST /kiosks`: a screen is registered and gets its secret once.

use serde_json::json;

use crate::support::actors::{foreign_terminal, terminal};
use crate::support::{ADMIN, BOSS, CITY, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn the_address_holds_the_secret_and_an_earlier_registration_ends() {
    let test = TestApp::start().await;
    let ask = || {
        test.post("/kiosks")
            .by(BOSS)
            .json(&json!({ "terminal": terminal() }))
            .ok()
    };
    let (first, second) = (ask().await, ask().await);
    let address = first["address"].as_str().unwrap();
    assert!(address.starts_with(&format!("https://daochang.test/kiosk/{}#", terminal())));
    assert_ne!(first["address"], second["address"]);
    assert_eq!(
        (
            &first["kiosk"]["generation"],
            &second["kiosk"]["generation"]
        ),
        (&json!(1), &json!(2))
    );
    let rows = test.store.kiosks().await.unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| row.revoked_at.is_some())
            .collect::<Vec<_>>(),
        [true, false]
    );
}

#[tokio::test]
async fn only_for_terminals_in_ones_care() {
    let test = TestApp::start().await;
    let ask = |terminal: &str| test.post("/kiosks").json(&json!({ "terminal": terminal }));
    ask(terminal().as_str())
        .is_forbidden_for(&[TECH, DESK, HALL, CITY])
        .await;
    ask(terminal().as_str()).is_absent_for(&[RIVAL_BOSS]).await;
    ask(foreign_terminal().as_str())
        .is_absent_for(&[BOSS])
        .await;
    ask("SZ-FT-999999").is_absent_for(&[ADMIN]).await;
    ask("../../x").is_absent_for(&[ADMIN]).await;
}
