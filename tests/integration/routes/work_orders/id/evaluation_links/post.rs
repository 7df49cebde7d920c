//! `POST /work-orders/{id}/evaluation-links`: a one-time link to the site manager's own phone.

use api::time_source::TimeSource as _;
use domain::time::Millis;
use domain::tlog::leaf::{Leaf, LeafKind};

use crate::support::builders::{finished, restored, work};
use crate::support::links::{link, open, unevaluated};
use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp,
};

#[tokio::test]
async fn the_technician_the_desk_and_the_manager_make_links_and_only_the_hash_is_kept() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    for login in [TECH, DESK, BOSS, HALL] {
        let ask = test.post(&format!("/work-orders/{id}/evaluation-links"));
        let made = ask.by(login).ok().await;
        let url = made["url"].as_str().unwrap();
        let secret = url.rsplit('/').next().unwrap();
        assert!(url.contains(&format!("/e/{id}/")), "{url}");
        assert_eq!(secret.len(), 32);
        let expires_at = made["expires_at"].as_i64().unwrap();
        assert_eq!(expires_at - test.clock.now().0, 72 * 3_600_000);
        let row = test.store.work_order(id.as_str()).await.unwrap().unwrap();
        assert!(row.doc.contains(made["link"].as_str().unwrap()));
        assert!(!row.doc.contains(secret));
    }
    let links = test.work_order(&id).await;
    assert_eq!((links.links.len(), links.link_ends.len()), (4, 3));
    let leaves = test.store.leaves_from(0, 200).await.unwrap();
    let leaves = leaves
        .iter()
        .map(|row| Leaf::parse(row.data.as_bytes()).unwrap());
    assert_eq!(
        leaves.filter(|leaf| leaf.k == LeafKind::Evaluation).count(),
        7
    );
}

#[tokio::test]
async fn a_new_link_takes_the_one_before_it_back() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let first = link(&test, &id, TECH).await;
    let second = link(&test, &id, DESK).await;
    let answer = open(&test, &first).await;
    assert_eq!(answer.status, 410);
    assert!(
        answer.as_text().contains("已被撤回"),
        "{}",
        answer.as_text()
    );
    assert_eq!(open(&test, &second).await.status, 200);
}

#[tokio::test]
async fn there_is_no_link_for_what_is_not_restored_or_evaluated_already() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let ask = |id| {
        test.post(&format!("/work-orders/{id}/evaluation-links"))
            .by(TECH)
    };
    ask(&id).is_refused(422, "nothing_to_evaluate").await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let done = finished(&test, &mut hand).await;
    ask(&done).is_refused(422, "already_evaluated").await;
    // Work after the evaluation is not evaluated.
    hand.say(work(), &done);
    hand.say(restored(), &done);
    hand.sync(&test).await;
    ask(&done).ok().await;
}

#[tokio::test]
async fn who_makes_too_many_is_told_to_wait() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let ask = test
        .post(&format!("/work-orders/{id}/evaluation-links"))
        .by(TECH);
    for _ in 0..20 {
        ask.clone().ok().await;
    }
    ask.is_refused(429, "too_many_requests").await;
    test.clock.advance(Millis(10_000));
    ask.ok().await;
}

#[tokio::test]
async fn only_who_works_there_makes_links_and_strangers_do_not_even_see() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let ask = test.post(&format!("/work-orders/{id}/evaluation-links"));
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[FUTIAN, CITY, AUDITOR, HOTLINE])
        .await;
    ask.is_absent_for(&STRANGERS).await;
    let absent = test.post("/work-orders/WO-20990101-0001/evaluation-links");
    absent.is_absent_for(&[TECH, DESK]).await;
}
