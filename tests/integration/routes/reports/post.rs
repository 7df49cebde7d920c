//! `POST /reports`: a fault becomes a work order (9.1).

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    self, ADMIN, AUDITOR, CITY, DESK, FUTIAN, HALL, HOTLINE, RIVAL_DESK, TECH, TestApp,
};

fn report() -> Value {
    json!({ "terminal": support::terminal(), "fault": "HW-1", "text": "蓝屏", "reporter_name": "王女士", "reporter_phone": "13800138000" })
}

#[tokio::test]
async fn it_starts_a_work_order_with_its_clocks_and_its_channel() {
    let test = TestApp::start().await;
    for (login, channel) in [
        (DESK, "dispatcher"),
        (HOTLINE, "hotline"),
        (HALL, "inspector"),
    ] {
        let answer = test.post("/reports").by(login).json(&report()).ok().await;
        let id = answer["work_order"].as_str().unwrap();
        let shown = test.get(&format!("/work-orders/{id}")).by(CITY).ok().await;
        assert_eq!(shown["work_order"]["report"]["channel"], channel);
        assert_eq!(shown["judgement"]["stage"]["name"], "reported");
        assert_eq!(
            shown["judgement"]["clocks"][0]["limit_minutes"], 10,
            "a severe fault"
        );
        assert!(
            !shown.to_string().contains("13800138000"),
            "contacts stay sealed"
        );
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_report_and_another_body_is_a_contradiction() {
    let test = TestApp::start().await;
    let ask = test
        .post("/reports")
        .by(DESK)
        .header("idempotency-key", "k-1");
    let first = ask.clone().json(&report()).ok().await;
    assert_eq!(ask.clone().json(&report()).ok().await, first);
    let mut other = report();
    other["text"] = json!("黑屏");
    ask.json(&other)
        .is_refused(409, "idempotency_key_reused")
        .await;
    let of_another = test
        .post("/reports")
        .by(HOTLINE)
        .header("idempotency-key", "k-1")
        .json(&report())
        .ok()
        .await;
    assert_ne!(of_another, first, "a key is one person's");
}

#[tokio::test]
async fn many_reports_at_once_each_keep_their_key() {
    let test = TestApp::start().await;
    let send = |number: usize| {
        let key = format!("key-{number}");
        test.post("/reports")
            .by(DESK)
            .header("idempotency-key", &key)
            .json(&report())
            .ok()
    };
    let first = futures_util::future::join_all((0..12).map(send)).await;
    let second = futures_util::future::join_all((0..12).map(send)).await;
    assert_eq!(first, second);
    let numbers: std::collections::BTreeSet<String> = first.iter().map(Value::to_string).collect();
    assert_eq!(numbers.len(), 12);
}

#[tokio::test]
async fn a_report_that_is_refused_leaves_nothing_behind() {
    let test = TestApp::start().await;
    for technician in ["P-0003", "P-0004", "P-9999"] {
        let mut wrong = report();
        wrong["technician"] = json!(technician);
        test.post("/reports")
            .by(DESK)
            .json(&wrong)
            .is_refused(422, "not_a_technician_of_the_provider")
            .await;
    }
    assert_eq!(
        test.get("/work-orders?state=all").by(CITY).ok().await["total"],
        0
    );
    let id = test.reported().await;
    assert!(
        id.as_str().ends_with("-0001"),
        "{id}: no number is lost either"
    );
}

#[rstest]
#[case::unknown_terminal("terminal", json!("SZ-FT-999999"), 404, "not_found")]
#[case::nonsense_as_terminal("terminal", json!("终端"), 404, "not_found")]
#[case::terminal_too_long("terminal", json!("x".repeat(41)), 400, "malformed_body")]
#[case::unknown_fault("fault", json!("HW-9"), 422, "unknown_fault")]
#[case::text_too_long("text", json!("字".repeat(2_001)), 422, "text_too_long")]
#[case::text_far_too_long("text", json!("字".repeat(4_001)), 400, "malformed_body")]
#[case::name_too_long("reporter_name", json!("名".repeat(61)), 422, "contact_too_long")]
#[case::from_the_future("occurred_at", json!(support::START.0 + 1), 422, "occurred_in_the_future")]
#[case::before_all_time("occurred_at", json!(i64::MIN), 422, "occurred_too_long_ago")]
#[case::a_moment_in_words("occurred_at", json!("yesterday"), 400, "malformed_body")]
#[case::nonsense_as_technician("technician", json!("a b"), 404, "not_found")]
#[tokio::test]
async fn bad_members_are_named(
    #[case] member: &str,
    #[case] value: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let test = TestApp::start().await;
    let mut wrong = report();
    wrong[member] = value;
    test.post("/reports")
        .by(DESK)
        .json(&wrong)
        .is_refused(status, code)
        .await;
}

#[tokio::test]
async fn strange_text_is_text() {
    let test = TestApp::start().await;
    for text in [
        "蓝\u{0}屏",
        "'; REMOVE TABLE work_order; --",
        "\u{202e}abc",
        "<script>alert(1)</script>",
    ] {
        let mut strange = report();
        strange["text"] = json!(text);
        let answer = test.post("/reports").by(DESK).json(&strange).ok().await;
        let id = answer["work_order"].as_str().unwrap();
        let shown = test.get(&format!("/work-orders/{id}")).by(DESK).ok().await;
        assert_eq!(shown["work_order"]["report"]["text"], text);
    }
    assert_eq!(test.get("/work-orders").by(DESK).ok().await["total"], 4);
}

#[tokio::test]
async fn only_those_who_may_report_do_and_only_at_home() {
    let test = TestApp::start().await;
    test.post("/reports")
        .json(&report())
        .is_forbidden_for(&[TECH, RIVAL_DESK, FUTIAN, CITY, AUDITOR, ADMIN])
        .await;
    test.post("/reports")
        .by(DESK)
        .header("idempotency-key", &"k".repeat(65))
        .json(&report())
        .is_refused(400, "malformed_parameter")
        .await;
    test.post("/reports")
        .by(DESK)
        .text("{}")
        .is_refused(400, "malformed_body")
        .await;
    test.post("/reports")
        .by(DESK)
        .text(&"x".repeat(70_000))
        .is_refused(413, "too_large")
        .await;
}
