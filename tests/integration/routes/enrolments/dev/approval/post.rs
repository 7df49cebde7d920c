//! `POST /enrolments/{dev}/approval`: somebody in charge says that a phone is its person's.

use domain::envelope::{Envelope, open};
use domain::receipt::KeyRecord;
use domain::time::Millis;
use serde_json::{Value, json};
use store::PersonRow;

use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, RIVAL, RIVAL_BOSS,
    RIVAL_DESK, SecondPhone, TECH, TestApp, person,
};

const WAITS: Millis = Millis::minutes(72 * 60);

async fn waiting(test: &TestApp) -> SecondPhone {
    Hand::enrolled(test, TECH, 1).await;
    SecondPhone::asks(test, 2).await
}

async fn leaves(test: &TestApp) -> i64 {
    test.store.log_tail().await.unwrap().leaves
}

/// The record as the phone gets it, believed only with the server's signature.
fn record(test: &TestApp, told: &Value) -> KeyRecord {
    let envelope = Envelope::from_value(told["key_record"].clone()).unwrap();
    open::<KeyRecord>(&envelope, test.app.signer.public_key())
        .unwrap()
        .1
}

#[tokio::test]
async fn dispatcher_manager_and_administrator_may_and_the_record_names_them() {
    for login in [DESK, BOSS, ADMIN] {
        let test = TestApp::start().await;
        let second = waiting(&test).await;
        let (before, asked_at) = (leaves(&test).await, test.app.now());
        test.clock.advance(Millis::minutes(5));
        second.approving(&test).by(login).ok().await;
        let told = second.told(&test).await;
        assert_eq!(told["standing"], "approved", "{login}");
        assert_eq!(told["answered_by_name"], format!("{login} 先生"));
        let record = record(&test, &told);
        assert_eq!(record.approved_by.unwrap().as_str(), person(login));
        assert_eq!(record.person.as_str(), person(TECH));
        assert_eq!(record.dev.to_string(), second.hand.dev());
        assert_eq!(record.ts, asked_at + Millis::minutes(5), "not before it");
        assert_eq!(leaves(&test).await, before + 1);
        let list = test.get("/devices").by(DESK).ok().await;
        let listed = list.as_array().unwrap().iter();
        let approvers: Vec<&Value> = listed.map(|it| &it["approved_by_name"]).collect();
        assert_eq!(approvers, [&Value::Null, &told["answered_by_name"]]);
        // The phone may also ask as it did at first.
        let asked = second.hand.ask(&test).await;
        assert_eq!(asked["key_record"], told["key_record"]);
    }
}

#[tokio::test]
async fn nobody_else_may() {
    let test = TestApp::start().await;
    let second = waiting(&test).await;
    let strangers = [
        MATE, RIVAL, RIVAL_DESK, RIVAL_BOSS, HALL, FUTIAN, CITY, AUDITOR, HOTLINE,
    ];
    let approving = second.approving(&test);
    approving.clone().is_absent_for(&strangers).await;
    approving.clone().needs_a_token().await;
    let own = approving.clone().by(TECH);
    own.is_refused(422, "own_enrolment").await;
    assert!(
        test.store
            .device(&second.hand.dev())
            .await
            .unwrap()
            .is_none()
    );
    let unknown = format!("/enrolments/{}/approval", "0".repeat(32));
    let body = json!({ "check_number": second.number() });
    test.post(&unknown)
        .json(&body)
        .is_absent_for(&[ADMIN])
        .await;
}

/// Whoever asked as a technician and has become a dispatcher still cannot.
#[tokio::test]
async fn nobody_approves_their_own_phone_in_a_new_role() {
    for role in ["dispatcher", "provider_manager", "admin"] {
        let test = TestApp::start().await;
        let second = waiting(&test).await;
        let row = test.store.person(person(TECH)).await.unwrap().unwrap();
        let promoted = PersonRow {
            role: role.to_owned(),
            ..row
        };
        test.store.put_people(vec![promoted]).await.unwrap();
        test.app.reload_register().await.unwrap();
        let own = second.approving(&test).by(TECH);
        own.is_refused(422, "own_enrolment").await;
        second
            .refusing(&test, "不是我的")
            .is_forbidden_for(&[TECH])
            .await;
        assert_eq!(second.told(&test).await["may_answer"], false);
    }
}

