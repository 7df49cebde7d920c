//! `POST /channels`: adding a channel.

use serde_json::{Value, json};

use crate::support::channels::draft;
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, RIVAL_BOSS, TECH, TestApp,
};

#[tokio::test]
async fn what_cannot_stand_is_refused_by_name() {
    let test = TestApp::start().await;
    let refused = async |kind: &str, address: &str, change: (&str, Value), code: &str| {
        let mut body = draft(kind, address, &["overdue"]);
        if !change.0.is_empty() {
            body[change.0] = change.1;
        }
        let ask = test.post("/channels").by(BOSS).json(&body);
        ask.is_refused(422, code).await;
    };
    let as_it_is = || ("", Value::Null);
    refused("email", "duty", as_it_is(), "not_a_mail_address").await;
    let url = "https://example.cn/";
    for address in [
        "http://example.cn/",
        "https://a:b@example.cn/",
        "example.cn",
    ] {
        refused("webhook", address, as_it_is(), "not_a_channel_url").await;
    }
    refused("wecom", url, as_it_is(), "robot_url_without_key").await;
    refused("dingtalk", url, as_it_is(), "robot_url_without_key").await;
    let robot = "https://example.cn/?access_token=1";
    let no_secret = ("secret", json!(""));
    refused("dingtalk", robot, no_secret, "robot_secret_missing").await;
    refused(
        "webhook",
        url,
        ("topics", json!([])),
        "channel_without_topic",
    )
    .await;
    refused("webhook", url, ("name", json!(" ")), "channel_without_name").await;
    let long = json!("值".repeat(41));
    refused("webhook", url, ("name", long), "channel_without_name").await;
    let mut body = draft("webhook", url, &["overdue"]);
    body["topics"] = json!(["weather"]);
    let ask = test.post("/channels").by(BOSS);
    ask.json(&body).is_refused(400, "malformed_body").await;
    let body = draft("pigeon", url, &["overdue"]);
    let ask = test.post("/channels").by(BOSS);
    ask.json(&body).is_refused(400, "malformed_body").await;
}

#[tokio::test]
async fn an_organisation_has_at_most_twenty() {
    let test = TestApp::start().await;
    for number in 0..20 {
        let address = format!("duty{number}@example.cn");
        test.channel("email", &address, &["overdue"]).await;
    }
    let body = draft("email", "duty@example.cn", &["overdue"]);
    let ask = test.post("/channels").by(DESK).json(&body);
    ask.is_refused(422, "too_many_channels").await;
    let rival = test.post("/channels").by(RIVAL_BOSS).json(&body);
    rival.ok().await;
}

#[tokio::test]
async fn nobody_adds_one_for_another_organisation_but_the_administrator() {
    let test = TestApp::start().await;
    let mut body = draft("email", "duty@example.cn", &["overdue"]);
    let ask = test.post("/channels").json(&body);
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, HALL, FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
    body["org"] = json!("O-RIVAL");
    let ask = test.post("/channels").json(&body);
    ask.is_forbidden_for(&[BOSS, DESK]).await;
    let made = test.post("/channels").by(ADMIN).json(&body).ok().await;
    assert_eq!(made["channel"]["org"], "O-RIVAL");
    assert_eq!(made["secret"], Value::Null);
    body["org"] = json!("O-NOWHERE");
    let ask = test.post("/channels").by(ADMIN).json(&body);
    ask.is_refused(404, "not_found").await;
    body["org"] = json!("no such form");
    let ask = test.post("/channels").by(ADMIN).json(&body);
    ask.is_refused(404, "not_found").await;
}
