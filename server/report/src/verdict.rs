//! The first page: what it is about, the answer in large letters, and why, in words. The answer is
//! the rules' own; here it only gets sentences, with the times in them.

use domain::interval::UNKNOWN_LATEST;
use domain::sla::clock::{Clock, ClockKind, ClockReason, ClockVerdict};
use domain::time::{Interval, Millis, Verdict};
use domain::work_order::{ArrivalReason, FilingJudged, Stage};

use crate::figures;
use crate::input::Evidence;
use crate::mark::{Area, BLUE, Mark, PALE, SOFT, Shape, Style};
use crate::paper::{INNER, MARGIN, Paper, WIDTH};
use crate::particulars::{clocks, data};
use crate::words;
use crate::wrap::lines;

/// Title, verdict, the work order's data and its clocks.
pub fn first_page(paper: &mut Paper, evidence: &Evidence) {
    let title = Style::new(20.0).bold().color(BLUE);
    paper.skip(8.0);
    paper.put(Mark::centred(
        WIDTH / 2.0,
        paper.y + 18.0,
        title,
        "运维工单证据报告",
    ));
    paper.skip(30.0);
    let about = format!("{} · 依据 DB4403/T 503.6—2024", evidence.work_order.id);
    paper.put(Mark::centred(
        WIDTH / 2.0,
        paper.y + 8.0,
        Style::new(10.0).color(SOFT),
        &about,
    ));
    paper.skip(24.0);
    hero(paper, evidence);
    paper.chapter("工单与规则", 120.0);
    data(paper, evidence);
    paper.chapter("各时限的判定", 80.0);
    clocks(paper, evidence);
}

/// The clock of one kind.
pub fn clock(evidence: &Evidence, kind: ClockKind) -> Option<Clock> {
    let mut clocks = evidence.judgement.clocks.iter();
    clocks.find(|clock| clock.kind == kind).cloned()
}

/// The answer on the arrival, large, with its reasons.
fn hero(paper: &mut Paper, evidence: &Evidence) {
    let (word, color) = match evidence.judgement.arrival.verdict {
        Some(verdict) => words::verdict(verdict),
        None => ("不需要到场", SOFT),
    };
    let (label, large) = (
        Style::new(9.0).color(SOFT),
        Style::new(27.0).bold().color(color),
    );
    let left = MARGIN + 16.0;
    let column = (large.width(word) + 36.0).max(150.0);
    let style = Style::new(9.5);
    let sentences = sentences(evidence);
    let broken: Vec<Vec<String>> = sentences
        .iter()
        .map(|sentence| lines(sentence, style.face, style.size, INNER - column - 34.0))
        .collect();
    let rows: usize = broken.iter().map(Vec::len).sum();
    let tall = rows as f32 * style.leading() + broken.len() as f32 * 3.0;
    let height = (tall + 22.0).max(84.0);
    let area = Area {
        x: MARGIN,
        y: paper.y,
        w: INNER,
        h: height,
    };
    paper.put(Mark::filled(Shape::Box(area), PALE));
    paper.put(Mark::filled(Shape::Box(Area { w: 5.0, ..area }), color));
    let middle = paper.y + height / 2.0;
    paper.put(Mark::text(left, middle - 18.0, label, "到场判定"));
    paper.put(Mark::text(left, middle + 14.0, large, word));
    let grade = format!("按{}的时间", words::grade(evidence.policy.counted_grade));
    paper.put(Mark::text(
        left,
        middle + 30.0,
        Style::new(8.0).color(SOFT),
        grade,
    ));
    let mut y = paper.y + (height - tall) / 2.0;
    for sentence in broken {
        for line in sentence {
            paper.put(Mark::text(
                MARGIN + column + 22.0,
                y + style.size * 1.1,
                style,
                line,
            ));
            y += style.leading();
        }
        y += 3.0;
    }
    paper.skip(height + 4.0);
}

