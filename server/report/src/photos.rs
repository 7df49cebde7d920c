//! The photos, two in a row, with the watermark as text over a smaller copy. The bytes of the
//! evidence stay unmarked; their whole SHA-256 stands under each picture.

use std::collections::BTreeMap;

use domain::ids::Digest;
use domain::work_order::{Photo, Said};
use krilla::image::Image;

use crate::figures;
use crate::input::Evidence;
use crate::mark::{Area, Color, GREEN, INK, LINE, Mark, PALE, Pen, RED, SOFT, Shape, Style, WHITE};
use crate::paper::{BODY, INNER, MARGIN, Paper, SMALL};
use crate::picture::{Unreadable, is_intact, shrunk};
use crate::words;

/// Longest side of a picture in the file, pixels.
pub const SIDE_PX: u32 = 1_000;
const GAP: f32 = 14.0;
const FRAME: f32 = 176.0;
const CAPTION: f32 = 46.0;

/// Most photos that are pictured in one document; further ones are named.
pub const PICTURED_MAX: usize = 120;

/// What became of a photo.
pub enum Shown {
    Picture {
        image: Image,
        width: f32,
        height: f32,
    },
    Missing(Gap),
}

/// Why a photo is not pictured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    NotHere,
    OtherBytes,
    Damaged,
    TooLarge,
    BeyondLimit,
}

impl Gap {
    pub fn word(self) -> &'static str {
        match self {
            Gap::NotHere => "照片原图尚未送达服务器",
            Gap::OtherBytes => "文件与签名记录的哈希不符，未采用",
            Gap::Damaged => "文件损坏，无法显示",
            Gap::TooLarge => "文件尺寸超过上限，未解码",
            Gap::BeyondLimit => "超过一份文件的张数上限，见证据包",
        }
    }
}

/// The photos of a document, each loaded once, checked, made small and let go.
pub struct Album(BTreeMap<Digest, Shown>);

impl Album {
    pub fn of(evidence: &Evidence, side: u32) -> Self {
        let mut shown = BTreeMap::new();
        for photo in evidence.photos_in_order() {
            let digest = photo.what.sha256;
            if shown.contains_key(&digest) {
                continue;
            }
            let one = if shown.len() < PICTURED_MAX {
                open(evidence, digest, side)
            } else {
                Shown::Missing(Gap::BeyondLimit)
            };
            shown.insert(digest, one);
        }
        Self(shown)
    }

    pub fn get(&self, digest: &Digest) -> &Shown {
        self.0.get(digest).unwrap_or(&Shown::Missing(Gap::NotHere))
    }

    /// How many have the bytes that were signed for.
    pub fn intact(&self) -> usize {
        let is_intact = |shown: &&Shown| {
            matches!(
                shown,
                Shown::Picture { .. } | Shown::Missing(Gap::Damaged | Gap::TooLarge)
            )
        };
        self.0.values().filter(is_intact).count()
    }

    /// How many have this gap.
    pub fn count(&self, gap: Gap) -> usize {
        let has = |shown: &&Shown| matches!(shown, Shown::Missing(found) if *found == gap);
        self.0.values().filter(has).count()
    }
}

/// The photo as a picture, if its bytes are here, are the ones that were signed for, and can be
/// decoded.
fn open(evidence: &Evidence, digest: Digest, side: u32) -> Shown {
    let Some(bytes) = (evidence.photos)(digest) else {
        return Shown::Missing(Gap::NotHere);
    };
    if !is_intact(&bytes, &digest) {
        return Shown::Missing(Gap::OtherBytes);
    }
    let small = match shrunk(&bytes, side) {
        Ok(small) => small,
        Err(Unreadable::Damaged) => return Shown::Missing(Gap::Damaged),
        Err(Unreadable::TooLarge) => return Shown::Missing(Gap::TooLarge),
    };
    match Image::from_jpeg(small.into(), false) {
        Ok(image) => {
            let (width, height) = image.size();
            Shown::Picture {
                image,
                width: width as f32,
                height: height as f32,
            }
        }
        Err(_) => Shown::Missing(Gap::Damaged),
    }
}

