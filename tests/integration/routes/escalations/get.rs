//! `GET /escalations`: the leaders' queue. The story is in `flows/escalation.rs`.

use domain::time::Millis;

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, RIVAL_BOSS, TECH, TestApp,
};

#[tokio::test]
async fn everybody_sees_their_own_and_nobody_else_sees_any() {
    let test = TestApp::start().await;
    test.reported().await;
    test.tick(Millis::minutes(61)).await;
    for (login, seen) in [
        (DESK, 1),
        (BOSS, 1),
        (FUTIAN, 1),
        (CITY, 1),
        (AUDITOR, 1),
        (NANSHAN, 0),
        (RIVAL_BOSS, 0),
    ] {
        let page = test.get("/escalations").by(login).ok().await;
        assert_eq!(page["total"], seen, "{login}");
        assert_eq!(page["items"].as_array().unwrap().len(), seen, "{login}");
    }
    let ask = test.get("/escalations");
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, HALL, HOTLINE, ADMIN]).await;
}

#[tokio::test]
async fn whoever_watches_may_not_take_over() {
    let test = TestApp::start().await;
    test.reported().await;
    test.tick(Millis::minutes(61)).await;
    for (login, may) in [(BOSS, true), (DESK, false), (FUTIAN, false), (CITY, false)] {
        let page = test.get("/escalations").by(login).ok().await;
        assert_eq!(page["items"][0]["may_take_over"], may, "{login}");
    }
}

#[tokio::test]
async fn only_known_states_and_pages_are_asked_for() {
    let test = TestApp::start().await;
    for query in ["state=late", "page=10001", "page=x"] {
        test.get(&format!("/escalations?{query}"))
            .by(BOSS)
            .is_refused(400, "malformed_parameter")
            .await;
    }
    test.get("/escalations?state=all&page=10000")
        .by(BOSS)
        .ok()
        .await;
}
