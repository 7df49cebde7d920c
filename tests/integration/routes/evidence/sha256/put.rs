//! `PUT /evidence/{sha256}`: a photo, whole. Nothing is believed but the bytes, and none are lost.

use poem::http::Method;
use serde_json::json;

use crate::support::photos::{encoded, jpeg, jpeg_bomb, jpeg_of, name_of, png_bomb, real};
use crate::support::{Ask, CITY, DESK, HALL, HOTLINE, TECH, TestApp};

fn put<'a>(test: &'a TestApp, name: &str, bytes: &[u8]) -> Ask<'a> {
    test.ask(Method::PUT, &format!("/evidence/{name}"))
        .photo(bytes)
}

#[tokio::test]
async fn a_photo_is_kept_and_sending_it_twice_is_once() {
    let test = TestApp::start().await;
    let (bytes, name) = (jpeg(1), name_of(&jpeg(1)));
    for _ in 0..2 {
        let stored = put(&test, &name, &bytes).by(TECH).ok().await;
        assert_eq!(
            stored,
            json!({ "sha256": name, "size": bytes.len(), "width": 64, "height": 48 })
        );
    }
    assert_eq!(test.blobs.get(&name).await.unwrap().unwrap(), bytes);
    assert!(test.set_aside().is_empty());
}

#[tokio::test]
async fn what_is_no_photo_is_named_and_kept_aside() {
    let test = TestApp::start().await;
    let whole = jpeg(2);
    let grey = image::RgbImage::new(8, 8);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "PNG",
            encoded(&grey, image::ImageFormat::Png),
            "photo_not_jpeg",
        ),
        (
            "WebP",
            encoded(&grey, image::ImageFormat::WebP),
            "photo_not_jpeg",
        ),
        ("PNG bomb", png_bomb(), "photo_not_jpeg"),
        ("JPEG bomb", jpeg_bomb(), "photo_dimensions"),
        (
            "truncated JPEG",
            whole[..whole.len() / 2].to_vec(),
            "photo_damaged",
        ),
        (
            "JPEG without its end",
            whole[..whole.len() - 2].to_vec(),
            "photo_damaged",
        ),
        (
            "SVG named .jpg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            "photo_not_jpeg",
        ),
        (
            "HTML",
            b"<!doctype html><script>alert(1)</script>".to_vec(),
            "photo_not_jpeg",
        ),
        (
            "HEIC",
            b"\0\0\0\x24ftypheic\0\0\0\0mif1heic".to_vec(),
            "photo_not_jpeg",
        ),
        (
            "JPEG with broken tables",
            without_tables(&whole),
            "photo_damaged",
        ),
        (
            "eight bytes",
            b"\xff\xd8\xff\xe0\0\0\xff\xd9".to_vec(),
            "photo_damaged",
        ),
        ("nothing", Vec::new(), "photo_not_jpeg"),
    ];
    for (name, bytes, code) in cases {
        println!("{name}");
        let sha256 = name_of(&bytes);
        put(&test, &sha256, &bytes)
            .by(TECH)
            .is_refused(422, code)
            .await;
        assert!(
            test.set_aside()
                .contains(&(sha256.clone(), code.to_owned())),
            "{name} is kept"
        );
        assert!(
            test.blobs.stat(&sha256).await.unwrap().is_none(),
            "{name} is no photo"
        );
    }
}

/// Begins, ends and claims a size like a JPEG, and cannot be decoded.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let tables = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc4])
        .unwrap();
    bytes[tables + 4..tables + 20].fill(0xff);
    bytes
}

#[tokio::test]
async fn bytes_that_are_not_what_they_are_called_are_kept_aside() {
    let test = TestApp::start().await;
    let (called, bytes) = (name_of(&jpeg(3)), jpeg(4));
    put(&test, &called, &bytes)
        .by(TECH)
        .is_refused(422, "wrong_hash")
        .await;
    assert_eq!(
        test.set_aside(),
        [(name_of(&bytes), "wrong_hash".to_owned())]
    );
    assert!(test.blobs.stat(&called).await.unwrap().is_none());
    put(&test, &called, &jpeg(3)).by(TECH).ok().await;
}

#[tokio::test]
async fn forty_megabytes_are_too_large() {
    let test = TestApp::start().await;
    let mut bytes = jpeg(5);
    bytes.resize(40 * 1024 * 1024, 0);
    put(&test, &name_of(&bytes), &bytes)
        .by(TECH)
        .is_refused(413, "too_large")
        .await;
    bytes.truncate(15 * 1024 * 1024);
    put(&test, &name_of(&bytes), &bytes).by(TECH).ok().await;
}

#[tokio::test]
async fn real_photos_pass_and_damaged_ones_are_named() {
    let test = TestApp::start().await;
    let passes = [
        "DSCN0010.jpg",
        "DSCN0012.jpg",
        "DSCN0021.jpg",
        "DSCN0027.jpg",
        "landscape_1.jpg",
        "landscape_3.jpg",
        "landscape_6.jpg",
        "landscape_8.jpg",
        "portrait_1.jpg",
        "portrait_6.jpg",
        "no_exif.jpg",
        "jolla.jpg",
        "iphone_hdr_NO.jpg",
        "iphone_hdr_YES.jpg",
        "HMD_Nokia_8.3_5G.jpg",
    ];
    for name in passes {
        let Some(bytes) = real(name) else { return };
        println!("{name}");
        let stored = put(&test, &name_of(&bytes), &bytes).by(TECH).ok().await;
        let decoded = image::load_from_memory(&bytes).unwrap();
        assert_eq!(
            (&stored["width"], &stored["height"]),
            (&json!(decoded.width()), &json!(decoded.height()))
        );
    }
    let Some(heic) = real("iphone_13_pro_max.HEIC") else {
        return;
    };
    put(&test, &name_of(&heic), &heic)
        .by(TECH)
        .is_refused(422, "photo_not_jpeg")
        .await;
}

#[tokio::test]
async fn a_cut_real_photo_is_named_wherever_it_is_cut() {
    let test = TestApp::start().await;
    // Cut where the preview inside its header is complete and the picture itself is not.
    let whole = real("DSCN0010.jpg").unwrap_or_else(|| jpeg_of(800, 600, 1));
    for part in [10, 30, 50, 70, 90, 99] {
        let bytes = &whole[..whole.len() * part / 100];
        println!("{part} %");
        put(&test, &name_of(bytes), bytes)
            .by(TECH)
            .is_refused(422, "photo_damaged")
            .await;
    }
}

#[tokio::test]
async fn bad_names_and_bad_callers_are_refused() {
    let test = TestApp::start().await;
    for name in [
        "x",
        "..",
        &"A".repeat(64),
        &"0".repeat(65),
        "%2e%2e%2fserver.key",
    ] {
        put(&test, name, &jpeg(1))
            .by(TECH)
            .is_refused(400, "bad_hash")
            .await;
    }
    put(&test, &name_of(&jpeg(1)), &jpeg(1))
        .is_forbidden_for(&[DESK, HALL, CITY, HOTLINE])
        .await;
}
