//! `GET /log/watch`: how witnesses and time-stamp authorities stand to the log.

use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::{ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, TECH, TestApp};

#[tokio::test]
async fn those_who_audit_and_those_who_run_it_may_look_and_nobody_else() {
    let test = TestApp::watched().await;
    for login in [CITY, FUTIAN, AUDITOR, ADMIN] {
        test.get("/log/watch").by(login).ok().await;
    }
    for login in [TECH, DESK, BOSS, HALL, HOTLINE] {
        let answer = test.get("/log/watch").by(login).send().await;
        assert_eq!(answer.status, 403, "{login}");
    }
    assert_eq!(test.get("/log/watch").send().await.status, 401);
}

fn standing(watch: &Value) -> (&str, u64) {
    let witness = &watch["witnesses"][0];
    let code = witness["standing"]["code"].as_str().unwrap();
    (code, witness["behind"].as_u64().unwrap())
}

#[tokio::test]
async fn a_witness_that_is_behind_is_late_after_the_merge_delay() {
    let test = TestApp::watched().await;
    let look = async || test.get("/log/watch").by(CITY).ok().await;
    let before = look().await;
    assert_eq!(before["checkpoint"], Value::Null);
    assert_eq!(standing(&before).0, "outside_waiting");
    let size = test.app.publisher.publish().await.unwrap();
    let seen = look().await;
    assert_eq!(standing(&seen), ("outside_current", 0));
    assert_eq!(seen["checkpoint"]["size"], size);
    assert_eq!(
        (&seen["witnessed"], &seen["alarms"]),
        (&size.into(), &json!([]))
    );
    let witness = &seen["witnesses"][0];
    assert_eq!(
        (&witness["size"], &witness["behind_since"]),
        (&size.into(), &Value::Null)
    );
    assert_eq!(witness["at"], test.app.now().0);
    assert_eq!(witness["ahead_ms"], 0);
    // Two leaves that nobody publishes: the fault and nothing else is a minute old, then ten.
    test.reported().await;
    test.clock.advance(Millis::minutes(10));
    let waiting = look().await;
    assert_eq!(standing(&waiting), ("outside_waiting", 1));
    test.clock.advance(Millis(1));
    let late = look().await;
    assert_eq!(standing(&late), ("outside_late", 1));
    assert_eq!(late["alarms"][0]["code"], "outside_is_late");
    assert!(late["alarms"][0]["zh"].as_str().unwrap().contains("见证方"));
}

#[tokio::test]
async fn a_log_that_nobody_watches_says_so() {
    let test = TestApp::start().await;
    let watch = test.get("/log/watch").by(AUDITOR).ok().await;
    assert_eq!(
        (&watch["witnesses"], &watch["authorities"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(watch["alarms"][0]["code"], "nobody_watches");
}
