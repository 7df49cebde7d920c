//! Positions and handwriting whose time is over go by themselves; what is on hold stays.

use api::bundle::trust::of_the_server;
use api::rebuild::rebuild;
use api::retention::{Swept, ends_at, sweep};
use domain::ids::WorkOrderId;
use domain::sla::policy::Policy;
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::{Leaf, LeafKind};
use serde_json::{Value, json};
use store::{PolicyRow, SessionRow};
use verify::{Exit, verify};

use super::log::findings;
use crate::support::builders::finished;
use crate::support::test_app::token;
use crate::support::{CITY, Hand, TECH, TestApp, person};

const DAY: Millis = Millis::minutes(24 * 60);
const NOTHING: Swept = Swept { erased: 0, held: 0 };

/// A finished work order, and the first moment at which it is over.
async fn concluded(test: &TestApp) -> (WorkOrderId, Timestamp) {
    let mut hand = Hand::ready(test, TECH, 1).await;
    let id = finished(test, &mut hand).await;
    let end = ends_at(&test.app, &test.work_order(&id).await).unwrap();
    (id, end)
}

async fn at(test: &TestApp, at: Timestamp) -> Swept {
    test.clock.set(at);
    sweep(&test.app).await.unwrap()
}

/// How many personal values the work order has lost.
async fn gone(test: &TestApp, id: &WorkOrderId) -> usize {
    let work_order = test.work_order(id).await;
    work_order
        .erasures
        .iter()
        .map(|erasure| erasure.what.values.len())
        .sum()
}

/// Who is signed in stays so, whatever the year.
async fn sign_in_for_ever(test: &TestApp) {
    let row = SessionRow {
        token_hash: api::signer::sha256_hex(token(CITY).as_bytes()),
        person: person(CITY).to_owned(),
        expires_at: i64::MAX,
        revoked: false,
    };
    test.store.put_session(row).await.unwrap();
}

async fn must_be_whole(test: &TestApp) {
    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await.unwrap();
    let differences = rebuilt.differences(&test.store).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!(findings(test).await, []);
}

#[tokio::test]
async fn they_go_after_twenty_four_months_and_not_a_moment_before() {
    let test = TestApp::watched().await;
    let (id, end) = concluded(&test).await;
    let local = end + Millis::minutes(8 * 60);
    assert_eq!(local.0 % DAY.0, 0, "at a midnight in Shenzhen");
    let years = (end - test.app.now()).0 / DAY.0;
    assert_eq!(
        years, 731,
        "two years, one of them a leap year, and the rest of the day"
    );
    for early in [end - DAY, end - Millis(1)] {
        assert_eq!(at(&test, early).await, NOTHING);
        assert_eq!(gone(&test, &id).await, 0);
    }
    assert_eq!(at(&test, end).await, Swept { erased: 1, held: 0 });
    assert_eq!(
        gone(&test, &id).await,
        2,
        "the position and the strokes, not the names"
    );
    for late in [end, end + Millis(1), end + DAY] {
        assert_eq!(at(&test, late).await, NOTHING, "once");
    }
    must_be_whole(&test).await;
}

#[tokio::test]
async fn it_is_signed_logged_and_shown_like_any_erasure_and_no_verdict_changes() {
    let test = TestApp::watched().await;
    let (id, end) = concluded(&test).await;
    sign_in_for_ever(&test).await;
    let before = test.judgement(&id).await;
    let shown = test.evidence(&id).await;
    assert_eq!(shown["retained_until"], end.0);
    at(&test, end + DAY).await;
    assert_eq!(test.judgement(&id).await["presence"], before["presence"]);
    let erasure = test.work_order(&id).await.erasures.remove(0);
    assert_eq!(erasure.by.as_str(), "system");
    assert!(
        erasure.what.reason.contains("24"),
        "{}",
        erasure.what.reason
    );
    let rows = test.store.leaves_from(0, 1_000).await.unwrap();
    let leaves = rows
        .iter()
        .map(|row| Leaf::parse(row.data.as_bytes()).unwrap());
    let logged: Vec<_> = leaves.filter(|leaf| leaf.k == LeafKind::Erase).collect();
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].h.0, erasure.at.event.0);
    let path = format!("/work-orders/{id}/bundle");
    let bundle = test.get(&path).by(CITY).send().await.bytes;
    let report = verify(&bundle, Some(&of_the_server(&test.app)));
    assert_eq!(report.exit, Exit::Missing, "{:#?}", report.findings);
    let codes: std::collections::BTreeSet<_> = report
        .findings
        .iter()
        .map(|found| found.code.code())
        .collect();
    assert_eq!(codes, std::collections::BTreeSet::from(["sidecar_erased"]));
}

