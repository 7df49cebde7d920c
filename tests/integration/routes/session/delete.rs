//! `DELETE /session`: signing out.

use poem::http::Method;

use crate::support::{DESK, TECH, TestApp};

#[tokio::test]
async fn the_token_is_void_at_once_and_nobody_elses() {
    let test = TestApp::start().await;
    let answer = test.ask(Method::DELETE, "/session").by(TECH).send().await;
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
    test.get("/session")
        .by(TECH)
        .is_refused(401, "unauthenticated")
        .await;
    test.ask(Method::DELETE, "/session")
        .by(TECH)
        .is_refused(401, "unauthenticated")
        .await;
    test.get("/session").by(DESK).ok().await;
}
