//! The whole server on an empty memory, with the small city of [`super::actors`] and everybody
//! signed in already: signing in for real costs a password hash, and has tests of its own.

use api::log::Identity;
use api::log::time_servers::TimeServer;
use api::log::witnesses::{Invented, Witnesses};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::config::{ChannelArgs, Config};
use api::keys::{self, rotation::Rotation};
use api::passwords::Passwords;
use api::routes::routes;
use api::signer::{Signer, random_bytes, sha256_hex};
use api::sm2::Sm2;
use api::state::{App, Parts, SharedApp};
use api::time_source::{ManualClock, TimeSource as _};
use domain::ids::WorkOrderId;
use domain::server_keys::{HeldChange, KeyUse};
use domain::sla::policy::Policy;
use domain::time::{Millis, Timestamp};
use domain::work_order::WorkOrder;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::test::TestClient;
use poem::{EndpointExt, Response};
use serde_json::{Value, json};
use store::{BlobLocation, Blobs, PolicyRow, SessionRow, Store, StoreConfig, StoreError};
use tokio::sync::OnceCell;
use verify::TrustedKey;

use super::actors::{self, CITY, DESK, PEOPLE, TECH, person};
use super::ask::Ask;
use super::pdf::text_of;

/// The password of everybody.
pub const PASSWORD: &str = "到场-2026";
/// When the tests begin: Tuesday 2026-11-24, 09:00 in Shenzhen.
pub const START: Timestamp = Timestamp(1_795_482_000_000);

/// One hash for all tests: they test nothing about it, and it is slow on purpose.
static PASSWORD_HASH: OnceCell<String> = OnceCell::const_new();

/// A running server.
pub struct TestApp {
    pub app: SharedApp,
    pub clock: Arc<ManualClock>,
    pub store: Store,
    pub blobs: Blobs,
    /// Where the refused and the kept bytes lie, if on disk.
    pub folder: PathBuf,
    pub client: TestClient<BoxEndpoint<'static, Response>>,
}

/// The token of a person, the same in every test.
pub fn token(login: &str) -> String {
    format!("{login:A<43}")
}

fn one_witness() -> Witnesses {
    Witnesses::new(Vec::new(), Some(Invented::from_seed(&[9; 32])), 1)
}

fn session(login: &str, id: &str) -> SessionRow {
    SessionRow {
        token_hash: sha256_hex(token(login).as_bytes()),
        person: id.to_owned(),
        expires_at: (START + Millis::minutes(60 * 24 * 60)).0,
        revoked: false,
    }
}

impl TestApp {
    /// The small city.
    pub async fn start() -> Self {
        Self::with(Witnesses::none()).await
    }

    /// The small city, whose log a witness watches.
    pub async fn watched() -> Self {
        Self::with(one_witness()).await
    }

    /// The small city, whose log a witness watches and whose server signs with SM2 too.
    pub async fn signing_twice(sm2: Sm2) -> Self {
        Self::on(Self::city().await, one_witness(), Some(sm2)).await
    }

    /// The small city, whose log these see from outside.
    pub async fn with(witnesses: Witnesses) -> Self {
        Self::on(Self::city().await, witnesses, None).await
    }

    /// The small city, whose server tells people outside the app so.
    pub async fn telling(channels: ChannelArgs) -> Self {
        let mut test = Self::start().await;
        test.app = test.again_telling(channels).await;
        test.client = TestClient::new(routes(&test.app).boxed());
        test
    }

    /// Another server process on the same data, which tells people outside the app so.
    pub async fn again_telling(&self, channels: ChannelArgs) -> SharedApp {
        let config = Config {
            channels,
            ..Config::in_memory(self.folder.join("web"))
        };
        let app = self.again_configured(Witnesses::none(), config).await;
        app.unwrap()
    }

    /// The small city, whose clock is compared with those of these servers.
    pub async fn told_the_time_by(ntp: Vec<TimeServer>) -> Self {
        let configure = |config: &mut Config| config.ntp = ntp;
        Self::configured(Self::city().await, Witnesses::none(), configure).await
    }

    /// The small city on the engine of the real server; there is no other process on this folder.
    pub async fn on_disk(folder: &Path) -> Self {
        let store = Store::open(&StoreConfig::rocksdb(folder)).await.unwrap();
        if store.head().await.unwrap() == 0 {
            Self::found(&store).await;
        }
        Self::on(store, Witnesses::none(), None).await
    }

    async fn city() -> Store {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        Self::found(&store).await;
        store
    }

