//! `POST /label-runs`: labels printed from now on are of this run.

use serde_json::json;

use crate::support::{ADMIN, BOSS, CITY, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn a_run_is_opened_with_a_key_that_phones_get() {
    let test = TestApp::start().await;
    let body = json!({ "provider": "O-KEDA", "note": " 全部更换 " });
    let run = test.post("/label-runs").by(BOSS).json(&body).ok().await;
    assert_eq!(
        (&run["no"], &run["note"], &run["is_current"]),
        (&json!(1), &json!("全部更换"), &json!(true))
    );
    let kit = test.get("/kit").by(TECH).ok().await;
    assert_eq!(kit["label_runs"][0]["no"], 1);
    assert!(kit["label_runs"][0]["key"].as_str().unwrap().len() > 40);
    let later = test
        .post("/label-runs")
        .by(ADMIN)
        .json(&json!({ "provider": null, "note": "" }))
        .ok()
        .await;
    assert_eq!(later["no"], 2);
}

#[tokio::test]
async fn only_ones_own_and_only_of_providers_that_exist() {
    let test = TestApp::start().await;
    let ask = |provider: Option<&str>| {
        test.post("/label-runs")
            .json(&json!({ "provider": provider, "note": "" }))
    };
    ask(Some("O-KEDA"))
        .is_forbidden_for(&[TECH, DESK, HALL, CITY, RIVAL_BOSS])
        .await;
    ask(None).is_forbidden_for(&[BOSS]).await;
    ask(Some("O-NOBODY"))
        .by(ADMIN)
        .is_refused(422, "unknown_provider")
        .await;
    ask(Some("../x"))
        .by(ADMIN)
        .is_refused(422, "unknown_provider")
        .await;
    assert!(test.store.label_runs().await.unwrap().is_empty());
}

#[tokio::test]
async fn two_at_once_get_two_numbers() {
    let test = TestApp::start().await;
    let body = json!({ "provider": "O-KEDA", "note": "" });
    let ask = || test.post("/label-runs").by(BOSS).json(&body).ok();
    let runs = futures_util::future::join_all([ask(), ask(), ask()]).await;
    let mut numbers: Vec<u64> = runs.iter().map(|run| run["no"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
}
