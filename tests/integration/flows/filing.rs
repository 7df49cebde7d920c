//! A delay filed in a basement: it arrives with the chain, is in the log, is answered, and the bundle
//! shows it beside a result that it does not change.

use api::bundle::trust::of_the_server;
use api::rebuild::rebuild;
use api::time_source::TimeSource as _;
use domain::event::{Fact, Filed, FilingReason};
use domain::time::Millis;
use serde_json::json;
use verify::{Exit, verify};

use super::log::findings;
use crate::support::builders::{accepted, hand_over, repair};
use crate::support::{CITY, DESK, FUTIAN, Hand, TECH, TestApp};

#[tokio::test]
async fn a_filing_made_offline_is_judged_by_its_own_interval_and_changes_nothing() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = test.reported().await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    hand.minutes(60);
    let filed = Fact::Filed(Filed {
        reason: FilingReason::Traffic,
        text: "隧道封闭".to_owned(),
        expected_at: test.clock.now() + Millis::minutes(4 * 60),
    });
    let said = hand.say(filed, &id);
    hand.minutes(3 * 60);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.sync(&test).await;

    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "cannot_tell");
    // No receipt came between the filing and the deadline; the phone's own clock is not enough by itself.
    assert_eq!(judgement["filings"][0]["in_time"], "cannot_tell");

    let expected_at = (test.clock.now() + Millis::minutes(60)).0;
    let late = json!({ "reason": "weather", "text": "暴雨", "expected_at": expected_at });
    let path = format!("/work-orders/{id}/filings");
    test.post(&path).by(DESK).json(&late).ok().await;

    let path = format!("/work-orders/{id}/filings/{}/answer", said.id);
    let answer = json!({ "accepted": true, "text": "隧道确有封闭" });
    test.post(&path).by(FUTIAN).json(&answer).ok().await;
    let answered = test.judgement(&id).await;
    assert_eq!(answered["arrival"], judgement["arrival"]);
    let said = json!(said.id);
    for filing in answered["filings"].as_array().unwrap() {
        let is_phones = filing["event"] == said;
        let expected = match is_phones {
            true => (json!("cannot_tell"), json!(true)),
            false => (json!("breached"), json!(null)),
        };
        let found = (filing["in_time"].clone(), filing["accepted"].clone());
        assert_eq!(found, expected);
    }
    assert_eq!(answered["filings"].as_array().unwrap().len(), 2);

    test.app.publisher.publish().await.unwrap();
    let path = format!("/work-orders/{id}/bundle");
    let bytes = test.get(&path).by(CITY).send().await.bytes;
    let report = verify(&bytes, Some(&of_the_server(&test.app)));
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    let recomputed = json!(report.judgement.unwrap().filings);
    assert_eq!(recomputed, test.judgement(&id).await["filings"]);

    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await;
    let differences = rebuilt.unwrap().differences(&test.store).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!(findings(&test).await, []);
}
