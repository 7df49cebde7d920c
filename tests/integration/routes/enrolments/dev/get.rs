//! `GET /enrolments/{dev}`: how the request of a phone stands.

use domain::time::Millis;
use store::{Commit, EnrolmentRow};

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, RIVAL, RIVAL_BOSS,
    RIVAL_DESK, SecondPhone, TECH, TestApp,
};

#[tokio::test]
async fn the_phone_is_told_who_may_approve_it_and_nobody_else_is_told_anything() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    let path = format!("/enrolments/{}", second.hand.dev());
    for login in [TECH, DESK, BOSS, ADMIN] {
        let told = test.get(&path).by(login).ok().await;
        assert_eq!(told["salt"], second.waiting["salt"], "{login}");
        assert!(told["key_record"].is_null());
    }
    let told = second.told(&test).await;
    let names: Vec<&str> = told["approvers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| person["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["desk 先生", "boss 先生"], "dispatchers come first");
    let strangers = [
        MATE, RIVAL, RIVAL_DESK, RIVAL_BOSS, HALL, FUTIAN, CITY, AUDITOR, HOTLINE,
    ];
    test.get(&path).is_absent_for(&strangers).await;
    test.get(&path).needs_a_token().await;
    for dev in ["0".repeat(32), "x".to_owned(), "%20".to_owned()] {
        let path = format!("/enrolments/{dev}");
        test.get(&path).is_absent_for(&[ADMIN, TECH]).await;
    }
}

#[tokio::test]
async fn it_waits_72_hours_and_not_a_millisecond_longer() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    let asked_at = test.app.now().0;
    assert_eq!(second.waiting["asked_at"], asked_at);
    assert_eq!(second.waiting["expires_at"], asked_at + 72 * 3_600_000);
    test.clock.advance(Millis(72 * 3_600_000 - 1));
    assert_eq!(second.told(&test).await["standing"], "waiting");
    test.clock.advance(Millis(1));
    assert_eq!(second.told(&test).await["standing"], "expired");
    test.clock.advance(Millis(1));
    assert_eq!(second.told(&test).await["standing"], "expired");
}

/// The server was killed after the key was on disk and before the salt was drawn.
#[tokio::test]
async fn a_request_without_a_salt_gets_one_for_ever() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    let dev = second.hand.dev();
    let row = test.store.enrolment(&dev).await.unwrap().unwrap();
    let killed = EnrolmentRow { salt: None, ..row };
    let commit = Commit {
        expected_n: test.store.head().await.unwrap(),
        enrolments: vec![killed],
        ..Commit::default()
    };
    test.store.commit(commit).await.unwrap();
    let path = format!("/enrolments/{dev}");
    let (first, second) =
        tokio::join!(test.get(&path).by(DESK).ok(), test.get(&path).by(TECH).ok());
    assert_eq!(first["salt"], second["salt"]);
    assert_eq!(first["salt"].as_str().unwrap().len(), 32);
    let again = test.get(&path).by(TECH).ok().await;
    assert_eq!(again["salt"], first["salt"]);
}
