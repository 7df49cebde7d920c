//! `HEAD /evidence/{sha256}`: how much of a photo is here.

use poem::http::Method;

use crate::support::photos::{jpeg, name_of};
use crate::support::{DESK, TECH, TestApp};

#[tokio::test]
async fn nothing_a_part_or_all() {
    let test = TestApp::start().await;
    let (bytes, name) = (jpeg(1), name_of(&jpeg(1)));
    let path = format!("/evidence/{name}");
    let head = async || test.ask(Method::HEAD, &path).by(TECH).send().await;
    assert_eq!(head().await.status, 404);
    let patch = test
        .ask(Method::PATCH, &path)
        .by(TECH)
        .header("upload-offset", "0")
        .photo(&bytes[..100]);
    assert_eq!(patch.send().await.status, 202);
    let part = head().await;
    assert_eq!((part.status, part.header("upload-offset")), (204, "100"));
    test.ask(Method::PUT, &path)
        .by(TECH)
        .photo(&bytes)
        .ok()
        .await;
    assert_eq!(head().await.status, 200);
}

#[tokio::test]
async fn only_whoever_sends_photos_may_ask() {
    let test = TestApp::start().await;
    let path = format!("/evidence/{}", "0".repeat(64));
    test.ask(Method::HEAD, &path).needs_a_token().await;
    test.ask(Method::HEAD, &path)
        .is_forbidden_for(&[DESK])
        .await;
    test.ask(Method::HEAD, "/evidence/x")
        .by(TECH)
        .is_refused(400, "bad_hash")
        .await;
}
