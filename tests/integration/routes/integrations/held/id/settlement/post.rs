//! `POST /integrations/held/{id}/settlement`: a person makes a report of it, or says why not.

use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::integrations::{System, alert};
use crate::support::{CITY, DESK, FUTIAN, HOTLINE, TestApp, terminal};

async fn held(test: &TestApp) -> String {
    let system = System::of(test, "monitoring", &["FT"]).await;
    let mut unknown = alert("firing", "b1");
    unknown["labels"]["terminal"] = json!("SZ-FT-999999");
    system.alarms(&[unknown]).await;
    let items = test.get("/integrations/held").by(HOTLINE).ok().await["items"].take();
    items[0]["id"].as_str().unwrap().to_owned()
}

async fn total(test: &TestApp) -> Value {
    test.get("/work-orders").by(CITY).ok().await["total"].take()
}

#[tokio::test]
async fn a_report_is_made_of_it_once() {
    let test = TestApp::start().await;
    let id = held(&test).await;
    let ask = test
        .post(&format!("/integrations/held/{id}/settlement"))
        .by(HOTLINE);
    let form = json!({ "terminal": terminal(), "fault": "NET-1", "note": "标签写错" });
    let settled = ask.clone().json(&form).ok().await;
    let wo = settled["work_order"].as_str().unwrap();
    let report =
        test.get(&format!("/work-orders/{wo}")).by(CITY).ok().await["work_order"]["report"].take();
    assert_eq!(
        (&report["channel"], &report["fault"]),
        (&json!("monitoring"), &json!("NET-1"))
    );
    assert_eq!(report["text"], "心跳丢失 2 分钟");
    ask.json(&form).is_refused(409, "already_settled").await;
    assert_eq!(total(&test).await, 1);
    let settled = test
        .get("/integrations/held?state=settled")
        .by(HOTLINE)
        .ok()
        .await;
    assert_eq!(settled["items"][0]["note"], "标签写错");
}

#[tokio::test]
async fn the_end_of_an_alarm_that_waits_is_kept_and_follows_its_start() {
    let test = TestApp::start().await;
    let system = System::of(&test, "monitoring", &["FT"]).await;
    let unknown = |status: &str| {
        let mut alert = alert(status, "b1");
        alert["labels"]["terminal"] = json!("SZ-FT-999999");
        alert
    };
    system.alarms(&[unknown("firing")]).await;
    test.clock.advance(Millis::minutes(5));
    let ended = system.alarms(&[unknown("resolved")]).await;
    assert_eq!(ended[0]["outcome"], "held");
    let waiting = test.get("/integrations/held").by(HOTLINE).ok().await["items"].take();
    assert_eq!(waiting.as_array().unwrap().len(), 2, "neither is dropped");
    let start = waiting.as_array().unwrap().iter();
    let start = start
        .clone()
        .find(|one| one["reason"] == "held_terminal_unknown");
    let id = start.unwrap()["id"].as_str().unwrap();
    let settled = test
        .post(&format!("/integrations/held/{id}/settlement"))
        .by(HOTLINE)
        .json(&json!({ "terminal": terminal(), "note": "标签写错" }))
        .ok()
        .await;
    let wo = settled["work_order"].as_str().unwrap().parse().unwrap();
    assert_eq!(test.work_order(&wo).await.clearings.len(), 1);
    let waiting = test.get("/integrations/held").by(HOTLINE).ok().await["items"].take();
    assert_eq!(waiting.as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn setting_it_aside_needs_a_reason() {
    let test = TestApp::start().await;
    let id = held(&test).await;
    let ask = test
        .post(&format!("/integrations/held/{id}/settlement"))
        .by(HOTLINE);
    for note in ["".to_owned(), "  ".to_owned(), "字".repeat(501)] {
        let ask = ask.clone().json(&json!({ "note": note }));
        ask.is_refused(422, "note_missing_or_too_long").await;
    }
    let unknown = ask.clone().json(&json!({ "terminal": "SZ-FT-999999" }));
    unknown.is_refused(404, "not_found").await;
    let fault = ask
        .clone()
        .json(&json!({ "terminal": terminal(), "fault": "HW-9" }));
    fault.is_refused(422, "unknown_fault").await;
    ask.json(&json!({ "note": "测试告警" })).ok().await;
    assert_eq!(total(&test).await, 0);
}

#[tokio::test]
async fn only_who_may_settles() {
    let test = TestApp::start().await;
    let id = held(&test).await;
    let ask = test
        .post(&format!("/integrations/held/{id}/settlement"))
        .json(&json!({ "note": "x" }));
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[DESK, FUTIAN]).await;
    let unknown = test.post("/integrations/held/none/settlement").by(HOTLINE);
    unknown
        .json(&json!({ "note": "x" }))
        .is_refused(404, "not_found")
        .await;
}
