//! The built front end: cache rules, screens, and no way out of the folder.

use std::path::Path;

use poem::http::StatusCode;

use crate::testing::{TestApp, folder, text_of};

async fn site() -> TestApp {
    let root = folder("dist");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("index.html", "<p>phone</p>");
    write("console/index.html", "<p>console</p>");
    write("sw.js", "// worker");
    write("assets/app-1a2b.js", "plain");
    write("assets/app-1a2b.js.gz", "packed");
    write("assets/rules.wasm", "wasm");
    write(".secret", "hidden");
    std::fs::write(
        root.parent().unwrap().join("daochang-outside.txt"),
        "outside",
    )
    .unwrap();
    TestApp::with(|config| config.web = root).await
}

#[tokio::test]
async fn names_with_a_hash_stay_in_the_cache_and_all_others_are_asked_for() {
    let test = site().await;
    let cases = [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/console", "text/html; charset=utf-8", "no-cache"),
        (
            "/assets/app-1a2b.js",
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        (
            "/assets/rules.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
    ];
    for (path, kind, rule) in cases {
        let answer = test.client.get(path).send().await;
        answer.assert_status_is_ok();
        answer.assert_content_type(kind);
        answer.assert_header("cache-control", rule);
        let policy = answer.0.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval'")
                && policy.contains("object-src 'none'"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn screens_get_the_page_of_their_app_and_missing_files_do_not() {
    let test = site().await;
    for (path, text) in [
        ("/work-orders/WO-1", "phone"),
        ("/console/audit/7", "console"),
        ("/console/", "console"),
    ] {
        assert_eq!(
            text_of(test.client.get(path).send().await).await,
            format!("<p>{text}</p>"),
            "{path}"
        );
    }
    for path in [
        "/assets/gone.js",
        "/favicon.ico",
        "/.secret",
        "/a/../../daochang-outside.txt",
        "/%2e%2e/daochang-outside.txt",
    ] {
        test.client
            .get(path)
            .send()
            .await
            .assert_status(StatusCode::NOT_FOUND);
    }
    test.client
        .post("/")
        .send()
        .await
        .assert_status(StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_verifiers_page_may_run_itself_and_reach_nothing() {
    let root = folder("dist");
    let test = TestApp::with(|config| config.web.clone_from(&root)).await;
    let gone = test.client.get("/verify").send().await;
    gone.assert_status(StatusCode::NOT_FOUND);
    std::fs::write(root.join("verify.html"), "<p>verifier</p>").unwrap();
    let answer = test.client.get("/verify").send().await;
    answer.assert_status_is_ok();
    let policy = answer.0.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("connect-src"),
        "{policy}"
    );
    assert_eq!(text_of(answer).await, "<p>verifier</p>");
}

#[tokio::test]
async fn a_packed_file_is_sent_to_those_who_can_read_it() {
    let test = site().await;
    let request = test
        .client
        .get("/assets/app-1a2b.js")
        .header("accept-encoding", "br, gzip");
    let answer = request.send().await;
    answer.assert_header("content-encoding", "gzip");
    assert_eq!(text_of(answer).await, "packed");
    let request = test
        .client
        .get("/assets/app-1a2b.js")
        .header("accept-encoding", "gzip;q=0");
    let answer = request.send().await;
    answer.assert_header_is_not_exist("content-encoding");
    assert_eq!(text_of(answer).await, "plain");
}

#[tokio::test]
async fn the_health_check_and_the_specification_answer_without_an_account() {
    let test = site().await;
    test.client
        .get("/healthz")
        .send()
        .await
        .assert_status_is_ok();
    let answer = test.client.get("/api/v1/openapi.json").send().await;
    let spec: serde_json::Value = serde_json::from_str(&text_of(answer).await).unwrap();
    assert_eq!(spec["paths"]["/session"]["post"]["operationId"], "signIn");
}

#[tokio::test]
async fn every_endpoint_has_a_name_a_heading_and_a_sentence() {
    let test = site().await;
    let spec: serde_json::Value =
        serde_json::from_str(&crate::openapi::specification(&test.app)).unwrap();
    for (path, methods) in spec["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for member in ["operationId", "tags", "summary"] {
                assert!(
                    !operation[member].is_null(),
                    "{method} {path} has no {member}"
                );
            }
            let responses = &operation["responses"];
            let is_stream = responses["200"]["content"]
                .get("text/event-stream")
                .is_some();
            assert!(
                is_stream || responses.get("4XX").is_some(),
                "{method} {path} documents no problem"
            );
        }
    }
}

/// `openapi/openapi.json` is what the phone's types are generated from. To renew it:
/// `cargo run -p daochang -- openapi > openapi/openapi.json`.
#[tokio::test]
async fn the_checked_in_specification_is_up_to_date() {
    let test = site().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == crate::openapi::specification(&test.app),
        "run: cargo run -p daochang -- openapi > openapi/openapi.json"
    );
}
