//! `POST /work-orders/{id}/response`: the desk says that it has responded.

use domain::time::Millis;
use serde_json::json;

use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, RIVAL, STRANGERS, TECH, TestApp, person,
};

#[tokio::test]
async fn the_first_response_stops_the_clock_and_its_ladder() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.clock.advance(Millis::minutes(4));
    let ask = test.post(&format!("/work-orders/{id}/response"));
    ask.clone()
        .by(DESK)
        .json(&json!({ "how": "called" }))
        .ok()
        .await;
    // Somebody else a little later changes nothing.
    ask.by(BOSS).json(&json!({ "how": "messaged" })).ok().await;
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.responses.len(), 1);
    assert_eq!(work_order.responses[0].by.as_str(), person(DESK));
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["clocks"][0]["verdict"], "met");
    assert_eq!(test.tick(Millis::minutes(80)).await, 0);
}

#[tokio::test]
async fn what_is_no_response_is_refused() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test.post(&format!("/work-orders/{id}/response")).by(DESK);
    for body in [json!({}), json!({ "how": "thought_about_it" })] {
        ask.clone()
            .json(&body)
            .is_refused(400, "malformed_body")
            .await;
    }
}

#[tokio::test]
async fn the_hotline_writes_down_who_called_and_both_names_are_kept() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test
        .post(&format!("/work-orders/{id}/response"))
        .by(HOTLINE);
    let nobody = ask.clone().json(&json!({ "how": "called" }));
    nobody.is_refused(422, "responder_missing").await;
    for stranger in [person(RIVAL), person(HOTLINE), "P-9999"] {
        let wrong = ask
            .clone()
            .json(&json!({ "how": "called", "person": stranger }));
        wrong.is_refused(422, "not_of_the_provider").await;
    }
    let nonsense = ask
        .clone()
        .json(&json!({ "how": "called", "person": "a b" }));
    nonsense.is_refused(404, "not_found").await;
    assert!(test.work_order(&id).await.responses.is_empty());
    let form = json!({ "how": "called", "person": person(TECH) });
    for _ in 0..2 {
        ask.clone().json(&form).ok().await;
    }
    let responses = test.work_order(&id).await.responses;
    assert_eq!(responses.len(), 1);
    assert_eq!(responses[0].by.as_str(), person(HOTLINE));
    assert_eq!(
        responses[0].what.person.as_ref().unwrap().as_str(),
        person(TECH)
    );
    assert_eq!(test.judgement(&id).await["clocks"][0]["verdict"], "met");
    let evidence = test.evidence(&id).await.to_string();
    assert!(evidence.contains(person(TECH)) && evidence.contains(person(HOTLINE)));
}

#[tokio::test]
async fn only_the_responsible_side_responds() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test
        .post(&format!("/work-orders/{id}/response"))
        .json(&json!({ "how": "called" }));
    ask.clone().needs_a_token().await;
    // The technician responds on the phone, where the act is signed by their own key.
    ask.clone()
        .is_forbidden_for(&[TECH, HALL, FUTIAN, CITY, AUDITOR])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
