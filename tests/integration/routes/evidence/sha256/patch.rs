//! `PATCH /evidence/{sha256}`: a photo in pieces, over days if need be.

use poem::http::Method;
use serde_json::json;

use crate::support::photos::{jpeg_of, name_of, png_bomb};
use crate::support::{Answer, Ask, DESK, TECH, TestApp};

fn patch<'a>(test: &'a TestApp, name: &str, offset: usize, bytes: &[u8]) -> Ask<'a> {
    let ask = test
        .ask(Method::PATCH, &format!("/evidence/{name}"))
        .by(TECH)
        .photo(bytes);
    ask.header("upload-offset", &offset.to_string())
}

fn last<'a>(test: &'a TestApp, name: &str, offset: usize, bytes: &[u8]) -> Ask<'a> {
    patch(test, name, offset, bytes).header("upload-complete", "?1")
}

fn expects(answer: &Answer, offset: usize) {
    assert_eq!(
        (answer.status, answer.header("upload-offset")),
        (202, offset.to_string().as_str())
    );
}

async fn head(test: &TestApp, name: &str) -> u16 {
    test.ask(Method::HEAD, &format!("/evidence/{name}"))
        .by(TECH)
        .send()
        .await
        .status
}

#[tokio::test]
async fn pieces_make_the_photo_and_a_wrong_place_is_answered_with_the_right_one() {
    let test = TestApp::start().await;
    let bytes = jpeg_of(400, 300, 1);
    let name = name_of(&bytes);
    expects(&patch(&test, &name, 0, &bytes[..1_000]).send().await, 1_000);
    expects(&patch(&test, &name, 0, &bytes[..1_000]).send().await, 1_000);
    expects(
        &patch(&test, &name, 5_000, &bytes[5_000..6_000])
            .send()
            .await,
        1_000,
    );
    expects(
        &patch(&test, &name, 1_000, &bytes[1_000..2_000])
            .send()
            .await,
        2_000,
    );
    let stored = last(&test, &name, 2_000, &bytes[2_000..]).ok().await;
    assert_eq!(
        stored,
        json!({ "sha256": name, "size": bytes.len(), "width": 400, "height": 300 })
    );
    assert_eq!(test.blobs.get(&name).await.unwrap().unwrap(), bytes);
    assert_eq!(
        last(&test, &name, 2_000, &bytes[2_000..]).ok().await,
        stored,
        "the last piece again"
    );
}

#[tokio::test]
async fn pieces_of_something_else_are_kept_aside_and_the_photo_can_be_sent_again() {
    let test = TestApp::start().await;
    let (bytes, other) = (jpeg_of(400, 300, 1), jpeg_of(400, 300, 2));
    let name = name_of(&bytes);
    patch(&test, &name, 0, &other[..1_000]).send().await;
    let answer = last(&test, &name, 1_000, &other[1_000..]).send().await;
    assert_eq!(
        (answer.status, &answer.as_json()["code"]),
        (422, &json!("wrong_hash"))
    );
    assert_eq!(
        test.set_aside(),
        [(name_of(&other), "wrong_hash".to_owned())]
    );
    assert_eq!(head(&test, &name).await, 404);
    last(&test, &name, 0, &bytes).ok().await;
}

/// What comes in pieces passes the same door as what comes whole.
#[tokio::test]
async fn pieces_that_make_no_photo_are_refused_for_good_and_kept_aside() {
    let whole = jpeg_of(400, 300, 3);
    let cut = whole[..whole.len() / 2].to_vec();
    for (bytes, code) in [
        (cut, "photo_damaged"),
        (png_bomb(), "photo_not_jpeg"),
        (b"<svg/>".to_vec(), "photo_not_jpeg"),
    ] {
        let test = TestApp::start().await;
        let name = name_of(&bytes);
        for _ in 0..2 {
            let half = bytes.len() / 2;
            patch(&test, &name, 0, &bytes[..half]).send().await;
            let answer = last(&test, &name, half, &bytes[half..]).send().await;
            assert_eq!(
                (answer.status, &answer.as_json()["code"]),
                (422, &json!(code)),
                "{}",
                answer.as_text()
            );
        }
        assert!(
            test.set_aside().contains(&(name.clone(), code.to_owned())),
            "{:?}",
            test.set_aside()
        );
        assert_eq!(
            head(&test, &name).await,
            404,
            "a phone must not take it for delivered, nor go on with it"
        );
    }
}

#[tokio::test]
async fn the_whole_may_not_grow_past_the_limit() {
    let test = TestApp::start().await;
    let name = "0".repeat(64);
    patch(&test, &name, 15 * 1024 * 1024, b"x")
        .is_refused(413, "too_large")
        .await;
    patch(&test, &name, usize::MAX, b"x")
        .is_refused(413, "too_large")
        .await;
}

#[tokio::test]
async fn bad_parameters_and_bad_callers_are_refused() {
    let test = TestApp::start().await;
    let path = format!("/evidence/{}", "0".repeat(64));
    test.ask(Method::PATCH, &path)
        .by(TECH)
        .photo(b"x")
        .is_refused(400, "malformed_parameter")
        .await;
    for offset in ["-1", "x", "1.5"] {
        let ask = test
            .ask(Method::PATCH, &path)
            .by(TECH)
            .photo(b"x")
            .header("upload-offset", offset);
        ask.is_refused(400, "malformed_parameter").await;
    }
    patch(&test, "x", 0, b"x").is_refused(400, "bad_hash").await;
    test.ask(Method::PATCH, &path)
        .header("upload-offset", "0")
        .photo(b"x")
        .is_forbidden_for(&[DESK])
        .await;
}
