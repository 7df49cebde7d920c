//! `POST /kiosks/{terminal}/revocation`: the screen shows no codes any more.

use serde_json::json;

use crate::support::actors::{neighbour, terminal};
use crate::support::{BOSS, DESK, RIVAL_BOSS, TECH, TestApp};

#[tokio::test]
async fn it_ends_with_a_reason() {
    let test = TestApp::start().await;
    test.post("/kiosks")
        .by(BOSS)
        .json(&json!({ "terminal": terminal() }))
        .ok()
        .await;
    let ask = |terminal: &str| {
        test.post(&format!("/kiosks/{terminal}/revocation"))
            .json(&json!({ "reason": "终端送修" }))
    };
    ask(terminal().as_str())
        .is_forbidden_for(&[TECH, DESK])
        .await;
    ask(terminal().as_str()).is_absent_for(&[RIVAL_BOSS]).await;
    ask(neighbour().as_str()).is_absent_for(&[BOSS]).await;
    ask(terminal().as_str()).by(BOSS).ok().await;
    let row = test.store.kiosks().await.unwrap().remove(0);
    assert_eq!(
        (row.revoked_at, row.revoked_reason.as_deref()),
        (Some(test.app.now().0), Some("终端送修"))
    );
}
