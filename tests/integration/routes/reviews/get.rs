//! `GET /reviews`: who sees what is worth a second look.

use serde_json::json;

use crate::support::reviews::{photographed, reviews, saved, scene};
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, NANSHAN, RIVAL, TECH,
    TestApp,
};

async fn with_one_item() -> (TestApp, Vec<String>) {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let jpeg = saved(&scene(1), 80);
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(photographed(&test, &mut hand, &jpeg).await.to_string());
    }
    assert_eq!(reviews(&test, "").await.len(), 1);
    (test, ids)
}

#[tokio::test]
async fn authorities_see_their_district_and_providers_see_nothing() {
    let (test, _) = with_one_item().await;
    for (login, total) in [(FUTIAN, 1), (CITY, 1), (AUDITOR, 1), (NANSHAN, 0)] {
        let list = test.get("/reviews").by(login).ok().await;
        assert_eq!(
            (&list["total"], list["items"].as_array().unwrap().len()),
            (&json!(total), total),
            "{login}"
        );
    }
    let logins = [TECH, MATE, RIVAL, DESK, BOSS, HALL, HOTLINE, ADMIN];
    test.get("/reviews").is_forbidden_for(&logins).await;
}

#[tokio::test]
async fn it_is_narrowed_by_state_kind_and_work_order() {
    let (test, ids) = with_one_item().await;
    let of_first = format!("?work_order={}", ids[0]);
    for (query, total) in [
        ("?state=open", 1),
        ("?state=decided", 0),
        ("?state=all", 1),
        ("?kind=photo_same", 1),
        ("?kind=ink_same", 0),
        ("?page=1", 0),
        (of_first.as_str(), 1),
        ("?work_order=WO-20200101-0001", 0),
    ] {
        let list = test.get(&format!("/reviews{query}")).by(FUTIAN).ok().await;
        assert_eq!(list["items"].as_array().unwrap().len(), total, "{query}");
    }
    let elsewhere = test
        .get(&format!("/reviews?work_order={}", ids[0]))
        .by(NANSHAN)
        .ok()
        .await;
    assert_eq!(elsewhere["total"], 0);
    for query in [
        "?state=some",
        "?kind=DROP%20TABLE",
        "?page=-1",
        "?page=10001",
    ] {
        let ask = test.get(&format!("/reviews{query}")).by(CITY);
        ask.is_refused(400, "malformed_parameter").await;
    }
}
