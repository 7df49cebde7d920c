//! A terminal whose coordinates were taken from a Chinese map: several phones find themselves six hundred metres away,
//! nobody is called absent for it, and whoever keeps the register gets a task. Nothing is changed by itself.

use domain::geo::{Fix, Position};
use domain::ids::WorkOrderId;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::actors::{PLACE_E7, terminal, terminals};
use crate::support::builders::{arrive, burst, check_in, scan};
use crate::support::reviews::{found, reviews};
use crate::support::{CITY, FUTIAN, Hand, MATE, NANSHAN, TECH, TestApp};

const PLACE: Position = Position {
    lat_e7: PLACE_E7.0,
    lng_e7: PLACE_E7.1,
};

/// Registers the terminal at these coordinates.
async fn register(test: &TestApp, version: i64, at: Position) {
    let mut row = terminals().remove(0);
    let mut doc: Value = serde_json::from_str(&row.doc).unwrap();
    doc["version"] = json!(version);
    doc["lat_e7"] = json!(at.lat_e7);
    doc["lng_e7"] = json!(at.lng_e7);
    (row.version, row.doc) = (version, doc.to_string());
    test.store.put_terminals(vec![row]).await.unwrap();
    test.app.reload_register().await.unwrap();
}

/// A visit of this phone, where the terminal really stands.
async fn visited(test: &TestApp, hand: &mut Hand) -> WorkOrderId {
    let id = test.report(hand.login).await;
    hand.learn(test, &id).await;
    hand.minutes(30);
    arrive(hand, &id);
    hand.sync(test).await;
    id
}

async fn tasks(test: &TestApp) -> Vec<Value> {
    reviews(test, "?kind=coordinates_suspect&state=all").await
}

#[tokio::test]
async fn two_phones_make_it_a_task_that_is_settled_with_a_reason_and_changes_nothing_by_itself() {
    let test = TestApp::start().await;
    register(&test, 2, PLACE.to_gcj02()).await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let mut mate = Hand::ready(&test, MATE, 2).await;
    let first = visited(&test, &mut hand).await;
    let doubted = test.judgement(&first).await["presence"][0].clone();
    assert_eq!(doubted["proximity"], "cannot_tell", "not called absent");
    assert!(doubted["doubts"].to_string().contains("crs_suspect"));
    visited(&test, &mut hand).await;
    assert_eq!(
        tasks(&test).await,
        Vec::<Value>::new(),
        "one phone may be wrong by itself"
    );
    let last = visited(&test, &mut mate).await;
    let items = tasks(&test).await;
    assert_eq!(found(&items), [("coordinates_suspect".to_owned(), 3)]);
    let measure = |code: &str| {
        let measures = items[0]["measures"].as_array().unwrap().iter();
        let mut found = measures.filter(|measure| measure["code"] == code);
        found.next().unwrap()["value"].as_i64().unwrap()
    };
    assert_eq!((measure("phones"), measure("visits")), (2, 3));
    assert!((55_000..65_000).contains(&measure("away_cm")), "{items:?}");
    assert!(measure("corrected_cm") < 1_000, "{items:?}");
    // The district sees its own, another one does not.
    let path = format!("/reviews/{}", items[0]["id"].as_str().unwrap());
    test.get(&path).is_absent_for(&[NANSHAN]).await;
    let shown = test.get(&path).by(FUTIAN).ok().await;
    let seen = &shown["sightings"][0];
    assert_eq!(seen["registered"]["lat_e7"], PLACE.to_gcj02().lat_e7);
    assert!(seen["position"]["lat_e7"].is_i64() && seen["away_cm"].is_i64());
    assert_eq!(test.app.register().terminals[&terminal()].version, 2);
    // Settled with a reason, signed and appended.
    let decide = async |reason: &str| {
        let body = json!({ "outcome": "confirmed", "reason": reason, "shown": shown["digest"] });
        let ask = test
            .ask(Method::POST, &format!("{path}/decision"))
            .by(FUTIAN);
        ask.json(&body).send().await
    };
    assert_eq!(decide("").await.status, 422);
    assert_eq!(decide("已现场复测并更正").await.status, 200);
    assert_eq!(
        reviews(&test, "?kind=coordinates_suspect").await,
        Vec::<Value>::new()
    );
    // Corrected: what comes afterwards says nothing against the new coordinates, and the old task stays settled.
    register(&test, 3, PLACE).await;
    let after = visited(&test, &mut mate).await;
    assert_eq!(
        test.judgement(&after).await["presence"][0]["proximity"],
        "inside"
    );
    let settled = tasks(&test).await;
    assert_eq!((settled.len(), &settled[0]["open"]), (1, &json!(false)));
    test.store.forget_reviews().await.unwrap();
    assert_eq!(tasks(&test).await, settled);
    let of_last = format!("?work_order={last}");
    let noted = test.get(&format!("/reviews{of_last}")).by(CITY).ok().await;
    assert!(noted.to_string().contains("coordinates_suspect"));
}

#[tokio::test]
async fn a_phone_that_writes_gcj_02_itself_makes_no_task_of_the_register() {
    let test = TestApp::start().await;
    for (login, secret) in [(TECH, 1), (MATE, 2)] {
        let mut hand = Hand::ready(&test, login, secret).await;
        let id = test.report(login).await;
        hand.learn(&test, &id).await;
        let scanned = hand.say(scan(&terminal()), &id);
        let moved = |fix: Fix| {
            let there = fix.position().to_gcj02();
            Fix {
                lat_e7: there.lat_e7,
                lng_e7: there.lng_e7,
                ..fix
            }
        };
        let fixes: Vec<Fix> = burst(&mut hand).into_iter().map(moved).collect();
        let fact = check_in(&mut hand, &terminal(), Some(&scanned), Some(&fixes));
        hand.say(fact, &id);
        hand.sync(&test).await;
        let presence = test.judgement(&id).await["presence"][0].clone();
        assert!(
            presence["doubts"].to_string().contains("crs_suspect"),
            "{presence}"
        );
    }
    assert_eq!(tasks(&test).await, Vec::<Value>::new());
}
