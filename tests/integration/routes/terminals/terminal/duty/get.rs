//! `GET /terminals/{terminal}/duty`: who is on duty.

use domain::time::Millis;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::test_app::START;
use crate::support::{
    ADMIN, BOSS, DESK, FUTIAN, HALL, HOTLINE, MATE, RIVAL_DESK, TECH, TestApp, person, terminal,
};

#[tokio::test]
async fn the_nearest_roster_answers_for_its_hours() {
    let test = TestApp::start().await;
    let all_day = json!([{ "days": "every", "from_minute": 0, "to_minute": 0,
        "person": person(TECH), "deputy": person(MATE) }]);
    test.roster(all_day, json!([[person(DESK)], [person(BOSS)]]))
        .await;
    let morning = json!({ "version": 0, "ladder": [], "shifts": [{ "days": "working",
        "from_minute": 540, "to_minute": 600, "person": person(MATE), "deputy": null }] });
    let ask = test.ask(Method::PUT, &format!("/rosters/terminal/{}", terminal()));
    ask.by(BOSS).json(&morning).ok().await;

    let path = format!("/terminals/{}/duty", terminal());
    let duty = test.get(&path).by(DESK).ok().await;
    assert_eq!(duty["person"]["person"], person(MATE));
    assert_eq!(duty["deputy"], Value::Null);
    assert_eq!(duty["ladder"][1][0]["person"], person(BOSS));
    for (minutes, who) in [(59, MATE), (60, TECH)] {
        let at = (START + Millis::minutes(minutes)).0;
        let duty = test.get(&format!("{path}?at={at}")).by(HOTLINE).ok().await;
        assert_eq!(duty["person"]["person"], person(who), "{minutes}");
    }
}

#[tokio::test]
async fn with_no_roster_nobody_is_on_duty() {
    let test = TestApp::start().await;
    let path = format!("/terminals/{}/duty", terminal());
    let duty = test.get(&path).by(FUTIAN).ok().await;
    assert_eq!(
        (&duty["person"], &duty["ladder"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn another_provider_s_terminal_is_absent() {
    let test = TestApp::start().await;
    let path = format!("/terminals/{}/duty", terminal());
    let ask = test.get(&path);
    ask.clone().needs_a_token().await;
    ask.is_absent_for(&[RIVAL_DESK]).await;
    ask.is_forbidden_for(&[TECH, HALL, ADMIN]).await;
    for unknown in ["SZ-FT-999999", "nonsense"] {
        test.get(&format!("/terminals/{unknown}/duty"))
            .by(DESK)
            .is_refused(404, "not_found")
            .await;
    }
}
