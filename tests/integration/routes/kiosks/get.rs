//! `GET /kiosks`: the screens of one's own terminals.

use serde_json::json;

use crate::support::actors::terminal;
use crate::support::{ADMIN, BOSS, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn everybody_sees_their_own_and_no_secret() {
    let test = TestApp::start().await;
    test.post("/kiosks")
        .by(BOSS)
        .json(&json!({ "terminal": terminal() }))
        .ok()
        .await;
    for (login, count) in [(ADMIN, 1), (BOSS, 1), (RIVAL_BOSS, 0)] {
        let kiosks = test.get("/kiosks").by(login).ok().await;
        assert_eq!(kiosks.as_array().unwrap().len(), count, "{login}");
        assert!(!kiosks.to_string().contains("secret"));
    }
    test.get("/kiosks")
        .is_forbidden_for(&[TECH, DESK, HALL])
        .await;
}
