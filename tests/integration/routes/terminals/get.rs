//! `GET /terminals`: looking a terminal up.

use crate::support::{self, ADMIN, DESK, FUTIAN, HALL, HOTLINE, NANSHAN, RIVAL, TECH, TestApp};

#[tokio::test]
async fn one_finds_the_own_ones_by_number_or_place() {
    let test = TestApp::start().await;
    let digits = support::terminal().digits().unwrap().to_owned();
    for (login, q, total) in [
        (TECH, "", 2),
        (TECH, digits.as_str(), 1),
        (TECH, "南山", 0),
        (RIVAL, "南山", 1),
        (DESK, "福田大厅", 2),
        (HALL, "", 2),
        (FUTIAN, "sz-ft", 2),
        (NANSHAN, "sz-ft", 0),
        (HOTLINE, "", 3),
        (ADMIN, "sz-", 3),
        (HOTLINE, "' OR 1=1 --", 0),
    ] {
        let q: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = test.get(&format!("/terminals?q={q}")).by(login).ok().await;
        assert_eq!(found["total"], total, "{login} {q}");
    }
}

#[tokio::test]
async fn a_search_has_a_limit() {
    let test = TestApp::start().await;
    test.get(&format!("/terminals?q={}", "x".repeat(101)))
        .by(DESK)
        .is_refused(400, "malformed_parameter")
        .await;
}
