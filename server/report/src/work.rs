//! What was found and done, the record in force first.

use domain::work_order::{Said, Work};

use crate::figures;
use crate::input::Evidence;
use crate::mark::{SOFT, Style};
use crate::paper::{BODY, Paper};
use crate::table::{Cell, Table};
use crate::words;

pub const FORM: Table = Table {
    widths: &[72.0, 421.0],
    head: &[],
    labelled: true,
};

pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    paper.chapter("处理情况", 80.0);
    let work = &evidence.work_order.work;
    if work.is_empty() {
        paper.paragraph("还没有填写处理情况。", BODY);
    }
    for (index, said) in work.iter().enumerate().rev() {
        let is_in_force = index + 1 == work.len();
        if work.len() > 1 {
            let title = if is_in_force {
                "现行记录"
            } else {
                "更早的记录（保留）"
            };
            paper.heading(title, 80.0);
        }
        record(paper, evidence, said);
    }
}

pub fn label(text: &str) -> Cell {
    Cell::of(text, Style::new(8.5).color(SOFT))
}

pub fn value(text: impl Into<String>) -> Cell {
    Cell::of(text, BODY)
}

fn record(paper: &mut Paper, evidence: &Evidence, said: &Said<Work>) {
    let work = &said.what;
    let parts = parts(work);
    FORM.draw(
        paper,
        vec![
            vec![
                label("方式与类别"),
                value(format!(
                    "{}，{}",
                    words::mode(work.mode),
                    words::repair(work.repair_class)
                )),
            ],
            vec![label("确认的故障"), value(words::fault(work.fault))],
            vec![label("原因"), value(work.cause.clone())],
            vec![label("处理"), value(work.action.clone())],
            vec![label("更换部件"), parts],
            vec![
                label("填写"),
                value(format!(
                    "{}，{}（手机自称）",
                    evidence.name(&said.by),
                    figures::instant(said.at.wall)
                )),
            ],
        ],
    );
}

/// The parts that were used, one a line.
pub fn parts(work: &Work) -> Cell {
    if work.parts.is_empty() {
        return value("没有更换部件");
    }
    let mut lines = work.parts.iter().map(|part| {
        let serial = part
            .serial
            .as_ref()
            .map_or(String::new(), |serial| format!("，序列号 {serial}"));
        format!("{} × {}{serial}", part.name, part.quantity)
    });
    let first = value(lines.next().unwrap_or_default());
    lines.fold(first, |cell, line| cell.and(line, BODY))
}
