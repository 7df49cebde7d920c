//! What the tests of this crate share: an application on an empty memory with a small invented
//! register, and a client that speaks to all of it.

use crate::log::Identity;
use crate::log::witnesses::Witnesses;
use std::path::PathBuf;
use std::sync::Arc;

use domain::sla::policy::Policy;
use domain::time::Timestamp;
use poem::Response;
use poem::endpoint::BoxEndpoint;
use poem::test::{TestClient, TestRequestBuilder, TestResponse};
use poem::{Endpoint, EndpointExt};
use serde_json::{Value, json};
use store::{
    BlobLocation, Blobs, OrgRow, PersonRow, PolicyRow, SiteRow, Store, StoreConfig, TerminalRow,
};

use crate::config::Config;
use crate::routes::routes;
use crate::signer::{Signer, random_bytes};
use crate::state::{App, Parts, SharedApp};
use crate::time_source::ManualClock;

/// The password of everybody.
pub const PASSWORD: &str = "到场-2026";
/// A terminal maintained by the technicians' organisation.
pub const TERMINAL: &str = "SZ-FT-010017";
/// When the tests begin: 2026-11-24 09:00 in Shenzhen.
pub const START: Timestamp = Timestamp(1_795_482_000_000);

/// An empty folder of its own for one test.
pub fn folder(name: &str) -> PathBuf {
    let unique = u64::from_le_bytes(random_bytes());
    let path = std::env::temp_dir().join(format!("daochang-{name}-{unique:016x}"));
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A running application with its clock in the test's hand.
pub struct TestApp {
    pub app: SharedApp,
    pub clock: Arc<ManualClock>,
    pub client: TestClient<BoxEndpoint<'static, Response>>,
}

impl TestApp {
    /// The usual one.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// One with another configuration.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        // Shown only for tests that fail.
        let _ = tracing_subscriber::fmt()
            .with_test_writer()
            .with_max_level(tracing::Level::ERROR)
            .try_init();
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        fill(&store).await;
        let clock = Arc::new(ManualClock::starting(START));
        let mut config = Config::in_memory(folder("web"));
        configure(&mut config);
        let parts = Parts {
            store,
            blobs: Blobs::open(&BlobLocation::Memory).unwrap(),
            time: clock.clone(),
            signer: Signer::from_seed(&[7; 32]).into(),
            identity: Identity::from_seed("daochang.test/log", &[8; 32]),
            witnesses: Witnesses::none(),
            config,
        };
        let app = App::start(parts).await.unwrap();
        let client = client(routes(&app));
        Self { app, clock, client }
    }

    /// Signs in and gives the token.
    pub async fn token(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": PASSWORD });
        let answer = self
            .client
            .post("/api/v1/session")
            .body_json(&body)
            .send()
            .await;
        answer.assert_status_is_ok();
        json_of(answer).await["token"].as_str().unwrap().to_owned()
    }
}

/// A client for any endpoint.
pub fn client(
    endpoint: impl Endpoint<Output = Response> + 'static,
) -> TestClient<BoxEndpoint<'static, Response>> {
    TestClient::new(endpoint.boxed())
}

/// Adds the token.
pub fn signed_in<'a, E: Endpoint>(
    request: TestRequestBuilder<'a, E>,
    token: &str,
) -> TestRequestBuilder<'a, E> {
    request.header("authorization", format!("Bearer {token}"))
}

/// The body as JSON.
pub async fn json_of(answer: TestResponse) -> Value {
    answer.0.into_body().into_json().await.unwrap()
}

/// The body as text.
pub async fn text_of(answer: TestResponse) -> String {
    answer.0.into_body().into_string().await.unwrap()
}

async fn fill(store: &Store) {
    let org = |id: &str, name: &str| OrgRow {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: "provider".to_owned(),
        district: None,
    };
    let orgs = vec![
        org("O-KEDA", "科达运维"),
        org("O-OTHER", "别家运维"),
        org("O-HALL", "福田大厅"),
    ];
    store.put_orgs(orgs).await.unwrap();
    let hash = crate::passwords::Passwords::new()
        .unwrap()
        .hash(PASSWORD.to_owned())
        .await
        .unwrap();
    let person = |id: &str, login: &str, role: &str, org: &str| PersonRow {
        id: id.to_owned(),
        login: login.to_owned(),
        name: format!("{login} 先生"),
        role: role.to_owned(),
        org: org.to_owned(),
        district: None,
        phone: "10900000000".to_owned(),
        password_hash: hash.clone(),
        active: login != "left",
    };
    let people = vec![
        person("P-0001", "tech", "technician", "O-KEDA"),
        person("P-0002", "mate", "technician", "O-KEDA"),
        person("P-0003", "boss", "provider_manager", "O-KEDA"),
        person("P-0004", "rival", "technician", "O-OTHER"),
        person("P-0005", "admin", "admin", "O-HALL"),
        person("P-0006", "left", "technician", "O-KEDA"),
        person("P-0007", "hotline", "hotline", "O-HALL"),
    ];
    store.put_people(people).await.unwrap();
    store.put_sites(vec![site()]).await.unwrap();
    let terminals = vec![
        terminal(TERMINAL, "O-KEDA"),
        terminal("SZ-FT-010025", "O-OTHER"),
    ];
    store.put_terminals(terminals).await.unwrap();
    let policy = Policy::v2024_10();
    let policy = PolicyRow {
        digest: policy.digest().to_string(),
        valid_from: 0,
        doc: serde_json::to_string(&policy).unwrap(),
    };
    store.put_policy(policy).await.unwrap();
}

fn site() -> SiteRow {
    let doc = json!({
        "id": "S-FT-01", "district": "FT", "name": "福田<大厅>", "address": "福中三路 \"市民中心\"",
        "lat_e7": 225_458_256, "lng_e7": 1_140_527_604, "radius_cm": null, "phone": "0755-80000100",
        "hours": "周一至周五 9:00–18:00", "managers": [{ "person": "P-0009", "name": "陈静" }], "unit": "O-HALL",
    });
    SiteRow {
        id: "S-FT-01".to_owned(),
        district: "FT".to_owned(),
        unit: "O-HALL".to_owned(),
        doc: doc.to_string(),
        version: 1,
    }
}

fn terminal(id: &str, provider: &str) -> TerminalRow {
    let doc = json!({
        "id": id, "site": "S-FT-01", "model": "ZT-200", "name": "一号自助终端", "version": 1,
        "lat_e7": 225_458_256, "lng_e7": 1_140_527_604, "radius_cm": null,
        "provider": provider, "authority": "O-HALL",
    });
    TerminalRow {
        id: id.to_owned(),
        site: "S-FT-01".to_owned(),
        version: 1,
        doc: doc.to_string(),
        search: id.to_lowercase(),
    }
}
