//! `openapi/openapi.json` says what there is; `routes/` tests each of it; the code prints the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use poem::http::Method;
use serde_json::Value;

use crate::support::TestApp;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn checked_in() -> String {
    std::fs::read_to_string(root().join("openapi/openapi.json")).unwrap()
}

/// Path, verb and description of every operation.
fn operations() -> Vec<(String, String, Value)> {
    let specification: Value = serde_json::from_str(&checked_in()).unwrap();
    let mut operations = Vec::new();
    for (path, verbs) in specification["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            operations.push((path.clone(), verb.clone(), operation.clone()));
        }
    }
    assert!(operations.len() > 20);
    operations
}

/// `/work-orders/{id}/evidence`, `get` → `work_orders/id/evidence/get.rs`.
fn file_of(path: &str, verb: &str) -> String {
    let folder = path
        .trim_matches('/')
        .replace(['{', '}'], "")
        .replace('-', "_");
    format!("{folder}/{verb}.rs")
}

#[test]
fn every_operation_has_a_file_of_tests_that_is_compiled() {
    let folder = root().join("tests/integration/routes");
    let list = std::fs::read_to_string(folder.join("mod.rs")).unwrap();
    for (path, verb, _) in operations() {
        let file = file_of(&path, &verb);
        let text = std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(
            text.contains("#[tokio::test]"),
            "{verb} {path} has no tests in routes/{file}"
        );
        assert!(
            list.contains(&format!("#[path = \"{file}\"]")),
            "routes/mod.rs does not name {file}"
        );
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_a_heading_and_a_sentence() {
    let mut names = BTreeSet::new();
    for (path, verb, operation) in operations() {
        let name = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{verb} {path} has no operationId"));
        assert!(names.insert(name.to_owned()), "{name} stands twice");
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{verb} {path}: one heading"
        );
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|text| text.len() > 5),
            "{verb} {path}: a sentence"
        );
    }
}

#[tokio::test]
async fn the_checked_in_specification_is_what_the_code_prints() {
    let printed = api::openapi::printed().await.unwrap();
    assert!(printed == checked_in(), "run scripts/generate");
}

#[tokio::test]
async fn other_verbs_and_other_addresses_are_problems_too() {
    let test = TestApp::start().await;
    for (path, ..) in operations() {
        let path = path
            .replace("{id}", "WO-1")
            .replace("{sha256}", &"0".repeat(64))
            .replace("{dev}", &"0".repeat(32));
        test.ask(Method::TRACE, &path)
            .is_refused(405, "method_not_allowed")
            .await;
        test.get(&format!("{path}/no/such/address"))
            .is_refused(404, "unknown_path")
            .await;
    }
}

#[tokio::test]
async fn every_operation_but_signing_in_and_the_public_log_needs_a_token() {
    let test = TestApp::start().await;
    for (path, verb, operation) in operations() {
        // A screen has a secret of its own, which `routes/kiosks` tests.
        if ["signIn", "getLog", "makeKioskCode"]
            .iter()
            .any(|open| operation["operationId"] == *open)
        {
            continue;
        }
        let path = path
            .replace("{id}", "WO-1")
            .replace("{sha256}", &"0".repeat(64))
            .replace("{dev}", &"0".repeat(32));
        let verb: Method = verb.to_uppercase().parse().unwrap();
        if verb != Method::HEAD {
            test.ask(verb, &path).text("{}").needs_a_token().await;
        }
    }
}