    async fn found(store: &Store) {
        let hash = PASSWORD_HASH.get_or_init(async || {
            Passwords::new()
                .unwrap()
                .hash(PASSWORD.to_owned())
                .await
                .unwrap()
        });
        store.put_orgs(actors::organisations()).await.unwrap();
        store.put_people(actors::people(hash.await)).await.unwrap();
        store.put_sites(actors::sites()).await.unwrap();
        store.put_terminals(actors::terminals()).await.unwrap();
        let policy = Policy::v2024_10();
        let (digest, doc) = (
            policy.digest().to_string(),
            serde_json::to_string(&policy).unwrap(),
        );
        store
            .put_policy(PolicyRow {
                digest,
                valid_from: 0,
                doc,
            })
            .await
            .unwrap();
        for (login, id, ..) in PEOPLE {
            store.put_session(session(login, id)).await.unwrap();
        }
    }

    async fn on(store: Store, witnesses: Witnesses, sm2: Option<Sm2>) -> Self {
        let configure = |config: &mut Config| config.sm2 = sm2.map(Arc::new);
        Self::configured(store, witnesses, configure).await
    }

    async fn configured(
        store: Store,
        witnesses: Witnesses,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "daochang-it-{:016x}",
            u64::from_le_bytes(random_bytes())
        ));
        let clock = Arc::new(ManualClock::starting(START));
        let blobs = Blobs::open(&BlobLocation::Directory(folder.clone())).unwrap();
        let mut config = Config::in_memory(folder.join("web"));
        configure(&mut config);
        let parts = Parts {
            store: store.clone(),
            blobs: blobs.clone(),
            time: clock.clone(),
            signer: Signer::from_seed(&[7; 32]).into(),
            identity: Identity::from_seed("daochang.test/log", &[8; 32]),
            witnesses,
            config,
        };
        let app = App::start(parts).await.unwrap();
        let client = TestClient::new(routes(&app).boxed());
        Self {
            app,
            clock,
            store,
            blobs,
            folder,
            client,
        }
    }

    /// Another server process on the same data.
    pub async fn again(&self) -> Result<SharedApp, StoreError> {
        self.again_with(None, Witnesses::none()).await
    }

    /// The server stops, and starts signing with SM2 too; the same witness watches it.
    pub async fn begin_signing_twice(&mut self, sm2: Sm2) {
        let app = self.again_with(Some(sm2), one_witness()).await;
        self.app = app.unwrap();
        self.client = TestClient::new(routes(&self.app).boxed());
    }

    /// The server stops, and starts without the key for SM2; what signed so before is recorded.
    pub async fn end_signing_twice(&mut self, ended: Vec<TrustedKey>) {
        let config = Config {
            sm2_ended: ended,
            ..Config::in_memory(self.folder.join("web"))
        };
        self.app = self.again_configured(one_witness(), config).await.unwrap();
        self.client = TestClient::new(routes(&self.app).boxed());
    }

    /// Another server process on the same data, which signs with SM2 too, or does not.
    pub async fn again_with(
        &self,
        sm2: Option<Sm2>,
        witnesses: Witnesses,
    ) -> Result<SharedApp, StoreError> {
        let config = Config {
            sm2: sm2.map(Arc::new),
            ..Config::in_memory(self.folder.join("web"))
        };
        self.again_configured(witnesses, config).await
    }

    async fn again_configured(
        &self,
        witnesses: Witnesses,
        config: Config,
    ) -> Result<SharedApp, StoreError> {
        App::start(Parts {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            time: self.clock.clone(),
            signer: Signer::from_seed(&[7; 32]).into(),
            identity: Identity::from_seed("daochang.test/log", &[8; 32]),
            witnesses,
            config,
        })
        .await
    }

    /// The folder of the server's keys, as they are now.
    pub fn data(&self) -> PathBuf {
        let data = self.folder.join("data");
        if !data.exists() {
            std::fs::create_dir_all(&data).unwrap();
            std::fs::write(data.join("server.key"), [7; 32]).unwrap();
            std::fs::write(data.join("log.key"), [8; 32]).unwrap();
            std::fs::write(data.join("log.name"), "daochang.test/log").unwrap();
        }
        data
    }

    /// Stops the server, changes a key as the command does, and starts it again a minute later.
    pub async fn change_key(&mut self, kind: KeyUse) -> HeldChange {
        let rotation = Rotation {
            data: &self.data(),
            store: &self.store,
            kind,
        };
        let held = rotation.rotate(self.clock.now()).await.unwrap();
        self.clock.advance(Millis::minutes(1));
        self.restart().await;
        held
    }

    /// Starts the server again with the keys of its folder; the invented witness watches it.
    pub async fn restart(&mut self) {
        let data = self.data();
        let changes = keys::changes(&self.store).await.unwrap();
        keys::folder::settle(&data, &changes).unwrap();
        let identity = Identity::load(&data).unwrap();
        let parts = Parts {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            time: self.clock.clone(),
            signer: keys::ring(&data, changes.clone()).unwrap(),
            identity: identity.with_changes(&changes).unwrap(),
            witnesses: Witnesses::new(Vec::new(), Some(Invented::from_seed(&[9; 32])), 1),
            config: Config::in_memory(self.folder.join("web")),
        };
        self.app = App::start(parts).await.unwrap();
        self.client = TestClient::new(routes(&self.app).boxed());
    }

    /// A file that anybody may read.
    pub async fn file(&self, path: &str) -> Vec<u8> {
        let answer = self.client.get(path).send().await;
        answer.assert_status_is_ok();
        answer.0.into_body().into_vec().await.unwrap()
    }

    /// Puts a file or folder of another server in place of this one's.
    pub fn copy_from(&self, other: &TestApp, path: &str) {
        fn copy(from: &std::path::Path, to: &std::path::Path) {
            if from.is_dir() {
                std::fs::create_dir_all(to).unwrap();
                for entry in std::fs::read_dir(from).unwrap() {
                    let name = entry.unwrap().file_name();
                    copy(&from.join(&name), &to.join(&name));
                }
            } else {
                std::fs::copy(from, to).unwrap();
            }
        }
        copy(&other.folder.join(path), &self.folder.join(path));
    }

    /// After the server ended all sessions of a person.
    pub async fn sign_in_again(&self, login: &str) {
        let row = session(login, person(login));
        self.store.put_session(row).await.unwrap();
    }

    /// A request to the API; the path is the one of the specification, without `/api/v1`.
    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        Ask::new(self, method, format!("/api/v1{path}"))
    }

    pub fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Ask<'_> {
        self.ask(Method::POST, path)
    }

    /// A fault at a terminal, filed by the dispatcher and given to a technician.
    pub async fn report(&self, technician: &str) -> WorkOrderId {
        let report = json!({
            "terminal": actors::terminal(), "fault": "HW-1", "text": "蓝屏", "technician": person(technician),
        });
        let answer = self.post("/reports").by(DESK).json(&report).ok().await;
        answer["work_order"].as_str().unwrap().parse().unwrap()
    }

    /// What the evidence report of a work order says, without spaces.
    pub async fn report_of(&self, id: &WorkOrderId) -> String {
        let path = format!("/work-orders/{id}/report.pdf");
        let answer = self.get(&path).by(CITY).send().await;
        assert_eq!(answer.status, 200, "{}", answer.as_text());
        text_of(&answer.bytes)
    }

    /// The fault that most tests begin with.
    pub async fn reported(&self) -> WorkOrderId {
        self.report(TECH).await
    }

    /// A fault that nobody is given by hand.
    pub async fn report_to_nobody(&self) -> WorkOrderId {
        let report = json!({ "terminal": actors::terminal(), "fault": "HW-1", "text": "蓝屏" });
        let answer = self.post("/reports").by(DESK).json(&report).ok().await;
        answer["work_order"].as_str().unwrap().parse().unwrap()
    }

    /// Writes a roster of [`TECH`]'s provider for everything it maintains.
    pub async fn roster(&self, shifts: Value, ladder: Value) -> Value {
        let body = json!({ "version": 0, "shifts": shifts, "ladder": ladder });
        let ask = self
            .ask(Method::PUT, "/rosters/provider/O-KEDA")
            .by(actors::BOSS);
        ask.json(&body).ok().await
    }

    /// Lets time pass, and says what has fallen due.
    pub async fn tick(&self, by: Millis) -> usize {
        self.clock.advance(by);
        self.app.timers.settle().await.unwrap()
    }

    /// The work order as the store has it.
    pub async fn work_order(&self, id: &WorkOrderId) -> WorkOrder {
        let row = self.store.work_order(id.as_str()).await.unwrap().unwrap();
        serde_json::from_str(&row.doc).unwrap()
    }

    /// The judgement as the city's authority is shown it.
    pub async fn judgement(&self, id: &WorkOrderId) -> Value {
        self.get(&format!("/work-orders/{id}"))
            .by(actors::CITY)
            .ok()
            .await["judgement"]
            .clone()
    }

    /// The evidence page's data.
    pub async fn evidence(&self, id: &WorkOrderId) -> Value {
        self.get(&format!("/work-orders/{id}/evidence"))
            .by(actors::CITY)
            .ok()
            .await
    }

    /// What was set aside of this person's, as the phone is told.
    pub async fn quarantine(&self, login: &str) -> Vec<Value> {
        self.get("/sync/quarantine")
            .by(login)
            .ok()
            .await
            .as_array()
            .unwrap()
            .clone()
    }

    /// Names of the bytes that were refused and kept, with the reason.
    pub fn set_aside(&self) -> Vec<(String, String)> {
        let Ok(folders) = std::fs::read_dir(self.folder.join("aside")) else {
            return Vec::new();
        };
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        let reasons = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "reason"));
        let entry = |path: PathBuf| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        };
        reasons.map(entry).collect()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
