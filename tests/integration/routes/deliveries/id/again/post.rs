//! `POST /deliveries/{id}/again`: trying again by hand.

use poem::http::Method;
use serde_json::json;

use crate::support::channels::here;
use crate::support::receivers::{Hook, Reply};
use crate::support::{BOSS, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn at_once_and_never_what_has_arrived() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    hook.answers([Reply::With(500, String::new())]);
    test.reported().await;
    test.deliver().await;
    let row = test.deliveries().await[0].clone();
    let path = format!("/deliveries/{}/again", row["id"].as_str().unwrap());
    let again = test.post(&path).by(DESK).ok().await;
    assert_eq!(
        (&again["state"], &again["next_at"]),
        (&json!("waiting"), &json!(test.app.now().0))
    );
    // After a failure the channel rests for a moment.
    test.clock.advance(api::channels::courier::REST);
    assert_eq!(test.deliver().await, 1);
    let asked = test.post(&path).by(DESK);
    asked.is_refused(409, "delivery_arrived").await;
    assert_eq!(hook.heard().len(), 2);
}

#[tokio::test]
async fn not_through_one_that_is_off_and_not_by_strangers() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let (id, _) = test.webhook(&hook, &["assigned"]).await;
    test.reported().await;
    let row = test.deliveries().await[0].clone();
    let path = format!("/deliveries/{}/again", row["id"].as_str().unwrap());
    let ask = test.post(&path);
    ask.clone().needs_a_token().await;
    ask.clone().is_forbidden_for(&[TECH, HALL]).await;
    let asked = ask.clone().by(RIVAL_BOSS);
    asked.is_refused(404, "not_found").await;
    let absent = test.post("/deliveries/msg_nothing/again").by(BOSS);
    absent.is_refused(404, "not_found").await;
    let body = json!({ "version": 1, "name": "x", "topics": ["leader"], "active": false });
    let change = test.ask(Method::PUT, &format!("/channels/{id}")).by(BOSS);
    change.json(&body).ok().await;
    let asked = ask.clone().by(BOSS);
    asked.is_refused(409, "channel_is_off").await;
}
