//! Which program the phones get, and which one signed (attack 30).

use api::bundle::trust::of_the_server;
use api::state::SharedApp;
use domain::ids::{Digest, WorkOrderId};
use domain::tlog::leaf::{Leaf, LeafKind};
use sha2::{Digest as _, Sha256};
use verify::{Exit, FindingCode, Report, verify};

use super::log::findings;
use crate::support::builders::{accepted, note, set_out};
use crate::support::{CITY, Hand, TECH, TestApp};

/// The builds in the log, in its order.
async fn logged(test: &TestApp) -> Vec<Digest> {
    let rows = test.store.leaves_from(0, 1_000).await.unwrap();
    let leaves = rows
        .iter()
        .map(|row| Leaf::parse(row.data.as_bytes()).unwrap());
    leaves
        .filter(|leaf| leaf.k == LeafKind::Build)
        .map(|leaf| leaf.h)
        .collect()
}

/// Another start of the server, after its app was replaced by this page.
async fn started_with(test: &TestApp, page: &str) -> SharedApp {
    std::fs::create_dir_all(test.folder.join("web")).unwrap();
    std::fs::write(test.folder.join("web/index.html"), page).unwrap();
    test.again().await.unwrap()
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

#[tokio::test]
async fn a_build_is_published_and_logged_when_the_server_starts_with_another_one() {
    let test = TestApp::start().await;
    let first = test.app.served.name;
    assert_eq!(logged(&test).await, [first]);
    assert_eq!(
        started_with(&test, "one").await.served.name,
        logged(&test).await[1]
    );
    let one = logged(&test).await[1];
    assert_ne!(one, first);
    started_with(&test, "one").await;
    assert_eq!(
        logged(&test).await,
        [first, one],
        "the same again says nothing new"
    );
    let two = started_with(&test, "two").await.served.name;
    started_with(&test, "one").await;
    assert_eq!(
        logged(&test).await,
        [first, one, two, one],
        "back to an older one is a change"
    );
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn anybody_can_read_the_list_by_whose_hash_a_build_is_called() {
    let test = TestApp::start().await;
    let name = test.app.served.name;
    let list = test.file("/build.json").await;
    assert_eq!(sha256(&list), name);
    assert_eq!(test.file(&format!("/log/builds/{name}.json")).await, list);
    assert_eq!(
        test.file("/log/builds/latest").await,
        format!("{name}\n").as_bytes()
    );
    let page = String::from_utf8(test.file("/log").await).unwrap();
    assert!(page.contains(&name.to_string()), "{page}");
    for unknown in [
        "earliest",
        "..%2Fcheckpoint",
        "abc.json",
        &format!("{}.json", Digest([1; 32])),
    ] {
        let answer = test
            .client
            .get(format!("/log/builds/{unknown}"))
            .send()
            .await;
        assert_eq!(answer.0.status().as_u16(), 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_server_killed_between_leaf_and_note_logs_the_build_once_more() {
    let test = TestApp::start().await;
    let first = test.app.served.name;
    let one = started_with(&test, "one").await.served.name;
    // As the kill would have left it: the leaf is there, the note still names the build before.
    std::fs::write(test.folder.join("log/builds/latest"), format!("{first}\n")).unwrap();
    started_with(&test, "one").await;
    assert_eq!(logged(&test).await, [first, one, one]);
    assert_eq!(findings(&test).await, []);
}

#[tokio::test]
async fn a_published_list_that_was_altered_or_taken_away_is_found() {
    let test = TestApp::start().await;
    let path = format!("builds/{}.json", test.app.served.name);
    let file = test.folder.join("log").join(&path);
    std::fs::write(&file, "{}").unwrap();
    test.again().await.unwrap();
    let found = findings(&test).await;
    assert_eq!((found.len(), &found[0].place), (1, &path), "{found:?}");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(findings(&test).await[0].place, path);
    // The next start has the list and publishes it again.
    test.again().await.unwrap();
    assert_eq!(findings(&test).await, []);
}

async fn bundle(test: &TestApp, id: &WorkOrderId) -> Report {
    let path = format!("/work-orders/{id}/bundle");
    let answer = test.get(&path).by(CITY).send().await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
    verify(&answer.bytes, Some(&of_the_server(&test.app)))
}

/// A work order accepted by a phone whose page names this build.
async fn accepted_by(test: &TestApp, build: &str) -> WorkOrderId {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    hand.phone.start(build);
    hand.minutes(3);
    hand.say(accepted(), &id);
    hand.sync(test).await;
    id
}

#[tokio::test]
async fn the_evidence_says_which_build_signed_and_since_when_it_was_public() {
    let test = TestApp::watched().await;
    let name = test.app.served.name.to_string();
    let id = accepted_by(&test, &name).await;
    let shown = test.evidence(&id).await["builds"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(
        (&shown[0]["named"], &shown[0]["doubt"]),
        (&name.into(), &serde_json::Value::Null)
    );
    let report = bundle(&test, &id).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    assert_eq!(
        report.builds[0].logged_at.map(|at| at.0),
        shown[0]["logged_at"].as_i64()
    );
}

#[tokio::test]
async fn an_app_that_was_never_published_is_a_doubt_on_the_page_and_in_the_bundle() {
    for (build, code) in [
        ("ee".repeat(32), "build_not_logged"),
        ("2.0.0".to_owned(), "build_not_named"),
    ] {
        let test = TestApp::watched().await;
        let id = accepted_by(&test, &build).await;
        let shown = test.evidence(&id).await["builds"][0].clone();
        assert_eq!(
            (&shown["named"], &shown["doubt"]["code"]),
            (&build.into(), &code.into())
        );
        let report = bundle(&test, &id).await;
        assert_eq!(report.exit, Exit::Missing, "{:#?}", report.findings);
        let finding = &report.findings[0];
        assert_eq!(
            (finding.code, finding.detail.as_deref()),
            (FindingCode::BuildUnknown, Some(code))
        );
        let judged = serde_json::to_value(report.judgement.unwrap()).unwrap();
        assert_eq!(judged, test.judgement(&id).await, "no verdict rests on it");
    }
}

#[tokio::test]
async fn a_build_that_is_published_only_after_it_signed_is_doubted() {
    let test = TestApp::watched().await;
    let later = sha256(br#"{"files":{"index.html":"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"},"v":1}"#);
    let id = accepted_by(&test, &later.to_string()).await;
    test.clock.advance(domain::time::Millis::minutes(5));
    // SHA-256 of "one" is the hash above.
    assert_eq!(started_with(&test, "one").await.served.name, later);
    let shown = test.evidence(&id).await["builds"][0].clone();
    assert_eq!(shown["doubt"]["code"], "build_logged_later", "{shown}");
    let report = bundle(&test, &id).await;
    assert_eq!(
        report.findings[0].detail.as_deref(),
        Some("build_logged_later")
    );
}

#[tokio::test]
async fn a_page_that_was_open_for_long_still_says_what_it_runs() {
    let test = TestApp::watched().await;
    let before = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.learn(&test, &before).await;
    hand.say(set_out(), &before);
    for number in 0..90 {
        hand.minutes(3);
        hand.say(note(&format!("第 {number} 条")), &before);
        hand.sync(&test).await;
    }
    let id = test.reported().await;
    hand.learn(&test, &id).await;
    hand.say(accepted(), &id);
    hand.sync(&test).await;
    let shown = test.evidence(&id).await["builds"].clone();
    assert_eq!(
        (&shown[0]["seq"], &shown[0]["doubt"]),
        (&2.into(), &serde_json::Value::Null)
    );
    let report = bundle(&test, &id).await;
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
}
