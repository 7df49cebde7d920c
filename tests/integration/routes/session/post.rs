//! `POST /session`: signing in.

use poem::http::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::test_app::PASSWORD;
use crate::support::{Ask, FORMER, TECH, TestApp};

fn sign_in<'a>(test: &'a TestApp, login: &str, password: &str) -> Ask<'a> {
    test.post("/session")
        .json(&json!({ "login": login, "password": password }))
}

#[tokio::test]
async fn the_right_password_opens_a_session_that_says_who_one_is() {
    let test = TestApp::start().await;
    let opened = sign_in(&test, " Tech ", PASSWORD).ok().await;
    assert_eq!(opened["person"]["id"], "P-0001");
    assert_eq!(opened["person"]["role"], "technician");
    let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
    let person = test
        .get("/session")
        .header("authorization", &bearer)
        .ok()
        .await;
    assert_eq!(person, opened["person"]);
}

#[tokio::test]
async fn unknown_wrong_and_former_are_the_same_answer() {
    let test = TestApp::start().await;
    for (login, password) in [
        ("nobody", PASSWORD),
        (TECH, "wrong"),
        (FORMER, PASSWORD),
        (TECH, &"x".repeat(256)),
    ] {
        sign_in(&test, login, password)
            .is_refused(401, "wrong_password")
            .await;
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let test = TestApp::start().await;
    for _ in 0..8 {
        assert_eq!(sign_in(&test, TECH, "wrong").send().await.status, 401);
    }
    sign_in(&test, TECH, PASSWORD)
        .is_refused(429, "too_many_requests")
        .await;
    let answer = sign_in(&test, TECH, PASSWORD).send().await;
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[rstest]
#[case::not_json("{")]
#[case::nothing("")]
#[case::no_members("{}")]
#[case::a_list("[]")]
#[case::empty_login(r#"{"login":"","password":"x"}"#)]
#[case::null(r#"{"login":"tech","password":null}"#)]
#[tokio::test]
async fn a_malformed_body_is_named(#[case] body: &str) {
    let test = TestApp::start().await;
    test.post("/session")
        .text(body)
        .is_refused(400, "malformed_body")
        .await;
}

#[tokio::test]
async fn limits_hold() {
    let test = TestApp::start().await;
    sign_in(&test, &"x".repeat(65), "x")
        .is_refused(400, "malformed_body")
        .await;
    sign_in(&test, "tech", &"x".repeat(257))
        .is_refused(400, "malformed_body")
        .await;
    sign_in(&test, "tech", &"x".repeat(70_000))
        .is_refused(413, "too_large")
        .await;
    test.ask(Method::POST, "/session")
        .header("content-type", "text/xml")
        .bytes(b"{}")
        .is_refused(415, "unsupported_media")
        .await;
    sign_in(&test, "tech", "x")
        .header("content-encoding", "gzip")
        .is_refused(415, "unsupported_media")
        .await;
}
