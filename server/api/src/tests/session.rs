//! Signing in, staying signed in, signing out.

use domain::time::Millis;
use poem::http::StatusCode;
use serde_json::json;

use crate::signer::sha256_hex;
use crate::testing::{PASSWORD, TestApp, json_of, signed_in};

async fn sign_in(test: &TestApp, login: &str, password: &str) -> poem::test::TestResponse {
    let body = json!({ "login": login, "password": password });
    test.client
        .post("/api/v1/session")
        .body_json(&body)
        .send()
        .await
}

#[tokio::test]
async fn the_right_password_opens_a_session_until_it_is_closed() {
    let test = TestApp::start().await;
    let answer = sign_in(&test, " Tech ", PASSWORD).await;
    answer.assert_status_is_ok();
    let opened = json_of(answer).await;
    assert_eq!(opened["person"]["id"], "P-0001");
    assert_eq!(opened["person"]["org_name"], "科达运维");
    assert_eq!(opened["person"]["role"], "technician");
    let token = opened["token"].as_str().unwrap();
    let answer = signed_in(test.client.get("/api/v1/session"), token)
        .send()
        .await;
    answer.assert_status_is_ok();
    assert_eq!(json_of(answer).await["name"], "tech 先生");
    signed_in(test.client.delete("/api/v1/session"), token)
        .send()
        .await
        .assert_status(StatusCode::NO_CONTENT);
    let answer = signed_in(test.client.get("/api/v1/session"), token)
        .send()
        .await;
    answer.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_store_never_sees_the_token() {
    let test = TestApp::start().await;
    let token = test.token("tech").await;
    assert_eq!(token.len(), 43, "256 bits in base64url");
    assert!(test.app.store.session(&token).await.unwrap().is_none());
    assert!(
        test.app
            .store
            .session(&sha256_hex(token.as_bytes()))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn unknown_login_wrong_password_and_former_staff_get_the_same_answer() {
    let test = TestApp::start().await;
    let mut answers = Vec::new();
    for (login, password) in [("nobody", PASSWORD), ("tech", "wrong"), ("left", PASSWORD)] {
        let answer = sign_in(&test, login, password).await;
        answer.assert_status(StatusCode::UNAUTHORIZED);
        answers.push(json_of(answer).await);
    }
    assert_eq!(answers[0]["code"], "wrong_password");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_session_ends_by_itself_sooner_at_a_desk_than_in_the_field() {
    let test = TestApp::start().await;
    let (field, desk) = (test.token("tech").await, test.token("boss").await);
    let status = async |token: &str| {
        signed_in(test.client.get("/api/v1/session"), token)
            .send()
            .await
            .0
            .status()
    };
    test.clock.advance(Millis::minutes(12 * 60));
    assert_eq!(status(&desk).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&field).await, StatusCode::OK);
    test.clock.advance(Millis::minutes(30 * 24 * 60));
    assert_eq!(status(&field).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessing_is_slowed_down_for_the_login_and_recovers() {
    let test = TestApp::start().await;
    for _ in 0..8 {
        sign_in(&test, "tech", "wrong")
            .await
            .assert_status(StatusCode::UNAUTHORIZED);
    }
    let answer = sign_in(&test, "tech", PASSWORD).await;
    answer.assert_status(StatusCode::TOO_MANY_REQUESTS);
    answer.assert_header_exist("retry-after");
    sign_in(&test, "mate", PASSWORD).await.assert_status_is_ok();
    test.clock.advance(Millis::minutes(2));
    sign_in(&test, "tech", PASSWORD).await.assert_status_is_ok();
}

#[tokio::test]
async fn guessing_many_logins_is_slowed_down_for_the_address() {
    let test = TestApp::start().await;
    let mut refused = 0;
    for number in 0..45 {
        let answer = sign_in(&test, &format!("login{number}"), "wrong").await;
        refused += usize::from(answer.0.status() == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 5);
}

#[tokio::test]
async fn signing_in_again_and_again_is_not_slowed_down() {
    let test = TestApp::start().await;
    for _ in 0..12 {
        sign_in(&test, "tech", PASSWORD).await.assert_status_is_ok();
    }
}

#[tokio::test]
async fn a_token_that_is_no_token_opens_nothing() {
    let test = TestApp::start().await;
    for token in ["", "x", &"A".repeat(43), &"A".repeat(5000)] {
        let answer = signed_in(test.client.get("/api/v1/session"), token)
            .send()
            .await;
        answer.assert_status(StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn people_are_listed_by_organisation_and_role() {
    let test = TestApp::start().await;
    let cases = [
        (
            "boss",
            "?role=technician",
            vec!["P-0001", "P-0002", "P-0006"],
        ),
        ("rival", "", vec!["P-0004"]),
        (
            "admin",
            "?role=technician",
            vec!["P-0001", "P-0002", "P-0004", "P-0006"],
        ),
        ("hotline", "", vec!["P-0005", "P-0007"]),
    ];
    for (login, query, expected) in cases {
        let token = test.token(login).await;
        let answer = signed_in(test.client.get(format!("/api/v1/people{query}")), &token)
            .send()
            .await;
        let people = json_of(answer).await;
        let ids: Vec<&str> = people
            .as_array()
            .unwrap()
            .iter()
            .map(|person| person["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{login}");
    }
}
