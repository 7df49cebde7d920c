//! Phones that wait for approval.

use rstest::rstest;
use store::{Commit, EnrolmentAnswer, EnrolmentRow};

use crate::support::{Engine, device, open};

fn enrolment(dev: &str, person: &str, asked_at: i64) -> EnrolmentRow {
    EnrolmentRow {
        dev: dev.to_owned(),
        person: person.to_owned(),
        spki: "c3BraQ==".to_owned(),
        label: "小米 14".to_owned(),
        why: "another_phone_in_use".to_owned(),
        asked_at,
        salt: None,
        answer: None,
    }
}

#[rstest]
#[tokio::test]
async fn requests_are_found_by_key_person_and_time(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let [a, b, c] = [
        enrolment("aa", "P-1", 3),
        enrolment("bb", "P-1", 2),
        enrolment("cc", "P-2", 1),
    ];
    let commit = Commit {
        enrolments: vec![a.clone(), b.clone(), c.clone()],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    assert_eq!(store.enrolment("aa").await.unwrap(), Some(a.clone()));
    assert_eq!(store.enrolment("dd").await.unwrap(), None);
    assert_eq!(
        store.enrolments_of("P-1").await.unwrap(),
        [b.clone(), a.clone()]
    );
    assert_eq!(store.enrolments_of("P-3").await.unwrap(), []);
    assert_eq!(
        store.enrolments_since(1).await.unwrap(),
        [c, b.clone(), a.clone()]
    );
    assert_eq!(store.enrolments_since(2).await.unwrap(), [b, a]);
    assert_eq!(store.enrolments_since(4).await.unwrap(), []);
}

/// The answer and the device come together or not at all.
#[rstest]
#[tokio::test]
async fn an_answer_replaces_the_row_together_with_the_device(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let asked = Commit {
        enrolments: vec![enrolment("aa", "P-1", 3)],
        ..Commit::default()
    };
    let n = store.commit(asked).await.unwrap().n;
    let answered = EnrolmentRow {
        salt: Some("00".repeat(16)),
        answer: Some(EnrolmentAnswer {
            by: "P-9".to_owned(),
            at: 7,
            refused: Some("不是他".to_owned()),
        }),
        ..enrolment("aa", "P-1", 3)
    };
    let commit = Commit {
        expected_n: n,
        enrolments: vec![answered.clone()],
        devices: vec![device("aa", "P-1")],
        ..Commit::default()
    };
    let stale = Commit {
        expected_n: n - 1,
        ..commit.clone()
    };
    assert!(store.commit(stale).await.unwrap_err().is_conflict());
    assert_eq!(store.device("aa").await.unwrap(), None);
    store.commit(commit).await.unwrap();
    assert_eq!(store.enrolment("aa").await.unwrap(), Some(answered));
    assert_eq!(store.device("aa").await.unwrap(), Some(device("aa", "P-1")));
}
