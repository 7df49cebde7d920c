//! `GET /complaints`: what waits for an answer, each in their own area.

use serde_json::json;

use crate::support::{
    self, ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, RIVAL_BOSS, TECH,
    TestApp,
};

#[tokio::test]
async fn everybody_sees_those_of_their_own_area_and_names_only_who_may_answer() {
    let test = TestApp::start().await;
    let form = json!({ "terminal": support::terminal(), "text": "没人修", "reporter_phone": "13800138003" });
    let kept = test.post("/complaints").by(HOTLINE).json(&form).ok().await;
    let number = kept["number"].as_str().unwrap();
    for (login, total) in [
        (DESK, 1),
        (BOSS, 1),
        (FUTIAN, 1),
        (CITY, 1),
        (AUDITOR, 1),
        (HOTLINE, 1),
        (NANSHAN, 0),
        (RIVAL_BOSS, 0),
    ] {
        let list = test.get("/complaints").by(login).ok().await;
        assert_eq!(list["total"], total, "{login}");
        let sees_name = list.to_string().contains("13800138003");
        let may = total == 1 && login != AUDITOR;
        assert_eq!(sees_name, may, "{login}");
        let has_slip = list["items"][0]["slip"].is_object();
        assert_eq!(
            has_slip,
            login == HOTLINE,
            "{login}: the slip is for whoever reads it out"
        );
    }
    test.post(&format!("/complaints/{number}/answers"))
        .by(BOSS)
        .json(&json!({ "text": "已派人" }))
        .ok()
        .await;
    assert_eq!(test.get("/complaints").by(CITY).ok().await["total"], 0);
    let all = test.get("/complaints?state=all").by(CITY).ok().await;
    assert_eq!(all["items"][0]["answers"][0]["text"], "已派人");
}

#[tokio::test]
async fn who_reads_none_is_refused() {
    let test = TestApp::start().await;
    test.get("/complaints").needs_a_token().await;
    test.get("/complaints")
        .is_forbidden_for(&[TECH, HALL, ADMIN])
        .await;
    let ask = test.get("/complaints?state=lost").by(CITY);
    ask.is_refused(400, "malformed_parameter").await;
}
