//! `GET /s` and `GET /s/{code}`: what a reporter's slip shows, and `POST /t/{terminal}/join`, by which one gets a
//! slip for a fault that is known already. Without script and without account.

use domain::time::Millis;
use poem::http::Method;
use serde_json::json;

use crate::support::{self, Ask, CITY, DESK, HOTLINE, TECH, TestApp};

fn get<'a>(test: &'a TestApp, path: &str) -> Ask<'a> {
    Ask::new(test, Method::GET, path.to_owned())
}

fn join<'a>(test: &'a TestApp, terminal: &str, fields: &str) -> Ask<'a> {
    let ask = Ask::new(test, Method::POST, format!("/t/{terminal}/join"));
    ask.header("content-type", "application/x-www-form-urlencoded")
        .bytes(fields.as_bytes())
}

fn code_on(page: &str) -> String {
    let (_, after) = page.split_once("href=\"/s/").unwrap();
    after[..12].to_owned()
}

fn nonce(number: u32) -> String {
    format!("{number:032x}")
}

#[tokio::test]
async fn the_page_of_a_broken_terminal_offers_to_join_and_joining_gives_a_slip() {
    let test = TestApp::start().await;
    let terminal = support::terminal().to_string();
    assert!(
        !get(&test, &format!("/t/{terminal}"))
            .send()
            .await
            .as_text()
            .contains("/join")
    );
    let id = test.reported().await;
    let page = get(&test, &format!("/t/{terminal}")).send().await.as_text();
    assert!(
        page.contains("我也遇到了同样的问题") && page.contains("已派给运维人员"),
        "{page}"
    );
    assert!(page.contains(&format!("/t/{terminal}/join")) && !page.contains("<script"));
    test.clock.advance(Millis::minutes(2));
    let fields = format!("wo={id}&nonce={}&phone=13800138005", nonce(1));
    let thanks = join(&test, &terminal, &fields).send().await;
    assert_eq!(thanks.status, 200);
    let code = code_on(&thanks.as_text());
    assert_eq!(
        code_on(&join(&test, &terminal, &fields).send().await.as_text()),
        code,
        "once"
    );
    let work_order = test.work_order(&id).await;
    assert_eq!(work_order.joins.len(), 1);
    assert_eq!(test.get("/work-orders").by(CITY).ok().await["total"], 1);
    let known = get(&test, &format!("/t/{terminal}")).send().await.as_text();
    assert!(known.contains("另有 1 人") && !known.contains("13800138005"));
    let slip = get(&test, &format!("/s/{code}")).send().await.as_text();
    assert!(slip.contains("附议时间") && slip.contains("09:02:00") && slip.contains("首次报修"));
}

#[tokio::test]
async fn who_reports_too_often_is_held_back_joining_or_not() {
    let test = TestApp::start().await;
    let terminal = support::terminal().to_string();
    let id = test.reported().await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        let fields = format!("wo={id}&nonce={}", nonce(number));
        statuses.push(join(&test, &terminal, &fields).send().await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429, 429]);
    assert_eq!(test.work_order(&id).await.joins.len(), 6);
}

