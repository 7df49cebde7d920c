//! `POST /work-orders/{id}/evaluation-links/{link}/revocation`: a link is taken back.

use api::evaluations::link_of;

use crate::support::links::{link, open, send, unevaluated};
use crate::support::{AUDITOR, CITY, DESK, FUTIAN, HOTLINE, Hand, STRANGERS, TECH, TestApp};

fn named(path: &str) -> String {
    link_of(path.rsplit('/').next().unwrap()).to_string()
}

#[tokio::test]
async fn a_link_that_was_taken_back_opens_nothing_and_once_is_enough() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let revoke = format!(
        "/work-orders/{id}/evaluation-links/{}/revocation",
        named(&path)
    );
    for login in [DESK, TECH] {
        test.post(&revoke).by(login).ok().await;
    }
    assert_eq!(test.work_order(&id).await.link_ends.len(), 1);
    assert_eq!(open(&test, &path).await.status, 410);
    assert_eq!(send(&test, &path, &[]).await.status, 410);
    assert!(test.work_order(&id).await.evaluations.is_empty());
}

#[tokio::test]
async fn taking_back_what_was_used_changes_nothing() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    assert_eq!(send(&test, &path, &[]).await.status, 200);
    let revoke = format!(
        "/work-orders/{id}/evaluation-links/{}/revocation",
        named(&path)
    );
    let shown = test.post(&revoke).by(DESK).ok().await;
    assert_eq!(shown["judgement"]["stage"]["name"], "evaluated");
    assert!(test.work_order(&id).await.link_ends.is_empty());
}

#[tokio::test]
async fn a_link_that_never_was_is_not_found_nor_one_of_another_work_order() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let other = unevaluated(&test, &mut hand).await;
    let path = link(&test, &other, TECH).await;
    for link in [named(&path), "0".repeat(64), "x".to_owned()] {
        let ask = test.post(&format!(
            "/work-orders/{id}/evaluation-links/{link}/revocation"
        ));
        ask.by(DESK).is_refused(404, "not_found").await;
    }
    assert_eq!(open(&test, &path).await.status, 200);
}

#[tokio::test]
async fn only_who_may_make_links_takes_them_back() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let ask = test.post(&format!(
        "/work-orders/{id}/evaluation-links/{}/revocation",
        named(&path)
    ));
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
    ask.is_absent_for(&STRANGERS).await;
}
