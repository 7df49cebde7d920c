//! Accounts, sessions, challenges.

use rstest::rstest;
use store::{ChallengeRow, OrgRow, PersonRow, SessionRow, StoreError};

use crate::support::{Engine, open};

fn person(id: &str, login: &str, role: &str, org: &str) -> PersonRow {
    PersonRow {
        id: id.to_owned(),
        login: login.to_owned(),
        name: "李娜".to_owned(),
        role: role.to_owned(),
        org: org.to_owned(),
        district: None,
        phone: "13800000000".to_owned(),
        password_hash: "$argon2id$…".to_owned(),
        active: true,
    }
}

#[rstest]
#[tokio::test]
async fn people_are_found_by_id_login_role_and_organisation(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let [a, b, c] = [
        person("P-1", "lina", "technician", "O-1"),
        person("P-2", "wang", "technician", "O-2"),
        person("P-3", "zhao", "dispatcher", "O-1"),
    ];
    store
        .put_people(vec![c.clone(), a.clone(), b.clone()])
        .await
        .unwrap();
    assert_eq!(store.person("P-2").await.unwrap(), Some(b.clone()));
    assert_eq!(store.person("P-9").await.unwrap(), None);
    assert_eq!(
        store.person_by_login("zhao").await.unwrap(),
        Some(c.clone())
    );
    assert_eq!(store.person_by_login("nobody").await.unwrap(), None);
    assert_eq!(
        store.people(None, None).await.unwrap(),
        [a.clone(), b.clone(), c.clone()]
    );
    assert_eq!(
        store.people(Some("technician"), None).await.unwrap(),
        [a.clone(), b]
    );
    assert_eq!(
        store.people(Some("technician"), Some("O-1")).await.unwrap(),
        std::slice::from_ref(&a)
    );
    assert_eq!(store.people_by_id(&["P-3", "P-1"]).await.unwrap(), [c, a]);
    let org = OrgRow {
        id: "O-1".to_owned(),
        name: "甲".to_owned(),
        kind: "provider".to_owned(),
        district: None,
    };
    store.put_orgs(vec![org.clone()]).await.unwrap();
    assert_eq!(store.orgs().await.unwrap(), [org]);
}

#[rstest]
#[tokio::test]
async fn a_login_belongs_to_one_person(#[values(Engine::Memory, Engine::RocksDb)] engine: Engine) {
    let store = open(engine).await;
    store
        .put_people(vec![person("P-1", "lina", "technician", "O-1")])
        .await
        .unwrap();
    let refused = store
        .put_people(vec![person("P-2", "lina", "technician", "O-1")])
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Invalid(_)), "{refused:?}");
    assert_eq!(store.person("P-2").await.unwrap(), None);
    let renamed = PersonRow {
        active: false,
        ..person("P-1", "lina", "technician", "O-1")
    };
    store.put_people(vec![renamed.clone()]).await.unwrap();
    assert_eq!(store.person_by_login("lina").await.unwrap(), Some(renamed));
}

#[tokio::test]
async fn sessions_end_one_by_one_or_all_at_once() {
    let store = open(Engine::Memory).await;
    let session = |hash: &str, person: &str| SessionRow {
        token_hash: hash.to_owned(),
        person: person.to_owned(),
        expires_at: 99,
        revoked: false,
    };
    for (hash, person) in [("h1", "P-1"), ("h2", "P-1"), ("h3", "P-1"), ("h4", "P-2")] {
        store.put_session(session(hash, person)).await.unwrap();
    }
    let is_revoked = async |hash: &str| store.session(hash).await.unwrap().unwrap().revoked;
    for hash in ["h1", "h2", "h3", "h4"] {
        assert!(!is_revoked(hash).await, "{hash}");
    }
    store.revoke_session("h1").await.unwrap();
    assert!(is_revoked("h1").await && !is_revoked("h2").await);
    store.revoke_sessions_of("P-1").await.unwrap();
    assert!(is_revoked("h2").await && is_revoked("h3").await && !is_revoked("h4").await);
    store.revoke_session("unknown").await.unwrap();
    assert_eq!(store.session("unknown").await.unwrap(), None);
}

#[rstest]
#[case::in_time("P-1", 100, true)]
#[case::too_late("P-1", 101, false)]
#[case::of_somebody_else("P-2", 50, false)]
#[tokio::test]
async fn a_challenge_counts_once(#[case] who: &str, #[case] now: i64, #[case] counts: bool) {
    let store = open(Engine::Memory).await;
    let challenge = ChallengeRow {
        challenge: "ab".repeat(32),
        person: "P-1".to_owned(),
        expires_at: 100,
    };
    store.put_challenge(challenge.clone()).await.unwrap();
    assert_eq!(
        store
            .take_challenge(&challenge.challenge, who, now)
            .await
            .unwrap(),
        counts
    );
    assert!(
        !store
            .take_challenge(&challenge.challenge, "P-1", 1)
            .await
            .unwrap()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_take_a_challenge_at_once_one_succeeds() {
    let store = open(Engine::RocksDb).await;
    for round in 0..5 {
        let challenge = format!("challenge-{round}");
        let row = ChallengeRow {
            challenge: challenge.clone(),
            person: "P-1".to_owned(),
            expires_at: 9,
        };
        store.put_challenge(row).await.unwrap();
        let takers = (0..8).map(|_| {
            let (store, challenge) = (store.store.clone(), challenge.clone());
            tokio::spawn(async move { store.take_challenge(&challenge, "P-1", 1).await.unwrap() })
        });
        let mut taken = 0;
        for taker in takers.collect::<Vec<_>>() {
            taken += usize::from(taker.await.unwrap());
        }
        assert_eq!(taken, 1, "round {round}");
    }
}
