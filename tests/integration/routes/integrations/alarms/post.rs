//! `POST /integrations/alarms`: what Alertmanager sends, as it sends it (11.2.2 b).

use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::integrations::{System, alert, group};
use crate::support::{CITY, DESK, HOTLINE, TestApp, foreign_terminal, neighbour, terminal};

async fn monitoring(test: &TestApp) -> System<'_> {
    System::of(test, "monitoring", &["FT"]).await
}

async fn orders(test: &TestApp) -> Vec<Value> {
    let list = test.get("/work-orders").by(CITY).ok().await;
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_firing_alert_is_a_report_through_monitoring_and_the_same_again_is_known() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    let first = system.alarms(&[alert("firing", "a1")]).await;
    assert_eq!(first[0]["outcome"], "reported");
    let again = system.alarms(&[alert("firing", "a1")]).await;
    assert_eq!(again[0]["outcome"], "known");
    assert_eq!(again[0]["work_order"], first[0]["work_order"]);
    let orders = orders(&test).await;
    assert_eq!(orders.len(), 1);
    let report = &orders[0]["work_order"]["report"];
    assert_eq!(
        (&report["channel"], &report["fault"]),
        (&json!("monitoring"), &json!("APP-2"))
    );
    assert_eq!(report["by"], system.id);
    assert!(report["text"].as_str().unwrap().contains("心跳丢失"));
    assert!(report["occurred_at"].as_i64().unwrap() < report["at"]["wall"].as_i64().unwrap());
}

#[tokio::test]
async fn its_end_is_written_down_once_and_closes_nothing() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    let id = system.alarms(&[alert("firing", "a1")]).await[0]["work_order"].clone();
    test.clock.advance(Millis::minutes(5));
    for outcome in ["cleared", "known"] {
        let answer = system.alarms(&[alert("resolved", "a1")]).await;
        assert_eq!(
            (&answer[0]["outcome"], &answer[0]["work_order"]),
            (&json!(outcome), &id)
        );
    }
    let shown = &orders(&test).await[0];
    assert_eq!(
        shown["work_order"]["clearings"].as_array().unwrap().len(),
        1
    );
    assert_ne!(shown["judgement"]["stage"]["name"], "restored");
    assert!(shown["judgement"]["clocks"][0]["ended"].is_null());
}

#[tokio::test]
async fn an_end_that_overtakes_its_start_waits_for_it() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    let early = system.alarms(&[alert("resolved", "a1")]).await;
    assert_eq!(
        (&early[0]["outcome"], &early[0]["reason"]),
        (&json!("held"), &json!("held_only_the_end"))
    );
    let late = system.alarms(&[alert("firing", "a1")]).await;
    assert_eq!(late[0]["outcome"], "reported");
    let work_order = &orders(&test).await[0]["work_order"];
    assert_eq!(work_order["clearings"].as_array().unwrap().len(), 1);
    let waiting = test.get("/integrations/held").by(HOTLINE).ok().await;
    assert_eq!(
        waiting["items"].as_array().unwrap().len(),
        0,
        "it is settled by its start"
    );
}

#[tokio::test]
async fn a_second_alarm_about_the_same_fault_joins_and_about_another_one_reports() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    let mut network = alert("firing", "a3");
    network["labels"]["fault"] = json!("NET-1");
    let answers = system
        .alarms(&[alert("firing", "a1"), alert("firing", "a2"), network])
        .await;
    let outcomes: Vec<&Value> = answers.iter().map(|answer| &answer["outcome"]).collect();
    assert_eq!(outcomes, ["reported", "joined", "reported"]);
    assert_eq!(answers[0]["work_order"], answers[1]["work_order"]);
    assert_eq!(orders(&test).await.len(), 2);
    // The end of the one that joined is told apart from that of the first.
    let ended = system
        .alarms(&[alert("resolved", "a2"), alert("resolved", "a1")])
        .await;
    assert!(ended.iter().all(|answer| answer["outcome"] == "cleared"));
}

#[tokio::test]
async fn the_same_alert_starting_anew_is_another_one() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    system.alarms(&[alert("firing", "a1")]).await;
    let mut anew = alert("firing", "a1");
    anew["startsAt"] = json!("2026-11-24T00:59:00Z");
    assert_eq!(system.alarms(&[anew]).await[0]["outcome"], "joined");
}

#[tokio::test]
async fn what_fits_nowhere_is_answered_and_kept_and_stops_nothing() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    let with = |fingerprint: &str, label: &str, value: Value| {
        let mut changed = alert("firing", fingerprint);
        changed["labels"][label] = value;
        changed
    };
    let mut nameless = alert("firing", "b1");
    nameless["labels"]
        .as_object_mut()
        .unwrap()
        .remove("terminal");
    let mut timeless = alert("firing", "b5");
    timeless["startsAt"] = json!("yesterday");
    let mut by_digits = alert("firing", "b6");
    by_digits["labels"] = json!({ "terminal_id": neighbour().digits().unwrap() });
    let answers = system
        .alarms(&[
            nameless,
            with("b2", "terminal", json!("SZ-FT-999999")),
            with("b3", "terminal", json!(foreign_terminal())),
            with("b4", "fault", json!("HW-9")),
            timeless,
            by_digits,
        ])
        .await;
    let reasons: Vec<&Value> = answers.iter().map(|answer| &answer["reason"]).collect();
    assert_eq!(
        reasons[..5],
        [
            "held_terminal_missing",
            "held_terminal_unknown",
            "held_other_district",
            "held_fault_unknown",
            "held_start_unreadable"
        ]
    );
    assert!(answers[0]["text"].as_str().unwrap().contains("标签"));
    assert_eq!(answers[5]["outcome"], "reported");
    let waiting = test.get("/integrations/held").by(HOTLINE).ok().await;
    assert_eq!(waiting["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_body_that_is_none_of_alertmanagers_is_refused() {
    let test = TestApp::start().await;
    let system = monitoring(&test).await;
    let ask = system.post("/integrations/alarms");
    for text in ["{}", "[]", "x", r#"{"alerts":[{}]}"#] {
        ask.clone()
            .text(text)
            .is_refused(400, "malformed_body")
            .await;
    }
    let mut other = group(&[]);
    other["version"] = json!("3");
    ask.clone()
        .json(&other)
        .is_refused(422, "alertmanager_version")
        .await;
    let many = vec![alert("firing", "a"); 501];
    ask.clone()
        .json(&group(&many))
        .is_refused(422, "too_many_alerts")
        .await;
    ask.clone()
        .text(&" ".repeat(1_048_577))
        .is_refused(413, "too_large")
        .await;
    assert_eq!(system.alarms(&[]).await.len(), 0);
    assert!(orders(&test).await.is_empty());
}

#[tokio::test]
async fn who_has_no_account_is_nobody() {
    let test = TestApp::start().await;
    let ask = test
        .post("/integrations/alarms")
        .json(&group(&[alert("firing", "a1")]));
    ask.clone().needs_a_token().await;
    ask.by(DESK).is_refused(401, "unauthenticated").await;
    let _ = terminal();
}
