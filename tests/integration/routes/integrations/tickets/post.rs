//! `POST /integrations/tickets`: tickets of the hotline's system, of i深圳, of a terminal's feedback button.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::integrations::System;
use crate::support::{CITY, TestApp, foreign_terminal, terminal};

fn ticket() -> Value {
    json!({ "external_id": "12345-2026-000881", "kind": "fault", "terminal": terminal(), "fault": "HW-2",
        "text": "打印机不出纸", "reporter_name": "孙先生", "reporter_phone": "13800138004" })
}

#[tokio::test]
async fn each_system_reports_through_its_own_channel() {
    let test = TestApp::start().await;
    for channel in ["hotline", "i_shenzhen", "terminal_feedback", "api"] {
        let system = System::of(&test, channel, &["FT"]).await;
        let answer = system
            .post("/integrations/tickets")
            .json(&ticket())
            .ok()
            .await;
        let id = answer["work_order"].as_str().unwrap();
        let shown = test.get(&format!("/work-orders/{id}")).by(CITY).ok().await;
        assert_eq!(shown["work_order"]["report"]["channel"], channel);
        assert!(
            !shown.to_string().contains("13800138004"),
            "contacts stay sealed"
        );
        let mut borrowed = ticket();
        borrowed["external_id"] = json!("other");
        borrowed["channel"] = json!(if channel == "api" { "hotline" } else { "api" });
        let ask = system.post("/integrations/tickets").json(&borrowed);
        ask.is_refused(403, "forbidden").await;
    }
}

#[tokio::test]
async fn the_same_ticket_is_the_same_work_order_and_another_content_a_contradiction() {
    let test = TestApp::start().await;
    let system = System::of(&test, "hotline", &["FT"]).await;
    let ask = system.post("/integrations/tickets");
    let first = ask.clone().json(&ticket()).ok().await;
    let again =
        futures_util::future::join_all((0..4).map(|_| ask.clone().json(&ticket()).ok())).await;
    assert!(
        again
            .iter()
            .all(|answer| answer["work_order"] == first["work_order"])
    );
    assert!(again.iter().all(|answer| answer["slip"] == first["slip"]));
    for (member, value) in [
        ("text", json!("又说是蓝屏")),
        ("fault", json!("HW-1")),
        ("kind", json!("complaint")),
    ] {
        let mut other = ticket();
        other[member] = value.clone();
        let problem = ask
            .clone()
            .json(&other)
            .is_refused(409, "ticket_contradicts")
            .await;
        assert_eq!(problem["earlier"]["text"], "打印机不出纸");
        assert_eq!(problem["sent"][member], value);
        assert!(!problem.to_string().contains("13800138004"));
    }
    assert_eq!(test.get("/work-orders").by(CITY).ok().await["total"], 1);
    // The number is one system's own.
    let another = System::of(&test, "api", &["FT"]).await;
    let other = another
        .post("/integrations/tickets")
        .json(&ticket())
        .ok()
        .await;
    assert_ne!(other["work_order"], first["work_order"]);
    assert_eq!(other["also_open"], json!([first["work_order"]]));
}

#[tokio::test]
async fn a_ticket_may_join_what_is_open() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let system = System::of(&test, "i_shenzhen", &["FT"]).await;
    let mut join = ticket();
    join["work_order"] = json!(id);
    join.as_object_mut().unwrap().remove("fault");
    for _ in 0..2 {
        let answer = system.post("/integrations/tickets").json(&join).ok().await;
        assert_eq!(answer["work_order"], id.as_str());
    }
    let joins = test.work_order(&id).await.joins;
    assert_eq!(joins.len(), 1);
    assert_eq!(json!(joins[0].what.channel), "i_shenzhen");
    join["text"] = json!("别的");
    let ask = system.post("/integrations/tickets").json(&join);
    ask.is_refused(409, "ticket_contradicts").await;
}

#[tokio::test]
async fn a_complaint_is_kept_as_one() {
    let test = TestApp::start().await;
    let system = System::of(&test, "hotline", &["FT"]).await;
    let complaint = json!({ "external_id": "C-1", "kind": "complaint", "terminal": terminal(), "text": "态度不好" });
    let first = system
        .post("/integrations/tickets")
        .json(&complaint)
        .ok()
        .await;
    assert_eq!(
        (&first["state"], &first["kind"]),
        (&json!("waiting"), &json!("complaint"))
    );
    assert_eq!(
        system
            .post("/integrations/tickets")
            .json(&complaint)
            .ok()
            .await,
        first
    );
    let list = test.get("/complaints").by(CITY).ok().await;
    assert_eq!(
        (&list["total"], &list["items"][0]["external_id"]),
        (&json!(1), &json!("C-1"))
    );
    let mut other = complaint;
    other["text"] = json!("太慢");
    let ask = system.post("/integrations/tickets").json(&other);
    ask.is_refused(409, "ticket_contradicts").await;
}

#[rstest]
#[case::no_number("external_id", json!(""), 400, "malformed_body")]
#[case::number_too_long("external_id", json!("1".repeat(65)), 400, "malformed_body")]
#[case::number_with_spaces("external_id", json!("a b"), 400, "malformed_body")]
#[case::unknown_terminal("terminal", json!("SZ-FT-999999"), 404, "not_found")]
#[case::unknown_fault("fault", json!("HW-9"), 422, "unknown_fault")]
#[case::no_fault("fault", Value::Null, 422, "unknown_fault")]
#[case::text_too_long("text", json!("字".repeat(2_001)), 422, "text_too_long")]
#[case::unknown_kind("kind", json!("praise"), 400, "malformed_body")]
#[case::unknown_work_order("work_order", json!("WO-20261124-0077"), 404, "not_found")]
#[case::another_district("terminal", json!(foreign_terminal()), 403, "forbidden")]
#[tokio::test]
async fn bad_members_are_named(
    #[case] member: &str,
    #[case] value: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let test = TestApp::start().await;
    let system = System::of(&test, "hotline", &["FT"]).await;
    let mut wrong = ticket();
    wrong[member] = value;
    let ask = system.post("/integrations/tickets").json(&wrong);
    ask.is_refused(status, code).await;
    assert_eq!(test.get("/work-orders").by(CITY).ok().await["total"], 0);
}

#[tokio::test]
async fn who_has_no_account_is_nobody() {
    let test = TestApp::start().await;
    let ask = test.post("/integrations/tickets").json(&ticket());
    ask.clone().needs_a_token().await;
    ask.by(CITY).is_refused(401, "unauthenticated").await;
}
