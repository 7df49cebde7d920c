//! `POST /tags/{tag}/revocation`: its taps no longer count.

use serde_json::json;

use crate::support::actors::terminal;
use crate::support::{ADMIN, BOSS, DESK, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn it_ends_with_a_reason() {
    let test = TestApp::start().await;
    let body = json!({ "tag": "04de5f1eacc040", "terminal": terminal() });
    test.post("/tags").by(BOSS).json(&body).ok().await;
    let ask = |tag: &str| {
        test.post(&format!("/tags/{tag}/revocation"))
            .json(&json!({ "reason": "标签脱落" }))
    };
    ask("04de5f1eacc040").is_forbidden_for(&[TECH, DESK]).await;
    ask("04de5f1eacc040").is_absent_for(&[RIVAL_BOSS]).await;
    ask("04de5f1eacc041").is_absent_for(&[ADMIN]).await;
    ask("04de5f1eacc040").by(BOSS).ok().await;
    let row = test.store.tags().await.unwrap().remove(0);
    assert_eq!(
        (row.revoked_at, row.revoked_reason.as_deref()),
        (Some(test.app.now().0), Some("标签脱落"))
    );
}
