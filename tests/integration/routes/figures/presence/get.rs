//! `GET /figures/presence`: the share of check-ins that are shown strongly, within everybody's own area.

use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::figures::Counted;
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, RIVAL_BOSS, TECH,
};

/// Strong, adequate, cannot tell, and all.
fn numbers(share: &Value) -> [&Value; 4] {
    ["strong", "adequate", "cannot_tell", "total"].map(|name| &share[name])
}

#[tokio::test]
async fn it_is_counted_by_district_and_provider_within_ones_own_area() {
    let counted = Counted::start().await;
    for (login, strong, adequate) in [
        (CITY, 1, 2),
        (AUDITOR, 1, 2),
        (FUTIAN, 1, 1),
        (NANSHAN, 0, 1),
        (BOSS, 1, 1),
        (RIVAL_BOSS, 0, 1),
    ] {
        let figure = counted.figure(login, "").await;
        let total = strong + adequate;
        assert_eq!(
            numbers(&figure["total"]),
            [&json!(strong), &json!(adequate), &json!(0), &json!(total)],
            "{login}: {figure}"
        );
        assert_eq!(figure["behind"], false);
        // What is not somebody's own is not there, not even as a name.
        for part in ["districts", "providers"] {
            let parts = figure[part].as_array().unwrap();
            assert_eq!(
                parts.len(),
                1 + usize::from(total == 3),
                "{login}: {figure}"
            );
            let sum: u64 = parts
                .iter()
                .map(|of| of["share"]["total"].as_u64().unwrap())
                .sum();
            assert_eq!(sum, total as u64);
        }
    }
    let city = counted.figure(CITY, "").await;
    assert_eq!(
        (&city["districts"][0]["id"], &city["providers"][0]["name"]),
        (&json!("FT"), &json!("O-KEDA 单位"))
    );
    assert_eq!(city["total"]["strong_permille_min"], 333);
    assert_eq!(city["total"]["strong_permille_max"], 334);
    let nothing = counted.figure(FUTIAN, "?district=NS").await;
    assert_eq!(nothing["total"]["total"], 0);
    assert_eq!(nothing["total"]["strong_permille_min"], Value::Null);
    let keda = counted.figure(CITY, "?provider=O-KEDA").await;
    assert_eq!(keda["total"]["total"], 2);
    let ask = counted.test.get("/figures/presence");
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, DESK, HALL, HOTLINE, ADMIN])
        .await;
}

#[tokio::test]
async fn what_may_have_happened_outside_of_the_span_cannot_be_told_and_is_never_strong() {
    let counted = Counted::start().await;
    let strong = counted.test.work_order(&counted.strong).await;
    let arrived = strong.visits[0].check_in.at.bounds.b;
    assert!(arrived.earliest < arrived.latest);
    let (earliest, latest) = (arrived.earliest.0, arrived.latest.0);
    for (from, to, counts_as) in [
        (earliest, latest + 1, "strong"),
        (earliest, latest, "cannot_tell"),
        (earliest + 1, latest + 1, "cannot_tell"),
        (latest, latest + 1, "cannot_tell"),
        (earliest - 10, earliest + 1, "cannot_tell"),
        (earliest - 10, earliest, "nothing"),
        (latest + 1, latest + 2, "nothing"),
    ] {
        for shown in ["strong", "cannot_tell"] {
            let query = format!("shown={shown}&from={from}&to={to}");
            let opened = counted.opened(FUTIAN, &query).await;
            let is_there = opened.to_string().contains(counted.strong.as_str());
            assert_eq!(is_there, shown == counts_as, "{query}");
        }
    }
}

#[tokio::test]
async fn a_change_is_counted_once_it_was_looked_at_and_until_then_it_says_so() {
    let counted = Counted::start().await;
    let before = counted.figure(CITY, "").await;
    counted.test.reported().await;
    // The task behind the intake may be faster than this test, but it cannot count what is no check-in.
    let during = counted.figure(CITY, "").await;
    assert_eq!(during["total"], before["total"]);
    counted.test.store.forget_reviews().await.unwrap();
    counted.test.app.reviews.settle().await.unwrap();
    let again = counted.figure(CITY, "").await;
    assert_eq!(
        (&again["total"], &again["behind"]),
        (&before["total"], &json!(false))
    );
}

#[tokio::test]
async fn a_span_must_be_one() {
    let counted = Counted::start().await;
    let now = counted.test.app.now().0;
    let two_years = Millis::minutes(2 * 366 * 24 * 60).0;
    for query in [
        format!("from={now}&to={now}"),
        format!("from={}&to={now}", now + 1),
        format!("from={}&to={now}", now - two_years - 1),
        format!("from={}&to={}", i64::MIN, i64::MAX),
    ] {
        let path = format!("/figures/presence?{query}");
        let ask = counted.test.get(&path).by(CITY);
        ask.is_refused(422, "span_wrong").await;
    }
    counted
        .figure(CITY, &format!("?from={}&to={now}", now - two_years))
        .await;
    let malformed = counted.test.get("/figures/presence?from=x").by(CITY);
    malformed.is_refused(400, "malformed_parameter").await;
}
