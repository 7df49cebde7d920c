//! Photos: bytes named by their SHA-256, sent whole or in pieces, checked by content and kept as
//! they came. The door looks at a photo's structure only; decoding is left to the thumbnail,
//! which is made when somebody looks, with limits on size and memory and few at a time.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use domain::ids::Digest;
use domain::review::picture::Fingerprint;
use image::{ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// Largest photo in bytes.
pub const PHOTO_BYTES_MAX: u64 = domain::refusal::PHOTO_BYTES_MAX;
/// Largest side in pixels.
const SIDE_PX_MAX: u32 = 8_192;
/// Most memory one decoding may take.
const DECODE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Longer side of a thumbnail in pixels.
const THUMBNAIL_PX: u32 = 400;
/// Longer side to which a picture is brought before its fingerprint is taken, pixels.
const FINGERPRINT_PX: u32 = 340;
/// Decodings at a time: each may take its full memory.
const DECODERS: usize = 2;

/// A photo that passed the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    pub width: u32,
    pub height: u32,
}

/// Looks at the structure: a complete JPEG of sensible dimensions. Cheap, decodes nothing.
pub fn inspect(bytes: &[u8]) -> Result<Inspected, ApiError> {
    if bytes.len() as u64 > PHOTO_BYTES_MAX {
        return Err(ApiError::too_large(PHOTO_BYTES_MAX));
    }
    if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(ApiError::unprocessable(
            "photo_not_jpeg",
            "这不是 JPEG 照片。请用应用内相机拍摄，或在系统相机设置中改为 JPEG 格式。",
            "This is not a JPEG photo. Use the app's camera, or set the phone's camera to JPEG.",
        ));
    }
    // Cameras pad the end with zeros or append their own data; the end mark must be there.
    if !bytes.windows(2).any(|pair| pair == [0xff, 0xd9]) || !ends_complete(bytes) {
        return Err(damaged());
    }
    let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let (width, height) = reader.into_dimensions().map_err(|_| damaged())?;
    if width == 0 || height == 0 || width > SIDE_PX_MAX || height > SIDE_PX_MAX {
        return Err(ApiError::unprocessable(
            "photo_dimensions",
            "照片边长超过 8192 像素。请用应用内相机重拍。",
            "A side of the photo is longer than 8,192 pixels. Take it again with the app's camera.",
        ));
    }
    Ok(Inspected { width, height })
}

/// Whether the last scan ends with an end-of-image mark, followed at most by what cameras append.
fn ends_complete(bytes: &[u8]) -> bool {
    let scan = bytes.windows(2).rposition(|pair| pair == [0xff, 0xda]);
    let end = bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]);
    matches!((scan, end), (Some(scan), Some(end)) if end > scan)
}

fn damaged() -> ApiError {
    ApiError::unprocessable(
        "photo_damaged",
        "照片文件不完整或已损坏。原文件已隔离保存，请重拍一张。",
        "The photo is incomplete or damaged. It is kept apart; take another one.",
    )
}

/// Decodes photos for thumbnails and fingerprints, a few at a time.
#[derive(Clone)]
pub struct Thumbnails {
    free: Arc<Semaphore>,
}

impl Default for Thumbnails {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(DECODERS)),
        }
    }
}

impl Thumbnails {
    /// A JPEG at most 400 pixels long, upright.
    pub async fn make(&self, photo: Digest, bytes: Bytes) -> Result<Bytes, ApiError> {
        let _turn = self
            .free
            .acquire()
            .await
            .map_err(|error| ApiError::internal("thumbnail", error))?;
        let made = tokio::task::spawn_blocking(move || shrink(&bytes)).await;
        let made = made.map_err(|error| ApiError::internal("thumbnail", error))?;
        made.map_err(|error| {
            tracing::info!(%photo, %error, "photo cannot be decoded");
            damaged()
        })
    }

    /// What a photo looks like; none if it cannot be decoded or is too plain to say.
    pub async fn fingerprint(&self, photo: Digest, bytes: Bytes) -> Option<Fingerprint> {
        let _turn = self.free.acquire().await.ok()?;
        let made = tokio::task::spawn_blocking(move || fingerprint(&bytes)).await;
        match made.ok()? {
            Ok(print) => print,
            Err(error) => {
                tracing::info!(%photo, %error, "photo cannot be decoded, no fingerprint");
                None
            }
        }
    }
}

