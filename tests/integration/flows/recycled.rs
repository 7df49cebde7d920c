//! Evidence that was used before: whatever arrives first, however often and through whatever
//! restart, one finding appears once, with what it rests on.

use domain::ids::WorkOrderId;
use domain::time::Millis;
use image::imageops::FilterType;
use serde_json::{Value, json};

use crate::support::builders::{accepted, hand_over, left_site, repair};
use crate::support::reviews::{found, opened, photographed, reviews, saved, scene, send};
use crate::support::{CITY, Hand, MATE, TECH, TestApp};

/// What somebody does to an old photo before it is sent again.
fn variants() -> Vec<(&'static str, Vec<u8>)> {
    let original = opened(&saved(&scene(1), 90));
    vec![
        ("recompressed", saved(&original, 30)),
        (
            "smaller",
            saved(&original.resize(200, 150, FilterType::Triangle), 60),
        ),
        ("brighter", saved(&original.brighten(12), 70)),
        ("mirrored", saved(&original.fliph(), 60)),
        ("quarter turned", saved(&original.rotate90(), 60)),
        ("upside down", saved(&original.rotate180(), 60)),
        ("three quarters turned", saved(&original.rotate270(), 60)),
    ]
}

#[tokio::test]
async fn a_changed_copy_is_found_once_in_whatever_order_it_arrives() {
    for (how, copy) in variants() {
        for is_copy_first in [false, true] {
            let test = TestApp::start().await;
            let mut hand = Hand::ready(&test, TECH, 1).await;
            let original = saved(&scene(1), 90);
            let stranger = saved(&scene(2), 90);
            let mut order = [original, copy.clone(), stranger];
            if is_copy_first {
                order.swap(0, 1);
            }
            for jpeg in &order {
                photographed(&test, &mut hand, jpeg).await;
            }
            assert_eq!(
                reviews(&test, "").await,
                Vec::<Value>::new(),
                "{how}: no bytes yet"
            );
            for jpeg in order.iter().chain(&order) {
                send(&test, &hand, jpeg).await;
            }
            let items = reviews(&test, "").await;
            assert_eq!(
                found(&items),
                [("photo_near".to_owned(), 2)],
                "{how}, copy first: {is_copy_first}"
            );
            assert_eq!(
                reviews(&test, "").await,
                items,
                "{how}: looking again changes nothing"
            );
        }
    }
}

#[tokio::test]
async fn the_same_file_in_three_work_orders_is_one_finding_that_grows() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let mut mate = Hand::ready(&test, MATE, 2).await;
    let jpeg = saved(&scene(3), 80);
    photographed(&test, &mut hand, &jpeg).await;
    assert_eq!(found(&reviews(&test, "").await), []);
    photographed(&test, &mut mate, &jpeg).await;
    let two = reviews(&test, "").await;
    assert_eq!(found(&two), [("photo_same".to_owned(), 2)]);
    assert_eq!(two[0]["weight"], "certain");
    photographed(&test, &mut hand, &jpeg).await;
    send(&test, &hand, &jpeg).await;
    let three = reviews(&test, "").await;
    assert_eq!(found(&three), [("photo_same".to_owned(), 3)]);
    assert_eq!(three[0]["id"], two[0]["id"]);
}

#[tokio::test]
async fn a_restart_goes_on_where_the_review_was_and_finds_the_same() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let original = saved(&scene(4), 90);
    let copy = saved(&opened(&original).fliph(), 50);
    photographed(&test, &mut hand, &original).await;
    send(&test, &hand, &original).await;
    test.app.reviews.settle().await.unwrap();
    // The bytes of the second photo come while nobody looks.
    photographed(&test, &mut hand, &copy).await;
    test.blobs
        .put(&crate::support::photos::name_of(&copy), copy.into())
        .await
        .unwrap();
    let other = test.again().await.unwrap();
    other.reviews.settle().await.unwrap();
    let items = reviews(&test, "").await;
    assert_eq!(found(&items), [("photo_near".to_owned(), 2)]);
    // Made again from nothing but work orders, fingerprints and decisions.
    test.store.forget_reviews().await.unwrap();
    assert_eq!(reviews(&test, "").await, items);
    test.again().await.unwrap().reviews.settle().await.unwrap();
    assert_eq!(reviews(&test, "").await, items);
}

