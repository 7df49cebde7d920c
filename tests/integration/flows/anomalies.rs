//! What contradicts itself, or means something beside others: from the phone through the server onto the review list,
//! each kind from the least that makes it, and not from less. The rules' own edges are tested beside them
//! (`domain::review::tests`).

use api::demo::phone::Outbox;
use domain::event::{ClockJumped, Exif, Fact};
use domain::geo::Fix;
use domain::ids::WorkOrderId;
use domain::time::Millis;
use serde_json::json;

use crate::support::actors::{neighbour, phone_number, terminal};
use crate::support::builders::{
    accepted, arrive, burst, check_in, evaluation, photo, repair, scan,
};
use crate::support::hand::batch;
use crate::support::reviews::{found, reviews, saved, scene};
use crate::support::{ADMIN, Hand, MATE, SecondPhone, TECH, TestApp};

/// What is on the list, each kind once.
async fn kinds(test: &TestApp) -> Vec<String> {
    let items = reviews(test, "").await;
    let mut kinds: Vec<String> = found(&items).into_iter().map(|(kind, _)| kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

async fn has(test: &TestApp, kind: &str) -> bool {
    kinds(test).await.iter().any(|found| found == kind)
}

/// A new work order of this hand's.
async fn ordered(test: &TestApp, hand: &mut Hand) -> WorkOrderId {
    let id = test.report(hand.login).await;
    hand.learn(test, &id).await;
    id
}

/// A visit with readings that this makes of honest ones, delivered.
async fn visited(test: &TestApp, hand: &mut Hand, move_it: impl Fn(Fix) -> Fix) -> WorkOrderId {
    let id = ordered(test, hand).await;
    let scanned = hand.say(scan(&terminal()), &id);
    let fixes: Vec<Fix> = burst(hand).into_iter().map(move_it).collect();
    let fact = check_in(hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, &id);
    hand.sync(test).await;
    id
}

/// So many ten-millionths of a degree to the north.
fn north(by_e7: i64) -> impl Fn(Fix) -> Fix {
    move |fix| Fix {
        lat_e7: fix.lat_e7 + by_e7,
        ..fix
    }
}

#[tokio::test]
async fn a_way_that_cannot_be_made_in_the_time_that_is_proved() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    visited(&test, &mut hand, north(0)).await;
    hand.minutes(30);
    visited(&test, &mut hand, north(100_000)).await;
    assert!(
        !has(&test, "impossible_travel").await,
        "a kilometre in half an hour"
    );
    hand.minutes(5);
    visited(&test, &mut hand, north(30_000_000)).await;
    assert!(
        has(&test, "impossible_travel").await,
        "three hundred more, whenever within that half hour it began"
    );
}

#[tokio::test]
async fn the_very_same_position_again_and_again() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for visits in 1..=3 {
        visited(&test, &mut hand, north(0)).await;
        assert_eq!(has(&test, "same_fix").await, visits == 3, "{visits} visits");
        hand.minutes(60);
    }
}

#[tokio::test]
async fn who_is_always_proved_an_hour_later() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for visits in 1..=5 {
        let id = ordered(&test, &mut hand).await;
        arrive(&mut hand, &id);
        hand.minutes(61);
        hand.sync(&test).await;
        assert_eq!(
            has(&test, "late_proof").await,
            visits == 5,
            "{visits} visits"
        );
    }
}

#[tokio::test]
async fn a_clock_that_jumps_shortly_before_a_deadline() {
    for (minutes, is_found) in [(100, false), (165, true)] {
        let test = TestApp::start().await;
        let mut hand = Hand::ready(&test, TECH, 1).await;
        let id = ordered(&test, &mut hand).await;
        hand.say(accepted(), &id);
        hand.minutes(minutes);
        let delta_ms = -20 * 60_000;
        hand.say_of_the_phone(Fact::ClockJumped(ClockJumped { delta_ms }));
        arrive(&mut hand, &id);
        hand.sync(&test).await;
        assert_eq!(
            has(&test, "clock_jump").await,
            is_found,
            "after {minutes} min"
        );
    }
}

#[tokio::test]
async fn a_check_in_whose_own_code_names_another_terminal() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    visited(&test, &mut hand, north(0)).await;
    assert!(!has(&test, "presence_contradicted_review").await);
    let id = ordered(&test, &mut hand).await;
    let scanned = hand.say(scan(&neighbour()), &id);
    let fixes = burst(&mut hand);
    let fact = check_in(&mut hand, &terminal(), Some(&scanned), Some(&fixes));
    hand.say(fact, &id);
    hand.sync(&test).await;
    assert!(has(&test, "presence_contradicted_review").await);
}

