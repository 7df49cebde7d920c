//! `GET /work-orders`: lists that are narrowed in the query.

use serde_json::json;

use crate::support::builders::{accepted, hand_over, left_site, repair};
use crate::support::{
    ADMIN, AUDITOR, BOSS, CITY, DESK, FUTIAN, HALL, HOTLINE, Hand, MATE, NANSHAN, OTHER_HALL,
    RIVAL, RIVAL_BOSS, RIVAL_DESK, TECH, TestApp,
};

#[tokio::test]
async fn everybody_sees_their_own_and_the_total_tells_no_more() {
    let test = TestApp::start().await;
    test.reported().await;
    let sees = [TECH, DESK, BOSS, HALL, FUTIAN, CITY, AUDITOR, HOTLINE];
    let does_not = [
        MATE, RIVAL, RIVAL_DESK, RIVAL_BOSS, OTHER_HALL, NANSHAN, ADMIN,
    ];
    for (logins, count) in [(&sees[..], 1), (&does_not[..], 0)] {
        for login in logins {
            let list = test.get("/work-orders").by(login).ok().await;
            assert_eq!(
                (list["items"].as_array().unwrap().len(), &list["total"]),
                (count, &json!(count)),
                "{login}"
            );
        }
    }
}

#[tokio::test]
async fn a_finished_one_leaves_the_open_list_and_stays_in_the_other() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    repair(&mut hand, &id);
    hand_over(&mut hand, &id);
    hand.say(left_site(), &id);
    hand.sync(&test).await;
    assert_eq!(
        test.get("/work-orders?state=open").by(DESK).ok().await["total"],
        0
    );
    let all = test.get("/work-orders?state=all").by(DESK).ok().await;
    assert_eq!(all["items"][0]["judgement"]["stage"]["name"], "evaluated");
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let test = TestApp::start().await;
    for _ in 0..53 {
        test.reported().await;
    }
    let first = test.get("/work-orders").by(DESK).ok().await;
    let second = test.get("/work-orders?page=1").by(DESK).ok().await;
    assert_eq!(
        (
            first["items"].as_array().unwrap().len(),
            second["items"].as_array().unwrap().len()
        ),
        (50, 3)
    );
    assert_eq!(first["items"][0]["work_order"]["id"], "WO-20261124-0053");
    assert_eq!(second["items"][2]["work_order"]["id"], "WO-20261124-0001");
    let third = test.get("/work-orders?page=2").by(DESK).ok().await;
    assert_eq!(
        (third["items"].as_array().unwrap().len(), &third["total"]),
        (0, &json!(53))
    );
}

#[tokio::test]
async fn words_are_looked_up_and_hostile_ones_find_nothing() {
    let test = TestApp::start().await;
    test.reported().await;
    for (q, total) in [
        ("蓝屏", 1),
        ("SZ-FT", 1),
        ("wo-2026", 1),
        ("福田", 1),
        ("没有", 0),
        ("' OR true --", 0),
        ("%", 0),
    ] {
        let q: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(
            test.get(&format!("/work-orders?q={q}")).by(DESK).ok().await["total"],
            total,
            "{q}"
        );
    }
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let test = TestApp::start().await;
    for query in ["state=closed", "page=-1", "page=10001", "page=x"] {
        test.get(&format!("/work-orders?{query}"))
            .by(DESK)
            .is_refused(400, "malformed_parameter")
            .await;
    }
    test.get(&format!("/work-orders?q={}", "x".repeat(81)))
        .by(DESK)
        .is_refused(400, "malformed_parameter")
        .await;
}
