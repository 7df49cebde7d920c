//! `PUT /rosters/{place}/{subject}`: writing a duty roster.

use poem::http::Method;
use serde_json::{Value, json};

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, MATE, RIVAL, TECH, TestApp, person,
    terminal,
};

fn shift(person: &str) -> Value {
    json!({ "days": "every", "from_minute": 0, "to_minute": 0, "person": person, "deputy": null })
}

fn body(version: u32, who: &str) -> Value {
    json!({ "version": version, "shifts": [shift(person(who))], "ladder": [[person(DESK)]] })
}

#[tokio::test]
async fn each_change_is_a_version_and_whoever_saw_an_older_one_is_told() {
    let test = TestApp::start().await;
    let path = format!("/rosters/terminal/{}", terminal());
    let ask = test.ask(Method::PUT, &path).by(BOSS);
    let first = ask.clone().json(&body(0, TECH)).ok().await;
    assert_eq!(
        (&first["version"], &first["now"]),
        (&json!(1), &json!(person(TECH)))
    );
    let second = ask.clone().json(&body(1, MATE)).ok().await;
    assert_eq!(second["version"], 2);
    for seen in [0, 1, 3] {
        ask.clone()
            .json(&body(seen, TECH))
            .is_refused(409, "roster_changed")
            .await;
    }
    let kept = test
        .store
        .roster_versions("O-KEDA", "terminal", terminal().as_str())
        .await
        .unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].by, person(BOSS));
}

#[tokio::test]
async fn what_cannot_stand_is_refused_by_name() {
    let test = TestApp::start().await;
    let ask = test.ask(Method::PUT, "/rosters/provider/O-KEDA").by(DESK);
    let with = |member: &str, value: Value| {
        let mut shift = shift(person(TECH));
        shift[member] = value;
        ask.clone()
            .json(&json!({ "version": 0, "shifts": [shift], "ladder": [] }))
    };
    with("to_minute", json!(1_440))
        .is_refused(422, "minute_out_of_range")
        .await;
    with("from_minute", json!(1_440))
        .is_refused(422, "minute_out_of_range")
        .await;
    with("deputy", json!(person(TECH)))
        .is_refused(422, "own_deputy")
        .await;
    with("person", json!(person(RIVAL)))
        .is_refused(422, "not_of_the_provider")
        .await;
    with("deputy", json!("P-9999"))
        .is_refused(422, "not_of_the_provider")
        .await;
    with("person", json!("no such form"))
        .is_refused(404, "not_found")
        .await;
    with("days", json!("sundays"))
        .is_refused(400, "malformed_body")
        .await;
    let many = vec![shift(person(TECH)); 41];
    ask.clone()
        .json(&json!({ "version": 0, "shifts": many, "ladder": [] }))
        .is_refused(422, "too_many_shifts")
        .await;
    ask.clone()
        .json(&json!({ "version": 0, "shifts": [], "ladder": [[]] }))
        .is_refused(422, "empty_rung")
        .await;
    let long = vec![vec![person(BOSS)]; 6];
    ask.clone()
        .json(&json!({ "version": 0, "shifts": [], "ladder": long }))
        .is_refused(422, "ladder_too_long")
        .await;
    with("from_minute", json!(1_439)).ok().await;
}

#[tokio::test]
async fn only_what_one_maintains_has_a_roster_of_one_s_own() {
    let test = TestApp::start().await;
    let foreign = crate::support::foreign_terminal();
    for path in [
        format!("/rosters/terminal/{foreign}"),
        "/rosters/site/S-NS-01".to_owned(),
        "/rosters/provider/O-RIVAL".to_owned(),
        "/rosters/terminal/nonsense".to_owned(),
    ] {
        let ask = test.ask(Method::PUT, &path).by(BOSS);
        ask.json(&body(0, TECH)).is_refused(404, "not_found").await;
    }
    let ask = test.ask(Method::PUT, "/rosters/site/S-FT-01");
    let ask = ask.json(&body(0, TECH));
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, HALL, FUTIAN, CITY, AUDITOR, HOTLINE, ADMIN])
        .await;
    let planet = test.ask(Method::PUT, "/rosters/planet/S-FT-01").by(BOSS);
    planet
        .json(&body(0, TECH))
        .is_refused(400, "malformed_parameter")
        .await;
}
