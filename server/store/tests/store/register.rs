//! Terminals, sites, policies.

use rstest::rstest;
use store::{PolicyRow, SiteRow, TerminalRow};

use crate::support::{Engine, open};

fn terminal(version: i64, doc: &str) -> TerminalRow {
    TerminalRow {
        id: "SZ-FT-012344".to_owned(),
        site: "S-FT-01".to_owned(),
        version,
        doc: doc.to_owned(),
        search: "sz-ft-012344 福田政务大厅 一号机".to_owned(),
    }
}

fn site(version: i64) -> SiteRow {
    SiteRow {
        id: "S-FT-01".to_owned(),
        district: "FT".to_owned(),
        unit: "O-S1".to_owned(),
        version,
        doc: format!("{{\"version\":{version}}}"),
    }
}

#[rstest]
#[tokio::test]
async fn a_moved_terminal_keeps_the_version_work_orders_were_born_under(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    store
        .put_terminals(vec![terminal(1, "old place")])
        .await
        .unwrap();
    store
        .put_terminals(vec![terminal(2, "new place")])
        .await
        .unwrap();
    assert_eq!(
        store.terminal("SZ-FT-012344").await.unwrap(),
        Some(terminal(2, "new place"))
    );
    let version = async |version| {
        store
            .terminal_version("SZ-FT-012344", version)
            .await
            .unwrap()
    };
    assert_eq!(version(1).await, Some(terminal(1, "old place")));
    assert_eq!(version(2).await, Some(terminal(2, "new place")));
    assert_eq!(version(3).await, None);
    store
        .put_terminals(vec![terminal(1, "history rewritten")])
        .await
        .unwrap();
    assert_eq!(version(1).await, Some(terminal(1, "old place")));
}

#[tokio::test]
async fn sites_and_terminals_are_listed_and_searched() {
    let store = open(Engine::Memory).await;
    let other = TerminalRow {
        id: "SZ-NS-000017".to_owned(),
        search: "南山".to_owned(),
        ..terminal(1, "{}")
    };
    store
        .put_terminals(vec![other.clone(), terminal(1, "{}")])
        .await
        .unwrap();
    store.put_sites(vec![site(1)]).await.unwrap();
    store.put_sites(vec![site(2)]).await.unwrap();
    assert_eq!(
        store.terminals().await.unwrap(),
        [terminal(1, "{}"), other.clone()]
    );
    assert_eq!(
        store.find_terminals("SZ-FT", 9).await.unwrap(),
        [terminal(1, "{}")]
    );
    assert_eq!(
        store.find_terminals("南山", 9).await.unwrap(),
        std::slice::from_ref(&other)
    );
    assert_eq!(store.find_terminals("", 1).await.unwrap().len(), 1);
    assert_eq!(
        store.terminals_by_id(&["SZ-NS-000017"]).await.unwrap(),
        [other]
    );
    assert_eq!(store.sites().await.unwrap(), [site(2)]);
    assert_eq!(store.site("S-FT-01").await.unwrap(), Some(site(2)));
    assert_eq!(
        store.site_version("S-FT-01", 1).await.unwrap(),
        Some(site(1))
    );
    assert_eq!(
        store.sites_by_id(&["S-FT-01", "S-FT-02"]).await.unwrap(),
        [site(2)]
    );
}

#[tokio::test]
async fn policies_are_known_by_hash_and_listed_by_when_they_took_effect() {
    let store = open(Engine::Memory).await;
    let policy = |digest: &str, valid_from| PolicyRow {
        digest: digest.to_owned(),
        valid_from,
        doc: "{}".to_owned(),
    };
    for row in [policy("bb", 10), policy("aa", 20), policy("cc", 5)] {
        store.put_policy(row).await.unwrap();
    }
    assert_eq!(
        store.policies().await.unwrap(),
        [policy("cc", 5), policy("bb", 10), policy("aa", 20)]
    );
    assert_eq!(store.policy("aa").await.unwrap(), Some(policy("aa", 20)));
    assert_eq!(store.policy("zz").await.unwrap(), None);
}
