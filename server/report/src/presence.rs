//! Whether somebody was there: per visit the sketch, the distance with its error, the factors with
//! their points, and every doubt by name.

use domain::presence::Presence;
use domain::work_order::Visit;

use crate::figures;
use crate::input::Evidence;
use crate::map;
use crate::mark::{AMBER, Area, Mark, SOFT, Style};
use crate::paper::{BODY, INNER, MARGIN, Paper, SMALL};
use crate::readings::{fixes, legend};
use crate::table::{Cell, Table};
use crate::words;
use crate::wrap::lines;

const SKETCH: f32 = 210.0;

pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    paper.chapter("在场依据", 260.0);
    let visits = &evidence.work_order.visits;
    if visits.is_empty() {
        let text = match evidence.judgement.arrival.verdict {
            None => "本工单远程处理，不需要到场，没有在场依据。",
            Some(_) => "服务器还没有收到到场签到，因此没有在场依据。",
        };
        paper.paragraph(text, BODY);
        return;
    }
    for (index, (visit, presence)) in visits.iter().zip(&evidence.judgement.presence).enumerate() {
        if visits.len() > 1 {
            let counts = if evidence.judgement.arrival.visit == Some(index) {
                "（计入到场判定）"
            } else {
                ""
            };
            paper.heading(&format!("第 {} 次到场{counts}", index + 1), 230.0);
        }
        visit_beside_sketch(paper, evidence, visit, presence);
        factors(paper, evidence, presence);
        fixes(paper, evidence, visit, presence);
    }
}

/// The sketch at the left, what it says in words at the right.
fn visit_beside_sketch(paper: &mut Paper, evidence: &Evidence, visit: &Visit, presence: &Presence) {
    paper.need(SKETCH + 22.0);
    let top = paper.y;
    let area = Area {
        x: MARGIN,
        y: top,
        w: SKETCH,
        h: SKETCH,
    };
    let fixes = &visit.check_in.what.fixes;
    for mark in map::sketch(area, evidence.terminal.position(), fixes, presence) {
        paper.put(mark);
    }
    let erased = evidence.are_fixes_erased(visit);
    if fixes.is_empty() {
        let note = if erased {
            "定位已依法删除"
        } else {
            "没有定位"
        };
        paper.put(Mark::centred(
            MARGIN + SKETCH / 2.0,
            top + SKETCH / 2.0 + 22.0,
            BODY.color(SOFT),
            note,
        ));
    }
    let (word, color) = words::presence(presence.result);
    let (x, width) = (MARGIN + SKETCH + 18.0, INNER - SKETCH - 18.0);
    let mut y = top;
    let mut say = |text: &str, style: Style, after: f32| {
        for line in lines(text, style.face, style.size, width) {
            paper.put(Mark::text(x, y + style.size * 1.1, style, line));
            y += style.leading();
        }
        y += after;
    };
    say("在场依据", Style::new(9.0).color(SOFT), 0.0);
    say(
        &format!("{word}（{} 分）", presence.points),
        Style::new(19.0).bold().color(color),
        4.0,
    );
    say(&distance(presence, erased), Style::new(10.5).bold(), 1.0);
    say(words::proximity(presence.proximity), BODY, 6.0);
    let scan = match &visit.check_in.what.scan {
        Some(scan) => {
            let terminal = scan
                .what
                .terminal
                .as_ref()
                .map_or("不是终端码", |terminal| terminal.as_str());
            format!("终端编号：{}，{terminal}", words::method(scan.what.method))
        }
        None => "终端编号：没有扫码，也没有输入".to_owned(),
    };
    say(&scan, BODY, 2.0);
    say(
        &format!("签到的终端：{}", visit.check_in.what.terminal),
        BODY,
        2.0,
    );
    if let Some(reason) = &visit.check_in.what.reason {
        say(&format!("技术员的说明：{reason}"), BODY, 2.0);
    }
    say(
        &format!(
            "终端登记位置：{}，{}（WGS-84）",
            figures::degrees(evidence.terminal.lat_e7),
            figures::degrees(evidence.terminal.lng_e7)
        ),
        SMALL,
        4.0,
    );
    say(&needed(evidence), SMALL, 6.0);
    let words_end = y;
    legend(
        paper,
        x,
        top + SKETCH - 46.0_f32.min(SKETCH),
        presence,
        words_end,
    );
    paper.skip(SKETCH.max(words_end - top) + 12.0);
}

fn distance(presence: &Presence, erased: bool) -> String {
    match (presence.distance_cm, presence.accuracy_cm) {
        (Some(distance), Some(accuracy)) => format!(
            "距终端 {} ± {}",
            figures::metres(distance),
            figures::metres(accuracy)
        ),
        _ if erased => "定位已依法删除，承诺值仍在".to_owned(),
        _ => "没有可用的定位，不能给出距离".to_owned(),
    }
}

fn needed(evidence: &Evidence) -> String {
    let (least, _) = words::presence(evidence.policy.arrival.presence_min);
    let points = &evidence.policy.presence;
    format!(
        "规则要求至少“{least}”才计为到场（强 ≥ {} 分，充分 ≥ {} 分，弱 ≥ {} 分）。",
        points.strong_min, points.adequate_min, points.weak_min
    )
}

fn factors(paper: &mut Paper, evidence: &Evidence, presence: &Presence) {
    let table = Table {
        widths: &[423.0, 70.0],
        head: &["加减分依据", "分"],
        labelled: false,
    };
    let mut rows: Vec<Vec<Cell>> = presence
        .factors
        .iter()
        .map(|factor| {
            let color = words::tone((factor.points != 0).then_some(factor.points > 0));
            let points = format!("{:+}", factor.points);
            let points = if factor.points == 0 {
                "0".to_owned()
            } else {
                points
            };
            vec![
                Cell::of(words::said(factor.code.code()), BODY),
                Cell::of(points, BODY.bold().color(color)),
            ]
        })
        .collect();
    rows.push(vec![
        Cell::of("合计", BODY.bold()),
        Cell::of(presence.points.to_string(), BODY.bold()),
    ]);
    table.draw(paper, rows);
    paper.need(30.0);
    if presence.doubts.is_empty() {
        paper.paragraph("疑点：没有发现疑点。", BODY);
    } else {
        paper.heading("疑点（供人工复核，不自动认定）", 20.0);
        for doubt in &presence.doubts {
            paper.item(&words::said(doubt.code()), BODY, AMBER);
        }
    }
    if evidence.work_order.visits.len() > 1 {
        paper.skip(4.0);
    }
}
