//! `GET /work-orders/{id}/report.pdf`: the evidence report.

use poem::http::Method;

use crate::support::builders::{accepted, hand_over, left_site, photo, repair};
use crate::support::photos::{jpeg_of, name_of};
use crate::support::{
    AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp,
};

/// A visit from acceptance to signature with one photo that is here and one that is not.
async fn visited(test: &TestApp) -> domain::ids::WorkOrderId {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.say(accepted(), &id);
    let here = jpeg_of(640, 480, 1);
    hand.say(photo(&here), &id);
    hand.say(photo(&jpeg_of(640, 480, 2)), &id);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.say(left_site(), &id);
    hand.sync(test).await;
    test.ask(Method::PUT, &format!("/evidence/{}", name_of(&here)))
        .by(TECH)
        .photo(&here)
        .ok()
        .await;
    id
}

#[tokio::test]
async fn whoever_may_read_the_evidence_gets_a_pdf_that_nothing_keeps() {
    let test = TestApp::start().await;
    let id = visited(&test).await;
    let ask = test.get(&format!("/work-orders/{id}/report.pdf"));
    for login in [TECH, DESK, BOSS, HALL, FUTIAN, CITY, AUDITOR] {
        let answer = ask.clone().by(login).send().await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/pdf")
        );
        assert!(answer.bytes.starts_with(b"%PDF-1.7"));
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert_eq!(
            answer.header("content-disposition"),
            format!("attachment; filename=\"report-{id}.pdf\"")
        );
    }
    ask.clone().is_forbidden_for(&[HOTLINE]).await;
    ask.is_absent_for(&STRANGERS).await;
    test.get("/work-orders/WO-20200101-0001/report.pdf")
        .is_absent_for(&[CITY])
        .await;
}

#[tokio::test]
async fn at_one_moment_it_is_the_same_to_the_byte() {
    let test = TestApp::start().await;
    let id = visited(&test).await;
    let path = format!("/work-orders/{id}/report.pdf");
    let first = test.get(&path).by(CITY).send().await.bytes;
    let again = test.get(&path).by(FUTIAN).send().await.bytes;
    assert!(first == again, "two readers got two reports");
}

#[tokio::test]
async fn a_work_order_that_was_only_reported_has_a_report_too() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let answer = test
        .get(&format!("/work-orders/{id}/report.pdf"))
        .by(CITY)
        .send()
        .await;
    assert_eq!(answer.status, 200);
}
