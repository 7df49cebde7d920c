//! `POST /channels/{id}/secret`: changing the secret of a channel.

use serde_json::{Value, json};

use crate::support::{BOSS, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

async fn path_of(test: &TestApp, kind: &str, address: &str) -> String {
    let made = test.channel(kind, address, &["overdue"]).await;
    let id = made["channel"]["id"].as_str().unwrap();
    format!("/channels/{id}/secret")
}

#[tokio::test]
async fn a_webhook_gets_a_new_one_told_once() {
    let test = TestApp::start().await;
    let path = path_of(&test, "webhook", "https://example.cn/").await;
    let ask = test.post(&path).by(DESK);
    let first = ask.clone().json(&json!({ "version": 1 })).ok().await;
    let second = ask.clone().json(&json!({ "version": 2 })).ok().await;
    assert_ne!(first["secret"], second["secret"]);
    assert_eq!(
        second["channel"]["old_secret_until"],
        test.app.now().0 + 24 * 3_600_000
    );
    let stale = ask.clone().json(&json!({ "version": 2 }));
    stale.is_refused(409, "channel_changed").await;
}

#[tokio::test]
async fn a_robot_is_given_its_new_address_or_secret() {
    let test = TestApp::start().await;
    let path = path_of(&test, "wecom", "https://example.cn/send?key=1").await;
    let ask = test.post(&path).by(BOSS);
    let body = json!({ "version": 1, "address": "https://example.cn/other" });
    let asked = ask.clone().json(&body);
    asked.is_refused(422, "robot_url_without_key").await;
    let body = json!({ "version": 1, "address": "https://example.cn/other?key=2" });
    let changed = ask.clone().json(&body).ok().await;
    assert_eq!(changed["channel"]["address"], "https://example.cn/other?…");
    assert_eq!(changed["secret"], Value::Null);

    let address = "https://example.cn/send?access_token=1";
    let path = path_of(&test, "dingtalk", address).await;
    let ask = test.post(&path).by(BOSS);
    let body = json!({ "version": 1, "secret": "too short" });
    let asked = ask.clone().json(&body);
    asked.is_refused(422, "robot_secret_missing").await;
    let body = json!({ "version": 1, "secret": "SEC9999999999999999999" });
    let changed = ask.clone().json(&body).ok().await;
    assert!(!changed.to_string().contains("SEC999"));
}

#[tokio::test]
async fn a_mailbox_has_none_and_strangers_find_nothing() {
    let test = TestApp::start().await;
    let path = path_of(&test, "email", "duty@example.cn").await;
    let ask = test.post(&path).json(&json!({ "version": 1 }));
    let asked = ask.clone().by(BOSS);
    asked.is_refused(422, "channel_has_no_secret").await;
    ask.clone().needs_a_token().await;
    ask.clone().is_forbidden_for(&[TECH, HALL]).await;
    let asked = ask.clone().by(RIVAL_BOSS);
    asked.is_refused(404, "not_found").await;
}
