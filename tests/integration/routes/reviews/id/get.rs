//! `GET /reviews/{id}`: one item with the facts behind it.

use serde_json::json;

use crate::support::reviews::{photographed, reviews, saved, scene};
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, NANSHAN, TECH, TestApp,
};

#[tokio::test]
async fn the_facts_are_shown_to_those_in_charge_and_to_nobody_else() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let jpeg = saved(&scene(1), 80);
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(photographed(&test, &mut hand, &jpeg).await.to_string());
    }
    let item = reviews(&test, "").await.remove(0);
    let ask = test.get(&format!("/reviews/{}", item["id"].as_str().unwrap()));
    for login in [FUTIAN, CITY, AUDITOR] {
        let shown = ask.clone().by(login).ok().await;
        let sightings = shown["sightings"].as_array().unwrap();
        let work_orders: Vec<&str> = sightings
            .iter()
            .map(|seen| seen["wo"].as_str().unwrap())
            .collect();
        assert_eq!(work_orders, ids);
        assert_eq!(sightings[0]["seen"], "photo");
        assert_eq!(shown["people"]["P-0001"]["name"], "tech 先生");
        assert_eq!(shown["decisions"], json!([]));
        assert_eq!(shown["digest"].as_str().unwrap().len(), 64);
    }
    ask.is_absent_for(&[NANSHAN]).await;
    ask.is_forbidden_for(&[TECH, DESK, BOSS, HALL, HOTLINE, ADMIN])
        .await;
    for id in ["0".repeat(32), "x".repeat(32), "review_state".to_owned()] {
        test.get(&format!("/reviews/{id}"))
            .is_absent_for(&[CITY])
            .await;
    }
}
