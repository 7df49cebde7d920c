//! `POST /complaints`: the hotline writes down what somebody complains about (11.2.2 a).

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    self, ADMIN, AUDITOR, CITY, DESK, FUTIAN, HALL, HOTLINE, RIVAL_DESK, TECH, TestApp,
};

fn complaint() -> Value {
    json!({ "terminal": support::terminal(), "text": "三天没人来修", "reporter_name": "赵女士", "reporter_phone": "13800138002" })
}

#[tokio::test]
async fn it_gets_a_number_and_a_slip_and_moves_no_work_order() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let before = test.get(&format!("/work-orders/{id}")).by(CITY).ok().await;
    let mut about = complaint();
    about["work_order"] = json!(id);
    let kept = test.post("/complaints").by(HOTLINE).json(&about).ok().await;
    assert!(kept["number"].as_str().unwrap().starts_with("TS-"));
    assert_eq!(kept["work_order"], id.as_str());
    assert_eq!(
        (&kept["waiting"], &kept["channel"]),
        (&json!(true), &json!("hotline"))
    );
    assert_eq!(kept["slip"]["code"].as_str().unwrap().len(), 12);
    assert_eq!(
        test.get(&format!("/work-orders/{id}")).by(CITY).ok().await,
        before
    );
    let other = test
        .post("/complaints")
        .by(HOTLINE)
        .json(&complaint())
        .ok()
        .await;
    assert_ne!(other["number"], kept["number"], "each is one of its own");
}

#[rstest]
#[case::unknown_terminal("terminal", json!("SZ-FT-999999"), 404, "not_found")]
#[case::nothing_said("text", json!("  "), 422, "complaint_empty")]
#[case::text_too_long("text", json!("字".repeat(2_001)), 422, "text_too_long")]
#[case::unknown_work_order("work_order", json!("WO-20261124-0099"), 404, "not_found")]
#[case::nonsense_as_work_order("work_order", json!("a b"), 404, "not_found")]
#[case::phone_too_long("reporter_phone", json!("1".repeat(61)), 400, "malformed_body")]
#[tokio::test]
async fn bad_members_are_named(
    #[case] member: &str,
    #[case] value: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let test = TestApp::start().await;
    let mut wrong = complaint();
    wrong[member] = value;
    test.post("/complaints")
        .by(HOTLINE)
        .json(&wrong)
        .is_refused(status, code)
        .await;
    assert_eq!(test.get("/complaints").by(CITY).ok().await["total"], 0);
}

#[tokio::test]
async fn a_work_order_of_another_terminal_is_none_to_complain_about() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut wrong = complaint();
    wrong["terminal"] = json!(support::neighbour());
    wrong["work_order"] = json!(id);
    test.post("/complaints")
        .by(HOTLINE)
        .json(&wrong)
        .is_refused(404, "not_found")
        .await;
}

#[tokio::test]
async fn only_hotline_and_the_provider_write_down() {
    let test = TestApp::start().await;
    let ask = test.post("/complaints").json(&complaint());
    ask.clone().needs_a_token().await;
    ask.clone()
        .is_forbidden_for(&[TECH, HALL, RIVAL_DESK, FUTIAN, CITY, AUDITOR, ADMIN])
        .await;
    ask.by(DESK).ok().await;
}
