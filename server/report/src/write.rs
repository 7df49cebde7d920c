//! From pages of marks to the bytes of a PDF/A. Nothing here decides where anything stands.

use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::Failed;
use crate::figures::civil;
use crate::mark::{Area, Color, Mark, Pen, Shape, Style};
use crate::paper::{HEIGHT, Paper, WIDTH};

/// What a document says of itself.
pub struct About {
    pub title: String,
    pub subject: String,
    /// Milliseconds since 1970; the only time in the file.
    pub as_of: domain::time::Timestamp,
}

/// Bézier handles that make a quarter circle.
const KAPPA: f32 = 0.552_284_8;

/// Writes the pages as PDF/A-2u, which is PDF/A-2b with every letter readable by machines.
pub fn pdf(paper: Paper, about: &About) -> Result<Vec<u8>, Failed> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(|error| Failed(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(about));
    let mut outline = Outline::new();
    for entry in &paper.entries {
        let place = XyzDestination::new(entry.page, Point::from_xy(0.0, entry.y));
        outline.push_child(OutlineNode::new(entry.title.clone(), place));
    }
    document.set_outline(outline);
    for marks in &paper.pages {
        let settings =
            PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Failed("page size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, mark);
        }
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| Failed(format!("{error:?}")))
}

fn metadata(about: &About) -> Metadata {
    let (date, [hour, minute, second]) = civil(about.as_of);
    let small = |number: i64| u8::try_from(number).unwrap_or(1);
    let made = DateTime::new(u16::try_from(date.year).unwrap_or(9999))
        .month(small(date.month))
        .day(small(date.day))
        .hour(small(hour))
        .minute(small(minute))
        .second(small(second))
        .utc_offset_hour(8)
        .utc_offset_minute(0);
    Metadata::new()
        .title(about.title.clone())
        .description(about.subject.clone())
        .language("zh-CN".to_owned())
        .creator("Daochang 到场".to_owned())
        .producer("Daochang 到场".to_owned())
        .creation_date(made)
        .document_id(about.title.clone())
}

fn draw(surface: &mut Surface, mark: &Mark) {
    match mark {
        Mark::Text { x, y, style, text } => write_text(surface, *x, *y, *style, text),
        Mark::Shape {
            shape,
            fill,
            opacity,
            pen,
        } => {
            let Some(path) = path(shape) else { return };
            surface.set_fill(fill.map(|color| paint(color, *opacity)));
            surface.set_stroke(pen.map(stroke));
            surface.draw_path(&path);
            surface.set_stroke(None);
        }
        Mark::Picture { area, image } => {
            let Some(size) = Size::from_wh(area.w, area.h) else {
                return;
            };
            surface.push_transform(&Transform::from_translate(area.x, area.y));
            surface.draw_image(image.clone(), size);
            surface.pop();
        }
        Mark::Within { area, marks } => {
            let Some(clip) = path(&Shape::Box(*area)) else {
                return;
            };
            surface.push_clip_path(&clip, &FillRule::NonZero);
            for mark in marks {
                draw(surface, mark);
            }
            surface.pop();
        }
    }
}

fn write_text(surface: &mut Surface, x: f32, y: f32, style: Style, text: &str) {
    if text.is_empty() {
        return;
    }
    let face = style.face.opened();
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(at, letter)| {
            let glyph = face.glyph(letter);
            let range = at..at + letter.len_utf8();
            let number = GlyphId::new(u32::from(glyph.0));
            KrillaGlyph::new(number, face.advance(glyph), 0.0, 0.0, 0.0, range, None)
        })
        .collect();
    surface.set_fill(Some(paint(style.color, 100)));
    // The font has one weight; a bold letter is one drawn around its edge as well.
    surface.set_stroke(
        style
            .bold
            .then(|| stroke(Pen::new(style.color, style.size * 0.03))),
    );
    let start = Point::from_xy(x, y);
    surface.draw_glyphs(start, &glyphs, face.pen.clone(), text, style.size, false);
    surface.set_stroke(None);
}

fn paint(color: Color, opacity: u8) -> Fill {
    Fill {
        paint: rgb::Color::new(color.0, color.1, color.2).into(),
        opacity: NormalizedF32::new(f32::from(opacity.min(100)) / 100.0)
            .unwrap_or(NormalizedF32::ONE),
        rule: FillRule::NonZero,
    }
}

fn stroke(pen: Pen) -> Stroke {
    Stroke {
        paint: rgb::Color::new(pen.color.0, pen.color.1, pen.color.2).into(),
        width: pen.width,
        line_cap: if pen.dashed {
            LineCap::Butt
        } else {
            LineCap::Round
        },
        line_join: LineJoin::Round,
        dash: pen.dashed.then(|| StrokeDash {
            array: vec![3.0, 2.0],
            offset: 0.0,
        }),
        ..Stroke::default()
    }
}

fn path(shape: &Shape) -> Option<Path> {
    let mut to = PathBuilder::new();
    match shape {
        Shape::Box(area) => to.push_rect(rect(area)?),
        Shape::Boxes(areas) => {
            for area in areas {
                to.push_rect(rect(area)?);
            }
        }
        Shape::Circle { x, y, r } => {
            let (x, y, r, k) = (*x, *y, *r, *r * KAPPA);
            to.move_to(x + r, y);
            to.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
            to.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
            to.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
            to.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
            to.close();
        }
        Shape::Path { points, closed } => {
            let (first, rest) = points.split_first()?;
            to.move_to(first.0, first.1);
            for (x, y) in rest {
                to.line_to(*x, *y);
            }
            if *closed {
                to.close();
            }
        }
    }
    to.finish()
}

fn rect(area: &Area) -> Option<Rect> {
    Rect::from_xywh(area.x, area.y, area.w, area.h)
}
