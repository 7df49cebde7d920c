//! `GET /work-orders/{id}/photos/{sha256}`: the unmarked bytes.

use poem::http::Method;

use crate::support::builders::photo;
use crate::support::photos::{jpeg, name_of};
use crate::support::{CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp};

#[tokio::test]
async fn whoever_may_read_the_evidence_gets_the_very_bytes() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.say(photo(&jpeg(1)), &id);
    hand.sync(&test).await;
    let path = format!("/work-orders/{id}/photos/{}", name_of(&jpeg(1)));
    test.get(&path).is_absent_for(&[CITY]).await;
    test.ask(Method::PUT, &format!("/evidence/{}", name_of(&jpeg(1))))
        .by(TECH)
        .photo(&jpeg(1))
        .ok()
        .await;
    for login in [TECH, DESK, HALL, FUTIAN, CITY] {
        let answer = test.get(&path).by(login).send().await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "image/jpeg")
        );
        assert!(answer.header("cache-control").starts_with("private"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.bytes, jpeg(1));
    }
    test.get(&path).is_forbidden_for(&[HOTLINE]).await;
    test.get(&path).is_absent_for(&STRANGERS).await;
}

#[tokio::test]
async fn a_photo_that_is_not_of_this_work_order_is_absent() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.ask(Method::PUT, &format!("/evidence/{}", name_of(&jpeg(2))))
        .by(TECH)
        .photo(&jpeg(2))
        .ok()
        .await;
    test.get(&format!("/work-orders/{id}/photos/{}", name_of(&jpeg(2))))
        .is_absent_for(&[CITY])
        .await;
    for hash in ["x", "..", &"A".repeat(64), &"0".repeat(63)] {
        test.get(&format!("/work-orders/{id}/photos/{hash}"))
            .by(CITY)
            .is_refused(400, "bad_hash")
            .await;
    }
}