#[tokio::test]
async fn what_cannot_be_joined_is_said_on_a_page() {
    let test = TestApp::start().await;
    let terminal = support::terminal().to_string();
    let neighbour = support::neighbour().to_string();
    let id = test.reported().await;
    let nonce = nonce(1);
    for (terminal, fields, status) in [
        (&neighbour, format!("wo={id}&nonce={nonce}"), 404),
        (&terminal, format!("wo=WO-20261124-0099&nonce={nonce}"), 404),
        (&terminal, format!("wo=%00&nonce={nonce}"), 404),
        (&terminal, format!("wo={id}&nonce=x"), 422),
        (&terminal, format!("wo={id}&nonce={nonce}&website=x"), 422),
        (&terminal, format!("wo={id}&nonce={nonce}&phone=abc"), 422),
        (&terminal, String::new(), 422),
    ] {
        let answer = join(&test, terminal, &fields).send().await;
        assert_eq!(answer.status, status, "{fields}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    assert!(test.work_order(&id).await.joins.is_empty());
}

#[tokio::test]
async fn a_joining_that_is_refused_keeps_what_was_typed_beside_what_was_wrong() {
    let test = TestApp::start().await;
    let terminal = support::terminal().to_string();
    let id = test.reported().await;
    let fields = format!(
        "wo={id}&nonce={}&phone=12&text=second+floor&name=Wang",
        nonce(1)
    );
    let page = join(&test, &terminal, &fields).send().await.as_text();
    let (joining, report) = page.split_once("<main>").unwrap();
    for words in [
        "second floor",
        "Wang",
        "电话号码看起来不正确",
        "<details open>",
    ] {
        assert!(joining.contains(words), "{words}: {joining}");
        assert!(!report.contains(words), "{words} in the form of a report");
    }
}

#[tokio::test]
async fn a_slip_shows_status_limits_and_proof_and_names_nobody() {
    let test = TestApp::start().await;
    let report = json!({ "terminal": support::terminal(), "fault": "HW-1", "text": "一直蓝屏",
        "reporter_name": "王女士", "reporter_phone": "13800138006", "technician": support::person(TECH) });
    let filed = test.post("/reports").by(HOTLINE).json(&report).ok().await;
    let slip = &filed["slip"];
    let (code, event) = (
        slip["code"].as_str().unwrap(),
        slip["event"].as_str().unwrap(),
    );
    assert!(
        slip["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/s/{code}"))
    );
    let id = filed["work_order"].as_str().unwrap();
    test.post(&format!("/work-orders/{id}/response"))
        .by(DESK)
        .json(&json!({ "how": "called" }))
        .ok()
        .await;
    for (path, words) in [
        (
            format!("/s/{code}"),
            [
                "运维人员已响应",
                "一直蓝屏",
                "应响应",
                "按时",
                "日志位置",
                "怎样核对",
            ],
        ),
        (
            format!("/s/{}?lang=en", code.to_lowercase()),
            [
                "A technician has responded",
                "Blue screen",
                "Response due",
                "in time",
                "Place in the log",
                "How to check it",
            ],
        ),
    ] {
        let answer = get(&test, &path).send().await;
        let page = answer.as_text();
        assert_eq!(answer.status, 200);
        for words in words {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(page.contains(&format!("/log/proof/{event}")));
        for secret in ["王女士", "13800138006", "P-000", "<script"] {
            assert!(!page.contains(secret), "{secret}");
        }
        assert!(answer.bytes.len() < 30 * 1024, "{}", answer.bytes.len());
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'")
        );
    }
}

#[tokio::test]
async fn a_code_is_typed_and_leads_to_its_page_or_is_named_as_wrong() {
    let test = TestApp::start().await;
    let report = json!({ "terminal": support::terminal(), "fault": "HW-1", "text": "" });
    let filed = test.post("/reports").by(HOTLINE).json(&report).ok().await;
    let code = filed["slip"]["code"].as_str().unwrap();
    let grouped = filed["slip"]["grouped"].as_str().unwrap().replace(' ', "+");
    let found = get(&test, &format!("/s?code={grouped}&lang=en"))
        .send()
        .await;
    assert_eq!(
        (found.status, found.header("location")),
        (303, format!("/s/{code}?lang=en").as_str())
    );
    assert_eq!(get(&test, "/s").send().await.status, 200);
    let mut wrong: Vec<char> = code.chars().collect();
    wrong[0] = if wrong[0] == '0' { '1' } else { '0' };
    let wrong: String = wrong.into_iter().collect();
    for (path, words) in [
        (format!("/s/{wrong}"), "校验位"),
        (format!("/s?code={wrong}"), "校验位"),
        ("/s/%3Cscript%3E".to_owned(), "12 位"),
        ("/s/000000000000".to_owned(), "没有找到回执"),
    ] {
        let answer = get(&test, &path).send().await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.as_text().contains(words),
            "{path}: {}",
            answer.as_text()
        );
        assert!(!answer.as_text().contains("<script"));
    }
}

#[tokio::test]
async fn codes_cannot_be_tried_out() {
    let test = TestApp::start().await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(get(&test, "/s/000000000000").send().await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 404).count(), 30);
    assert_eq!(statuses[39], 429);
    test.clock.advance(Millis::minutes(1));
    assert_eq!(get(&test, "/s/000000000000").send().await.status, 404);
}
