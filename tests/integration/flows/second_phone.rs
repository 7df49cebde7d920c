//! A second phone from its first question to its evidence.

use api::bundle::trust::of_the_server;
use domain::envelope::Envelope;
use serde_json::json;
use verify::verify;

use crate::support::builders::{accepted, note};
use crate::support::{CITY, DESK, Hand, SecondPhone, TECH, TestApp};

/// Whoever waits has no voice: neither a receipt nor an event.
#[tokio::test]
async fn nothing_counts_that_a_waiting_phone_signs() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    Hand::ready(&test, TECH, 1).await;
    let mut second = SecondPhone::asks(&test, 2).await;
    second.hand.learn(&test, &id).await;
    let head = second.hand.phone.request_sync();
    let body = json!({ "envelope": head.envelope.to_value() });
    let asking = test.post("/sync/head").by(TECH).json(&body);
    asking.is_refused(422, "unknown_device").await;
    second.hand.say(note("还没有批准"), &id);
    second.hand.is_set_aside(&test, "unknown_device").await;
    assert!(test.work_order(&id).await.notes.is_empty());
    // That it was unknown is not remembered.
    second.approving(&test).by(DESK).ok().await;
    test.post("/sync/head").by(TECH).json(&body).ok().await;
}

#[tokio::test]
async fn an_approved_phone_works_beside_the_first_and_the_bundle_says_who_approved_it() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    let mut first = Hand::ready(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    second.approving(&test).by(DESK).ok().await;
    let told = second.told(&test).await;
    let record = Envelope::from_value(told["key_record"].clone()).unwrap();
    let mut second = second.hand;
    second.minutes(1);
    second.phone.enrol(&record);
    second.phone.start(&test.app.served.name.to_string());
    second.learn(&test, &id).await;
    second.say(accepted(), &id);
    second.say(note("新手机"), &id);
    second.sync(&test).await;
    first.minutes(1);
    first.say(note("旧手机"), &id);
    first.sync(&test).await;
    assert_eq!(test.work_order(&id).await.notes.len(), 2);

    let path = format!("/work-orders/{id}/bundle");
    let bundle = test.get(&path).by(CITY).send().await.bytes;
    let report = verify(&bundle, Some(&of_the_server(&test.app)));
    assert_eq!(report.findings, []);
    let approver = |dev: &str| {
        let key = report.keys.iter().find(|key| key.dev.to_string() == dev);
        key.unwrap().approved_by.clone()
    };
    assert_eq!(approver(&first.dev()), None);
    assert_eq!(approver(&second.dev()).unwrap(), "desk 先生 P-0004");
    let document = test.report_of(&id).await;
    let line = format!(
        "手机{}不是其持有人的第一部手机，经desk先生（P-0004）核对批准",
        &second.dev()[..6]
    );
    assert!(document.contains(&line), "{document}");
    assert_eq!(
        document.matches("第一部手机").count(),
        1,
        "the first needed nobody"
    );

    assert_eq!(super::log::findings(&test).await, []);
    let shown = test.evidence(&id).await;
    let devices = shown["devices"].as_array().unwrap();
    let shown = devices.iter().find(|it| it["dev"] == second.dev()).unwrap();
    assert_eq!(shown["approved_by_name"], "desk 先生");
}