/// What the picture looks like, upright; none if it is too plain to say.
pub fn fingerprint(bytes: &[u8]) -> image::ImageResult<Option<Fingerprint>> {
    let mut picture = decoded(bytes)?.thumbnail(FINGERPRINT_PX, FINGERPRINT_PX);
    picture.apply_orientation(orientation(bytes));
    let grey = picture.to_luma8();
    Ok(Fingerprint::of(grey.as_raw(), grey.width(), grey.height()))
}

fn decoded(bytes: &[u8]) -> image::ImageResult<image::DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_PX_MAX);
    limits.max_image_height = Some(SIDE_PX_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    reader.decode()
}

fn shrink(bytes: &[u8]) -> image::ImageResult<Bytes> {
    let mut picture = decoded(bytes)?;
    // A small photo stays as it is: enlarging it would show detail that is not there.
    if picture.width().max(picture.height()) > THUMBNAIL_PX {
        picture = picture.thumbnail(THUMBNAIL_PX, THUMBNAIL_PX);
    }
    picture.apply_orientation(orientation(bytes));
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 80)
        .encode_image(&picture.to_rgb8())?;
    Ok(jpeg.into())
}

/// How the camera was held, by EXIF; upright where nothing says so.
fn orientation(bytes: &[u8]) -> image::metadata::Orientation {
    exif::Reader::new()
        .read_from_container(&mut Cursor::new(bytes))
        .ok()
        .and_then(|exif| {
            exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?
                .value
                .get_uint(0)
        })
        .and_then(|value| image::metadata::Orientation::from_exif(u8::try_from(value).ok()?))
        .unwrap_or(image::metadata::Orientation::NoTransforms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let picture =
            image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut bytes)
            .encode_image(&picture)
            .unwrap();
        bytes
    }

    fn code(bytes: &[u8]) -> String {
        inspect(bytes).unwrap_err().code.to_string()
    }

    #[test]
    fn a_photo_passes_and_everything_else_is_named() {
        let good = jpeg(64, 48);
        assert_eq!(
            inspect(&good).unwrap(),
            Inspected {
                width: 64,
                height: 48
            }
        );
        assert_eq!(code(&good[..good.len() / 2]), "photo_damaged");
        assert_eq!(code(&good[..good.len() - 2]), "photo_damaged");
        assert_eq!(code(b""), "photo_not_jpeg");
        assert_eq!(
            code(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "photo_not_jpeg"
        );
        assert_eq!(code(b"\0\0\0\x18ftypheic"), "photo_not_jpeg");
        assert_eq!(code(b"\x89PNG\r\n\x1a\n"), "photo_not_jpeg");
        assert_eq!(code(&vec![0xff; PHOTO_BYTES_MAX as usize + 1]), "too_large");
    }

    #[test]
    fn a_bomb_is_stopped_by_its_header() {
        // A JPEG may claim 65,535 pixels a side in a few hundred bytes.
        let mut bomb = jpeg(16, 16);
        let frame = bomb
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap();
        bomb[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        assert_eq!(code(&bomb), "photo_dimensions");
    }

    #[tokio::test]
    async fn thumbnails_are_small_and_damage_is_named() {
        let thumbnails = Thumbnails::default();
        for (photo, expected) in [
            ((1200, 800), (400, 267)),
            ((401, 4), (400, 4)),
            ((400, 300), (400, 300)),
            ((399, 400), (399, 400)),
            ((64, 48), (64, 48)),
        ] {
            let photo = jpeg(photo.0, photo.1).into();
            let small = thumbnails.make(Digest([0; 32]), photo).await.unwrap();
            let seen = inspect(&small).unwrap();
            assert_eq!((seen.width, seen.height), expected);
        }
        let broken = Bytes::from_static(b"\xff\xd8\xff\xe0nonsense");
        assert_eq!(
            thumbnails
                .make(Digest([0; 32]), broken)
                .await
                .unwrap_err()
                .code,
            "photo_damaged"
        );
    }
}
