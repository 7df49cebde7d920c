//! `GET /work-orders/{id}/photos/{sha256}/marked`: a copy with the watermark burned in.

use poem::http::Method;

use crate::support::builders::photo;
use crate::support::photos::{jpeg_of, name_of};
use crate::support::{CITY, FUTIAN, HOTLINE, Hand, STRANGERS, TECH, TestApp};

#[tokio::test]
async fn the_copy_is_marked_and_the_evidence_stays_as_it_was() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let original = jpeg_of(800, 600, 1);
    let name = name_of(&original);
    hand.say(photo(&original), &id);
    hand.sync(&test).await;
    let path = format!("/work-orders/{id}/photos/{name}");
    let marked = format!("{path}/marked");
    test.get(&marked).is_absent_for(&[CITY]).await;
    test.ask(Method::PUT, &format!("/evidence/{name}"))
        .by(TECH)
        .photo(&original)
        .ok()
        .await;
    for login in [TECH, FUTIAN, CITY] {
        let answer = test.get(&marked).by(login).send().await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "image/jpeg")
        );
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert!(answer.header("content-disposition").contains(&name[..8]));
        let copy = image::load_from_memory(&answer.bytes).unwrap();
        assert_eq!((copy.width(), copy.height()), (800, 600));
        assert_ne!(answer.bytes, original);
    }
    assert_eq!(test.get(&path).by(CITY).send().await.bytes, original);
    test.get(&marked).is_forbidden_for(&[HOTLINE]).await;
    test.get(&marked).is_absent_for(&STRANGERS).await;
}

#[tokio::test]
async fn a_photo_of_another_work_order_and_a_wrong_name_are_refused() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let other = jpeg_of(64, 48, 2);
    test.ask(Method::PUT, &format!("/evidence/{}", name_of(&other)))
        .by(TECH)
        .photo(&other)
        .ok()
        .await;
    test.get(&format!(
        "/work-orders/{id}/photos/{}/marked",
        name_of(&other)
    ))
    .is_absent_for(&[CITY])
    .await;
    test.get(&format!("/work-orders/{id}/photos/x/marked"))
        .by(CITY)
        .is_refused(400, "bad_hash")
        .await;
}
