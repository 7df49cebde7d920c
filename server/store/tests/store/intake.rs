//! Slips, complaints, accounts of other systems, and what they sent that fits nowhere.

use domain::actor::Scope;
use rstest::rstest;
use store::{
    ComplainantRow, ComplaintAnswerRow, ComplaintQuery, ComplaintRow, HeldIntakeRow,
    IntegrationRow, SlipRow, StoreError,
};

use crate::support::{Engine, open};

fn complaint(number: &str, district: &str, at: i64) -> ComplaintRow {
    ComplaintRow {
        number: number.to_owned(),
        district: district.to_owned(),
        provider: "O-P1".to_owned(),
        terminal: "SZ-FT-010017".to_owned(),
        wo: None,
        channel: "hotline".to_owned(),
        text: "没人修".to_owned(),
        by: "P-1".to_owned(),
        at,
        external_id: None,
        request: "r".to_owned(),
        open: true,
    }
}

fn slip(number: &str) -> SlipRow {
    SlipRow {
        digest: format!("d-{number}"),
        wo: None,
        event: None,
        complaint: Some(number.to_owned()),
        at: 1,
    }
}

fn answer(number: &str, place: i64) -> ComplaintAnswerRow {
    ComplaintAnswerRow {
        number: number.to_owned(),
        place,
        text: format!("第 {place} 次答复"),
        by: "P-2".to_owned(),
        at: place,
    }
}

#[rstest]
#[tokio::test]
async fn a_complaint_is_kept_whole_or_not_at_all_and_its_number_is_one_of_its_own(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let who = ComplainantRow {
        number: "TS-1".to_owned(),
        name: "赵".to_owned(),
        phone: String::new(),
    };
    let first = complaint("TS-1", "FT", 5);
    store
        .put_complaint(first.clone(), Some(who.clone()), slip("TS-1"))
        .await
        .unwrap();
    let again = store.put_complaint(complaint("TS-1", "NS", 6), None, slip("TS-9"));
    assert!(matches!(again.await.unwrap_err(), StoreError::Invalid(_)));
    assert_eq!(store.complaint("TS-1").await.unwrap(), Some(first));
    assert_eq!(store.complainant("TS-1").await.unwrap(), Some(who));
    assert_eq!(store.slip("d-TS-1").await.unwrap(), Some(slip("TS-1")));
    assert_eq!(store.slip("d-TS-9").await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn answers_are_added_and_two_at_once_do_not_cover_each_other(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    for number in ["TS-1", "TS-2"] {
        let row = complaint(number, "FT", 1);
        store.put_complaint(row, None, slip(number)).await.unwrap();
    }
    store.answer_complaint(answer("TS-1", 1)).await.unwrap();
    store.answer_complaint(answer("TS-1", 2)).await.unwrap();
    let late = store.answer_complaint(answer("TS-1", 2)).await.unwrap_err();
    assert!(matches!(late, StoreError::Invalid(_)), "{late:?}");
    let answers = store.complaint_answers("TS-1").await.unwrap();
    assert_eq!(answers, [answer("TS-1", 1), answer("TS-1", 2)]);
    assert!(store.complaint_answers("TS-2").await.unwrap().is_empty());
    assert!(!store.complaint("TS-1").await.unwrap().unwrap().open);
    assert!(store.complaint("TS-2").await.unwrap().unwrap().open);
}

#[tokio::test]
async fn lists_are_narrowed_by_scope_and_newest_first() {
    let store = open(Engine::Memory).await;
    for (number, district, at) in [("TS-B", "FT", 1), ("TS-A", "FT", 3), ("TS-C", "NS", 2)] {
        let row = complaint(number, district, at);
        store.put_complaint(row, None, slip(number)).await.unwrap();
    }
    store.answer_complaint(answer("TS-A", 1)).await.unwrap();
    let list = async |scope: Scope, open_only: bool| {
        let query = ComplaintQuery {
            scope,
            open_only,
            offset: 0,
            limit: 10,
        };
        let (rows, total) = store.list_complaints(&query).await.unwrap();
        assert_eq!(rows.len(), total);
        rows.into_iter().map(|row| row.number).collect::<Vec<_>>()
    };
    assert_eq!(list(Scope::All, false).await, ["TS-A", "TS-C", "TS-B"]);
    assert_eq!(list(Scope::All, true).await, ["TS-C", "TS-B"]);
    assert_eq!(
        list(Scope::District("FT".parse().unwrap()), false).await,
        ["TS-A", "TS-B"]
    );
    assert_eq!(
        list(Scope::District("FT".parse().unwrap()), true).await,
        ["TS-B"]
    );
    assert_eq!(
        list(Scope::Provider("O-P1".parse().unwrap()), true).await,
        ["TS-C", "TS-B"]
    );
    assert!(list(Scope::None, false).await.is_empty());
}

fn account(number: &str, hash: &str) -> IntegrationRow {
    IntegrationRow {
        number: number.to_owned(),
        name: "监控".to_owned(),
        channel: "monitoring".to_owned(),
        districts: vec!["FT".to_owned()],
        fault: "APP-2".to_owned(),
        token_hash: hash.to_owned(),
        made_by: "P-1".to_owned(),
        made_at: 1,
        revoked_at: None,
        revoked_by: None,
    }
}

#[rstest]
#[tokio::test]
async fn an_account_is_found_by_its_tokens_hash_and_two_cannot_share_one(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store.put_integration(account("IN-1", "h1")).await.unwrap();
    store.put_integration(account("IN-2", "h2")).await.unwrap();
    assert!(store.put_integration(account("IN-3", "h1")).await.is_err());
    let found = store.integration_by_token("h2").await.unwrap();
    assert_eq!(found, Some(account("IN-2", "h2")));
    assert_eq!(store.integration_by_token("h9").await.unwrap(), None);
    assert_eq!(store.integrations().await.unwrap().len(), 2);
}

#[rstest]
#[tokio::test]
async fn what_is_held_is_kept_once_and_settled_once(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let row = |number: &str, at: i64| HeldIntakeRow {
        number: number.to_owned(),
        account: "IN-1".to_owned(),
        key: format!("k-{number}"),
        kind: "alarm".to_owned(),
        reason: "held_terminal_unknown".to_owned(),
        body: "{}".to_owned(),
        received_at: at,
        waiting: true,
        settled_by: None,
        settled_at: None,
        note: None,
        wo: None,
    };
    for (number, at) in [("a", 1), ("b", 2), ("a", 3)] {
        store.hold_intake(row(number, at)).await.unwrap();
    }
    let waiting = store.held_intakes(true, 10).await.unwrap();
    assert_eq!(waiting, [row("b", 2), row("a", 1)]);
    assert_eq!(store.held_intakes(true, 1).await.unwrap().len(), 1);
    let settled = |by: &str| HeldIntakeRow {
        settled_by: Some(by.to_owned()),
        settled_at: Some(9),
        note: Some("x".to_owned()),
        ..row("a", 1)
    };
    assert!(store.settle_intake(settled("P-1")).await.unwrap());
    assert!(!store.settle_intake(settled("P-2")).await.unwrap());
    let kept = store.held_intake("a").await.unwrap().unwrap();
    assert_eq!(
        (kept.waiting, kept.settled_by.as_deref()),
        (false, Some("P-1"))
    );
    store.hold_intake(row("a", 4)).await.unwrap();
    assert!(
        !store.held_intake("a").await.unwrap().unwrap().waiting,
        "it is not opened again"
    );
    assert_eq!(store.held_intakes(false, 10).await.unwrap().len(), 1);
}
