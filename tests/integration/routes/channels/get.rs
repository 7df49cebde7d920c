//! `GET /channels`: the channels of one's own organisation.

use serde_json::{Value, json};

use crate::support::channels::draft;
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, MATE, RIVAL_BOSS, TECH, TestApp,
};

async fn names(test: &TestApp, login: &str) -> Vec<String> {
    let listed = test.get("/channels").by(login).ok().await;
    let listed = listed.as_array().unwrap();
    let names = listed.iter().map(|row| row["address"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn each_sees_its_own_and_the_administrator_sees_all() {
    let test = TestApp::start().await;
    test.channel("email", "duty@keda.cn", &["overdue"]).await;
    let rival = test.post("/channels").by(RIVAL_BOSS);
    let body = draft("email", "duty@rival.cn", &["overdue"]);
    rival.json(&body).ok().await;
    assert_eq!(names(&test, DESK).await, ["duty@keda.cn"]);
    assert_eq!(names(&test, RIVAL_BOSS).await, ["duty@rival.cn"]);
    assert_eq!(names(&test, ADMIN).await, ["duty@keda.cn", "duty@rival.cn"]);
    let ask = test.get("/channels");
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, MATE, HALL, FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
}

#[tokio::test]
async fn no_secret_and_no_key_is_ever_told_again() {
    let test = TestApp::start().await;
    let made = test
        .channel(
            "webhook",
            "https://example.cn/hook?token=t0ken",
            &["overdue"],
        )
        .await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() > 40);
    let robot = "https://oapi.dingtalk.com/robot/send?access_token=acc3ss";
    let robot = test.channel("dingtalk", robot, &["overdue"]).await;
    assert_eq!(robot["secret"], Value::Null);
    for login in [BOSS, ADMIN] {
        let listed = test.get("/channels").by(login).ok().await;
        let text = listed.to_string();
        for hidden in [secret, "t0ken", "acc3ss", "SEC0123456789abcdefghij"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
        let shown = listed.as_array().unwrap();
        let shown = shown.iter().map(|row| row["address"].clone());
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [
                json!("https://oapi.dingtalk.com/robot/send?…"),
                json!("https://example.cn/hook?…")
            ]
        );
    }
}