#[tokio::test]
async fn pasted_strokes_are_found_and_shown_with_both_inks() {
    let test = TestApp::start().await;
    signed_alike(&test).await;
    let items = reviews(&test, "?kind=ink_same").await;
    assert_eq!(found(&items), [("ink_same".to_owned(), 2)]);
    let path = format!("/reviews/{}", items[0]["id"].as_str().unwrap());
    let shown = test.get(&path).by(CITY).ok().await;
    assert_eq!(shown["inks"].as_object().unwrap().len(), 2);
    assert_eq!(shown["item"]["measures"].as_array().unwrap().len(), 3);
}

/// Two work orders signed with the same strokes, delivered.
async fn signed_alike(test: &TestApp) -> Vec<WorkOrderId> {
    let mut hand = Hand::ready(test, TECH, 1).await;
    let mut signed = Vec::new();
    for _ in 0..2 {
        let id = test.reported().await;
        hand.learn(test, &id).await;
        hand.say(accepted(), &id);
        repair(&mut hand, &id);
        // The same strokes each time: that is how these builders write.
        hand_over(&mut hand, &id);
        hand.say(left_site(), &id);
        hand.sync(test).await;
        hand.pass(Millis::minutes(60));
        signed.push(id);
    }
    signed
}

#[tokio::test]
async fn a_likeness_of_handwriting_goes_with_the_handwriting() {
    let test = TestApp::start().await;
    let signed = signed_alike(&test).await;
    let items = reviews(&test, "?kind=ink_same").await;
    assert_eq!(found(&items), [("ink_same".to_owned(), 2)]);
    let body = json!({ "what": ["ink"], "reason": "保存期满" });
    test.post(&format!("/work-orders/{}/erasures", signed[0]))
        .by(CITY)
        .json(&body)
        .ok()
        .await;
    let left = reviews(&test, "").await;
    assert!(!found(&left).contains(&("ink_same".to_owned(), 2)));
    // Made again from what is there, the list is the same.
    test.store.forget_reviews().await.unwrap();
    assert_eq!(reviews(&test, "").await, left);
}

#[tokio::test]
async fn a_decision_closes_an_item_and_new_facts_open_it_again() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let jpeg = saved(&scene(5), 80);
    for _ in 0..2 {
        photographed(&test, &mut hand, &jpeg).await;
    }
    let item = reviews(&test, "").await.remove(0);
    let path = format!("/reviews/{}", item["id"].as_str().unwrap());
    let shown = test.get(&path).by(CITY).ok().await;
    let decision = json!({ "outcome": "no_issue", "reason": "同一台终端的同一张铭牌", "shown": shown["digest"] });
    let decided = test
        .post(&format!("{path}/decision"))
        .by(CITY)
        .json(&decision)
        .ok()
        .await;
    assert_eq!(
        (&decided["item"]["open"], &decided["decisions"][0]["reason"]),
        (&json!(false), &decision["reason"])
    );
    assert_eq!(found(&reviews(&test, "").await), []);
    assert_eq!(reviews(&test, "?state=decided").await.len(), 1);
    // Forgetting the list forgets no decision.
    test.store.forget_reviews().await.unwrap();
    assert_eq!(found(&reviews(&test, "").await), []);
    photographed(&test, &mut hand, &jpeg).await;
    let again = reviews(&test, "").await;
    assert_eq!(
        (&again[0]["open"], &again[0]["outcome"]["code"]),
        (&json!(true), &json!("no_issue"))
    );
    let stale = test
        .post(&format!("{path}/decision"))
        .by(CITY)
        .json(&decision);
    stale.is_refused(409, "review_changed").await;
}
