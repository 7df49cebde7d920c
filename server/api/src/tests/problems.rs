//! Whatever goes wrong, and whoever notices, the answer is a problem document.

use poem::http::{Method, StatusCode, header};
use poem::test::TestResponse;
use poem::{Body, Error, IntoResponse, Route, endpoint::make_sync};
use serde_json::Value;

use crate::error::ApiError;
use crate::routes::guarded;
use crate::testing::{TestApp, client, json_of, signed_in};

async fn assert_problem(answer: TestResponse, status: StatusCode, code: &str) -> Value {
    let kind = answer.0.headers().get(header::CONTENT_TYPE).cloned();
    let given = answer.0.status();
    let problem = json_of(answer).await;
    assert_eq!(
        (given, problem["code"].as_str()),
        (status, Some(code)),
        "{problem}"
    );
    assert_eq!(kind.unwrap(), "application/problem+json; charset=utf-8");
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["type"], format!("urn:daochang:problem:{code}"));
    for member in ["title", "detail", "instance"] {
        assert!(
            !problem[member].as_str().unwrap().is_empty(),
            "{member}: {problem}"
        );
    }
    problem
}

#[tokio::test]
async fn every_refusal_of_the_framework_is_a_problem() {
    let test = TestApp::start().await;
    let json = "application/json";
    let big = format!("{{\"login\":\"{}\"}}", "x".repeat(70_000));
    let cases: Vec<(&str, Method, &str, &str, String, u16, &str)> = vec![
        (
            "malformed JSON",
            Method::POST,
            "/api/v1/session",
            json,
            "{".to_owned(),
            400,
            "malformed_body",
        ),
        (
            "missing member",
            Method::POST,
            "/api/v1/session",
            json,
            "{}".to_owned(),
            400,
            "malformed_body",
        ),
        (
            "no body",
            Method::POST,
            "/api/v1/session",
            json,
            String::new(),
            400,
            "malformed_body",
        ),
        (
            "member too long",
            Method::POST,
            "/api/v1/session",
            json,
            format!("{{\"login\":\"{}\",\"password\":\"x\"}}", "x".repeat(65)),
            400,
            "malformed_body",
        ),
        (
            "wrong content type",
            Method::POST,
            "/api/v1/session",
            "text/plain",
            "{}".to_owned(),
            415,
            "unsupported_media",
        ),
        (
            "unknown path",
            Method::GET,
            "/api/v1/nothing",
            json,
            String::new(),
            404,
            "unknown_path",
        ),
        (
            "wrong method",
            Method::PUT,
            "/api/v1/session",
            json,
            "{}".to_owned(),
            405,
            "method_not_allowed",
        ),
        (
            "body too large",
            Method::POST,
            "/api/v1/session",
            json,
            big,
            413,
            "too_large",
        ),
        (
            "no token",
            Method::GET,
            "/api/v1/session",
            json,
            String::new(),
            401,
            "unauthenticated",
        ),
    ];
    for (name, method, path, kind, body, status, code) in cases {
        let request = test
            .client
            .request(method, path)
            .header("content-type", kind);
        let request = request.header("content-length", body.len()).body(body);
        let problem = assert_problem(
            request.send().await,
            StatusCode::from_u16(status).unwrap(),
            code,
        )
        .await;
        assert_eq!(problem["instance"], path, "{name}");
    }
}

#[tokio::test]
async fn a_malformed_parameter_is_named() {
    let test = TestApp::start().await;
    let token = test.token("boss").await;
    let answer = signed_in(test.client.get("/api/v1/people?role=king"), &token)
        .send()
        .await;
    let problem = assert_problem(answer, StatusCode::BAD_REQUEST, "malformed_parameter").await;
    assert!(
        problem["detail"].as_str().unwrap().contains("role"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_body_of_undeclared_length_is_limited_too() {
    let test = TestApp::start().await;
    let pieces = (0..100).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024]));
    let body = Body::from_bytes_stream(futures_util::stream::iter(pieces));
    let request = test
        .client
        .post("/api/v1/session")
        .header("content-type", "application/json")
        .body(body);
    assert_problem(
        request.send().await,
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
    )
    .await;
}

#[tokio::test]
async fn a_compressed_body_is_not_unfolded() {
    let test = TestApp::start().await;
    let request = test
        .client
        .post("/api/v1/session")
        .header("content-encoding", "gzip")
        .body(vec![0; 10]);
    assert_problem(
        request.send().await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media",
    )
    .await;
}

#[tokio::test]
async fn the_words_are_chinese_unless_english_is_asked_for() {
    let test = TestApp::start().await;
    for (language, detail, title) in [
        ("zh-CN", "请先登录", "需要登录"),
        ("en-GB", "Please sign in", "Sign-in required"),
    ] {
        let request = test
            .client
            .get("/api/v1/session")
            .header("accept-language", language);
        let answer = request.send().await;
        answer.assert_header("www-authenticate", "Bearer");
        let problem = assert_problem(answer, StatusCode::UNAUTHORIZED, "unauthenticated").await;
        assert!(
            problem["detail"].as_str().unwrap().starts_with(detail),
            "{problem}"
        );
        assert_eq!(problem["title"], title);
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing() {
    let client = client(guarded(
        Route::new().at("/", make_sync(|_| -> String { panic!("the secret") })),
    ));
    let problem = assert_problem(
        client.get("/").send().await,
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
    )
    .await;
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test]
async fn an_internal_cause_stays_in_the_log() {
    let route = Route::new()
        .at(
            "/ours",
            make_sync(|_| Err::<String, Error>(ApiError::internal("test", "the secret").into())),
        )
        .at(
            "/foreign",
            make_sync(|_| {
                Err::<String, Error>(Error::from_string("the secret", StatusCode::BAD_GATEWAY))
            }),
        );
    let client = client(guarded(route));
    for path in ["/ours", "/foreign"] {
        let answer = client.get(path).send().await;
        let problem = assert_problem(answer, StatusCode::INTERNAL_SERVER_ERROR, "internal").await;
        assert!(!problem.to_string().contains("secret"), "{problem}");
    }
}

#[tokio::test]
async fn an_answer_that_is_a_response_already_passes_untouched() {
    let ready = |_| {
        Err::<String, Error>(Error::from_response(
            (StatusCode::IM_A_TEAPOT, "tea").into_response(),
        ))
    };
    let client = client(guarded(Route::new().at("/", make_sync(ready))));
    let answer = client.get("/").send().await;
    answer.assert_status(StatusCode::IM_A_TEAPOT);
    answer.assert_text("tea").await;
}

#[tokio::test]
async fn a_full_bucket_says_when_to_come_back() {
    let client = client(guarded(Route::new().at(
        "/",
        make_sync(|_| Err::<String, Error>(ApiError::too_many(17).into())),
    )));
    let answer = client.get("/").send().await;
    answer.assert_header("retry-after", "17");
    assert_problem(answer, StatusCode::TOO_MANY_REQUESTS, "too_many_requests").await;
}

#[tokio::test]
async fn data_answers_may_load_nothing_and_are_not_kept() {
    let test = TestApp::start().await;
    let answer = test.client.get("/api/v1/session").send().await;
    answer.assert_header(
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    );
    answer.assert_header("x-content-type-options", "nosniff");
    answer.assert_header("cache-control", "no-store");
}
