//! The page behind the QR code, as a visitor meets it.

use domain::time::Millis;
use poem::http::StatusCode;
use poem::test::TestResponse;

use crate::testing::{TERMINAL, TestApp, signed_in, text_of};

async fn page(test: &TestApp, path: &str) -> String {
    let answer = test.client.get(path).send().await;
    answer.assert_status_is_ok();
    text_of(answer).await
}

fn nonce_in(page: &str) -> String {
    let start = page.find("name=\"nonce\" value=\"").unwrap() + 20;
    page[start..start + 32].to_owned()
}

async fn report(test: &TestApp, fields: &[(&str, &str)]) -> TestResponse {
    test.client
        .post(format!("/t/{TERMINAL}"))
        .form(&fields)
        .send()
        .await
}

#[tokio::test]
async fn the_page_says_who_looks_after_the_terminal_and_stays_small() {
    let test = TestApp::start().await;
    let answer = test.client.get(format!("/t/{TERMINAL}")).send().await;
    answer.assert_status_is_ok();
    answer.assert_content_type("text/html; charset=utf-8");
    let policy = answer.0.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("'sha256-"),
        "{policy}"
    );
    let page = text_of(answer).await;
    for words in [
        "福田&lt;大厅&gt;",
        "福中三路 &quot;市民中心&quot;",
        "科达运维",
        "福田大厅",
        "tel:075580000100",
        "tel:12345",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<script") && !page.contains(" style=") && !page.contains("福田<大厅>"));
    assert!(page.len() < 50 * 1024, "{} bytes", page.len());
    assert!(!page.contains("已报修"));
}

#[tokio::test]
async fn english_is_one_tap_away_and_the_default_of_an_english_phone() {
    let test = TestApp::start().await;
    assert!(
        page(&test, &format!("/t/{TERMINAL}"))
            .await
            .contains("?lang=en")
    );
    assert!(
        page(&test, &format!("/t/{TERMINAL}?lang=en"))
            .await
            .contains("What is wrong?")
    );
    let request = test
        .client
        .get(format!("/t/{TERMINAL}"))
        .header("accept-language", "en");
    assert!(
        text_of(request.send().await)
            .await
            .contains("What is wrong?")
    );
    let request = test
        .client
        .get(format!("/t/{TERMINAL}?lang=zh-CN"))
        .header("accept-language", "en");
    assert!(text_of(request.send().await).await.contains("出了什么问题"));
}

#[tokio::test]
async fn the_six_digits_lead_to_the_page() {
    let test = TestApp::start().await;
    let answer = test.client.get("/t/010017?lang=en").send().await;
    answer.assert_status(StatusCode::SEE_OTHER);
    answer.assert_header("location", format!("/t/{TERMINAL}?lang=en"));
}

#[tokio::test]
async fn an_unknown_terminal_is_a_friendly_page_with_the_hotline() {
    let test = TestApp::start().await;
    for path in [
        "/t/SZ-FT-999999",
        "/t/nonsense",
        "/t/000000",
        "/t/%3Cscript%3E",
        "/t/%E7%BB%88",
    ] {
        let answer = test.client.get(path).send().await;
        answer.assert_status(StatusCode::NOT_FOUND);
        answer.assert_content_type("text/html; charset=utf-8");
        let page = text_of(answer).await;
        assert!(
            page.contains("没有找到这台终端") && page.contains("tel:12345"),
            "{path}"
        );
        assert!(!page.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn a_report_gets_a_number_and_the_page_then_says_it_is_known() {
    let test = TestApp::start().await;
    let nonce = nonce_in(&page(&test, &format!("/t/{TERMINAL}")).await);
    let fields = [
        ("fault", "HW-1"),
        ("text", "一直蓝屏"),
        ("name", "王女士"),
        ("phone", "13800138000"),
        ("nonce", &nonce),
    ];
    let answer = report(&test, &fields).await;
    answer.assert_status_is_ok();
    let thanks = text_of(answer).await;
    assert!(
        thanks.contains("已收到报修")
            && thanks.contains("WO-20261124-0001")
            && thanks.contains("10 分钟"),
        "{thanks}"
    );
    let known = page(&test, &format!("/t/{TERMINAL}")).await;
    assert!(
        known.contains("已报修，处理中") && known.contains("2026-11-24 09:00"),
        "{known}"
    );
    assert!(
        !known.contains("王女士") && !known.contains("13800138000"),
        "contacts stay sealed"
    );
    assert!(
        !page(&test, "/t/SZ-FT-010025").await.contains("已报修"),
        "the neighbour is not affected"
    );
}

#[tokio::test]
async fn sending_the_same_form_twice_makes_one_report() {
    let test = TestApp::start().await;
    let nonce = nonce_in(&page(&test, &format!("/t/{TERMINAL}")).await);
    let fields = [("fault", "OTH-1"), ("nonce", nonce.as_str())];
    let first = text_of(report(&test, &fields).await).await;
    let second = text_of(report(&test, &fields).await).await;
    assert!(
        first.contains("WO-20261124-0001") && second.contains("WO-20261124-0001"),
        "{second}"
    );
}

#[tokio::test]
async fn a_bad_form_comes_back_with_what_was_typed_and_what_is_wrong() {
    let test = TestApp::start().await;
    let nonce = "0".repeat(32);
    let fields = [
        ("fault", ""),
        ("text", "<b>慢</b>"),
        ("phone", "abc"),
        ("nonce", nonce.as_str()),
    ];
    let answer = report(&test, &fields).await;
    answer.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
    let page = text_of(answer).await;
    for words in [
        "role=\"alert\"",
        "请选择故障现象",
        "电话号码看起来不正确",
        "&lt;b&gt;慢&lt;/b&gt;",
        "value=\"abc\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let empty = test
        .client
        .post(format!("/t/{TERMINAL}"))
        .body("not a form")
        .send()
        .await;
    empty.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_flood_of_reports_is_held_back_with_a_page() {
    let test = TestApp::start().await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        let nonce = format!("{number:032x}");
        statuses.push(
            report(&test, &[("fault", "APP-4"), ("nonce", &nonce)])
                .await
                .0
                .status(),
        );
    }
    assert_eq!(
        statuses
            .iter()
            .filter(|status| **status == StatusCode::OK)
            .count(),
        6,
        "{statuses:?}"
    );
    assert_eq!(statuses[7], StatusCode::TOO_MANY_REQUESTS);
    test.clock.advance(Millis::minutes(10));
    let answer = report(&test, &[("fault", "APP-4"), ("nonce", &"f".repeat(32))]).await;
    assert!(text_of(answer).await.contains("60 分钟"), "a general fault");
}

#[tokio::test]
async fn labels_are_for_those_who_may_print_them() {
    let test = TestApp::start().await;
    test.client
        .get("/labels")
        .send()
        .await
        .assert_status(StatusCode::UNAUTHORIZED);
    for (login, expected) in [("admin", Some(2)), ("boss", Some(1)), ("tech", None)] {
        let token = test.token(login).await;
        let answer = signed_in(test.client.get("/labels"), &token).send().await;
        match expected {
            None => answer.assert_status(StatusCode::FORBIDDEN),
            Some(labels) => {
                answer.assert_status_is_ok();
                let sheet = text_of(answer).await;
                assert_eq!(sheet.matches("<svg").count(), labels, "{login}");
                assert!(sheet.contains(TERMINAL) && sheet.contains("12345"));
            }
        }
    }
    let demo = TestApp::with(|config| config.demo = true).await;
    demo.client
        .get("/labels")
        .send()
        .await
        .assert_status_is_ok();
}
