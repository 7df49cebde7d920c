//! `GET /work-orders/{id}/service-sheet.pdf`: the 运维工单 to be printed.

use crate::support::builders::{accepted, hand_over, repair};
use crate::support::{CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, STRANGERS, TECH, TestApp};

#[tokio::test]
async fn whoever_may_read_the_evidence_gets_a_sheet_to_print() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.sync(&test).await;
    let ask = test.get(&format!("/work-orders/{id}/service-sheet.pdf"));
    for login in [TECH, DESK, HALL, FUTIAN, CITY] {
        let answer = ask.clone().by(login).send().await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/pdf")
        );
        assert!(answer.bytes.starts_with(b"%PDF-1.7"));
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert!(answer.header("content-disposition").starts_with("inline"));
    }
    ask.clone().is_forbidden_for(&[HOTLINE]).await;
    ask.is_absent_for(&STRANGERS).await;
}
