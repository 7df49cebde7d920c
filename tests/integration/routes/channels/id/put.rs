//! `PUT /channels/{id}`: renaming a channel, choosing what it hears of, switching it off.

use poem::http::Method;
use serde_json::{Value, json};

use crate::support::{ADMIN, BOSS, CITY, DESK, HALL, RIVAL_BOSS, RIVAL_DESK, TECH, TestApp};

fn body(version: u32) -> Value {
    json!({ "version": version, "name": "夜班群", "topics": ["leader", "overdue", "leader"], "active": false })
}

#[tokio::test]
async fn each_change_is_a_version_and_whoever_saw_an_older_one_is_told() {
    let test = TestApp::start().await;
    let made = test.channel("email", "duty@example.cn", &["overdue"]).await;
    let path = format!("/channels/{}", made["channel"]["id"].as_str().unwrap());
    let ask = test.ask(Method::PUT, &path).by(DESK);
    let changed = ask.clone().json(&body(1)).ok().await;
    let channel = &changed["channel"];
    assert_eq!(
        (&channel["version"], &channel["name"], &channel["active"]),
        (&json!(2), &json!("夜班群"), &json!(false))
    );
    assert_eq!(channel["topics"], json!(["overdue", "leader"]));
    assert_eq!(changed["secret"], Value::Null);
    for seen in [0, 1, 3] {
        let ask = ask.clone().json(&body(seen));
        ask.is_refused(409, "channel_changed").await;
    }
    let by_admin = test.ask(Method::PUT, &path).by(ADMIN);
    assert_eq!(by_admin.json(&body(2)).ok().await["channel"]["version"], 3);
}

#[tokio::test]
async fn what_cannot_stand_and_who_may_not_is_refused() {
    let test = TestApp::start().await;
    let made = test.channel("email", "duty@example.cn", &["overdue"]).await;
    let path = format!("/channels/{}", made["channel"]["id"].as_str().unwrap());
    let ask = test.ask(Method::PUT, &path);
    let mut wrong = body(1);
    wrong["topics"] = json!([]);
    let asked = ask.clone().by(BOSS).json(&wrong);
    asked.is_refused(422, "channel_without_topic").await;
    let mut wrong = body(1);
    wrong["name"] = json!("");
    let asked = ask.clone().by(BOSS).json(&wrong);
    asked.is_refused(422, "channel_without_name").await;
    let ask = ask.json(&body(1));
    ask.clone().needs_a_token().await;
    ask.clone().is_forbidden_for(&[TECH, HALL, CITY]).await;
    // Another organisation's does not exist.
    for login in [RIVAL_BOSS, RIVAL_DESK] {
        let asked = ask.clone().by(login);
        asked.is_refused(404, "not_found").await;
    }
    let absent = test.ask(Method::PUT, "/channels/ch_nothing").by(BOSS);
    absent.json(&body(1)).is_refused(404, "not_found").await;
}
