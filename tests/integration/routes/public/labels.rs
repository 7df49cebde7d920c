//! `GET /labels`: the sheet of QR labels.

use poem::http::Method;

use crate::support::{
    ADMIN, Ask, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, TECH, TestApp, token,
};

fn labels(test: &TestApp) -> Ask<'_> {
    Ask::new(test, Method::GET, "/labels".to_owned())
}

#[tokio::test]
async fn whoever_may_print_prints_their_own() {
    let test = TestApp::start().await;
    for (login, count) in [
        (ADMIN, 3),
        (BOSS, 2),
        (HALL, 2),
        (FUTIAN, 2),
        (NANSHAN, 1),
        (CITY, 3),
    ] {
        let answer = labels(&test).by(login).send().await;
        assert_eq!(
            (answer.status, answer.as_text().matches("<svg").count()),
            (200, count),
            "{login}"
        );
    }
    labels(&test).is_forbidden_for(&[TECH, DESK, HOTLINE]).await;
    labels(&test).needs_a_token().await;
}

/// The console opens the sheet in a tab of its own, where it cannot set a header.
#[tokio::test]
async fn a_tab_sends_the_token_in_a_form() {
    let test = TestApp::start().await;
    let tab = |token: String| {
        Ask::new(&test, Method::POST, "/labels".to_owned())
            .header("content-type", "application/x-www-form-urlencoded")
            .bytes(format!("token={token}").as_bytes())
    };
    let sheet = tab(token(HALL)).send().await;
    assert_eq!(
        (sheet.status, sheet.as_text().matches("<svg").count()),
        (200, 2)
    );
    tab(token(TECH)).is_refused(403, "forbidden").await;
    for wrong in [String::new(), "x".repeat(43)] {
        tab(wrong).is_refused(401, "unauthenticated").await;
    }
}
