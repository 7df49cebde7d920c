//! Arrivals at the wrong place, with odd positions, or twice. A rule sets aside what cannot be;
//! everything else is kept and judged, because evidence must never block a repair.

use domain::event::{CheckedIn, Fact};
use domain::geo::Fix;
use domain::ids::{TerminalId, WorkOrderId};
use domain::time::{Millis, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::actors::{self, neighbour, terminal};
use crate::support::builders::{arrive, burst, check_in, left_site, scan};
use crate::support::{Hand, RIVAL, TECH, TestApp};

async fn ready(test: &TestApp) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let hand = Hand::ready(test, TECH, 1).await;
    (id, hand)
}

fn at(terminal: &str, reason: Option<&str>) -> Fact {
    Fact::CheckedIn(CheckedIn {
        terminal: terminal.parse().unwrap(),
        scan: None,
        fixes: None,
        no_fix: None,
        reason: reason.map(str::to_owned),
    })
}

#[rstest]
#[case::unknown_terminal("SZ-FT-999999".parse().unwrap(), "unknown_terminal")]
#[case::foreign_terminal(neighbour(), "foreign_terminal")]
#[case::another_districts_terminal(actors::foreign_terminal(), "foreign_terminal")]
#[tokio::test]
async fn a_check_in_elsewhere_is_set_aside(#[case] terminal: TerminalId, #[case] code: &str) {
    let test = TestApp::start().await;
    let (id, mut hand) = ready(&test).await;
    hand.say(at(terminal.as_str(), None), &id);
    hand.is_set_aside(&test, code).await;
    assert!(test.work_order(&id).await.visits.is_empty());
}

#[tokio::test]
async fn with_a_reason_it_is_kept_and_contradicts_the_arrival() {
    let test = TestApp::start().await;
    let (id, mut hand) = ready(&test).await;
    hand.say(at(neighbour().as_str(), Some("原终端已搬到隔壁")), &id);
    hand.sync(&test).await;
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["presence"][0]["result"], "contradicted");
    assert_eq!(
        judgement["arrival"]["reasons"],
        json!(["presence_contradicted"])
    );
}

#[tokio::test]
async fn the_code_of_another_terminal_contradicts_it_too() {
    let test = TestApp::start().await;
    let (id, mut hand) = ready(&test).await;
    let scanned = hand.say(scan(&neighbour()), &id);
    let fixes = burst(&mut hand);
    let fact = check_in(&mut hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, &id);
    hand.sync(&test).await;
    let presence = test.judgement(&id).await["presence"][0].clone();
    assert_eq!(presence["result"], "contradicted");
    assert!(
        presence["doubts"]
            .as_array()
            .unwrap()
            .contains(&json!("other_terminal_code")),
        "{presence}"
    );
}

#[tokio::test]
async fn checking_in_twice_is_once_until_one_leaves() {
    let test = TestApp::start().await;
    let (id, mut hand) = ready(&test).await;
    hand.say(left_site(), &id);
    hand.is_set_aside(&test, "not_checked_in").await;
    arrive(&mut hand, &id);
    arrive(&mut hand, &id);
    hand.is_set_aside(&test, "already_checked_in").await;
    hand.say(left_site(), &id);
    arrive(&mut hand, &id);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.visits.len(), 2);
}

/// Checks in with these readings; gives the presence that is judged from them.
async fn presence_with(spoil: impl Fn(&mut Vec<Fix>, Timestamp)) -> Value {
    let test = TestApp::start().await;
    let (id, mut hand) = ready(&test).await;
    hand.minutes(15);
    let scanned = hand.say(scan(&terminal()), &id);
    let mut fixes = burst(&mut hand);
    spoil(&mut fixes, hand.phone.clock().wall);
    let fact = check_in(&mut hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, &id);
    hand.sync(&test).await;
    test.judgement(&id).await["presence"][0].clone()
}

type Spoil = fn(&mut Vec<Fix>, Timestamp);

