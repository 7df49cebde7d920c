//! `POST /terminals/{terminal}/manager-code`: a site manager's phone in place of a dark terminal.

use crate::support::actors::{foreign_terminal, person, terminal};
use crate::support::{ADMIN, BOSS, CITY, DESK, HALL, OTHER_HALL, TECH, TestApp};

#[tokio::test]
async fn the_code_names_the_manager() {
    let test = TestApp::start().await;
    let code = test
        .post(&format!("/terminals/{}/manager-code", terminal()))
        .by(HALL)
        .ok()
        .await;
    assert!(
        code["text"]
            .as_str()
            .unwrap()
            .ends_with(&format!("&m={}", person(HALL)))
    );
    assert!(code["offline"].is_null(), "no secret leaves for a phone");
}

#[tokio::test]
async fn only_managers_of_the_site_show_it() {
    let test = TestApp::start().await;
    let ask = |terminal: &str| test.post(&format!("/terminals/{terminal}/manager-code"));
    ask(terminal().as_str())
        .is_forbidden_for(&[TECH, DESK, BOSS, CITY, ADMIN])
        .await;
    ask(terminal().as_str()).is_absent_for(&[OTHER_HALL]).await;
    ask(foreign_terminal().as_str())
        .is_absent_for(&[HALL])
        .await;
    ask("SZ-FT-999999").is_absent_for(&[HALL]).await;
}
