//! `POST /kiosks/{terminal}/code`: the next code for a screen that knows its secret.

use serde_json::{Value, json};

use crate::support::actors::{neighbour, terminal};
use crate::support::{Ask, BOSS, TECH, TestApp, token};

async fn secret(test: &TestApp) -> String {
    let opened = test
        .post("/kiosks")
        .by(BOSS)
        .json(&json!({ "terminal": terminal() }))
        .ok()
        .await;
    opened["address"]
        .as_str()
        .unwrap()
        .split('#')
        .next_back()
        .unwrap()
        .to_owned()
}

fn ask<'a>(test: &'a TestApp, terminal: &str, secret: &str) -> Ask<'a> {
    test.post(&format!("/kiosks/{terminal}/code"))
        .header("authorization", &format!("Bearer {secret}"))
}

#[tokio::test]
async fn every_code_is_another_and_signed() {
    let test = TestApp::start().await;
    let secret = secret(&test).await;
    let (one, other): (Value, Value) = (
        ask(&test, terminal().as_str(), &secret).ok().await,
        ask(&test, terminal().as_str(), &secret).ok().await,
    );
    assert_ne!(one["text"], other["text"]);
    assert_eq!(one["made_at"], test.app.now().0);
    assert!(
        one["text"]
            .as_str()
            .unwrap()
            .starts_with(&format!("https://daochang.test/t/{}?c=", terminal()))
    );
    assert_eq!(one["offline"], other["offline"]);
}

#[tokio::test]
async fn no_other_secret_opens_it() {
    let test = TestApp::start().await;
    let secret = secret(&test).await;
    ask(&test, neighbour().as_str(), &secret)
        .is_refused(401, "unknown_screen")
        .await;
    ask(&test, terminal().as_str(), &token(TECH))
        .is_refused(401, "unknown_screen")
        .await;
    ask(&test, "../x", &secret[1..])
        .is_refused(404, "unknown_path")
        .await;
    test.post(&format!("/kiosks/{}/revocation", terminal()))
        .by(BOSS)
        .json(&json!({ "reason": "停用" }))
        .ok()
        .await;
    ask(&test, terminal().as_str(), &secret)
        .is_refused(403, "screen_out_of_service")
        .await;
}
