//! `GET /devices`: the phones in one's care.

use crate::support::{
    ADMIN, BOSS, CITY, DESK, FUTIAN, HOTLINE, Hand, MATE, RIVAL, RIVAL_BOSS, RIVAL_DESK, TECH,
    TestApp,
};

#[tokio::test]
async fn everybody_sees_the_phones_they_may_revoke_or_approve() {
    let test = TestApp::start().await;
    let hand = Hand::ready(&test, TECH, 1).await;
    for (login, count) in [
        (TECH, 1),
        (BOSS, 1),
        (ADMIN, 1),
        (MATE, 0),
        (RIVAL, 0),
        (RIVAL_BOSS, 0),
        (DESK, 1),
        (RIVAL_DESK, 0),
        (FUTIAN, 0),
        (CITY, 0),
        (HOTLINE, 0),
    ] {
        let list = test.get("/devices").by(login).ok().await;
        assert_eq!(list.as_array().unwrap().len(), count, "{login}");
        let may_revoke: Vec<bool> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["may_revoke"].as_bool().unwrap())
            .collect();
        assert!(
            may_revoke.iter().all(|may| *may == (login != DESK)),
            "{login}"
        );
    }
    let list = test.get("/devices").by(TECH).ok().await;
    assert_eq!(list[0]["dev"], hand.dev());
    assert_eq!(list[0]["head_seq"], hand.phone.head().seq);
    assert_eq!(list[0]["last_receipt_at"], test.app.now().0);
    assert!(list[0]["revoked_at"].is_null());
    assert!(list[0]["approved_by_name"].is_null());
}
