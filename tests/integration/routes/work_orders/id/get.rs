//! `GET /work-orders/{id}`: one work order with its judgement.

use crate::support::{AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, STRANGERS, TECH, TestApp};

#[tokio::test]
async fn whoever_may_see_it_sees_it_judged() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    for login in [TECH, DESK, BOSS, HALL, FUTIAN, CITY, AUDITOR, HOTLINE] {
        let shown = test.get(&format!("/work-orders/{id}")).by(login).ok().await;
        assert_eq!(shown["work_order"]["id"], id.as_str(), "{login}");
        assert_eq!(shown["judgement"]["stage"]["name"], "assigned");
        assert_eq!(shown["technician_name"], "tech 先生");
    }
}

#[tokio::test]
async fn another_districts_work_order_is_as_absent_as_one_that_never_was() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    test.get(&format!("/work-orders/{id}"))
        .is_absent_for(&STRANGERS)
        .await;
    let text =
        |problem: serde_json::Value, id: &str| problem["detail"].as_str().unwrap().replace(id, "…");
    let foreign = test
        .get(&format!("/work-orders/{id}"))
        .by(STRANGERS[5])
        .is_refused(404, "not_found")
        .await;
    let never = test
        .get("/work-orders/WO-20200101-0001")
        .by(STRANGERS[5])
        .is_refused(404, "not_found")
        .await;
    assert_eq!(text(foreign, id.as_str()), text(never, "WO-20200101-0001"));
}

#[tokio::test]
async fn a_number_that_is_none_is_absent() {
    let test = TestApp::start().await;
    for id in [
        "WO-1",
        "x",
        "%E5%B7%A5",
        "WO-20261124-0001'%20OR%20true",
        &"9".repeat(41),
    ] {
        test.get(&format!("/work-orders/{id}"))
            .is_absent_for(&[CITY])
            .await;
    }
}
