//! `GET /work-orders/{id}/place`: terminal and site by which a work order is judged.

use domain::ids::WorkOrderId;
use serde_json::{Value, json};

use crate::support::actors::{sites, terminal};
use crate::support::{CITY, RIVAL, TECH, TestApp};

async fn place(test: &TestApp, id: &WorkOrderId) -> Value {
    let path = format!("/work-orders/{id}/place");
    test.get(&path).by(TECH).ok().await
}

/// The site's next version, with a wider fence.
async fn widened(test: &TestApp) {
    let mut row = sites().remove(0);
    let mut doc: Value = serde_json::from_str(&row.doc).unwrap();
    doc["radius_cm"] = json!(2_000_000);
    row.version = 2;
    row.doc = doc.to_string();
    test.store.put_sites(vec![row]).await.unwrap();
    test.app.reload_register().await.unwrap();
}

#[tokio::test]
async fn it_is_the_one_of_the_report_whatever_the_register_says_by_now() {
    let test = TestApp::start().await;
    let first = test.reported().await;
    let before = place(&test, &first).await;
    assert_eq!(before["terminal"]["id"], terminal().as_str());
    let site = before["site"]["id"].as_str().unwrap().to_owned();
    let kit = test.get("/kit").by(TECH).ok().await;
    assert_eq!(kit["site_versions"][&site], 1);

    widened(&test).await;
    let second = test.reported().await;
    assert_eq!(place(&test, &first).await, before);
    let after = place(&test, &second).await;
    assert_eq!(after["site"]["radius_cm"], 2_000_000);
    assert_eq!(after["terminal"], before["terminal"]);
    // A phone notices by the numbers.
    let kit = test.get("/kit").by(TECH).ok().await;
    assert_eq!(kit["site_versions"][&site], 2);
    assert_eq!(test.work_order(&first).await.site_version, Some(1));
    assert_eq!(test.work_order(&second).await.site_version, Some(2));
}

#[tokio::test]
async fn whoever_may_read_the_work_order_may_read_its_place_and_nobody_else() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let path = format!("/work-orders/{id}/place");
    test.get(&path).by(CITY).ok().await;
    test.get(&path).by(RIVAL).is_refused(404, "not_found").await;
    let none = "/work-orders/WO-20261124-9999/place";
    test.get(none).by(CITY).is_refused(404, "not_found").await;
    let odd = "/work-orders/x/place";
    test.get(odd).by(CITY).is_refused(404, "not_found").await;
}