pub fn draw(paper: &mut Paper, evidence: &Evidence, album: &Album) {
    paper.chapter("照片", FRAME + CAPTION + 30.0);
    let photos = evidence.photos_in_order();
    if photos.is_empty() {
        paper.paragraph("本工单没有照片。", BODY);
        return;
    }
    paper.paragraph(
        "图上的文字是水印，只加在本报告的缩小图上；作为证据的原图没有水印，字节保持拍摄时的原样，以下列 SHA-256 为准。",
        SMALL,
    );
    let width = (INNER - GAP) / 2.0;
    let mut missing = Vec::new();
    for (row, pair) in photos.chunks(2).enumerate() {
        paper.need(FRAME + CAPTION + 8.0);
        for (column, photo) in pair.iter().enumerate() {
            let number = row * 2 + column + 1;
            let x = MARGIN + column as f32 * (width + GAP);
            let frame = Area {
                x,
                y: paper.y,
                w: width,
                h: FRAME,
            };
            if let Err(gap) = one(paper, evidence, album, photo, number, frame) {
                missing.push(format!(
                    "照片 {number}（{}，SHA-256 {}…）：{}",
                    words::slot(photo.what.slot),
                    figures::short(&photo.what.sha256),
                    gap.word()
                ));
            }
        }
        paper.skip(FRAME + CAPTION + 8.0);
    }
    if !missing.is_empty() {
        paper.heading("没有显示的照片", 24.0);
        for line in missing {
            paper.item(&line, BODY, RED);
        }
    }
}

/// One photo with its caption; the reason if it cannot be shown.
fn one(
    paper: &mut Paper,
    evidence: &Evidence,
    album: &Album,
    photo: &Said<Photo>,
    number: usize,
    frame: Area,
) -> Result<(), Gap> {
    paper.put(Mark::filled(Shape::Box(frame), PALE));
    let missing = match album.get(&photo.what.sha256) {
        Shown::Picture {
            image,
            width,
            height,
        } => {
            let area = fitted(frame, *width, *height);
            paper.put(Mark::Picture {
                area,
                image: image.clone(),
            });
            watermark(paper, &evidence.watermark(photo), frame);
            None
        }
        Shown::Missing(gap) => {
            let (x, y) = (frame.x + frame.w / 2.0, frame.y + frame.h / 2.0);
            paper.put(Mark::centred(x, y, BODY.color(SOFT), gap.word()));
            Some(*gap)
        }
    };
    paper.put(Mark::drawn(Shape::Box(frame), Pen::new(LINE, 0.6)));
    let what = &photo.what;
    let below = frame.y + frame.h;
    let title = format!("照片 {number}  {}", words::slot(what.slot));
    paper.put(Mark::text(
        frame.x,
        below + 12.0,
        Style::new(9.0).bold(),
        &title,
    ));
    let (check, color): (&str, Color) = match missing {
        None => ("哈希一致", GREEN),
        Some(_) => ("未显示", RED),
    };
    paper.put(Mark::right(
        frame.x + frame.w,
        below + 12.0,
        Style::new(8.5).bold().color(color),
        check,
    ));
    let facts = format!(
        "{}，{}×{} 像素，{}",
        words::source(what.source),
        what.width,
        what.height,
        figures::size(what.size)
    );
    paper.put(Mark::text(frame.x, below + 23.0, SMALL, facts));
    let hash = what.sha256.to_string();
    paper.put(Mark::text(
        frame.x,
        below + 33.0,
        Style::new(6.2).mono().color(INK),
        hash,
    ));
    missing.map_or(Ok(()), Err)
}

/// The largest place of this shape in the middle of the frame.
pub fn fitted(frame: Area, width: f32, height: f32) -> Area {
    let scale = (frame.w / width).min(frame.h / height);
    let (w, h) = (width * scale, height * scale);
    Area {
        x: frame.x + (frame.w - w) / 2.0,
        y: frame.y + (frame.h - h) / 2.0,
        w,
        h,
    }
}

/// White text on a dark veil across the foot of the frame, smaller if a line is long.
fn watermark(paper: &mut Paper, lines: &[String], frame: Area) {
    let widest = lines
        .iter()
        .map(|line| Style::new(1.0).width(line))
        .fold(1.0, f32::max);
    let style = Style::new(7.4_f32.min((frame.w - 10.0) / widest)).color(WHITE);
    let step = 9.6;
    let height = lines.len() as f32 * step + 5.0;
    let area = Area {
        y: frame.y + frame.h - height,
        h: height,
        ..frame
    };
    paper.put(Mark::veil(Shape::Box(area), Color(0, 0, 0), 58));
    for (index, line) in lines.iter().enumerate() {
        let y = area.y + 9.0 + index as f32 * step;
        paper.put(Mark::text(area.x + 5.0, y, style, line));
    }
}
