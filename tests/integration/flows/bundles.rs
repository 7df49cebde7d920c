//! The demonstration's week, work order by work order, through the independent verifier.

use api::bundle::trust::of_the_server;
use api::demo;
use api::log::witnesses::{Invented, Witnesses};
use api::routes::routes;
use api::signer::sha256_hex;
use api::state::{App, Parts};
use domain::time::Millis;
use poem::EndpointExt;
use poem::test::TestClient;
use serde_json::Value;
use store::{BlobLocation, Blobs, SessionRow, Store, StoreConfig};
use verify::{Exit, verify};

use crate::support::{START, week};

const TOKEN: &str = "auditorAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn every_work_order_of_the_week_verifies_with_the_verdicts_the_console_shows() {
    let store = Store::open(&StoreConfig::memory()).await.unwrap();
    let blobs = Blobs::open(&BlobLocation::Memory).unwrap();
    let parts = || Parts {
        blobs: blobs.clone(),
        witnesses: Witnesses::new(Vec::new(), Some(Invented::from_seed(&[9; 32])), 1),
        ..week::parts(&store)
    };
    demo::seed(parts()).await.unwrap().unwrap();
    let app = App::start(parts()).await.unwrap();
    let auditor = app
        .register()
        .people
        .values()
        .find(|person| person.role == domain::actor::Role::Auditor)
        .unwrap()
        .id
        .clone();
    store
        .put_session(SessionRow {
            token_hash: sha256_hex(TOKEN.as_bytes()),
            person: auditor.to_string(),
            expires_at: (START + Millis::minutes(60 * 24)).0,
            revoked: false,
        })
        .await
        .unwrap();
    let client = TestClient::new(routes(&app).boxed());
    let get = async |path: String| {
        let request = client
            .get(path)
            .header("authorization", format!("Bearer {TOKEN}"));
        let response = request.send().await.0;
        assert_eq!(response.status().as_u16(), 200);
        response.into_body().into_vec().await.unwrap()
    };
    let listed = get("/api/v1/work-orders?state=all".to_owned()).await;
    let listed: Value = serde_json::from_slice(&listed).unwrap();
    let ids: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["work_order"]["id"].as_str().unwrap())
        .collect();
    assert!(ids.len() > 5, "{}", ids.len());
    let trust = of_the_server(&app);
    let mut refused = 0;
    for id in ids {
        let bundle = get(format!("/api/v1/work-orders/{id}/bundle")).await;
        let report = verify(&bundle, Some(&trust));
        assert_eq!(report.findings, [], "{id}");
        assert_eq!(report.exit, Exit::Proved, "{id}");
        // Refusals are recomputed too, from what was refused.
        let is_refused = report.events.iter().any(|line| line.set_aside.is_some());
        refused += usize::from(is_refused);
        let shown = get(format!("/api/v1/work-orders/{id}")).await;
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        let recomputed = serde_json::to_value(report.judgement.unwrap()).unwrap();
        assert_eq!(verdicts(&recomputed), verdicts(&shown["judgement"]), "{id}");
    }
    assert!((1..=3).contains(&refused), "{refused}");
}

/// What was decided, without the bounds it rests on: a bundle has all receipts at once, so its bounds by
/// the phone's clock can be narrower by the time a receipt was on the way.
fn verdicts(judgement: &Value) -> Value {
    let of = |list: &str, members: &[&str]| -> Vec<Value> {
        let picked = |item: &Value| members.iter().map(|member| item[*member].clone()).collect();
        judgement[list]
            .as_array()
            .unwrap()
            .iter()
            .map(picked)
            .collect()
    };
    serde_json::json!({
        "clocks": of("clocks", &["kind", "verdict", "reasons"]),
        "presence": of("presence", &["result", "points", "factors", "doubts"]),
        "arrival": judgement["arrival"],
        "stage": judgement["stage"]["name"],
    })
}