#[rstest]
#[case::as_it_should_be("inside", None, |_: &mut Vec<Fix>, _: Timestamp| {})]
#[case::accuracy_zero("inside", Some("accuracy_too_good"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| fix.acc_cm = 0))]
#[case::accuracy_negative("no_fix", Some("fix_invalid"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| fix.acc_cm = -5))]
#[case::accuracy_3000_m("cannot_tell", Some("accuracy_too_poor"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| fix.acc_cm = 300_000))]
#[case::accuracy_1_cm("inside", Some("accuracy_too_good"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| fix.acc_cm = 1))]
#[case::ten_minutes_old("no_fix", Some("fixes_apart"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| {
    fix.ts = fix.ts - Millis::minutes(10);
    fix.mono -= 600_000;
}))]
#[case::from_the_future("no_fix", Some("fixes_apart"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| fix.mono += 600_000))]
#[case::never_moving("inside", Some("fixes_frozen"), |fixes: &mut Vec<Fix>, _: Timestamp| {
    let first = fixes[0];
    fixes.iter_mut().for_each(|fix| (fix.lat_e7, fix.lng_e7) = (first.lat_e7, first.lng_e7));
})]
#[case::five_kilometres_away("outside", None, |fixes: &mut Vec<Fix>, _: Timestamp| fixes.iter_mut().for_each(|fix| fix.lat_e7 += 450_000))]
#[case::none_at_all("no_fix", Some("no_fix_unexplained"), |fixes: &mut Vec<Fix>, _: Timestamp| fixes.clear())]
#[tokio::test]
async fn odd_positions_are_kept_and_judged(
    #[case] proximity: &str,
    #[case] doubt: Option<&str>,
    #[case] spoil: Spoil,
) {
    let presence = presence_with(spoil).await;
    assert_eq!(presence["proximity"], proximity, "{presence}");
    if let Some(doubt) = doubt {
        assert!(
            presence["doubts"]
                .as_array()
                .unwrap()
                .contains(&json!(doubt)),
            "{presence}"
        );
    }
}

#[rstest]
#[case::latitude_91("impossible_fix", json!([fix(910_000_000, 0)]))]
#[case::longitude_181("impossible_fix", json!([fix(0, 1_810_000_000)]))]
#[case::nan_in_words("sidecar_malformed", json!([{ "lat_e7": "NaN" }]))]
#[case::no_list("sidecar_malformed", json!({ "lat_e7": 1 }))]
#[case::an_unknown_member("sidecar_malformed", json!([{ "lat_e7": 1, "lng_e7": 1, "acc_cm": 1, "ts": 1, "mono": 1, "src": "gnss", "crs": "wgs84", "more": 1 }]))]
#[case::far_too_many("too_many_fixes", Value::Array(vec![fix(0, 0); 61]))]
#[tokio::test]
async fn impossible_positions_are_set_aside(#[case] code: &str, #[case] value: Value) {
    let test = TestApp::start().await;
    let (id, mut hand) = ready(&test).await;
    let fixes = hand.set_aside(value);
    let fact = CheckedIn {
        terminal: terminal(),
        scan: None,
        fixes: Some(fixes),
        no_fix: None,
        reason: None,
    };
    hand.say(Fact::CheckedIn(fact), &id);
    hand.is_set_aside(&test, code).await;
}

fn fix(lat_e7: i64, lng_e7: i64) -> Value {
    json!({ "lat_e7": lat_e7, "lng_e7": lng_e7, "acc_cm": 900, "ts": 1, "mono": 1, "src": "gnss", "crs": "wgs84" })
}

#[tokio::test]
async fn the_work_order_of_another_provider_and_one_that_never_was_are_named() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut rival = Hand::ready(&test, RIVAL, 1).await;
    rival.say(at(terminal().as_str(), None), &id);
    rival.is_set_aside(&test, "not_your_work_order").await;
    rival.say(
        at(terminal().as_str(), None),
        &"WO-20200101-0001".parse().unwrap(),
    );
    rival.is_set_aside(&test, "unknown_work_order").await;
    assert!(test.work_order(&id).await.visits.is_empty());
}
