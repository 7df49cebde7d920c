//! `GET /tags`: the tags at one's own terminals.

use serde_json::json;

use crate::support::actors::terminal;
use crate::support::{ADMIN, BOSS, DESK, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn everybody_sees_their_own_and_no_key() {
    let test = TestApp::start().await;
    let body = json!({ "tag": "04DE5F1EACC040", "terminal": terminal() });
    test.post("/tags").by(BOSS).json(&body).ok().await;
    for (login, count) in [(ADMIN, 1), (BOSS, 1), (RIVAL_BOSS, 0)] {
        let tags = test.get("/tags").by(login).ok().await;
        assert_eq!(tags.as_array().unwrap().len(), count, "{login}");
        assert!(!tags.to_string().contains("key"));
    }
    test.get("/tags").is_forbidden_for(&[TECH, DESK]).await;
}
