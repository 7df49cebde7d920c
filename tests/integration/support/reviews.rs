//! Visits with photos that somebody may have used before, and the review list.

use domain::ids::WorkOrderId;
use image::{DynamicImage, ImageFormat, ImageReader, RgbImage};
use poem::http::Method;
use serde_json::Value;

use super::actors::CITY;
use super::builders::{accepted, photo};
use super::hand::Hand;
use super::photos::name_of;
use super::test_app::TestApp;

/// A picture of coarse blocks; each seed is another one, and they do not look alike.
pub fn scene(seed: u32) -> DynamicImage {
    let shade = |x: u32, y: u32| {
        let mut mixed =
            (x / 32 + 20 * (y / 32) + 1).wrapping_mul(0x9e37_79b9) ^ seed.wrapping_mul(0x85eb_ca6b);
        mixed ^= mixed >> 15;
        mixed = mixed.wrapping_mul(0x2c1b_3c6d);
        (mixed >> 11) as u8
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(320, 240, |x, y| {
        image::Rgb([shade(x, y); 3])
    }))
}

/// As a camera saves it, better or worse.
pub fn saved(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode_image(&picture.to_rgb8())
        .unwrap();
    jpeg
}

pub fn opened(jpeg: &[u8]) -> DynamicImage {
    ImageReader::with_format(std::io::Cursor::new(jpeg), ImageFormat::Jpeg)
        .decode()
        .unwrap()
}

/// A new work order of this hand's with this photo in it, delivered; the bytes are not.
pub async fn photographed(test: &TestApp, hand: &mut Hand, jpeg: &[u8]) -> WorkOrderId {
    let id = test.report(hand.login).await;
    hand.learn(test, &id).await;
    hand.say(accepted(), &id);
    hand.say(photo(jpeg), &id);
    hand.sync(test).await;
    id
}

/// Sends the bytes of a photo.
pub async fn send(test: &TestApp, hand: &Hand, jpeg: &[u8]) {
    let path = format!("/evidence/{}", name_of(jpeg));
    test.ask(Method::PUT, &path)
        .by(hand.login)
        .photo(jpeg)
        .ok()
        .await;
}

/// Everything looked at, then the list as the city sees it.
pub async fn reviews(test: &TestApp, query: &str) -> Vec<Value> {
    test.app.reviews.settle().await.unwrap();
    let list = test.get(&format!("/reviews{query}")).by(CITY).ok().await;
    let items = list["items"].as_array().unwrap().clone();
    assert_eq!(list["total"], items.len());
    items
}

/// Kinds and work orders of items.
pub fn found(items: &[Value]) -> Vec<(String, usize)> {
    let one = |item: &Value| {
        let work_orders = item["work_orders"].as_array().unwrap().len();
        (
            item["kind"]["code"].as_str().unwrap().to_owned(),
            work_orders,
        )
    };
    items.iter().map(one).collect()
}
