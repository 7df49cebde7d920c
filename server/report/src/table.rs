//! Tables whose cells wrap and whose rows go on over the page: the head is repeated, a row stays
//! together if a page can hold it and is cut between lines if not.

use crate::mark::{Area, SOFT};
use crate::mark::{Color, LINE, Mark, PALE, Pen, Shape, Style};
use crate::paper::{MARGIN, Paper};
use crate::wrap::lines;

/// Space around a cell's text.
const PAD: f32 = 4.0;
pub const HEAD: Style = Style::new(8.5).bold().color(SOFT);

/// Texts below each other, each in its own style.
#[derive(Clone, Default)]
pub struct Cell(Vec<(String, Style)>);

impl Cell {
    pub fn of(text: impl Into<String>, style: Style) -> Self {
        Self(vec![(text.into(), style)])
    }

    pub fn and(mut self, text: impl Into<String>, style: Style) -> Self {
        self.0.push((text.into(), style));
        self
    }
}

/// A table across the page; widths add up to the width of the text.
pub struct Table<'a> {
    pub widths: &'a [f32],
    /// Empty for a table without a head.
    pub head: &'a [&'a str],
    /// The first column is a label on a pale ground.
    pub labelled: bool,
}

struct Line {
    text: String,
    style: Style,
}

impl Table<'_> {
    pub fn draw(&self, paper: &mut Paper, rows: Vec<Vec<Cell>>) {
        let head: Vec<Cell> = self.head.iter().map(|text| Cell::of(*text, HEAD)).collect();
        let head_lines = self.broken(&head);
        let head_height = if head.is_empty() {
            0.0
        } else {
            height(&head_lines)
        };
        let mut is_first = true;
        for row in rows {
            let mut cells = self.broken(&row);
            let needed = height(&cells);
            let least = if needed + head_height <= Paper::whole() {
                needed
            } else {
                60.0
            };
            let starts_page = paper.left() < least + if is_first { head_height } else { 0.0 };
            if starts_page {
                paper.turn();
            }
            if head_height > 0.0 && (is_first || starts_page) {
                self.row(paper, &head_lines, head_height, true);
            }
            is_first = false;
            while height(&cells) > paper.left() {
                let room = paper.left();
                let upper = cut(&mut cells, room);
                self.row(paper, &upper, room, false);
                paper.turn();
                if head_height > 0.0 {
                    self.row(paper, &head_lines, head_height, true);
                }
            }
            let rest = height(&cells);
            self.row(paper, &cells, rest, false);
        }
        paper.skip(6.0);
    }

    fn broken(&self, row: &[Cell]) -> Vec<Vec<Line>> {
        let widths = self.widths.iter();
        row.iter()
            .zip(widths)
            .map(|(cell, width)| {
                let texts = cell.0.iter().flat_map(|(text, style)| {
                    let broken = lines(text, style.face, style.size, width - 2.0 * PAD);
                    broken.into_iter().map(|text| Line {
                        text,
                        style: *style,
                    })
                });
                texts.collect()
            })
            .collect()
    }

    fn row(&self, paper: &mut Paper, cells: &[Vec<Line>], height: f32, is_head: bool) {
        let top = paper.y;
        let mut x = MARGIN;
        for (index, (cell, width)) in cells.iter().zip(self.widths).enumerate() {
            if is_head || (self.labelled && index % 2 == 0) {
                paper.put(ground(x, top, *width, height, PALE));
            }
            let mut y = top + PAD;
            for line in cell {
                let baseline = y + line.style.size * 1.1;
                paper.put(Mark::text(x + PAD, baseline, line.style, &line.text));
                y += line.style.leading();
            }
            x += width;
        }
        let pen = Pen::new(LINE, 0.6);
        let right = MARGIN + self.widths.iter().sum::<f32>();
        if is_head || self.labelled {
            paper.put(Mark::line(MARGIN, top, right, top, pen));
        }
        paper.put(Mark::line(MARGIN, top + height, right, top + height, pen));
        paper.skip(height);
    }
}

fn ground(x: f32, y: f32, w: f32, h: f32, color: Color) -> Mark {
    Mark::filled(Shape::Box(Area { x, y, w, h }), color)
}

fn height(cells: &[Vec<Line>]) -> f32 {
    let tall = |cell: &Vec<Line>| cell.iter().map(|line| line.style.leading()).sum::<f32>();
    cells.iter().map(tall).fold(0.0, f32::max) + 2.0 * PAD
}

/// Takes the lines that fit into `room` off every cell; at least one of the tallest, so that a cut
/// row always ends.
fn cut(cells: &mut [Vec<Line>], room: f32) -> Vec<Vec<Line>> {
    cells
        .iter_mut()
        .map(|cell| {
            let mut used = 2.0 * PAD;
            let fits = cell.iter().take_while(|line| {
                used += line.style.leading();
                used <= room
            });
            let count = fits.count().max(usize::from(!cell.is_empty()));
            cell.drain(..count).collect()
        })
        .collect()
}
