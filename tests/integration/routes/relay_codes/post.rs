//! `POST /relay-codes`: twenty characters that a technician without network reads to the hotline.

use domain::time::Millis;
use serde_json::json;

use crate::support::{ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, TECH, TestApp};

const CODE: &str = "0123456789ABCDEFGHJK";

#[tokio::test]
async fn a_code_is_kept_with_its_time_and_read_back() {
    let test = TestApp::start().await;
    let body = json!({ "code": "oi23 4567-89ab cdef ghjk" });
    let kept = test.post("/relay-codes").by(HOTLINE).json(&body).ok().await;
    assert_eq!(kept["code"], "0123 4567 89AB CDEF GHJK");
    assert_eq!(kept["acknowledgement"], "648449");
    assert_eq!(kept["is_repeat"], false);
    assert_eq!(kept["ts"], test.app.now().0);
    let rows = test.store.relay_codes_after(0).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].code.as_str(), rows[0].ts),
        (CODE, kept["ts"].as_i64().unwrap())
    );
}

#[tokio::test]
async fn the_first_time_stands_whoever_enters_it_again() {
    let test = TestApp::start().await;
    let ask = test.post("/relay-codes").json(&json!({ "code": CODE }));
    let first = ask.clone().by(HOTLINE).ok().await;
    test.clock.advance(Millis::minutes(5));
    let again = ask.by(DESK).ok().await;
    assert_eq!(
        (&again["ts"], &again["is_repeat"]),
        (&first["ts"], &json!(true))
    );
    assert_eq!(test.store.relay_codes_after(0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_code_is_refused_with_what_to_do() {
    let test = TestApp::start().await;
    for code in [
        "",
        "0123",
        &CODE[1..],
        "0123456789ABCDEFGHJU",
        &format!("{CODE}0"),
        "证明码",
    ] {
        test.post("/relay-codes")
            .by(HOTLINE)
            .json(&json!({ "code": code }))
            .is_refused(422, "not_a_relay_code")
            .await;
    }
    for body in [
        json!({}),
        json!({ "code": ["0"] }),
        json!({ "code": "0".repeat(201) }),
    ] {
        test.post("/relay-codes")
            .by(HOTLINE)
            .json(&body)
            .is_refused(400, "malformed_body")
            .await;
    }
    assert!(test.store.relay_codes_after(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_hotline_and_dispatchers_enter_codes() {
    let test = TestApp::start().await;
    let ask = test.post("/relay-codes").json(&json!({ "code": CODE }));
    ask.clone()
        .is_forbidden_for(&[TECH, BOSS, HALL, FUTIAN, CITY, AUDITOR, ADMIN])
        .await;
    ask.needs_a_token().await;
}

#[tokio::test]
async fn nobody_enters_codes_faster_than_people_speak() {
    let test = TestApp::start().await;
    let ask = test
        .post("/relay-codes")
        .by(HOTLINE)
        .json(&json!({ "code": CODE }));
    for _ in 0..20 {
        ask.clone().ok().await;
    }
    ask.clone().is_refused(429, "too_many_requests").await;
    test.clock.advance(Millis::minutes(1));
    ask.ok().await;
}
