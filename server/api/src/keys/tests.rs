//! A change of key, interrupted at every step: the next start or a second run finishes it or clears it up.

use std::path::PathBuf;

use rstest::rstest;
use store::StoreConfig;

use super::rotation::Rotation;
use super::*;
use crate::log::Identity;
use crate::signer::load_or_create;
use crate::testing::{START, folder as fresh};

/// A data folder with a database that has never seen a change.
struct Server {
    data: PathBuf,
    store: Store,
}

impl Server {
    async fn new() -> Self {
        let data = fresh("rotation");
        load_or_create(&data).unwrap();
        Identity::load_or_create(&data, "https://daochang.test").unwrap();
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        Self { data, store }
    }

    fn rotation(&self, kind: KeyUse) -> Rotation<'_> {
        Rotation {
            data: &self.data,
            store: &self.store,
            kind,
        }
    }

    fn key(&self, kind: KeyUse) -> PublicKey {
        let seed = signer::load_seed(&folder::key_file(&self.data, kind)).unwrap();
        Signer::from_seed(&seed).public_key().clone()
    }

    async fn changes(&self) -> Vec<HeldChange> {
        changes(&self.store).await.unwrap()
    }

    /// What a start of the server does first.
    async fn start(&self) -> io::Result<KeyRing> {
        let changes = self.changes().await;
        folder::settle(&self.data, &changes)?;
        Identity::load(&self.data)?.with_changes(&changes)?;
        ring(&self.data, changes)
    }

    fn is_settled(&self, kind: KeyUse) -> bool {
        !folder::next_file(&self.data, kind).exists()
    }
}

/// Where the process is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Killed {
    BeforeAnything,
    AfterWritingTheNewKey,
    AfterTheCommit,
    AfterWritingTheChangesDown,
    AfterKeepingTheFormerKey,
}

/// Does all steps up to there.
async fn killed(server: &Server, kind: KeyUse, at: Killed) {
    let rotation = server.rotation(kind);
    let known = server.changes().await;
    let old = rotation.current(&known).unwrap();
    if at == Killed::BeforeAnything {
        return;
    }
    let new = rotation.prepare().unwrap();
    if at == Killed::AfterWritingTheNewKey {
        return;
    }
    let held = rotation.commit(&old, &new, START).await.unwrap();
    if at == Killed::AfterTheCommit {
        return;
    }
    folder::keep_changes(&server.data, &server.changes().await).unwrap();
    if at == Killed::AfterWritingTheChangesDown {
        return;
    }
    folder::keep_former_log_key(&server.data, &held).unwrap();
}

const TOOK_PLACE: [Killed; 3] = [
    Killed::AfterTheCommit,
    Killed::AfterWritingTheChangesDown,
    Killed::AfterKeepingTheFormerKey,
];

#[rstest]
#[tokio::test]
async fn the_next_start_finishes_what_was_interrupted(
    #[values(KeyUse::Server, KeyUse::Log)] kind: KeyUse,
    #[values(
        Killed::BeforeAnything,
        Killed::AfterWritingTheNewKey,
        Killed::AfterTheCommit,
        Killed::AfterWritingTheChangesDown,
        Killed::AfterKeepingTheFormerKey
    )]
    at: Killed,
) {
    let server = Server::new().await;
    let before = server.key(kind);
    killed(&server, kind, at).await;
    server.start().await.unwrap();
    assert!(server.is_settled(kind));
    let took_place = TOOK_PLACE.contains(&at);
    assert_eq!(server.key(kind) != before, took_place, "{at:?}");
    let changes = server.changes().await;
    assert_eq!(changes.len(), usize::from(took_place));
    assert_eq!(folder::written_changes(&server.data).unwrap(), changes);
    let former = folder::former_log_key_file(&server.data);
    assert_eq!(former.exists(), took_place && kind == KeyUse::Log);
    // Again, and nothing more happens.
    let after = server.key(kind);
    server.start().await.unwrap();
    assert_eq!(server.key(kind), after);
}

