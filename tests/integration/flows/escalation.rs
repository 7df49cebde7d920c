//! A report that nobody answers: warned, late, escalated, taken over; with a restart in the middle, several
//! processes at once, and a burst of a thousand.

use std::collections::BTreeMap;

use api::rebuild::rebuild;
use domain::sla::clock::ClockKind;
use domain::sla::escalation::Rung;
use domain::time::Millis;
use domain::work_order::WorkOrder;
use serde_json::{Value, json};

use super::log::findings;
use crate::support::{BOSS, CITY, DESK, FUTIAN, Hand, MATE, RIVAL_BOSS, TECH, TestApp, person};

const MINUTE: Millis = Millis::minutes(1);
const SECOND: Millis = Millis(1_000);

/// Tech on duty all day with Mate as deputy; above them the desk, then the boss.
async fn with_a_roster() -> TestApp {
    let test = TestApp::start().await;
    let shifts = json!([{ "days": "every", "from_minute": 0, "to_minute": 0,
        "person": person(TECH), "deputy": person(MATE) }]);
    test.roster(shifts, json!([[person(DESK)], [person(BOSS)]]))
        .await;
    test
}

fn said(work_order: &WorkOrder) -> Vec<(ClockKind, Rung, Vec<String>)> {
    let alerts = work_order.alerts.iter().map(|alert| {
        let what = &alert.what;
        let to = what.to.iter().map(ToString::to_string).collect();
        (what.clock, what.rung, to)
    });
    alerts.collect()
}

async fn queue(test: &TestApp, login: &str, state: &str) -> Vec<Value> {
    let path = format!("/escalations?state={state}");
    let page = test.get(&path).by(login).ok().await;
    let items = page["items"].as_array().unwrap().clone();
    assert_eq!(page["total"], items.len());
    items
}

