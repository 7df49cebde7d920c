//! The 运维工单 service sheet: the same work order for the file and the notice board, on as little
//! paper as it takes. The proofs are in the other document; this one leads there by its code.

mod proof;

use domain::sla::clock::ClockKind;

use crate::figures;
use crate::input::Evidence;
use crate::mark::{Area, BLUE, Mark, SOFT, Style};
use crate::paper::{INNER, MARGIN, Paper};
use crate::table::{Cell, Table};
use crate::verdict::clock;
use crate::verify::put_code;
use crate::words;
use crate::work::parts;

const TEXT: Style = Style::new(9.0);
const LABEL: Style = Style::new(8.5).color(SOFT);
const NOTE: Style = Style::new(7.5).color(SOFT);

pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    head(paper, evidence);
    order(paper, evidence);
    clocks(paper, evidence);
    work(paper, evidence);
    proof::photos(paper, evidence);
    proof::evaluation(paper, evidence);
}

fn head(paper: &mut Paper, evidence: &Evidence) {
    let top = paper.y;
    let side = 74.0;
    paper.put(Mark::text(
        MARGIN,
        top + 22.0,
        Style::new(22.0).bold().color(BLUE),
        "运维工单",
    ));
    let number = Style::new(12.0).bold();
    paper.put(Mark::text(
        MARGIN,
        top + 44.0,
        number,
        evidence.work_order.id.as_str(),
    ));
    let about = format!(
        "依据 DB4403/T 503.6—2024 · 打印的数据截至 {}",
        figures::instant(evidence.as_of)
    );
    paper.put(Mark::text(MARGIN, top + 60.0, NOTE, about));
    let area = Area {
        x: MARGIN + INNER - side,
        y: top - 6.0,
        w: side,
        h: side,
    };
    if put_code(paper, evidence.link, area) {
        paper.put(Mark::right(area.x - 6.0, top + 60.0, NOTE, "扫码核验"));
    }
    paper.skip(74.0);
}

fn title(paper: &mut Paper, text: &str, follows: f32) {
    paper.need(20.0 + follows);
    paper.skip(2.0);
    paper.text(text, Style::new(10.0).bold().color(BLUE), MARGIN, INNER);
    paper.skip(1.0);
}

fn label(text: &str) -> Cell {
    Cell::of(text, LABEL)
}

fn value(text: impl Into<String>) -> Cell {
    Cell::of(text, TEXT)
}

fn order(paper: &mut Paper, evidence: &Evidence) {
    let (work_order, site) = (evidence.work_order, evidence.site);
    let report = &work_order.report.what;
    title(paper, "故障申报", 60.0);
    let pairs = Table {
        widths: &[62.0, 185.0, 62.0, 184.0],
        head: &[],
        labelled: true,
    };
    pairs.draw(
        paper,
        vec![
            vec![
                label("自助终端"),
                value(format!(
                    "{}  {}",
                    work_order.terminal, evidence.terminal.name
                )),
                label("点位"),
                value(format!(
                    "{}  {}",
                    words::district(&work_order.district),
                    site.name
                ))
                .and(site.address.clone(), NOTE),
            ],
            vec![
                label("故障"),
                value(words::fault(report.fault)),
                label("级别与来源"),
                value(format!(
                    "{}，{}",
                    words::level(report.level),
                    words::channel(report.channel)
                )),
            ],
            vec![
                label("运维单位"),
                value(evidence.organisation(&work_order.provider).to_owned()),
                label("设备责任人"),
                value(evidence.technician()),
            ],
        ],
    );
    paper.skip(-6.0);
    let whole = Table {
        widths: &[62.0, 431.0],
        head: &[],
        labelled: true,
    };
    let text = if report.text.is_empty() {
        "（无）"
    } else {
        &report.text
    };
    whole.draw(paper, vec![vec![label("描述"), value(text)]]);
}

fn clocks(paper: &mut Paper, evidence: &Evidence) {
    title(paper, "时限", 60.0);
    let table = Table {
        widths: &[88.0, 84.0, 96.0, 135.0, 90.0],
        head: &[
            "环节（条款）",
            "时限",
            "应在此前",
            "完成（服务器证明）",
            "判定",
        ],
        labelled: false,
    };
    let report = evidence.work_order.report.at.bounds.b;
    let mut rows = vec![vec![
        value("故障申报"),
        value("—"),
        value("—"),
        value(figures::span(report)),
        value("起算"),
    ]];
    for kind in [ClockKind::Response, ClockKind::Arrival, ClockKind::Repair] {
        let Some(clock) = clock(evidence, kind) else {
            continue;
        };
        let verdict = match (kind, evidence.judgement.arrival.verdict) {
            (ClockKind::Arrival, Some(verdict)) => verdict,
            _ => clock.verdict,
        };
        let (word, color) = words::verdict(verdict);
        rows.push(vec![
            value(format!(
                "{}（{}）",
                words::clock(kind),
                words::clause(clock.clause)
            )),
            value(figures::limit(clock.limit_minutes)),
            value(
                clock
                    .due_at
                    .map_or_else(|| "—".to_owned(), figures::instant),
            ),
            clock.ended.map_or_else(
                || value("尚未完成"),
                |end| {
                    value(figures::span(end.b))
                        .and(format!("手机自称 {}", figures::instant(end.claimed)), NOTE)
                },
            ),
            Cell::of(word, Style::new(10.0).bold().color(color)),
        ]);
    }
    table.draw(paper, rows);
}

fn work(paper: &mut Paper, evidence: &Evidence) {
    title(paper, "处理情况", 60.0);
    let Some(said) = evidence.work_order.work_in_force() else {
        paper.paragraph("还没有填写处理情况。", TEXT);
        return;
    };
    let work = &said.what;
    let whole = Table {
        widths: &[62.0, 431.0],
        head: &[],
        labelled: true,
    };
    whole.draw(
        paper,
        vec![
            vec![
                label("方式"),
                value(format!(
                    "{}，{}，{}",
                    words::mode(work.mode),
                    words::repair(work.repair_class),
                    words::fault(work.fault)
                )),
            ],
            vec![label("原因"), value(work.cause.clone())],
            vec![label("处理"), value(work.action.clone())],
            vec![label("更换部件"), parts(work)],
        ],
    );
}
