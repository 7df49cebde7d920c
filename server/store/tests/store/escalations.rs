//! What is due, and the leaders' queue.

use domain::actor::Scope;
use rstest::rstest;
use store::{EscalationQuery, EscalationRow, NEVER, Store, WorkOrderChange, WorkOrderRow};

use crate::support::{Engine, change, of_work_orders, open, work_order};

fn due(id: &str, due_at: i64) -> WorkOrderChange {
    let row = WorkOrderRow {
        due_at,
        ..work_order(id, None)
    };
    change(row, &[])
}

async fn write(store: &Store, changes: Vec<WorkOrderChange>) {
    let n = store.head().await.unwrap();
    store.commit(of_work_orders(n, changes)).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn what_is_due_comes_longest_due_first_and_only_once_it_is(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    write(
        &store,
        vec![
            due("WO-3", 300),
            due("WO-1", 100),
            due("WO-2", 200),
            due("WO-9", NEVER),
        ],
    )
    .await;
    let at = async |now, max| store.work_orders_due(now, max).await.unwrap();
    assert!(at(99, 9).await.is_empty());
    assert_eq!(at(100, 9).await, ["WO-1"]);
    assert_eq!(at(300, 9).await, ["WO-1", "WO-2", "WO-3"]);
    assert_eq!(at(300, 2).await, ["WO-1", "WO-2"]);
    write(&store, vec![due("WO-1", NEVER)]).await;
    assert_eq!(at(NEVER - 1, 9).await, ["WO-2", "WO-3"]);
}

fn gone_up(number: i64, provider: &str, district: &str, waiting: bool) -> WorkOrderChange {
    let id = format!("WO-{number}");
    let mut change = due(&id, NEVER);
    change.escalation = Some(EscalationRow {
        id,
        provider: provider.to_owned(),
        district: district.to_owned(),
        waiting,
    });
    change
}

#[rstest]
#[case::all(Scope::All, false, &["WO-4", "WO-3", "WO-2", "WO-1"])]
#[case::all_waiting(Scope::All, true, &["WO-4", "WO-2", "WO-1"])]
#[case::provider(Scope::Provider("O-P1".parse().unwrap()), false, &["WO-3", "WO-1"])]
#[case::provider_waiting(Scope::Provider("O-P1".parse().unwrap()), true, &["WO-1"])]
#[case::district(Scope::District("NS".parse().unwrap()), false, &["WO-4"])]
#[case::stranger(Scope::Provider("O-P9".parse().unwrap()), false, &[])]
#[case::technician(Scope::Technician("P-1".parse().unwrap()), false, &[])]
#[case::site_unit(Scope::SiteUnit("O-S1".parse().unwrap()), false, &[])]
#[case::nobody(Scope::None, false, &[])]
#[tokio::test]
async fn the_queue_holds_what_the_scope_allows_newest_first(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
    #[case] scope: Scope,
    #[case] waiting_only: bool,
    #[case] expected: &[&str],
) {
    let store = open(engine).await;
    write(
        &store,
        vec![
            gone_up(1, "O-P1", "FT", true),
            gone_up(2, "O-P2", "FT", true),
            gone_up(3, "O-P1", "FT", true),
            gone_up(4, "O-P2", "NS", true),
            due("WO-5", 5),
        ],
    )
    .await;
    write(&store, vec![gone_up(3, "O-P1", "FT", false)]).await;
    let query = |offset, limit| EscalationQuery {
        scope: scope.clone(),
        waiting_only,
        offset,
        limit,
    };
    let (rows, total) = store.escalations(&query(0, 9)).await.unwrap();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!((ids.as_slice(), total), (expected, expected.len()));
    let (second, total) = store.escalations(&query(1, 1)).await.unwrap();
    let second: Vec<&str> = second.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(
        second,
        expected.iter().skip(1).take(1).copied().collect::<Vec<_>>()
    );
    assert_eq!(total, expected.len());
}
