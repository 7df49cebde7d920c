//! `GET /enrolments`: the phones that wait for one's answer.

use domain::time::Millis;
use serde_json::json;

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, RIVAL, RIVAL_BOSS,
    RIVAL_DESK, SecondPhone, TECH, TestApp, person,
};

const LISTED: Millis = Millis::minutes(30 * 24 * 60);

#[tokio::test]
async fn those_in_charge_see_whom_to_answer_and_the_person_sees_their_own() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    for (login, count, may_answer) in [
        (DESK, 1, true),
        (BOSS, 1, true),
        (ADMIN, 1, true),
        (TECH, 1, false),
        (MATE, 0, false),
        (RIVAL, 0, false),
        (RIVAL_DESK, 0, false),
        (RIVAL_BOSS, 0, false),
        (HALL, 0, false),
        (FUTIAN, 0, false),
        (CITY, 0, false),
        (AUDITOR, 0, false),
        (HOTLINE, 0, false),
    ] {
        let list = test.get("/enrolments").by(login).ok().await;
        assert_eq!(list.as_array().unwrap().len(), count, "{login}");
        if count > 0 {
            assert_eq!(list[0]["may_answer"], may_answer, "{login}");
        }
    }
    let list = test.get("/enrolments").by(DESK).ok().await;
    assert_eq!(list[0]["dev"], second.hand.dev());
    assert_eq!(list[0]["person"], person(TECH));
    assert_eq!(list[0]["why"]["code"], "another_phone_in_use");
    assert_eq!(second.hand.check_number(&list[0]), second.number());
    test.get("/enrolments").needs_a_token().await;
}

#[tokio::test]
async fn the_newest_stands_first_and_what_is_older_than_30_days_is_gone() {
    let test = TestApp::start().await;
    Hand::enrolled(&test, TECH, 1).await;
    let older = SecondPhone::asks(&test, 2).await;
    test.clock.advance(Millis(1));
    let newer = SecondPhone::asks(&test, 3).await;
    let listed = async || {
        let list = test.get("/enrolments").by(DESK).ok().await;
        let list = list.as_array().unwrap().clone();
        list.iter().map(|it| it["dev"].clone()).collect::<Vec<_>>()
    };
    let both = [json!(newer.hand.dev()), json!(older.hand.dev())];
    assert_eq!(listed().await, both);
    test.clock.advance(LISTED - Millis(1));
    assert_eq!(listed().await, both);
    test.clock.advance(Millis(1));
    assert_eq!(listed().await, both[..1]);
    test.clock.advance(Millis(1));
    assert!(listed().await.is_empty());
}