#[rstest]
#[tokio::test]
async fn a_second_run_finishes_what_was_interrupted(
    #[values(KeyUse::Server, KeyUse::Log)] kind: KeyUse,
    #[values(
        Killed::BeforeAnything,
        Killed::AfterWritingTheNewKey,
        Killed::AfterTheCommit,
        Killed::AfterWritingTheChangesDown,
        Killed::AfterKeepingTheFormerKey
    )]
    at: Killed,
) {
    let server = Server::new().await;
    let before = server.key(kind);
    killed(&server, kind, at).await;
    let held = server.rotation(kind).rotate(START).await.unwrap();
    assert_eq!((held.change.index, &held.old), (1, &before));
    assert_eq!(server.key(kind), held.new);
    assert!(server.is_settled(kind));
    assert_eq!(server.changes().await, [held]);
    server.start().await.unwrap();
}

#[tokio::test]
async fn the_old_server_key_is_gone_and_codes_are_made_from_what_it_made() {
    let server = Server::new().await;
    let before = std::fs::read(server.data.join("server.key")).unwrap();
    let codes = load_or_create(&server.data).unwrap().code_secret();
    server.rotation(KeyUse::Server).rotate(START).await.unwrap();
    assert!(server.start().await.unwrap().codes() == &codes);
    for entry in std::fs::read_dir(&server.data).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let has_it = bytes.windows(32).any(|window| window == before);
        assert!(!has_it, "{}", path.display());
    }
}

#[tokio::test]
async fn keys_change_again_and_the_times_go_on() {
    let server = Server::new().await;
    let mut from = Timestamp(0);
    for index in 1..=3 {
        // The clock stands still, and once it goes back.
        let now = START - domain::time::Millis(index);
        let held = server.rotation(KeyUse::Server).rotate(now).await.unwrap();
        assert_eq!(held.change.index, index as u64);
        assert!(held.change.from > from && held.change.from >= now);
        from = held.change.from;
    }
    let ring = server.start().await.unwrap();
    assert_eq!(ring.keys().spans().len(), 4);
    assert_eq!(last_change(ring.changes()), from);
    assert_eq!(server.store.log_tail().await.unwrap().ts, from.0);
}

#[tokio::test]
async fn a_server_does_not_start_with_a_key_that_was_replaced() {
    let server = Server::new().await;
    let path = folder::key_file(&server.data, KeyUse::Server);
    let old = std::fs::read(&path).unwrap();
    server.rotation(KeyUse::Server).rotate(START).await.unwrap();
    std::fs::write(&path, old).unwrap();
    let refused = server.start().await.err().unwrap().to_string();
    assert!(refused.contains("server.key is not the key"), "{refused}");
    assert!(server.rotation(KeyUse::Server).rotate(START).await.is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(server.start().await.is_err());
    assert!(!path.exists(), "no other key may be made in its place");
}

#[tokio::test]
async fn the_logs_former_key_must_be_let_go_before_the_next_change() {
    let server = Server::new().await;
    server.rotation(KeyUse::Log).rotate(START).await.unwrap();
    let refused = server.rotation(KeyUse::Log).rotate(START).await;
    assert!(refused.err().unwrap().to_string().contains("--end-overlap"));
    std::fs::remove_file(folder::former_log_key_file(&server.data)).unwrap();
    let held = server.rotation(KeyUse::Log).rotate(START).await.unwrap();
    assert_eq!(held.change.index, 2);
}

#[tokio::test]
async fn without_a_key_there_is_none_to_change() {
    let data = fresh("rotation-nothing");
    let store = Store::open(&StoreConfig::memory()).await.unwrap();
    let rotation = Rotation {
        data: &data,
        store: &store,
        kind: KeyUse::Server,
    };
    assert!(rotation.rotate(START).await.is_err());
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    assert_eq!(changes(&store).await.unwrap(), []);
}

#[tokio::test]
async fn damaged_files_are_reported_and_not_replaced() {
    let server = Server::new().await;
    server.start().await.unwrap();
    let codes = server.data.join("codes.key");
    std::fs::write(&codes, b"short").unwrap();
    assert!(server.start().await.is_err());
    assert_eq!(std::fs::read(&codes).unwrap(), b"short");
    let next = folder::next_file(&server.data, KeyUse::Server);
    std::fs::write(&next, b"short").unwrap();
    assert!(server.start().await.is_err());
    assert!(next.exists());
}
