//! `GET /complaints/{number}`: one complaint, in the caller's area.

use serde_json::json;

use crate::support::{self, ADMIN, FUTIAN, HOTLINE, NANSHAN, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn it_is_there_for_its_district_and_absent_for_others() {
    let test = TestApp::start().await;
    let form = json!({ "terminal": support::terminal(), "text": "没人修" });
    let kept = test.post("/complaints").by(HOTLINE).json(&form).ok().await;
    let path = format!("/complaints/{}", kept["number"].as_str().unwrap());
    assert_eq!(test.get(&path).by(FUTIAN).ok().await["text"], "没人修");
    test.get(&path).needs_a_token().await;
    test.get(&path)
        .is_absent_for(&[NANSHAN, RIVAL_BOSS, TECH, ADMIN])
        .await;
    let unknown = test.get("/complaints/TS-00000-00000").by(FUTIAN);
    unknown.is_refused(404, "not_found").await;
}
