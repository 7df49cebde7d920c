//! `GET /session`: who am I?

use domain::time::Millis;

use crate::support::{BOSS, PEOPLE, TECH, TestApp};

#[tokio::test]
async fn everybody_is_told_who_they_are() {
    let test = TestApp::start().await;
    for (login, id, role, org, district) in PEOPLE {
        let person = test.get("/session").by(login).ok().await;
        assert_eq!(
            (person["id"].as_str(), person["role"].as_str()),
            (Some(id), Some(role))
        );
        assert_eq!(
            (person["org"].as_str(), person["district"].as_str()),
            (Some(org), district)
        );
    }
}

#[tokio::test]
async fn an_expired_session_says_so_and_needs_a_new_sign_in() {
    let test = TestApp::start().await;
    test.get("/session").by(TECH).ok().await;
    test.clock.advance(Millis::minutes(60 * 24 * 60));
    test.get("/session")
        .by(TECH)
        .is_refused(401, "unauthenticated")
        .await;
    let answer = test.get("/session").by(BOSS).send().await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}