/// Codes that say what the sentences already say with the times in them.
const TOLD: [ClockReason; 4] = [
    ClockReason::LatestFits,
    ClockReason::EarliestExceeds,
    ClockReason::EndUnsure,
    ClockReason::NotReceipted,
];

/// Why the answer on the arrival is what it is.
pub fn sentences(evidence: &Evidence) -> Vec<String> {
    let arrival = &evidence.judgement.arrival;
    let mut told = Vec::new();
    let clock = clock(evidence, ClockKind::Arrival);
    if let Some(clock) = &clock
        && let (Some(due), Some(minutes)) = (clock.due_at, clock.limit_minutes)
    {
        told.push(format!(
            "故障于 {} 报来，应在 {}内到达，即不晚于 {}（{}）。",
            figures::instant(clock.started.earliest),
            figures::limit(Some(minutes)),
            figures::instant(due),
            words::clause(clock.clause)
        ));
        told.push(time_sentence(clock, Millis::minutes(i64::from(minutes))));
    }
    let is_punctual_only = arrival.verdict == Some(ClockVerdict::CannotTell)
        && clock
            .as_ref()
            .is_some_and(|clock| clock.verdict == ClockVerdict::Met);
    if is_punctual_only {
        told.push("时间上在时限之内，但在场依据不够，因此不能算作按时到场。".to_owned());
    }
    let codes = arrival
        .reasons
        .iter()
        .filter(|reason| **reason != ArrivalReason::NoCheckIn || clock.is_none());
    told.extend(codes.map(|reason| ended(words::said(reason.code()))));
    let reasons = clock.iter().flat_map(|clock| &clock.reasons);
    told.extend(
        reasons
            .filter(|reason| !TOLD.contains(reason))
            .map(|reason| ended(words::said(reason.code()))),
    );
    told.extend(evidence.judgement.filings.iter().map(filing_sentence));
    let source = evidence.judgement.evaluation_source;
    told.extend(source.map(|source| ended(words::said(source.code()))));
    if let Stage::ClosedUnevaluated { .. } = evidence.judgement.stage {
        told.push("期满无人评价，工单已按“未评价”关闭，不计为满意。".to_owned());
    }
    told
}

/// What was told to the authority stands beside the answer, and does not change it (9.2 a).
fn filing_sentence(filing: &FilingJudged) -> String {
    let when = match filing.in_time {
        Some(ClockVerdict::Met) => "在到场时限之前",
        Some(ClockVerdict::Breached) => "在到场时限之后",
        Some(_) => "（报备时间不足以判断是否在时限之前）",
        None => "",
    };
    let answer = match filing.accepted {
        Some(true) => "主管单位已认可",
        Some(false) => "主管单位不予认可",
        None => "主管单位尚未答复",
    };
    let reason = words::filing(filing.reason);
    format!("因{reason}{when}向主管单位报备，{answer}；报备不改变上述结果。")
}

/// A code's words as a sentence.
fn ended(text: String) -> String {
    if text.ends_with('。') {
        text
    } else {
        format!("{text}。")
    }
}

fn time_sentence(clock: &Clock, limit: Millis) -> String {
    let Some(end) = &clock.ended else {
        return "服务器还没有收到到场签到。手机离线时，记录可能还在手机里，不能由此断定没有到场。"
            .to_owned();
    };
    if end.b.latest >= UNKNOWN_LATEST {
        return "签到已经记录，但服务器还没有为它签发回执，因此不能证明签到不晚于什么时候。"
            .to_owned();
    }
    let span: Interval = end.b;
    let (from, to) = (figures::earliest(span), figures::latest(span));
    match Verdict::within(clock.started, span, limit) {
        Verdict::Met => format!("服务器能证明：签到发生在 {from} 与 {to} 之间，整段都在时限之前。"),
        Verdict::Breached => format!("服务器能证明：签到最早也在 {from}，已晚于时限。"),
        Verdict::CannotTell => format!(
            "服务器只能证明签到发生在 {from} 与 {to} 之间；时限落在这段时间里，因此既不能认定按时，也不能认定超时。"
        ),
    }
}
