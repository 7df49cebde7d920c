//! `GET /work-orders/{id}/photos/{sha256}/thumbnail`: small, upright, and only of what decodes.

use domain::ids::WorkOrderId;
use poem::http::Method;

use crate::support::builders::photo;
use crate::support::photos::{jpeg_of, name_of, real};
use crate::support::{CITY, HOTLINE, Hand, STRANGERS, TECH, TestApp};

/// Takes the photo and sends its bytes; gives the path of its thumbnail.
async fn taken(test: &TestApp, hand: &mut Hand, id: &WorkOrderId, bytes: &[u8]) -> String {
    hand.say(photo(bytes), id);
    hand.sync(test).await;
    test.ask(Method::PUT, &format!("/evidence/{}", name_of(bytes)))
        .by(TECH)
        .photo(bytes)
        .ok()
        .await;
    format!("/work-orders/{id}/photos/{}/thumbnail", name_of(bytes))
}

async fn small(test: &TestApp, path: &str) -> image::RgbImage {
    let answer = test.get(path).by(CITY).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.as_text());
    image::load_from_memory_with_format(&answer.bytes, image::ImageFormat::Jpeg)
        .unwrap()
        .to_rgb8()
}

#[tokio::test]
async fn it_is_400_pixels_long_and_made_once() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let path = taken(&test, &mut hand, &id, &jpeg_of(1_200, 800, 1)).await;
    for _ in 0..2 {
        let picture = small(&test, &path).await;
        assert_eq!(picture.dimensions(), (400, 267));
    }
    assert!(
        test.blobs
            .derived(&name_of(&jpeg_of(1_200, 800, 1)), "thumbnail")
            .await
            .unwrap()
            .is_some()
    );
    test.get(&path).is_forbidden_for(&[HOTLINE]).await;
    test.get(&path).is_absent_for(&STRANGERS).await;
    test.get(&path.replace(id.as_str(), "WO-20200101-0001"))
        .is_absent_for(&[CITY])
        .await;
}

#[tokio::test]
async fn every_way_to_hold_a_camera_gives_an_upright_picture() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let groups = [
        (
            "landscape_1.jpg",
            vec!["landscape_3.jpg", "landscape_6.jpg", "landscape_8.jpg"],
        ),
        ("portrait_1.jpg", vec!["portrait_6.jpg"]),
    ];
    for (upright, turned) in groups {
        let Some(bytes) = real(upright) else { return };
        let path = taken(&test, &mut hand, &id, &bytes).await;
        let expected = small(&test, &path).await;
        for name in turned {
            let Some(bytes) = real(name) else { return };
            let path = taken(&test, &mut hand, &id, &bytes).await;
            let picture = small(&test, &path).await;
            assert_eq!(picture.dimensions(), expected.dimensions(), "{name}");
            // They differ by the label that is drawn into each; lying wrongly costs 40 and more.
            let difference = mean_difference(&picture, &expected);
            assert!(
                difference < 25.0,
                "{name} differs from {upright} by {difference:.1} of 255"
            );
        }
    }
}

/// All eight ways, drawn: which corner is red tells how the picture lies.
#[tokio::test]
async fn all_eight_orientations_are_turned() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    for orientation in 1..=8 {
        let path = taken(&test, &mut hand, &id, &with_orientation(orientation)).await;
        let picture = small(&test, &path).await;
        assert_eq!(picture.dimensions(), (400, 300), "{orientation}");
        let corner = picture.get_pixel(20, 20);
        assert!(
            corner[0] > 180 && corner[1] < 80,
            "{orientation}: the corner is {corner:?}"
        );
    }
}

/// A scene of 480 × 360 with a red corner at the top left, stored turned, with the EXIF to undo it.
fn with_orientation(orientation: u8) -> Vec<u8> {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    let scene = image::RgbImage::from_fn(480, 360, |x, y| {
        if x < 120 && y < 90 {
            image::Rgb([230, 20, 20])
        } else {
            image::Rgb([30, 60, 200])
        }
    });
    let stored = match orientation {
        2 => flip_horizontal(&scene),
        3 => rotate180(&scene),
        4 => flip_vertical(&scene),
        5 => flip_horizontal(&rotate90(&scene)),
        6 => rotate270(&scene),
        7 => flip_horizontal(&rotate270(&scene)),
        8 => rotate90(&scene),
        _ => scene,
    };
    let jpeg = crate::support::photos::encoded(&stored, image::ImageFormat::Jpeg);
    let mut exif =
        b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    [&jpeg[..2], &exif, &jpeg[2..]].concat()
}

fn mean_difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
    let sum: u64 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.as_raw().len() as f64
}

/// What the header of the picture says, read by itself: a few of these files end too early.
fn longest_side(picture: &[u8]) -> u32 {
    let reader = image::ImageReader::new(std::io::Cursor::new(picture));
    let (width, height) = reader
        .with_guessed_format()
        .unwrap()
        .into_dimensions()
        .unwrap();
    width.max(height)
}

/// Odd headers, odd sizes, half a megabyte of maker's notes: pictures all the same.
#[tokio::test]
async fn odd_files_of_real_cameras_become_thumbnails() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let odd = [
        "corrupted.jpg",
        "36-memory_error.jpg",
        "42_IndexError.jpg",
        "image00971.jpg",
        "image01551.jpg",
        "no_exif.jpg",
        "jolla.jpg",
    ];
    for name in odd {
        let Some(bytes) = real(name) else { return };
        println!("{name}");
        let path = taken(&test, &mut hand, &id, &bytes).await;
        let (width, height) = small(&test, &path).await.dimensions();
        // Some of these pictures are smaller than a thumbnail: none is enlarged.
        let longest = longest_side(&bytes).min(400);
        assert_eq!(width.max(height), longest, "{name}");
    }
}
