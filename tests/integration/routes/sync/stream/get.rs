//! `GET /sync/stream`: a phone that listens is told that something new waits.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::StreamExt;

use crate::support::test_app::token;
use crate::support::{MATE, TECH, TestApp};

#[tokio::test]
async fn whoever_is_concerned_is_told_and_nobody_else() {
    let test = TestApp::start().await;
    let open = async |login: &str| {
        let request = test
            .client
            .get("/api/v1/sync/stream")
            .header("accept-encoding", "gzip");
        let answer = request
            .header("authorization", format!("Bearer {}", token(login)))
            .send()
            .await;
        answer.assert_status_is_ok();
        answer.assert_header_is_not_exist("content-encoding");
        answer.json_sse_stream()
    };
    let (mut mine, mut other) = (open(TECH).await, open(MATE).await);
    test.reported().await;
    let told = tokio::time::timeout(Duration::from_secs(5), mine.next())
        .await
        .unwrap()
        .unwrap();
    told.value()
        .object()
        .get("changed")
        .assert_string("changes");
    assert!(other.next().now_or_never().is_none());
}

#[tokio::test]
async fn it_needs_a_token() {
    let test = TestApp::start().await;
    test.get("/sync/stream").needs_a_token().await;
}
