//! `POST /reviews/{id}/decision`: appended, signed, never overwritten.

use domain::envelope::{Envelope, open};
use domain::review::decision::{Decision, Outcome};
use serde_json::{Value, json};

use crate::support::reviews::{photographed, reviews, saved, scene};
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, NANSHAN, TECH, TestApp,
};

async fn with_one_item() -> (TestApp, String, Value) {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let jpeg = saved(&scene(1), 80);
    for _ in 0..2 {
        photographed(&test, &mut hand, &jpeg).await;
    }
    let item = reviews(&test, "").await.remove(0);
    let path = format!("/reviews/{}", item["id"].as_str().unwrap());
    let shown = test.get(&path).by(CITY).ok().await["digest"].clone();
    (test, format!("{path}/decision"), shown)
}

fn decision(outcome: &str, reason: &str, shown: &Value) -> Value {
    json!({ "outcome": outcome, "reason": reason, "shown": shown })
}

#[tokio::test]
async fn later_decisions_stand_beside_earlier_ones_and_name_them() {
    let (test, path, shown) = with_one_item().await;
    let first = decision("needs_follow_up", "请运维单位说明", &shown);
    let answer = test.post(&path).by(FUTIAN).json(&first).ok().await;
    assert_eq!(
        answer["item"]["open"], true,
        "follow-up is still to be done"
    );
    let second = decision("confirmed", "运维单位承认重复使用", &shown);
    let answer = test.post(&path).by(AUDITOR).json(&second).ok().await;
    assert_eq!(
        (&answer["item"]["open"], &answer["item"]["outcome"]["code"]),
        (&json!(false), &json!("confirmed"))
    );
    let decisions = answer["decisions"].as_array().unwrap();
    let read = |row: &Value| {
        let envelope = Envelope::from_value(row["envelope"].clone()).unwrap();
        open::<Decision>(&envelope, test.app.signer.public_key())
            .unwrap()
            .1
    };
    let (one, two) = (read(&decisions[0]), read(&decisions[1]));
    assert_eq!(
        (one.seq, one.outcome, one.prev),
        (1, Outcome::FollowUp, None)
    );
    assert_eq!(
        (two.seq, two.outcome, two.by.as_str()),
        (2, Outcome::Confirmed, "P-0013")
    );
    assert!(two.prev.is_some());
    assert_eq!(
        (&decisions[0]["reason"], &decisions[1]["by_name"]),
        (&first["reason"], &json!("auditor 先生"))
    );
}

#[tokio::test]
async fn two_at_once_are_both_kept() {
    let (test, path, shown) = with_one_item().await;
    let one = decision("no_issue", "看过了", &shown);
    let other = decision("confirmed", "有问题", &shown);
    let (one, other) = tokio::join!(
        test.post(&path).by(CITY).json(&one).ok(),
        test.post(&path).by(AUDITOR).json(&other).ok(),
    );
    let last = test
        .post(&path)
        .by(CITY)
        .json(&decision("no_issue", "再看一次", &shown))
        .ok()
        .await;
    assert_eq!(
        last["decisions"].as_array().unwrap().len(),
        3,
        "{one} {other}"
    );
}

#[tokio::test]
async fn only_those_in_charge_decide_and_never_without_a_reason() {
    let (test, path, shown) = with_one_item().await;
    let good = decision("no_issue", "无误", &shown);
    let ask = test.post(&path).json(&good);
    ask.is_forbidden_for(&[TECH, DESK, BOSS, HALL, HOTLINE, ADMIN])
        .await;
    ask.is_absent_for(&[NANSHAN]).await;
    let by_city = |body: &Value| test.post(&path).by(CITY).json(body);
    by_city(&decision("no_issue", " 无 ", &shown))
        .is_refused(422, "reason_missing")
        .await;
    by_city(&decision("no_issue", "无误", &json!("0".repeat(64))))
        .is_refused(409, "review_changed")
        .await;
    by_city(&decision("guilty", "无误", &shown))
        .is_refused(400, "malformed_body")
        .await;
    by_city(&decision("no_issue", &"字".repeat(1001), &shown))
        .is_refused(400, "malformed_body")
        .await;
    assert_eq!(reviews(&test, "").await.len(), 1, "nothing was decided");
}
