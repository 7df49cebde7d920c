//! `POST /work-orders/{id}/assignment`: giving a work order to somebody, or to somebody else.

use serde_json::json;

use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, MATE, STRANGERS, TECH, TestApp, person,
};

#[tokio::test]
async fn the_last_one_named_has_it_and_both_hear_of_it() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/assignment");
    let body = json!({ "technician": person(MATE), "reason": "李强在外区" });
    for login in [DESK, BOSS] {
        let shown = test.post(&path).by(login).json(&body).ok().await;
        assert_eq!(shown["technician_name"], "mate 先生");
    }
    test.get(&format!("/work-orders/{id}"))
        .is_absent_for(&[TECH])
        .await;
    for login in [TECH, MATE] {
        let changes = test.get("/sync/changes?cursor=0").by(login).ok().await;
        assert_eq!(
            changes["changes"][0]["work_order"]["assignments"]
                .as_array()
                .unwrap()
                .len(),
            3,
            "{login}"
        );
    }
}

#[tokio::test]
async fn only_technicians_of_the_provider_can_have_it() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/assignment");
    for technician in ["P-0003", "P-0004", "P-9999", "public"] {
        let body = json!({ "technician": technician });
        test.post(&path)
            .by(DESK)
            .json(&body)
            .is_refused(422, "not_a_technician_of_the_provider")
            .await;
    }
    test.post(&path)
        .by(DESK)
        .json(&json!({ "technician": "" }))
        .is_refused(404, "not_found")
        .await;
    assert_eq!(test.work_order(&id).await.assignments.len(), 1);
}

#[tokio::test]
async fn malformed_bodies_are_named() {
    let test = TestApp::start().await;
    let path = format!("/work-orders/{}/assignment", test.reported().await);
    for body in [
        json!({}),
        json!({ "technician": "x".repeat(41) }),
        json!({ "technician": "P-0002", "reason": "字".repeat(1_001) }),
    ] {
        test.post(&path)
            .by(DESK)
            .json(&body)
            .is_refused(400, "malformed_body")
            .await;
    }
}

#[tokio::test]
async fn seeing_is_not_assigning_and_strangers_do_not_even_see() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = test
        .post(&format!("/work-orders/{id}/assignment"))
        .json(&json!({ "technician": person(MATE) }));
    ask.clone()
        .is_forbidden_for(&[TECH, HALL, FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
