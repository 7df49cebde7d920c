//! `GET /kit`: what a phone takes along.

use crate::support::{self, ADMIN, RIVAL, TECH, TestApp};

#[tokio::test]
async fn a_technician_takes_the_own_organisations_terminals() {
    let test = TestApp::start().await;
    let kit = test.get("/kit").by(TECH).ok().await;
    let terminals: Vec<&str> = kit["terminals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        terminals,
        [support::terminal().as_str(), support::neighbour().as_str()]
    );
    assert_eq!(
        kit["server_key"],
        test.app.signer.public_key().spki_base64()
    );
    assert_eq!(kit["policies"].as_array().unwrap().len(), 1);
    let rival = test.get("/kit").by(RIVAL).ok().await;
    assert_eq!(
        rival["terminals"][0]["id"],
        support::foreign_terminal().as_str()
    );
    assert_eq!(
        test.get("/kit").by(ADMIN).ok().await["terminals"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn it_tells_no_secret() {
    let test = TestApp::start().await;
    let text = test.get("/kit").by(TECH).ok().await.to_string();
    assert!(!text.contains("argon2") && !text.contains("password"));
    assert!(
        !text.contains("rival 先生"),
        "people of other organisations"
    );
}

#[tokio::test]
async fn an_unchanged_kit_is_not_sent_again() {
    let test = TestApp::start().await;
    let answer = test.get("/kit").by(TECH).send().await;
    let etag = answer.header("etag").to_owned();
    assert_eq!(etag.trim_matches('"'), answer.as_json()["etag"]);
    let again = test
        .get("/kit")
        .by(TECH)
        .header("if-none-match", &etag)
        .send()
        .await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let changed = test
        .get("/kit")
        .by(TECH)
        .header("if-none-match", "\"old\"")
        .send()
        .await;
    assert_eq!(changed.status, 200);
}
