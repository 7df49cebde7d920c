//! `GET /labels`: the sheet of QR labels.

use poem::http::Method;

use crate::support::{ADMIN, Ask, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, TECH, TestApp};

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
