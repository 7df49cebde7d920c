//! `GET /integrations`: the accounts of other systems.

use crate::support::integrations::System;
use crate::support::{ADMIN, BOSS, CITY, HOTLINE, TECH, TestApp};

#[tokio::test]
async fn those_taken_back_stay_on_the_list() {
    let test = TestApp::start().await;
    let system = System::of(&test, "i_shenzhen", &["FT"]).await;
    test.post(&format!("/integrations/{}/revocation", system.id))
        .by(ADMIN)
        .ok()
        .await;
    let items = test.get("/integrations").by(ADMIN).ok().await["items"].take();
    assert_eq!(items[0]["channel"], "i_shenzhen");
    assert!(items[0]["revoked_at"].is_i64() && items[0]["revoked_by_name"].is_string());
}

#[tokio::test]
async fn only_an_administrator_sees_them() {
    let test = TestApp::start().await;
    test.get("/integrations").needs_a_token().await;
    test.get("/integrations")
        .is_forbidden_for(&[TECH, BOSS, CITY, HOTLINE])
        .await;
}