#[tokio::test]
async fn a_policy_may_keep_them_for_less() {
    let test = TestApp::start().await;
    let policy = Policy {
        retention_months: 1,
        version: "一个月".to_owned(),
        ..Policy::v2024_10()
    };
    let row = PolicyRow {
        digest: policy.digest().to_string(),
        valid_from: test.app.now().0,
        doc: serde_json::to_string(&policy).unwrap(),
    };
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let old = finished(&test, &mut hand).await;
    test.store.put_policy(row).await.unwrap();
    test.app.reload_register().await.unwrap();
    let new = finished(&test, &mut hand).await;
    let end = ends_at(&test.app, &test.work_order(&new).await).unwrap();
    assert_eq!(at(&test, end - Millis(1)).await, NOTHING);
    assert_eq!(at(&test, end).await, Swept { erased: 1, held: 0 });
    assert_eq!((gone(&test, &old).await, gone(&test, &new).await), (0, 2));
}

#[tokio::test]
async fn an_open_work_order_keeps_everything() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let far = test.app.now() + Millis::minutes(60 * 24 * 365 * 30);
    assert_eq!(at(&test, far).await, NOTHING);
    assert_eq!(ends_at(&test.app, &test.work_order(&id).await), None);
}

#[tokio::test]
async fn a_sweep_that_was_killed_goes_on_where_it_was() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let ids = [
        finished(&test, &mut hand).await,
        finished(&test, &mut hand).await,
        finished(&test, &mut hand).await,
    ];
    let end = ends_at(&test.app, &test.work_order(&ids[2]).await).unwrap();
    test.clock.set(end);
    // Each work order is one transaction: a kill leaves some of them done and none half.
    let mut sweeping = Box::pin(sweep(&test.app));
    let mut steps = 0;
    while gone(&test, &ids[0]).await == 0 {
        let _ = futures_step(sweeping.as_mut()).await;
        steps += 1;
        assert!(steps < 10_000, "it gets on");
    }
    drop(sweeping);
    for id in &ids {
        assert!([0, 2].contains(&gone(&test, id).await), "all or nothing");
    }
    let again = test.again().await.unwrap();
    sweep(&again).await.unwrap();
    for id in &ids {
        assert_eq!(gone(&test, id).await, 2);
    }
    must_be_whole(&test).await;
}

/// Lets it run until it waits for something once.
async fn futures_step<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    let polled = std::future::poll_fn(|context| {
        let is_done = future.as_mut().poll(context).is_ready();
        std::task::Poll::Ready(is_done)
    });
    let is_done = polled.await;
    tokio::task::yield_now().await;
    is_done
}

#[tokio::test]
async fn two_sweeps_at_once_erase_everything_once() {
    let test = TestApp::watched().await;
    let (id, end) = concluded(&test).await;
    test.clock.set(end);
    let (one, two) = tokio::join!(sweep(&test.app), sweep(&test.app));
    assert_eq!(one.unwrap().erased + two.unwrap().erased, 1);
    assert_eq!(test.work_order(&id).await.erasures.len(), 1);
    must_be_whole(&test).await;
}

async fn hold(test: &TestApp, id: &WorkOrderId, release: bool) -> Value {
    let path = match release {
        true => format!("/work-orders/{id}/holds/release"),
        false => format!("/work-orders/{id}/holds"),
    };
    let body = json!({ "reason": "行政诉讼" });
    test.post(&path).by(CITY).json(&body).ok().await
}

#[tokio::test]
async fn what_is_on_hold_stays_until_it_is_released() {
    let test = TestApp::watched().await;
    let (id, end) = concluded(&test).await;
    sign_in_for_ever(&test).await;
    hold(&test, &id, false).await;
    assert_eq!(at(&test, end + DAY).await, Swept { erased: 0, held: 1 });
    assert_eq!(gone(&test, &id).await, 0);
    let by_hand = json!({ "what": ["ink"], "reason": "保存期满" });
    let by_hand = test
        .post(&format!("/work-orders/{id}/erasures"))
        .by(CITY)
        .json(&by_hand);
    by_hand.is_refused(409, "on_hold").await;
    hold(&test, &id, true).await;
    assert_eq!(at(&test, end + DAY).await, Swept { erased: 1, held: 0 });
    let holds = test.work_order(&id).await.holds;
    let said: Vec<_> = holds
        .iter()
        .map(|said| (said.what.is_on, said.by.as_str()))
        .collect();
    assert_eq!(said, [(true, person(CITY)), (false, person(CITY))]);
    assert_eq!(holds[0].what.reason, "行政诉讼");
    must_be_whole(&test).await;
}

#[tokio::test]
async fn a_position_that_a_held_work_order_rests_on_stays_too() {
    let test = TestApp::watched().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let before = finished(&test, &mut hand).await;
    let held = finished(&test, &mut hand).await;
    hold(&test, &held, false).await;
    let end = ends_at(&test.app, &test.work_order(&held).await).unwrap();
    assert_eq!(at(&test, end).await, Swept { erased: 0, held: 2 });
    assert_eq!(
        gone(&test, &before).await,
        0,
        "the speed between them rests on it"
    );
}
