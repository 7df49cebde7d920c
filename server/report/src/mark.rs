//! What stands on a page: texts, shapes and pictures, at places measured in points from the upper
//! left corner. A page is a list of these; [`crate::write`] turns the list into PDF.

use krilla::image::Image;

use crate::font::{Face, readable};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

pub const INK: Color = Color(0x1d, 0x27, 0x33);
pub const SOFT: Color = Color(0x5b, 0x66, 0x73);
pub const CLAIMED: Color = Color(0x7a, 0x83, 0x8d);
pub const LINE: Color = Color(0xc4, 0xcc, 0xd4);
pub const PALE: Color = Color(0xf1, 0xf4, 0xf7);
pub const BLUE: Color = Color(0x1a, 0x46, 0x70);
pub const SKY: Color = Color(0x8f, 0xb3, 0xd4);
pub const GREEN: Color = Color(0x1b, 0x6b, 0x3c);
pub const RED: Color = Color(0xb0, 0x24, 0x1d);
pub const AMBER: Color = Color(0x8a, 0x58, 0x00);
pub const WHITE: Color = Color(0xff, 0xff, 0xff);

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub face: Face,
    pub size: f32,
    pub color: Color,
    pub bold: bool,
}

impl Style {
    pub const fn new(size: f32) -> Self {
        Self {
            face: Face::Text,
            size,
            color: INK,
            bold: false,
        }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn color(self, color: Color) -> Self {
        Self { color, ..self }
    }

    pub const fn mono(self) -> Self {
        Self {
            face: Face::Mono,
            ..self
        }
    }

    /// From one baseline to the next.
    pub fn leading(self) -> f32 {
        self.size * 1.45
    }

    /// Width of a text in one line.
    pub fn width(self, text: &str) -> f32 {
        self.face.width(&readable(text), self.size)
    }
}

/// A box on the page.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

/// A figure to fill or to draw.
#[derive(Debug, Clone)]
pub enum Shape {
    Box(Area),
    Circle {
        x: f32,
        y: f32,
        r: f32,
    },
    /// Points joined by lines; closed ones end where they began.
    Path {
        points: Vec<(f32, f32)>,
        closed: bool,
    },
    /// Many boxes as one figure.
    Boxes(Vec<Area>),
}

/// A line's colour, width and dashes.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    pub color: Color,
    pub width: f32,
    pub dashed: bool,
}

/// One thing on a page.
#[derive(Clone)]
pub enum Mark {
    Text {
        x: f32,
        /// Of the baseline.
        y: f32,
        style: Style,
        text: String,
    },
    Shape {
        shape: Shape,
        fill: Option<Color>,
        /// In hundredths; 100 hides what lies below.
        opacity: u8,
        pen: Option<Pen>,
    },
    Picture {
        area: Area,
        image: Image,
    },
    /// Whatever lies outside the area is cut off.
    Within {
        area: Area,
        marks: Vec<Mark>,
    },
}

impl Pen {
    pub const fn new(color: Color, width: f32) -> Self {
        Self {
            color,
            width,
            dashed: false,
        }
    }

    pub const fn dashed(self) -> Self {
        Self {
            dashed: true,
            ..self
        }
    }
}

impl Mark {
    pub fn text(x: f32, y: f32, style: Style, text: impl AsRef<str>) -> Self {
        Mark::Text {
            x,
            y,
            style,
            text: readable(text.as_ref()).replace('\n', " "),
        }
    }

    pub fn centred(x: f32, y: f32, style: Style, text: &str) -> Self {
        Mark::text(x - style.width(text) / 2.0, y, style, text)
    }

    pub fn right(x: f32, y: f32, style: Style, text: &str) -> Self {
        Mark::text(x - style.width(text), y, style, text)
    }

    pub fn filled(shape: Shape, color: Color) -> Self {
        Mark::Shape {
            shape,
            fill: Some(color),
            opacity: 100,
            pen: None,
        }
    }

    pub fn veil(shape: Shape, color: Color, opacity: u8) -> Self {
        Mark::Shape {
            shape,
            fill: Some(color),
            opacity,
            pen: None,
        }
    }

    pub fn drawn(shape: Shape, pen: Pen) -> Self {
        Mark::Shape {
            shape,
            fill: None,
            opacity: 100,
            pen: Some(pen),
        }
    }

    pub fn line(x1: f32, y1: f32, x2: f32, y2: f32, pen: Pen) -> Self {
        let points = vec![(x1, y1), (x2, y2)];
        Mark::drawn(
            Shape::Path {
                points,
                closed: false,
            },
            pen,
        )
    }
}
