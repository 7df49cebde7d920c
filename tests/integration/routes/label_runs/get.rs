//! `GET /label-runs`: one's own print runs and those for all.

use serde_json::{Value, json};

use crate::support::{ADMIN, BOSS, CITY, DESK, HALL, HOTLINE, RIVAL_BOSS, TECH, TestApp};

fn numbers(runs: &Value) -> Vec<u64> {
    let runs = runs.as_array().unwrap();
    runs.iter().map(|run| run["no"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn providers_see_theirs_and_those_for_all_newest_first() {
    let test = TestApp::start().await;
    let open = async |login, provider: Option<&str>| {
        let body = json!({ "provider": provider, "note": "更换" });
        test.post("/label-runs").by(login).json(&body).ok().await
    };
    open(ADMIN, None).await;
    open(BOSS, Some("O-KEDA")).await;
    open(RIVAL_BOSS, Some("O-RIVAL")).await;
    for (login, expected) in [
        (ADMIN, vec![3, 2, 1]),
        (BOSS, vec![2, 1]),
        (RIVAL_BOSS, vec![3, 1]),
    ] {
        let runs = test.get("/label-runs").by(login).ok().await;
        assert_eq!(numbers(&runs), expected, "{login}");
    }
    let runs = test.get("/label-runs").by(BOSS).ok().await;
    let may: Vec<&Value> = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["may_revoke"])
        .collect();
    assert_eq!(may, [&json!(true), &json!(false)]);
}

#[tokio::test]
async fn others_do_not_look_after_labels() {
    let test = TestApp::start().await;
    test.get("/label-runs")
        .is_forbidden_for(&[TECH, DESK, HALL, HOTLINE, CITY])
        .await;
}