#[tokio::test]
async fn a_photo_whose_own_time_lies_outside_of_what_is_proved() {
    // Shenzhen's nine o'clock is when the tests begin.
    for (taken_at, is_found) in [
        ("2026:11:24 09:00:00", false),
        ("2026:11:20 09:00:00", true),
    ] {
        let test = TestApp::start().await;
        let mut hand = Hand::ready(&test, TECH, 1).await;
        let id = ordered(&test, &mut hand).await;
        let Fact::PhotoTaken(mut taken) = photo(&saved(&scene(1), 80)) else {
            unreachable!("a photo is a photo")
        };
        taken.exif = Some(Exif {
            taken_at: Some(taken_at.to_owned()),
            lat_e7: None,
            lng_e7: None,
            make: None,
            model: None,
            orientation: None,
        });
        hand.say(accepted(), &id);
        hand.say(Fact::PhotoTaken(taken), &id);
        hand.sync(&test).await;
        assert_eq!(has(&test, "exif_time").await, is_found, "{taken_at}");
    }
}

/// A work order that somebody with this name and number has signed.
async fn signed(test: &TestApp, hand: &mut Hand, name: &str, phone: &str) {
    let id = ordered(test, hand).await;
    hand.say(accepted(), &id);
    repair(hand, &id);
    let mut evaluated = evaluation(hand, &id);
    evaluated.signer = hand.set_aside(json!({ "name": name, "phone": phone }));
    evaluated.signer_person = None;
    hand.say(Fact::Evaluated(Box::new(evaluated)), &id);
    hand.sync(test).await;
    hand.minutes(60);
}

#[tokio::test]
async fn one_number_that_signs_under_three_names() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for (signed_so_far, name) in [(1, "陈静"), (2, "李明"), (2, "李明"), (3, "王芳")] {
        signed(&test, &mut hand, name, "139 0000 0031").await;
        let is_found = has(&test, "signer_many_names").await;
        assert_eq!(is_found, signed_so_far == 3, "{name}");
    }
}

#[tokio::test]
async fn a_signer_whose_number_is_a_technicians() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    signed(&test, &mut hand, "陈静", "13900000031").await;
    assert!(!has(&test, "signer_is_technician").await);
    signed(&test, &mut hand, "陈静", &phone_number(MATE)).await;
    assert!(has(&test, "signer_is_technician").await);
}

#[tokio::test]
async fn one_person_who_checks_in_with_two_phones_by_turns() {
    let test = TestApp::start().await;
    let mut first = Hand::ready(&test, TECH, 1).await;
    let mut second = SecondPhone::asks(&test, 2).await;
    second.approving(&test).by(ADMIN).ok().await;
    let record = second.told(&test).await["key_record"].clone();
    let record = domain::envelope::Envelope::from_value(record).unwrap();
    second.hand.phone.enrol(&record);
    second.hand.phone.start(&test.app.served.name.to_string());
    let second = &mut second.hand;
    visited(&test, &mut first, north(0)).await;
    second.phone.pass_until(first.phone.clock().wall);
    visited(&test, second, north(1_000)).await;
    assert!(!has(&test, "many_phones").await, "a new phone");
    first.phone.pass_until(second.phone.clock().wall);
    visited(&test, &mut first, north(2_000)).await;
    assert!(has(&test, "many_phones").await, "and the old one again");
}

#[tokio::test]
async fn one_page_load_in_which_two_people_act_in_their_own_names() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let mut mate = Hand::ready(&test, MATE, 2).await;
    let (one, other) = (
        ordered(&test, &mut hand).await,
        ordered(&test, &mut mate).await,
    );
    let said = hand.say(accepted(), &one);
    hand.sync(&test).await;
    assert!(!has(&test, "one_phone_many_people").await);
    // The other person's key lies in the same browser, whose page was not loaded anew.
    let mut event = mate.say(accepted(), &other).event;
    event.sid = said.event.sid;
    let Outbox { sidecars, .. } = mate.phone.take_outbox();
    let sealed = mate.phone.seal(event).envelope;
    let ask = test.post("/sync/events").by(mate.login);
    let answer = ask.json(&batch(&[sealed], &sidecars)).ok().await;
    assert_eq!(answer["outcomes"][0]["status"], "accepted", "{answer}");
    hand.pass(Millis(1));
    assert!(has(&test, "one_phone_many_people").await);
}
