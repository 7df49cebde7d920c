//! Photos as pictures: decoded within limits, upright, smaller, and compressed again. The bytes of
//! the evidence stay as they are; what comes out of here is only looked at.

use std::fmt;
use std::io::Cursor;

use ab_glyph::{Font as _, PxScale, ScaleFont as _, point};
use domain::ids::Digest;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use sha2::{Digest as _, Sha256};

use crate::font::{Face, readable};

/// Largest side, pixels.
pub const SIDE_MAX: u32 = 8_192;
/// Most memory one decoding may take.
pub const DECODE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Quality of what is shown in documents.
const QUALITY: u8 = 80;
/// Quality of a marked photo that is handed out alone.
const MARKED_QUALITY: u8 = 88;

/// Why bytes are not a photo that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// No complete JPEG.
    Damaged,
    /// A side or the memory for it is beyond the limits.
    TooLarge,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::Damaged => "the photo is damaged",
            Unreadable::TooLarge => "the photo is too large to decode",
        })
    }
}

impl std::error::Error for Unreadable {}

/// Whether these are the bytes that were signed for.
pub fn is_intact(bytes: &[u8], digest: &Digest) -> bool {
    Digest(Sha256::digest(bytes).into()) == *digest
}

/// A JPEG no longer than `side` pixels.
pub fn shrunk(bytes: &[u8], side: u32) -> Result<Vec<u8>, Unreadable> {
    let picture = decoded(bytes)?;
    let picture = if picture.width().max(picture.height()) > side {
        picture.resize(side, side, FilterType::Triangle)
    } else {
        picture
    };
    encoded(&picture.into_rgb8(), QUALITY)
}

/// The whole photo with the watermark 水印 burned into its lower left corner, as a new JPEG.
///
/// # Errors
/// When the bytes are no complete JPEG within the limits.
pub fn marked(bytes: &[u8], lines: &[String]) -> Result<Vec<u8>, Unreadable> {
    let mut picture = decoded(bytes)?.into_rgb8();
    burn(&mut picture, lines);
    encoded(&picture, MARKED_QUALITY)
}

fn decoded(bytes: &[u8]) -> Result<DynamicImage, Unreadable> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(reason)?;
    if decoder.total_bytes() > DECODE_BYTES_MAX {
        return Err(Unreadable::TooLarge);
    }
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(reason)?;
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

fn reason(error: image::ImageError) -> Unreadable {
    match error {
        image::ImageError::Limits(_) => Unreadable::TooLarge,
        _ => Unreadable::Damaged,
    }
}

fn encoded(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Unreadable> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode_image(picture)
        .map_err(|_| Unreadable::Damaged)?;
    Ok(jpeg)
}

/// White letters on a darkened band, as large as the picture allows.
fn burn(picture: &mut RgbImage, lines: &[String]) {
    let (width, height) = picture.dimensions();
    let lines: Vec<_> = lines.iter().map(|line| readable(line)).collect();
    let widest = lines
        .iter()
        .map(|line| Face::Text.width(line, 1.0))
        .fold(1.0, f32::max);
    let size = (width.max(height) as f32 / 48.0).min(width as f32 * 0.94 / widest);
    if size < 4.0 {
        return;
    }
    let (step, pad) = (size * 1.4, size * 0.5);
    let band = step * lines.len() as f32 + pad;
    let top = (height as f32 - band).max(0.0);
    for y in top as u32..height {
        for x in 0..width.min((size * widest + 2.0 * pad) as u32) {
            let pixel = picture.get_pixel_mut(x, y);
            pixel.0 = pixel.0.map(|value| (u16::from(value) * 2 / 5) as u8);
        }
    }
    for (index, line) in lines.iter().enumerate() {
        write(
            picture,
            line,
            pad,
            top + pad / 2.0 + step * index as f32,
            size,
        );
    }
}

fn write(picture: &mut RgbImage, line: &str, left: f32, top: f32, size: f32) {
    let face = Face::Text.opened();
    // The scale of this library is the height of a line, not the size of the em.
    let scale = PxScale::from(size * face.ruler.height_unscaled() / face.units_per_em());
    let scaled = face.ruler.as_scaled(scale);
    let mut x = left;
    for letter in line.chars() {
        let id = face.glyph(letter);
        let glyph = id.with_scale_and_position(scale, point(x, top + scaled.ascent()));
        x += scaled.h_advance(id);
        let Some(outline) = face.ruler.outline_glyph(glyph) else {
            continue;
        };
        let at = outline.px_bounds().min;
        outline.draw(|dx, dy, cover| {
            let (px, py) = (at.x as i64 + i64::from(dx), at.y as i64 + i64::from(dy));
            let inside = u32::try_from(px).ok().zip(u32::try_from(py).ok());
            if let Some(pixel) = inside.and_then(|(x, y)| picture.get_pixel_mut_checked(x, y)) {
                let mix = |value: u8| (f32::from(value) * (1.0 - cover) + 255.0 * cover) as u8;
                pixel.0 = pixel.0.map(mix);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
        encoded(&picture, 85).unwrap()
    }

    fn size(bytes: &[u8]) -> (u32, u32) {
        let picture = decoded(bytes).unwrap();
        (picture.width(), picture.height())
    }

    #[test]
    fn pictures_shrink_and_never_grow() {
        assert_eq!(size(&shrunk(&jpeg(1600, 1200), 1000).unwrap()), (1000, 750));
        assert_eq!(size(&shrunk(&jpeg(120, 200), 1000).unwrap()), (120, 200));
    }

    #[test]
    fn what_is_no_photo_is_named_and_nothing_panics() {
        let good = jpeg(64, 48);
        for end in 0..good.len() {
            let _ = shrunk(&good[..end], 1000);
        }
        assert_eq!(shrunk(b"", 9), Err(Unreadable::Damaged));
        assert_eq!(shrunk(b"\x89PNG\r\n\x1a\n", 9), Err(Unreadable::Damaged));
        let mut bomb = good;
        let frame = bomb
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap();
        bomb[frame + 5..frame + 9].copy_from_slice(&[0x20, 0x01, 0x20, 0x01]);
        assert!(shrunk(&bomb, 9).is_err());
    }

    #[test]
    fn a_watermark_is_seen_and_the_rest_of_the_picture_stays() {
        let bytes = jpeg(1200, 900);
        let lines = [
            "2026-11-24 10:28:00（手机自称）  修复后".to_owned(),
            "福田区行政服务大厅".into(),
        ];
        let with = decoded(&marked(&bytes, &lines).unwrap())
            .unwrap()
            .into_rgb8();
        let without = decoded(&marked(&bytes, &[]).unwrap()).unwrap().into_rgb8();
        assert_eq!(with.dimensions(), without.dimensions());
        assert_eq!(with.get_pixel(600, 100), without.get_pixel(600, 100));
        let whites = |picture: &RgbImage| {
            picture
                .pixels()
                .filter(|pixel| pixel.0.iter().all(|v| *v > 240))
                .count()
        };
        assert!(whites(&with) > whites(&without) + 500);
        assert_eq!(marked(&bytes, &lines), marked(&bytes, &lines));
        for (width, height) in [(1, 1), (3, 900), (900, 3), (40, 40)] {
            marked(&jpeg(width, height), &lines).unwrap();
        }
    }
}
