//! What a phone takes along, and that it takes it only once.

use poem::http::StatusCode;
use serde_json::Value;

use crate::testing::{TERMINAL, TestApp, json_of, signed_in};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_technician_takes_the_own_organisations_terminals_and_people() {
    let test = TestApp::start().await;
    let token = test.token("tech").await;
    let answer = signed_in(test.client.get("/api/v1/kit"), &token)
        .send()
        .await;
    answer.assert_status_is_ok();
    let kit = json_of(answer).await;
    assert_eq!(ids(&kit["terminals"]), [TERMINAL]);
    assert_eq!(ids(&kit["sites"]), ["S-FT-01"]);
    assert_eq!(
        ids(&kit["contacts"]),
        ["P-0001", "P-0002", "P-0003", "P-0006"]
    );
    assert_eq!(
        kit["server_key"],
        test.app.signer.public_key().spki_base64()
    );
    assert_eq!(kit["policies"].as_array().unwrap().len(), 1);
    let policy: domain::sla::policy::Policy =
        serde_json::from_value(kit["policies"][0]["policy"].clone()).unwrap();
    assert_eq!(kit["policies"][0]["digest"], policy.digest().to_string());
    assert!(kit["calendar"].is_object() || kit["calendar"].is_array());
    assert!(!kit.to_string().contains("argon2"));
}

#[tokio::test]
async fn an_unchanged_kit_is_not_sent_again() {
    let test = TestApp::start().await;
    let token = test.token("tech").await;
    let answer = signed_in(test.client.get("/api/v1/kit"), &token)
        .send()
        .await;
    let etag = answer.0.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(
        format!("\"{}\"", json_of(answer).await["etag"].as_str().unwrap()),
        etag
    );
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}")] {
        let request = test
            .client
            .get("/api/v1/kit")
            .header("if-none-match", &known);
        let answer = signed_in(request, &token).send().await;
        answer.assert_status(StatusCode::NOT_MODIFIED);
        answer.assert_header("etag", &etag);
    }
    let request = test
        .client
        .get("/api/v1/kit")
        .header("if-none-match", "\"old\"");
    signed_in(request, &token)
        .send()
        .await
        .assert_status_is_ok();
}

#[tokio::test]
async fn terminals_are_found_by_any_of_their_words_within_ones_care() {
    let test = TestApp::start().await;
    let cases = [
        ("tech", "", 1),
        ("tech", "01001", 1),
        ("tech", "010025", 0),
        ("tech", "福田", 1),
        ("hotline", "sz-ft", 2),
        ("hotline", "市民中心", 2),
        ("hotline", "nothing", 0),
    ];
    for (login, q, expected) in cases {
        let token = test.token(login).await;
        let request = test.client.get("/api/v1/terminals").query("q", &q);
        let found = json_of(signed_in(request, &token).send().await).await;
        assert_eq!(found["total"], expected, "{login} {q}: {found}");
    }
}
