//! `POST /enrolments/{dev}/refusal`: somebody in charge says that a phone is not its person's.

use domain::time::Millis;
use serde_json::json;

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, RIVAL, RIVAL_BOSS,
    RIVAL_DESK, SecondPhone, TECH, TestApp,
};

const WAITS: Millis = Millis::minutes(72 * 60);

async fn waiting(test: &TestApp) -> SecondPhone {
    Hand::enrolled(test, TECH, 1).await;
    SecondPhone::asks(test, 2).await
}

#[tokio::test]
async fn the_phone_is_told_why_and_its_key_is_never_enrolled() {
    for login in [DESK, BOSS, ADMIN] {
        let test = TestApp::start().await;
        let second = waiting(&test).await;
        second
            .refusing(&test, "  没见过这部手机 ")
            .by(login)
            .ok()
            .await;
        let told = second.told(&test).await;
        assert_eq!(told["standing"], "refused", "{login}");
        assert_eq!(told["refusal"], "没见过这部手机");
        assert_eq!(told["answered_by_name"], format!("{login} 先生"));
        assert_eq!(second.hand.ask(&test).await["standing"], "refused");
        assert!(
            test.store
                .device(&second.hand.dev())
                .await
                .unwrap()
                .is_none()
        );
        // With a new key the same person may ask again.
        SecondPhone::asks(&test, 3).await;
    }
}

#[tokio::test]
async fn nobody_else_may() {
    let test = TestApp::start().await;
    let second = waiting(&test).await;
    let refusing = second.refusing(&test, "不认识");
    let strangers = [
        MATE, RIVAL, RIVAL_DESK, RIVAL_BOSS, HALL, FUTIAN, CITY, AUDITOR, HOTLINE,
    ];
    refusing.clone().is_absent_for(&strangers).await;
    refusing.clone().is_forbidden_for(&[TECH]).await;
    refusing.needs_a_token().await;
    assert_eq!(second.told(&test).await["standing"], "waiting");
}

#[tokio::test]
async fn it_wants_a_reason() {
    let test = TestApp::start().await;
    let second = waiting(&test).await;
    for blank in ["", "无", "   ", " 无 "] {
        let refusing = second.refusing(&test, blank).by(DESK);
        refusing.is_refused(422, "refusal_without_reason").await;
    }
    let path = format!("/enrolments/{}/refusal", second.hand.dev());
    for malformed in [
        json!({}),
        json!({ "reason": null }),
        json!({ "reason": "字".repeat(301) }),
    ] {
        let refusing = test.post(&path).by(DESK).json(&malformed);
        refusing.is_refused(400, "malformed_body").await;
    }
    second
        .refusing(&test, &"字".repeat(300))
        .by(DESK)
        .ok()
        .await;
}

#[tokio::test]
async fn twice_is_once_and_the_first_answer_counts() {
    let test = TestApp::start().await;
    let refused = waiting(&test).await;
    refused.refusing(&test, "第一次").by(DESK).ok().await;
    refused.refusing(&test, "第二次").by(BOSS).ok().await;
    let told = refused.told(&test).await;
    assert_eq!(told["refusal"], "第一次");
    assert_eq!(told["answered_by_name"], "desk 先生");

    let approved = SecondPhone::asks(&test, 3).await;
    approved.approving(&test).by(DESK).ok().await;
    let refusing = approved.refusing(&test, "反悔了").by(BOSS);
    refusing.is_refused(409, "enrolment_approved").await;
    assert_eq!(approved.told(&test).await["standing"], "approved");
}

#[tokio::test]
async fn in_the_last_millisecond_and_not_after_it() {
    for (late_by, works) in [(-1, true), (0, false), (1, false)] {
        let test = TestApp::start().await;
        let second = waiting(&test).await;
        test.clock.advance(Millis(WAITS.0 + late_by));
        let refusing = second.refusing(&test, "不认识").by(DESK);
        if works {
            refusing.ok().await;
        } else {
            refusing.is_refused(409, "enrolment_expired").await;
        }
    }
}
