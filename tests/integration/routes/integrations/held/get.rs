//! `GET /integrations/held`: what other systems sent that fits nowhere.

use serde_json::json;

use crate::support::integrations::{System, alert};
use crate::support::{ADMIN, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, TECH, TestApp};

#[tokio::test]
async fn the_same_thing_again_is_kept_once_with_its_reason_and_its_body() {
    let test = TestApp::start().await;
    let system = System::of(&test, "monitoring", &["FT"]).await;
    let mut unknown = alert("firing", "b1");
    unknown["labels"]["terminal"] = json!("SZ-FT-999999");
    for _ in 0..3 {
        system.alarms(&[unknown.clone()]).await;
    }
    for login in [HOTLINE, CITY, ADMIN] {
        let items = test.get("/integrations/held").by(login).ok().await["items"].take();
        assert_eq!(items.as_array().unwrap().len(), 1, "{login}");
        let one = &items[0];
        assert_eq!(one["reason"], "held_terminal_unknown");
        assert!(one["reason_zh"].as_str().unwrap().contains("登记簿"));
        assert_eq!(one["body"]["labels"]["terminal"], "SZ-FT-999999");
        assert_eq!(one["account_name"], "对接");
    }
    let settled = test
        .get("/integrations/held?state=settled")
        .by(HOTLINE)
        .ok()
        .await;
    assert!(settled["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_long_is_cut() {
    let test = TestApp::start().await;
    let system = System::of(&test, "monitoring", &["FT"]).await;
    let mut long = alert("firing", "b1");
    long["labels"]["terminal"] = json!("SZ-FT-999999");
    long["annotations"]["description"] = json!("长".repeat(9_000));
    system.alarms(&[long]).await;
    let items = test.get("/integrations/held").by(HOTLINE).ok().await["items"].take();
    assert_eq!(items[0]["body"].as_str().unwrap().chars().count(), 8_000);
}

#[tokio::test]
async fn only_who_settles_sees_it() {
    let test = TestApp::start().await;
    test.get("/integrations/held").needs_a_token().await;
    test.get("/integrations/held")
        .is_forbidden_for(&[TECH, DESK, BOSS, HALL, FUTIAN])
        .await;
}