#[tokio::test]
async fn from_the_report_up_the_ladder_to_whoever_takes_over() {
    let mut test = with_a_roster().await;
    let id = test.report_to_nobody().await;
    let people = |logins: &[&str]| {
        logins
            .iter()
            .map(|l| person(l).to_owned())
            .collect::<Vec<_>>()
    };
    // The one on duty has it, by nobody's hand.
    assert_eq!(
        test.work_order(&id).await.technician().unwrap().as_str(),
        person(TECH)
    );

    assert_eq!(test.tick(Millis::minutes(5) - SECOND).await, 0);
    assert_eq!(test.tick(SECOND).await, 1);
    assert_eq!(test.tick(SECOND).await, 0);
    let warning = (ClockKind::Response, Rung::Warning, people(&[TECH]));
    assert_eq!(
        said(&test.work_order(&id).await),
        std::slice::from_ref(&warning)
    );
    // The technician's phone hears it through the feed it has anyway.
    let changes = test.get("/sync/changes").by(TECH).ok().await;
    let heard = &changes["changes"][0]["work_order"]["alerts"][0];
    assert_eq!(
        (heard["clock"].as_str(), heard["rung"].as_str()),
        (Some("response"), Some("warning"))
    );

    // Ten minutes are kept to the last millisecond.
    assert_eq!(test.tick(Millis::minutes(5) - SECOND).await, 0);
    assert_eq!(test.tick(Millis(1)).await, 1);
    let overdue = (ClockKind::Response, Rung::Overdue, people(&[TECH, MATE]));
    assert!(queue(&test, BOSS, "all").await.is_empty());

    test.restart().await;
    assert_eq!(test.tick(Millis::minutes(50) - Millis(1)).await, 0);
    assert_eq!(test.tick(Millis(1)).await, 1);
    let first = (ClockKind::Response, Rung::Leader(1), people(&[DESK]));
    let so_far = [warning, overdue, first];
    assert_eq!(said(&test.work_order(&id).await), so_far);

    let items = queue(&test, DESK, "waiting").await;
    assert_eq!(items[0]["item"]["work_order"]["id"], json!(id));
    assert_eq!(
        (&items[0]["is_mine"], &items[0]["may_take_over"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(items[0]["told"][2]["people"][0]["person"], person(DESK));
    assert_eq!(items[0]["open_clocks"], json!(["response"]));
    assert!(queue(&test, RIVAL_BOSS, "all").await.is_empty());
    assert_eq!(queue(&test, FUTIAN, "waiting").await.len(), 1);

    // The boss, and the warning of the arrival.
    assert_eq!(test.tick(Millis::minutes(30)).await, 2);
    let path = format!("/work-orders/{id}/takeover");
    let body = json!({ "clock": "response", "text": "本人带队前往" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    test.post(&path).by(BOSS).json(&body).ok().await;
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.takeovers.len(), 1);
    // It is the leader's response, late as it is; nobody further up hears of it.
    assert_eq!(work_order.responses[0].by.as_str(), person(BOSS));
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["clocks"][0]["verdict"], "breached");
    assert!(queue(&test, DESK, "waiting").await.is_empty());
    assert_eq!(queue(&test, DESK, "all").await.len(), 1);
    let later = test.tick(Millis::minutes(24 * 60)).await;
    assert_eq!(later, 1, "the arrival is late, and no leader hears of it");

    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await;
    let differences = rebuilt.unwrap().differences(&test.store).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn without_a_roster_the_managers_are_told_and_last_the_authority() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.tick(Millis::minutes(121)).await;
    let said = said(&test.work_order(&id).await);
    let leaders: Vec<_> = said
        .into_iter()
        .filter(|(_, rung, _)| matches!(rung, Rung::Leader(_)))
        .map(|(_, _, to)| to)
        .collect();
    assert_eq!(
        leaders,
        [
            vec![person(BOSS)],
            vec![person(BOSS)],
            vec![person(BOSS), person(FUTIAN)]
        ]
    );
}

#[tokio::test]
async fn a_late_repair_goes_up_and_stays_in_the_queue_until_it_is_repaired() {
    let test = with_a_roster().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = test.reported().await;
    hand.learn(&test, &id).await;
    hand.say(crate::support::builders::accepted(), &id);
    hand.minutes(30);
    crate::support::builders::arrive(&mut hand, &id);
    hand.sync(&test).await;
    test.tick(Millis::minutes(12 * 60 + 1)).await;
    let items = queue(&test, DESK, "waiting").await;
    assert_eq!(items[0]["open_clocks"], json!(["repair"]));
    let body = json!({ "clock": "repair", "text": "" });
    let path = format!("/work-orders/{id}/takeover");
    test.post(&path).by(DESK).json(&body).ok().await;
    let items = queue(&test, DESK, "waiting").await;
    assert_eq!(items[0]["open_clocks"], json!([]));
    assert_eq!(test.work_order(&id).await.responses.len(), 1);
    assert_eq!(
        test.tick(Millis::minutes(600)).await,
        0,
        "nobody further up"
    );
}

/// Both processes ask at the same moment, again and again; each step is one fact all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_say_each_step_once() {
    let test = with_a_roster().await;
    let other = test.again().await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(test.reported().await);
    }
    let mut total = 0;
    for minutes in [5, 5, 1, 49, 1, 29, 1, 40] {
        test.clock.advance(Millis::minutes(minutes));
        let (one, two) = tokio::join!(test.app.timers.settle(), other.timers.settle());
        total += one.unwrap() + two.unwrap();
    }
    for id in &ids {
        let work_order = test.work_order(id).await;
        let mut times: BTreeMap<(ClockKind, Rung), usize> = BTreeMap::new();
        for alert in &work_order.alerts {
            *times
                .entry((alert.what.clock, alert.what.rung))
                .or_default() += 1;
        }
        assert_eq!(times.len(), 6, "{times:?}");
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    }
    assert_eq!(total, 6 * ids.len());
    // Not only in the fold: the chain itself has each step once.
    let events = test.store.events_page(0, 10_000).await.unwrap();
    let alerted = events.iter().filter(|event| event.t == "alerted");
    let steps: usize = alerted.map(|event| steps_in(&event.payload)).sum();
    assert_eq!(steps, total);
}

fn steps_in(payload: &str) -> usize {
    let event: Value = serde_json::from_str(payload).unwrap();
    event["body"]["steps"].as_array().unwrap().len()
}

/// A work order from before there were timers says "due since for ever" and is looked at once.
#[tokio::test]
async fn a_row_from_before_is_looked_at_once() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut row = test.store.work_order(id.as_str()).await.unwrap().unwrap();
    let right = row.clone();
    row.due_at = 0;
    let change = store::WorkOrderChange {
        row,
        feeds: vec![],
        escalation: None,
    };
    let commit = store::Commit {
        expected_n: test.store.head().await.unwrap(),
        work_orders: vec![change],
        ..store::Commit::default()
    };
    test.store.commit(commit).await.unwrap();
    assert_eq!(test.tick(MINUTE).await, 0);
    let row = test.store.work_order(id.as_str()).await.unwrap().unwrap();
    assert_eq!(row.due_at, right.due_at);
    assert!(test.work_order(&id).await.alerts.is_empty());
}

/// What is said is part of the evidence: the verifier reads it, and its verdict does not change.
#[tokio::test]
async fn a_bundle_with_escalations_is_proved() {
    let test = TestApp::watched().await;
    let id = test.reported().await;
    // Outsiders see the report when it comes, and the log once more before the answer: only so they bound both.
    test.app.publisher.publish().await.unwrap();
    test.tick(Millis::minutes(61)).await;
    test.app.publisher.publish().await.unwrap();
    test.clock.advance(MINUTE);
    let path = format!("/work-orders/{id}/takeover");
    let body = json!({ "clock": "response", "text": "已派人" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    test.app.publisher.publish().await.unwrap();
    let bundle = format!("/work-orders/{id}/bundle");
    let bytes = test.get(&bundle).by(CITY).send().await.bytes;
    let trust = api::bundle::trust::of_the_server(&test.app);
    let report = verify::verify(&bytes, Some(&trust));
    assert_eq!(report.exit, verify::Exit::Proved, "{:#?}", report.findings);
    let clocks = json!(report.judgement.unwrap().clocks);
    assert_eq!(clocks[0]["verdict"], "breached");
}
