//! Sheets of A4 that fill from top to bottom: the one place that knows when a page is full. The
//! running header and the page numbers come last, when the number of pages is known.

use crate::mark::{BLUE, Color, INK, LINE, Mark, Pen, SOFT, Style};
use crate::wrap::lines;

pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;
/// Left and right.
pub const MARGIN: f32 = 51.0;
pub const INNER: f32 = WIDTH - 2.0 * MARGIN;
const TOP: f32 = 62.0;
const BOTTOM: f32 = HEIGHT - 58.0;

pub const BODY: Style = Style::new(9.5);
pub const SMALL: Style = Style::new(8.0).color(SOFT);
pub const HASH: Style = Style::new(7.0).mono();

/// A line of the bookmarks.
pub struct Entry {
    pub title: String,
    pub page: usize,
    pub y: f32,
}

/// The document while it grows.
pub struct Paper {
    pub pages: Vec<Vec<Mark>>,
    pub entries: Vec<Entry>,
    /// Where the next thing stands, from the top of the last page.
    pub y: f32,
    chapters: usize,
}

const CHAPTERS: [&str; 12] = [
    "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二",
];

impl Paper {
    pub fn new() -> Self {
        Self {
            pages: vec![Vec::new()],
            entries: Vec::new(),
            y: TOP,
            chapters: 0,
        }
    }

    pub fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    pub fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Height that is left on this page.
    pub fn left(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Height of an empty page.
    pub fn whole() -> f32 {
        BOTTOM - TOP
    }

    /// Turns the page unless this much is left.
    pub fn need(&mut self, height: f32) {
        if self.left() < height && self.y > TOP {
            self.turn();
        }
    }

    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// A numbered heading, kept together with `follows` points of what comes after it.
    pub fn chapter(&mut self, title: &str, follows: f32) {
        self.skip(14.0);
        self.need(30.0 + follows);
        let number = CHAPTERS[self.chapters.min(CHAPTERS.len() - 1)];
        self.chapters += 1;
        let title = format!("{number}、{title}");
        self.entries.push(Entry {
            title: title.clone(),
            page: self.pages.len() - 1,
            y: self.y,
        });
        let style = Style::new(13.0).bold().color(BLUE);
        self.put(Mark::text(MARGIN, self.y + 12.0, style, &title));
        self.put(Mark::line(
            MARGIN,
            self.y + 19.0,
            MARGIN + INNER,
            self.y + 19.0,
            Pen::new(BLUE, 0.8),
        ));
        self.skip(28.0);
    }

    /// A heading inside a chapter.
    pub fn heading(&mut self, title: &str, follows: f32) {
        self.skip(5.0);
        self.need(18.0 + follows);
        self.text(title, Style::new(10.5).bold(), MARGIN, INNER);
        self.skip(3.0);
    }

    /// A text across the page.
    pub fn paragraph(&mut self, text: &str, style: Style) {
        self.text(text, style, MARGIN, INNER);
        self.skip(3.0);
    }

    /// A text in a column, over as many pages as it takes.
    pub fn text(&mut self, text: &str, style: Style, x: f32, width: f32) {
        for line in lines(text, style.face, style.size, width) {
            self.need(style.leading());
            self.put(Mark::text(x, self.y + style.size * 1.1, style, line));
            self.skip(style.leading());
        }
    }

    /// An item of a list.
    pub fn item(&mut self, text: &str, style: Style, dot: Color) {
        let indent = 12.0;
        self.need(style.leading());
        let middle = self.y + style.size * 0.76;
        self.put(Mark::filled(
            crate::mark::Shape::Circle {
                x: MARGIN + 4.0,
                y: middle,
                r: 1.7,
            },
            dot,
        ));
        self.text(text, style, MARGIN + indent, INNER - indent);
        self.skip(2.0);
    }

    /// Header and footer of every page.
    pub fn finish(mut self, header: &str, footer: &str) -> Self {
        let count = self.pages.len();
        for (index, page) in self.pages.iter_mut().enumerate() {
            let right = MARGIN + INNER;
            page.push(Mark::text(MARGIN, 36.0, SMALL, "Daochang 到场"));
            page.push(Mark::right(right, 36.0, SMALL.color(INK), header));
            page.push(Mark::line(MARGIN, 43.0, right, 43.0, Pen::new(LINE, 0.6)));
            let low = HEIGHT - 34.0;
            page.push(Mark::line(
                MARGIN,
                low - 12.0,
                right,
                low - 12.0,
                Pen::new(LINE, 0.6),
            ));
            page.push(Mark::text(MARGIN, low, SMALL, footer));
            let number = format!("第 {} 页，共 {count} 页", index + 1);
            page.push(Mark::right(right, low, SMALL, &number));
        }
        self
    }
}
