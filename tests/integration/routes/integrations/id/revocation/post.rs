//! `POST /integrations/{id}/revocation`: an account ends at once, and what it reported stays.

use crate::support::integrations::{System, alert};
use crate::support::{ADMIN, BOSS, CITY, HOTLINE, TECH, TestApp};

#[tokio::test]
async fn the_next_request_is_refused_and_twice_is_harmless() {
    let test = TestApp::start().await;
    let system = System::of(&test, "monitoring", &["FT"]).await;
    system.alarms(&[alert("firing", "a1")]).await;
    let ask = test
        .post(&format!("/integrations/{}/revocation", system.id))
        .by(ADMIN);
    let first = ask.clone().ok().await;
    assert_eq!(ask.ok().await, first);
    let refused = system.post("/integrations/alarms").text("{}");
    refused.is_refused(401, "unauthenticated").await;
    assert_eq!(test.get("/work-orders").by(CITY).ok().await["total"], 1);
}

#[tokio::test]
async fn only_an_administrator_takes_back() {
    let test = TestApp::start().await;
    let system = System::of(&test, "monitoring", &["FT"]).await;
    let ask = test.post(&format!("/integrations/{}/revocation", system.id));
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, BOSS, CITY, HOTLINE]).await;
    let unknown = test.post("/integrations/IN-00000000/revocation").by(ADMIN);
    unknown.is_refused(404, "not_found").await;
}
