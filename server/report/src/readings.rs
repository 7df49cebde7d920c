//! The positions of a check-in: the legend of the sketch and the table of readings.

use domain::presence::Presence;
use domain::work_order::Visit;

use crate::figures;
use crate::input::Evidence;
use crate::map;
use crate::mark::{Area, BLUE, CLAIMED, GREEN, INK, Mark, Pen, SOFT, Shape, Style};
use crate::paper::{Paper, SMALL};
use crate::table::{Cell, Table};
use crate::words;

pub fn legend(paper: &mut Paper, x: f32, y: f32, presence: &Presence, words_end: f32) {
    let y = y.max(words_end);
    let text = Style::new(8.0).color(SOFT);
    let rows = [
        format!("终端与围栏（半径 {}）", figures::metres(presence.radius_cm)),
        "采用的定位点与误差圈（95 %）".to_owned(),
        "其他定位点与误差圈".to_owned(),
    ];
    for (index, row) in rows.iter().enumerate() {
        let middle = y + 8.0 + index as f32 * 14.0;
        match index {
            0 => {
                let area = Area {
                    x: x + 1.0,
                    y: middle - 3.0,
                    w: 6.0,
                    h: 6.0,
                };
                paper.put(Mark::filled(Shape::Box(area), INK));
                paper.put(Mark::line(
                    x + 10.0,
                    middle,
                    x + 22.0,
                    middle,
                    Pen::new(GREEN, 1.2).dashed(),
                ));
            }
            1 => {
                paper.put(Mark::filled(
                    Shape::Circle {
                        x: x + 11.0,
                        y: middle,
                        r: 2.6,
                    },
                    BLUE,
                ));
                paper.put(Mark::drawn(
                    Shape::Circle {
                        x: x + 11.0,
                        y: middle,
                        r: 5.0,
                    },
                    Pen::new(BLUE, 0.9),
                ));
            }
            _ => {
                paper.put(Mark::filled(
                    Shape::Circle {
                        x: x + 11.0,
                        y: middle,
                        r: 1.7,
                    },
                    SOFT,
                ));
                paper.put(Mark::drawn(
                    Shape::Circle {
                        x: x + 11.0,
                        y: middle,
                        r: 5.0,
                    },
                    Pen::new(SOFT, 0.5),
                ));
            }
        }
        paper.put(Mark::text(x + 28.0, middle + 3.0, text, row));
    }
}

pub fn fixes(paper: &mut Paper, evidence: &Evidence, visit: &Visit, presence: &Presence) {
    let fixes = &visit.check_in.what.fixes;
    if fixes.is_empty() {
        return;
    }
    paper.heading("定位明细", 60.0);
    let best = map::judged(evidence.terminal.position(), fixes, presence);
    let table = Table {
        widths: &[28.0, 130.0, 66.0, 66.0, 45.0, 58.0, 100.0],
        head: &[
            "序",
            "纬度，经度",
            "误差",
            "距终端",
            "来源",
            "坐标系",
            "自称时间",
        ],
        labelled: false,
    };
    let style = Style::new(8.0);
    let rows = fixes
        .iter()
        .take(FIXES_SHOWN)
        .enumerate()
        .map(|(index, fix)| {
            let number = if Some(index) == best {
                format!("{} ●", index + 1)
            } else {
                (index + 1).to_string()
            };
            let away = fix.position().distance_cm(evidence.terminal.position());
            vec![
                Cell::of(number, style),
                Cell::of(
                    format!(
                        "{}，{}",
                        figures::degrees(fix.lat_e7),
                        figures::degrees(fix.lng_e7)
                    ),
                    style,
                ),
                Cell::of(format!("±{}", figures::metres(fix.acc_cm)), style),
                Cell::of(away.map_or_else(|| "—".to_owned(), figures::metres), style),
                Cell::of(words::fix_source(fix.src), style),
                Cell::of(words::crs(fix.crs), style),
                Cell::of(figures::instant(fix.ts), style.color(CLAIMED)),
            ]
        });
    table.draw(paper, rows.collect());
    let mut note = "● 为采用的定位点。".to_owned();
    if fixes.len() > FIXES_SHOWN {
        note.push_str(&format!("共 {} 个定位点，其余见证据包。", fixes.len()));
    }
    paper.paragraph(&note, SMALL);
}

/// A burst has a handful; a phone that sends hundreds gets no longer a table for it.
const FIXES_SHOWN: usize = 24;
