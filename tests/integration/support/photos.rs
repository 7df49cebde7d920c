//! Photos: drawn ones, broken ones, and real ones from `../shared/data/photos` where that folder is.

use std::path::PathBuf;

use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest as _, Sha256};

/// A small JPEG; each seed is another one.
pub fn jpeg(seed: u8) -> Vec<u8> {
    jpeg_of(64, 48, seed)
}

/// A JPEG of this size.
pub fn jpeg_of(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 3) as u8, (y * 5) as u8, seed])
    });
    encoded(&picture, ImageFormat::Jpeg)
}

/// A picture in any format.
pub fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG of a few kilobytes that unfolds into 400 megapixels of nothing.
pub fn png_bomb() -> Vec<u8> {
    let mut bytes = encoded(&RgbImage::new(2_000, 2_000), ImageFormat::Png);
    // The header claims 20,000 pixels a side; nobody gets as far as its check sum.
    bytes[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    bytes
}

/// A JPEG whose header claims 65,535 pixels a side.
pub fn jpeg_bomb() -> Vec<u8> {
    let mut bytes = jpeg(9);
    let frame = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    bytes
}

/// The hash under which bytes are sent.
pub fn name_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A real photo; None, with a note, where the folder is missing.
pub fn real(name: &str) -> Option<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/photos");
    let bytes = std::fs::read(folder.join(name)).ok();
    if bytes.is_none() {
        println!("skipped: there is no {} in {}", name, folder.display());
    }
    bytes
}
