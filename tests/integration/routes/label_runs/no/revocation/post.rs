//! `POST /label-runs/{no}/revocation`: its labels no longer count.

use serde_json::json;

use crate::support::{ADMIN, BOSS, DESK, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn the_first_word_counts_and_the_reason_is_kept() {
    let test = TestApp::start().await;
    test.post("/label-runs")
        .by(BOSS)
        .json(&json!({ "provider": "O-KEDA", "note": "" }))
        .ok()
        .await;
    let ask = |reason: &str| {
        test.post("/label-runs/1/revocation")
            .json(&json!({ "reason": reason }))
    };
    ask("").by(BOSS).is_refused(400, "malformed_body").await;
    ask("整卷丢失").by(BOSS).ok().await;
    ask("又一次").by(ADMIN).ok().await;
    let runs = test.get("/label-runs").by(BOSS).ok().await;
    assert_eq!(runs[0]["revoked_reason"], "整卷丢失");
    assert_eq!(runs[0]["revoked_at"], test.app.now().0);
    assert_eq!(
        (&runs[0]["is_current"], &runs[0]["may_revoke"]),
        (&json!(false), &json!(false))
    );
    let kit = test.get("/kit").by(TECH).ok().await;
    assert_eq!(kit["label_runs"][0]["revoked_at"], test.app.now().0);
}

#[tokio::test]
async fn anothers_run_is_absent_and_one_for_all_is_the_administrators() {
    let test = TestApp::start().await;
    test.post("/label-runs")
        .by(BOSS)
        .json(&json!({ "provider": "O-KEDA", "note": "" }))
        .ok()
        .await;
    test.post("/label-runs")
        .by(ADMIN)
        .json(&json!({ "provider": null, "note": "" }))
        .ok()
        .await;
    let ask = |no: u32| {
        test.post(&format!("/label-runs/{no}/revocation"))
            .json(&json!({ "reason": "试试" }))
    };
    ask(1).is_absent_for(&[TECH, DESK, RIVAL_BOSS]).await;
    ask(9).is_absent_for(&[ADMIN]).await;
    ask(2).is_forbidden_for(&[BOSS]).await;
    ask(2).by(ADMIN).ok().await;
}
