//! `POST /channels/{id}/test`: a test message takes the way of every other.

use poem::http::Method;
use serde_json::{Value, json};

use crate::support::channels::here;
use crate::support::receivers::Hook;
use crate::support::{BOSS, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn it_arrives_whatever_the_channel_wants_to_hear_of() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let (id, _) = test.webhook(&hook, &["leader"]).await;
    let path = format!("/channels/{id}/test");
    let made = test.post(&path).by(DESK).ok().await;
    assert_eq!(
        (&made["state"], &made["title_zh"], &made["work_order"]),
        (&json!("waiting"), &json!("渠道测试"), &Value::Null)
    );
    assert_eq!(test.deliver().await, 1);
    let heard: Value = serde_json::from_str(&hook.heard()[0].body).unwrap();
    assert_eq!(heard["type"], "test");
    assert_eq!(
        heard["data"]["link"],
        "https://daochang.test/console/channels"
    );
    assert_eq!(test.deliveries().await[0]["state"], "sent");
}

#[tokio::test]
async fn not_too_often_not_through_one_that_is_off_and_not_by_strangers() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let (id, _) = test.webhook(&hook, &["leader"]).await;
    let path = format!("/channels/{id}/test");
    let ask = test.post(&path);
    ask.clone().needs_a_token().await;
    ask.clone().is_forbidden_for(&[TECH, HALL]).await;
    let asked = ask.clone().by(RIVAL_BOSS);
    asked.is_refused(404, "not_found").await;
    for _ in 0..10 {
        ask.clone().by(BOSS).ok().await;
    }
    let asked = ask.clone().by(BOSS);
    asked.is_refused(429, "too_many_requests").await;
    let body = json!({ "version": 1, "name": "x", "topics": ["leader"], "active": false });
    let change = test.ask(Method::PUT, &format!("/channels/{id}")).by(DESK);
    change.json(&body).ok().await;
    let asked = ask.clone().by(DESK);
    asked.is_refused(409, "channel_is_off").await;
}
