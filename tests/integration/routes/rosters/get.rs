//! `GET /rosters`: duty rosters.

use serde_json::json;

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, MATE, RIVAL_BOSS, TECH, TestApp,
    person,
};

#[tokio::test]
async fn a_provider_sees_its_own_and_supervisors_see_all() {
    let test = TestApp::start().await;
    let shifts = json!([{ "days": "working", "from_minute": 540, "to_minute": 1080,
        "person": person(TECH), "deputy": person(MATE) }]);
    test.roster(shifts, json!([[person(DESK)], [person(BOSS)]]))
        .await;
    for (login, seen, may_write) in [
        (BOSS, 1, true),
        (DESK, 1, true),
        (RIVAL_BOSS, 0, false),
        (FUTIAN, 1, false),
        (CITY, 1, false),
        (AUDITOR, 1, false),
        (HOTLINE, 1, false),
    ] {
        let rosters = test.get("/rosters").by(login).ok().await;
        let rosters = rosters.as_array().unwrap();
        assert_eq!(rosters.len(), seen, "{login}");
        if let Some(roster) = rosters.first() {
            assert_eq!(roster["may_write"], may_write, "{login}");
            assert_eq!(roster["version"], 1);
            // Tuesday, nine o'clock.
            assert_eq!(roster["now"], person(TECH));
            assert_eq!(roster["people"].as_array().unwrap().len(), 4);
        }
    }
    let ask = test.get("/rosters");
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, HALL, ADMIN]).await;
}
