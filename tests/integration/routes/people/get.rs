//! `GET /people`: whom one may give work to.

use serde_json::Value;

use crate::support::{ADMIN, CITY, DESK, FUTIAN, HOTLINE, RIVAL, TestApp};

fn ids(people: &Value) -> Vec<&str> {
    people
        .as_array()
        .unwrap()
        .iter()
        .map(|person| person["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn one_sees_the_own_organisation_and_whoever_looks_after_all_sees_all() {
    let test = TestApp::start().await;
    for (login, role, expected) in [
        (DESK, "technician", vec!["P-0001", "P-0002", "P-0016"]),
        (RIVAL, "technician", vec!["P-0003"]),
        (HOTLINE, "technician", vec![]),
        (CITY, "site_manager", vec!["P-0008", "P-0009"]),
        (ADMIN, "auditor", vec!["P-0013"]),
        (FUTIAN, "technician", vec![]),
    ] {
        let people = test
            .get(&format!("/people?role={role}"))
            .by(login)
            .ok()
            .await;
        assert_eq!(ids(&people), expected, "{login}");
    }
    assert_eq!(ids(&test.get("/people").by(CITY).ok().await).len(), 16);
}

#[tokio::test]
async fn an_unknown_role_is_named() {
    let test = TestApp::start().await;
    for role in ["king", "Technician", "%00"] {
        let problem = test
            .get(&format!("/people?role={role}"))
            .by(DESK)
            .is_refused(400, "malformed_parameter")
            .await;
        assert!(problem["detail"].as_str().unwrap().contains("role"));
    }
}

#[tokio::test]
async fn no_answer_carries_a_password() {
    let test = TestApp::start().await;
    assert!(
        !test
            .get("/people")
            .by(ADMIN)
            .ok()
            .await
            .to_string()
            .contains("argon2")
    );
}
