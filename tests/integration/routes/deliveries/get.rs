//! `GET /deliveries`: what became of the messages of the last two weeks.

use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::channels::here;
use crate::support::receivers::{Hook, Reply};
use crate::support::{ADMIN, AUDITOR, BOSS, CITY, DESK, HALL, RIVAL_BOSS, TECH, TestApp};

async fn page(test: &TestApp, login: &str, query: &str) -> Value {
    let path = format!("/deliveries{query}");
    test.get(&path).by(login).ok().await
}

fn count(page: &Value) -> usize {
    page["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn newest_first_one_s_own_and_only_those_in_trouble_if_asked() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    hook.answers([Reply::With(500, String::new())]);
    let first = test.reported().await;
    test.clock.advance(Millis::minutes(1));
    let second = test.reported().await;
    test.deliver().await;
    test.clock.advance(Millis(10_000));
    test.deliver().await;
    for login in [BOSS, DESK, ADMIN] {
        let all = page(&test, login, "").await;
        let orders: Vec<&Value> = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["work_order"])
            .collect();
        assert_eq!(orders, [&json!(second), &json!(first)]);
        assert_eq!(all["more"], false);
        let troubled = page(&test, login, "?state=troubled").await;
        assert_eq!(count(&troubled), 1);
        assert_eq!(troubled["items"][0]["work_order"], json!(first));
    }
    assert_eq!(count(&page(&test, RIVAL_BOSS, "").await), 0);
}

#[tokio::test]
async fn pages_follow_each_other_and_end_after_two_weeks() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    for _ in 0..51 {
        test.reported().await;
    }
    let first = page(&test, BOSS, "").await;
    assert_eq!((count(&first), &first["more"]), (50, &json!(true)));
    let second = page(&test, BOSS, "?page=1").await;
    assert_eq!((count(&second), &second["more"]), (1, &json!(false)));
    test.clock.advance(Millis::minutes(14 * 24 * 60));
    assert_eq!(count(&page(&test, BOSS, "?page=1").await), 1);
    test.clock.advance(Millis(1));
    assert_eq!(count(&page(&test, BOSS, "").await), 0);
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let test = TestApp::start().await;
    let ask = test.get("/deliveries");
    ask.clone().needs_a_token().await;
    ask.is_forbidden_for(&[TECH, HALL, CITY, AUDITOR]).await;
    let wrong = test.get("/deliveries?state=odd").by(BOSS);
    wrong.is_refused(400, "malformed_parameter").await;
    let wrong = test.get("/deliveries?page=1001").by(BOSS);
    wrong.is_refused(400, "malformed_parameter").await;
}
