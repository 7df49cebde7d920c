//! `GET /figures/presence/check-ins`: each number opens what it counts.

use serde_json::{Value, json};

use crate::support::figures::Counted;
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, RIVAL_BOSS, TECH,
};

const SHOWN: [&str; 6] = [
    "strong",
    "adequate",
    "weak",
    "none",
    "contradicted",
    "cannot_tell",
];

#[tokio::test]
async fn every_number_opens_as_many_check_ins_as_it_says() {
    let counted = Counted::start().await;
    let work_order = counted.test.work_order(&counted.strong).await;
    let earliest = work_order.visits[0].check_in.at.bounds.b.earliest.0;
    // The last thirty days, and a span that cuts through the first check-in.
    for span in [String::new(), format!("&from={}", earliest + 1)] {
        for login in [CITY, AUDITOR, FUTIAN, NANSHAN, BOSS, RIVAL_BOSS] {
            let figure = counted.figure(login, &span.replace("&from", "?from")).await;
            for shown in SHOWN {
                let opened = counted.opened(login, &format!("shown={shown}{span}")).await;
                let items = opened["items"].as_array().unwrap();
                assert_eq!(figure["total"][shown], items.len(), "{login} {shown}{span}");
                assert_eq!(opened["total"], items.len());
            }
        }
    }
}

fn work_orders(opened: &Value) -> Vec<&str> {
    let items = opened["items"].as_array().unwrap().iter();
    items
        .map(|item| item["work_order"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn it_names_what_leads_to_the_evidence_and_only_within_ones_area() {
    let counted = Counted::start().await;
    let strong = counted.opened(FUTIAN, "shown=strong").await;
    assert_eq!(work_orders(&strong), [counted.strong.as_str()]);
    let item = &strong["items"][0];
    let check_in = &counted.test.work_order(&counted.strong).await.visits[0].check_in;
    assert_eq!(
        (&item["event"], &item["shown"], &item["person_name"]),
        (
            &json!(check_in.at.event),
            &json!("strong"),
            &json!(format!("{TECH} 先生"))
        )
    );
    assert_eq!(
        (&item["earliest"], &item["latest"]),
        (
            &json!(check_in.at.bounds.b.earliest),
            &json!(check_in.at.bounds.b.latest)
        )
    );
    // The latest first.
    let adequate = counted.opened(CITY, "shown=adequate").await;
    assert_eq!(
        work_orders(&adequate),
        [counted.foreign.as_str(), counted.adequate.as_str()]
    );
    for (login, query) in [
        (NANSHAN, "shown=strong"),
        (RIVAL_BOSS, "shown=strong"),
        (FUTIAN, "shown=adequate&district=NS"),
        (BOSS, "shown=adequate&provider=O-RIVAL"),
        (CITY, "shown=strong&district=NS"),
        (CITY, "shown=strong&page=1"),
    ] {
        let opened = counted.opened(login, query).await;
        assert!(work_orders(&opened).is_empty(), "{login} {query}");
    }
    let ask = counted.test.get("/figures/presence/check-ins?shown=strong");
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, DESK, HALL, HOTLINE, ADMIN])
        .await;
    for query in ["", "shown=best", "shown=strong&page=10001"] {
        let path = format!("/figures/presence/check-ins?{query}");
        let ask = counted.test.get(&path).by(CITY);
        ask.is_refused(400, "malformed_parameter").await;
    }
}