#[tokio::test]
async fn only_with_the_number_of_this_phone() {
    let test = TestApp::start().await;
    let second = waiting(&test).await;
    let third = SecondPhone::asks(&test, 3).await;
    let number: u32 = second.number().parse().unwrap();
    let neighbour = |by: u32| format!("{:08}", (number + by) % 100_000_000);
    for wrong in [
        third.number(),
        neighbour(1),
        neighbour(99_999_999),
        String::new(),
        second.number()[..7].to_owned(),
        "abcdefgh".to_owned(),
    ] {
        let approving = second.approving_with(&test, &wrong).by(DESK);
        approving.is_refused(422, "check_number_differs").await;
    }
    for malformed in [
        json!({}),
        json!({ "check_number": null }),
        json!({ "check_number": "123456789" }),
    ] {
        let path = format!("/enrolments/{}/approval", second.hand.dev());
        let approving = test.post(&path).by(DESK).json(&malformed);
        approving.is_refused(400, "malformed_body").await;
    }
    assert_eq!(second.told(&test).await["standing"], "waiting");
}

#[tokio::test]
async fn twice_is_once_and_the_first_approver_counts() {
    let test = TestApp::start().await;
    let second = waiting(&test).await;
    second.approving(&test).by(DESK).ok().await;
    let (row, before) = (
        test.store.device(&second.hand.dev()).await.unwrap(),
        leaves(&test).await,
    );
    test.clock.advance(Millis(WAITS.0 + 1));
    for login in [DESK, BOSS, ADMIN] {
        second.approving(&test).by(login).ok().await;
    }
    assert_eq!(test.store.device(&second.hand.dev()).await.unwrap(), row);
    assert_eq!(leaves(&test).await, before);
    let told = second.told(&test).await;
    let approver = record(&test, &told).approved_by.unwrap();
    assert_eq!(approver.as_str(), person(DESK));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_approve_at_once_one_does() {
    // Tasks of their own need something that outlives them.
    let test: &'static TestApp = Box::leak(Box::new(TestApp::start().await));
    let second: &'static SecondPhone = Box::leak(Box::new(waiting(test).await));
    let before = leaves(test).await;
    let approving = [DESK, BOSS, ADMIN].into_iter().cycle().take(9);
    let approving = approving.map(|login| tokio::spawn(second.approving(test).by(login).ok()));
    for approved in futures_util::future::join_all(approving).await {
        approved.unwrap();
    }
    assert_eq!(leaves(test).await, before + 1);
    let told = second.told(test).await;
    let approver = record(test, &told).approved_by.unwrap();
    let row = test.store.enrolment(&second.hand.dev()).await.unwrap();
    assert_eq!(row.unwrap().answer.unwrap().by, approver.as_str());
    let _ = std::fs::remove_dir_all(&test.folder);
}

#[tokio::test]
async fn in_the_last_millisecond_and_not_after_it() {
    for (late_by, works) in [(-1, true), (0, false), (1, false)] {
        let test = TestApp::start().await;
        let second = waiting(&test).await;
        test.clock.advance(Millis(WAITS.0 + late_by));
        let approving = second.approving(&test).by(DESK);
        if works {
            approving.ok().await;
        } else {
            approving.is_refused(409, "enrolment_expired").await;
        }
        let device = test.store.device(&second.hand.dev()).await.unwrap();
        assert_eq!(device.is_some(), works, "{late_by}");
    }
}

#[tokio::test]
async fn what_was_refused_or_revoked_is_not_approved() {
    let test = TestApp::start().await;
    let refused = waiting(&test).await;
    refused.refusing(&test, "没见过").by(BOSS).ok().await;
    let approving = refused.approving(&test).by(DESK);
    approving.is_refused(409, "enrolment_refused").await;

    let revoked = SecondPhone::asks(&test, 3).await;
    revoked.approving(&test).by(DESK).ok().await;
    let path = format!("/devices/{}/revocation", revoked.hand.dev());
    let body = json!({ "reason": "遗失" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    test.sign_in_again(TECH).await;
    let approving = revoked.approving(&test).by(DESK);
    approving.is_refused(409, "enrolment_revoked").await;
    let told = revoked.told(&test).await;
    assert_eq!(told["standing"], "revoked");
    assert!(told["key_record"].is_null());
}

/// The phone before it was revoked meanwhile: somebody in charge still has to say that this one is theirs.
#[tokio::test]
async fn a_request_goes_on_waiting_when_the_first_phone_is_revoked() {
    let test = TestApp::start().await;
    let first = Hand::enrolled(&test, TECH, 1).await;
    let second = SecondPhone::asks(&test, 2).await;
    let path = format!("/devices/{}/revocation", first.dev());
    let body = json!({ "reason": "更换" });
    test.post(&path).by(BOSS).json(&body).ok().await;
    test.sign_in_again(TECH).await;
    assert_eq!(second.told(&test).await["standing"], "waiting");
    assert_eq!(second.hand.ask(&test).await["standing"], "waiting");
    second.approving(&test).by(BOSS).ok().await;
    assert_eq!(second.told(&test).await["standing"], "approved");
}
