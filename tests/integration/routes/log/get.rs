//! `GET /log`: how the log stands, for everybody.

use poem::http::StatusCode;

use crate::support::TestApp;

#[tokio::test]
async fn anybody_may_ask_how_the_log_stands() {
    let test = TestApp::start().await;
    let before = test.get("/log").ok().await;
    assert_eq!(
        (&before["published"], &before["root"]),
        (&0.into(), &().into())
    );
    assert!(before["leaves"].as_u64().unwrap() > 0, "{before}");
    let size = test.app.publisher.publish().await.unwrap();
    let after = test.get("/log").ok().await;
    assert_eq!(after["published"], size);
    assert_eq!(after["root"].as_str().unwrap().len(), 64);
    assert_eq!(
        (&after["witnessed"], &after["witnesses"]),
        (&0.into(), &serde_json::json!([]))
    );
    assert_eq!(after["alarm"], serde_json::Value::Null);
    let key = test.app.publisher.identity().verifier_key().to_string();
    assert_eq!(after["key"], key);
}

#[tokio::test]
async fn the_page_says_it_in_both_languages_without_script() {
    let test = TestApp::start().await;
    for (address, words) in [
        ("/log", "谁都可以核对的日志"),
        ("/log?lang=en", "A log that anybody can check"),
    ] {
        let answer = test.client.get(address).send().await;
        answer.assert_status(StatusCode::OK);
        let page = answer.0.into_body().into_string().await.unwrap();
        assert!(
            page.contains(words) && !page.contains("<script"),
            "{address}"
        );
        assert!(page.len() < 50 * 1024);
    }
}
