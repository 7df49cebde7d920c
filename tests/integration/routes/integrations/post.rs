//! `POST /integrations`: an administrator gives another system an account.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::integrations::System;
use crate::support::{ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, TECH, TestApp};

fn form() -> Value {
    json!({ "name": "一体化监控", "channel": "monitoring", "districts": ["FT", "NS"], "fault": "NET-4" })
}

#[tokio::test]
async fn the_token_is_told_once_and_kept_nowhere() {
    let test = TestApp::start().await;
    let made = test
        .post("/integrations")
        .by(ADMIN)
        .json(&form())
        .ok()
        .await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("dci_") && token.len() > 40);
    let listed = test.get("/integrations").by(ADMIN).ok().await.to_string();
    assert!(listed.contains("一体化监控") && !listed.contains(token));
    let row = test.store.integrations().await.unwrap().remove(0);
    assert!(!format!("{row:?}").contains(token));
}

#[tokio::test]
async fn its_token_opens_nothing_that_people_open_and_theirs_nothing_of_its() {
    let test = TestApp::start().await;
    let system = System::of(&test, "monitoring", &["FT"]).await;
    for path in [
        "/work-orders",
        "/terminals",
        "/session",
        "/integrations",
        "/complaints",
    ] {
        system.get(path).is_refused(401, "unauthenticated").await;
    }
    let ticket = test.get("/integrations/tickets/A-1");
    ticket.by(ADMIN).is_refused(401, "unauthenticated").await;
}

#[rstest]
#[case::no_name("name", json!(" "), 422, "name_missing_or_too_long")]
#[case::name_too_long("name", json!("名".repeat(61)), 422, "name_missing_or_too_long")]
#[case::no_districts("districts", json!([]), 400, "malformed_body")]
#[case::unknown_district("districts", json!(["XX"]), 422, "unknown_district")]
#[case::nonsense_as_district("districts", json!(["福 田"]), 422, "unknown_district")]
#[case::unknown_fault("fault", json!("HW-9"), 422, "unknown_fault")]
#[case::unknown_channel("channel", json!("public_qr"), 400, "malformed_body")]
#[tokio::test]
async fn bad_members_are_named(
    #[case] member: &str,
    #[case] value: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let test = TestApp::start().await;
    let mut wrong = form();
    wrong[member] = value;
    test.post("/integrations")
        .by(ADMIN)
        .json(&wrong)
        .is_refused(status, code)
        .await;
    assert!(test.store.integrations().await.unwrap().is_empty());
}

#[tokio::test]
async fn only_an_administrator_does() {
    let test = TestApp::start().await;
    let ask = test.post("/integrations").json(&form());
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, DESK, BOSS, HALL, FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
}
