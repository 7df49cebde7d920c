//! `POST /complaints/{number}/answers`: what came of it; nothing said before is changed.

use domain::time::Millis;
use serde_json::json;

use crate::support::{self, AUDITOR, BOSS, CITY, FUTIAN, HOTLINE, NANSHAN, RIVAL_BOSS, TestApp};

#[tokio::test]
async fn answers_stand_beside_each_other_and_the_slip_shows_them() {
    let test = TestApp::start().await;
    let form = json!({ "terminal": support::terminal(), "text": "没人修" });
    let kept = test.post("/complaints").by(HOTLINE).json(&form).ok().await;
    let path = format!("/complaints/{}/answers", kept["number"].as_str().unwrap());
    for (login, words) in [(BOSS, "已派人"), (FUTIAN, "已督办")] {
        test.clock.advance(Millis::minutes(60));
        let answered = test.post(&path).by(login).json(&json!({ "text": words }));
        assert_eq!(answered.ok().await["waiting"], false);
    }
    let code = kept["slip"]["code"].as_str().unwrap();
    let slip = test.client.get(format!("/s/{code}")).send().await;
    slip.assert_status_is_ok();
    let page = slip.0.into_body().into_string().await.unwrap();
    assert!(page.contains("已派人") && page.contains("已督办") && page.contains("没人修"));
    assert!(!page.contains("单位负责人"), "no names of people");
}

#[tokio::test]
async fn an_answer_has_words_and_comes_from_who_is_responsible() {
    let test = TestApp::start().await;
    let form = json!({ "terminal": support::terminal(), "text": "没人修" });
    let kept = test.post("/complaints").by(HOTLINE).json(&form).ok().await;
    let path = format!("/complaints/{}/answers", kept["number"].as_str().unwrap());
    let ask = test.post(&path).json(&json!({ "text": "好" }));
    ask.clone().needs_a_token().await;
    ask.clone().is_forbidden_for(&[HOTLINE, AUDITOR]).await;
    ask.is_absent_for(&[NANSHAN, RIVAL_BOSS]).await;
    for (text, status, code) in [
        ("  ".to_owned(), 422, "answer_missing_or_too_long"),
        ("字".repeat(1_001), 422, "answer_missing_or_too_long"),
        (String::new(), 400, "malformed_body"),
        ("字".repeat(2_001), 400, "malformed_body"),
    ] {
        let ask = test.post(&path).by(CITY).json(&json!({ "text": text }));
        ask.is_refused(status, code).await;
    }
    test.post(&path)
        .by(CITY)
        .json(&json!({ "text": "字".repeat(1_000) }))
        .ok()
        .await;
}
