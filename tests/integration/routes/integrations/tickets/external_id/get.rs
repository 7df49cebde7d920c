//! `GET /integrations/tickets/{external_id}`: the other system mirrors how far its ticket is.

use serde_json::json;

use crate::support::integrations::System;
use crate::support::{DESK, TestApp, terminal};

#[tokio::test]
async fn the_mirror_follows_the_work_order_and_is_one_accounts_own() {
    let test = TestApp::start().await;
    let system = System::of(&test, "hotline", &["FT"]).await;
    let ticket = json!({ "external_id": "H-7", "kind": "fault", "terminal": terminal(), "fault": "HW-1", "text": "蓝屏" });
    let sent = system
        .post("/integrations/tickets")
        .json(&ticket)
        .ok()
        .await;
    assert_eq!(sent["state"], "reported");
    let id = sent["work_order"].as_str().unwrap();
    test.post(&format!("/work-orders/{id}/response"))
        .by(DESK)
        .json(&json!({ "how": "called" }))
        .ok()
        .await;
    let seen = system.get("/integrations/tickets/H-7").ok().await;
    assert_eq!(
        (&seen["state"], &seen["state_text"]),
        (&json!("responded"), &json!("运维人员已响应"))
    );
    assert_eq!(seen["clocks"][0]["verdict"], "met");
    assert!(!seen.to_string().contains("P-0004"), "nobody's name");
    let english = system
        .get("/integrations/tickets/H-7")
        .header("accept-language", "en");
    assert_eq!(
        english.ok().await["state_text"],
        "A technician has responded"
    );
    let other = System::of(&test, "api", &["FT"]).await;
    other
        .get("/integrations/tickets/H-7")
        .is_refused(404, "not_found")
        .await;
    system
        .get("/integrations/tickets/H-8")
        .is_refused(404, "not_found")
        .await;
    test.get("/integrations/tickets/H-7").needs_a_token().await;
}
