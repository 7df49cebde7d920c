//! Projections are caches: made again from the events they are the same, whatever has happened.

use api::keys::KeyRing;
use api::rebuild::{Projections, rebuild};
use domain::event::{Fact, Nothing};
use domain::time::Millis;
use serde_json::json;
use store::{Commit, Store, WorkOrderChange};

use crate::support::builders::{accepted, arrive, hand_over, left_site, note, repair, restored};
use crate::support::{BOSS, DESK, Hand, MATE, TECH, TestApp, person, week};

async fn rebuilt(store: &Store, signer: &KeyRing) -> Projections {
    rebuild(store, signer.keys()).await.unwrap()
}

#[tokio::test]
async fn the_week_of_the_demonstration_comes_out_identical() {
    let store = week::played().await;
    let rebuilt = rebuilt(&store, &week::parts(&store).signer).await;
    assert!(rebuilt.work_orders.len() > 15 && rebuilt.devices.len() > 8);
    assert_eq!(
        rebuilt.differences(&store).await.unwrap(),
        Vec::<String>::new()
    );
}

/// Two technicians, three phones, refusals, a replay, a fork, days offline in several requests.
async fn a_hard_week(test: &TestApp) {
    let id = test.reported().await;
    let mut first = Hand::ready(test, TECH, 1).await;
    let mut second = Hand::ready(test, MATE, 2).await;
    let mut spare = Hand::ready(test, TECH, 3).await;
    first.learn(test, &id).await;
    first.say(accepted(), &id);
    let push = first.pushing(test);
    push.clone().ok().await;
    push.ok().await;
    first.sleep(Millis::minutes(90));
    arrive(&mut first, &id);
    first.say(left_site(), &id);
    first.minutes(5);
    repair(&mut first, &id);
    for number in 0..70 {
        first.say(note(&format!("第 {number} 条")), &id);
    }
    first.head(test).await;
    first.sleep(Millis::minutes(60 * 30));
    hand_over(&mut first, &id);
    first.say_of_the_phone(Fact::Resumed(Nothing {}));
    first.sync(test).await;
    spare.say(restored(), &id);
    spare.is_set_aside(test, "nothing_recorded").await;
    spare.say(note("备用手机"), &id);
    spare.sync(test).await;
    let body = json!({ "technician": person(MATE), "reason": "复查" });
    test.post(&format!("/work-orders/{id}/assignment"))
        .by(DESK)
        .json(&body)
        .ok()
        .await;
    second.minutes(3);
    arrive(&mut second, &id);
    second.sync(test).await;
    let revocation = format!("/devices/{}/revocation", spare.dev());
    test.post(&revocation)
        .by(BOSS)
        .json(&json!({ "reason": "遗失" }))
        .ok()
        .await;
    test.sign_in_again(TECH).await;
    spare.sleep(Millis::minutes(10));
    spare.say(note("吊销之后"), &id);
    spare.is_set_aside(test, "revoked_key").await;
    // Several at once share a turn.
    let hands = [&mut first, &mut second];
    let pushes = hands.map(|hand| {
        hand.say(note("同时"), &id);
        hand.pushing(test).ok()
    });
    futures_util::future::join_all(pushes).await;
    test.reported().await;
}

#[tokio::test]
async fn refusals_replays_and_several_requests_come_out_identical() {
    let test = TestApp::start().await;
    a_hard_week(&test).await;
    let rebuilt = rebuilt(&test.store, &test.app.signer).await;
    assert_eq!((rebuilt.work_orders.len(), rebuilt.devices.len()), (2, 4));
    assert_eq!(
        rebuilt.differences(&test.store).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn what_was_damaged_is_named_replaced_and_heard_of() {
    let test = TestApp::start().await;
    a_hard_week(&test).await;
    let cursor = test.get("/sync/changes").by(MATE).ok().await["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let row = test
        .store
        .work_order("WO-20261124-0001")
        .await
        .unwrap()
        .unwrap();
    let mut spoiled = row.clone();
    spoiled.doc = spoiled.doc.replace("同时", "别的");
    let mut invented = row.clone();
    invented.id = "WO-20261124-0099".to_owned();
    let changes = [spoiled, invented].map(|row| WorkOrderChange {
        row,
        feeds: Vec::new(),
        escalation: None,
    });
    let expected_n = test.store.head().await.unwrap();
    let commit = Commit {
        expected_n,
        work_orders: changes.to_vec(),
        ..Commit::default()
    };
    test.store.commit(commit).await.unwrap();
    let again = rebuilt(&test.store, &test.app.signer).await;
    assert_eq!(
        again.differences(&test.store).await.unwrap(),
        ["WO-20261124-0001", "WO-20261124-0099"]
    );
    again.replace(&test.store).await.unwrap();
    let again = rebuilt(&test.store, &test.app.signer).await;
    assert_eq!(
        again.differences(&test.store).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        test.store
            .work_order("WO-20261124-0001")
            .await
            .unwrap()
            .unwrap()
            .doc,
        row.doc
    );
    assert!(
        test.store
            .work_order("WO-20261124-0099")
            .await
            .unwrap()
            .is_none()
    );
    let changes = test
        .get(&format!("/sync/changes?cursor={cursor}"))
        .by(MATE)
        .ok()
        .await;
    assert_eq!(
        changes["changes"].as_array().unwrap().len(),
        1,
        "the phone fetches it again"
    );
}

#[tokio::test]
async fn whatever_is_written_meanwhile_wins() {
    let test = TestApp::start().await;
    test.reported().await;
    let old = rebuilt(&test.store, &test.app.signer).await;
    test.reported().await;
    assert!(old.replace(&test.store).await.unwrap_err().is_conflict());
    assert!(
        test.store
            .work_order("WO-20261124-0002")
            .await
            .unwrap()
            .is_some()
    );
}
