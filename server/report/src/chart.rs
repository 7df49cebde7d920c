//! The arrival against the deadline: one axis of time, and for each grade of trust the bar in which
//! the check-in must lie. A table under it says the same in figures.

use domain::interval::{Bounds, UNKNOWN_EARLIEST, UNKNOWN_LATEST};
use domain::sla::clock::{Clock, ClockKind, ClockReason};
use domain::time::{Interval, Millis, Timestamp, Verdict};

use crate::figures;
use crate::grades::{Span, spans};
use crate::input::Evidence;
use crate::mark::{Area, INK, LINE, Mark, PALE, Pen, RED, SOFT, Shape, Style};
use crate::paper::{BODY, INNER, MARGIN, Paper, SMALL};
use crate::table::{Cell, Table};
use crate::verdict::clock;

/// Width of the names at the left.
const NAMES: f32 = 78.0;
const ROW: f32 = 22.0;
const MINUTE_MS: i64 = 60_000;
const STEPS_MIN: [i64; 15] = [
    1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 7_200, 14_400,
];
const TICKS_MAX: i64 = 8;

/// The stretch of time that is drawn.
struct Axis {
    from: i64,
    to: i64,
}

impl Axis {
    /// From the report to whatever ends last, but not more than twice the limit.
    fn of(clock: &Clock, limit: Option<Millis>, rows: &[Span]) -> Self {
        let start = clock.started.earliest.0;
        let due = limit.map_or(start, |limit| (clock.started.latest + limit).0);
        let ends = rows
            .iter()
            .filter_map(|row| row.interval)
            .map(|interval| interval.latest.0);
        let last = ends
            .filter(|end| *end < UNKNOWN_LATEST.0)
            .fold(due.max(clock.started.latest.0 + MINUTE_MS), i64::max);
        let most = limit.map_or(last, |limit| start + 2 * limit.0);
        let span = (last.min(most) - start).max(MINUTE_MS);
        Self {
            from: start - span / 25,
            to: start + span + span / 12,
        }
    }

    /// Where a moment stands, points from the left edge of the page.
    fn x(&self, at: i64) -> f32 {
        let share =
            (at.clamp(self.from, self.to) - self.from) as f32 / (self.to - self.from) as f32;
        MARGIN + NAMES + share * (INNER - NAMES)
    }

    /// Round moments along it; Shenzhen's midnight is not Greenwich's.
    fn ticks(&self) -> Vec<i64> {
        let zone = 8 * 3_600_000;
        let fits = |minutes: &&i64| (self.to - self.from) / (**minutes * MINUTE_MS) <= TICKS_MAX;
        let step = STEPS_MIN
            .iter()
            .find(fits)
            .map_or((self.to - self.from) / TICKS_MAX, |minutes| {
                minutes * MINUTE_MS
            });
        let first = (self.from + zone).div_euclid(step) + 1;
        (first..)
            .map(|n| n * step - zone)
            .take_while(|at| *at <= self.to)
            .collect()
    }
}

/// Draws chart and table, or says why there is none.
pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    paper.chapter("到场时间与时限", 250.0);
    let Some(clock) = clock(evidence, ClockKind::Arrival) else {
        paper.paragraph("本工单远程处理，不需要到场，没有到场时限。", BODY);
        return;
    };
    let Some(end) = &clock.ended else {
        paper.paragraph(
            "服务器还没有收到到场签到，因此没有可画的时间区间。手机离线时记录可能还在手机里。",
            BODY,
        );
        return;
    };
    let bounds = Bounds {
        b: end.b,
        c: end.c,
        clock_conflict: clock.reasons.contains(&ClockReason::DeviceTimeVoid),
    };
    let rows = spans(end.a, &bounds, end.claimed, evidence.policy.counted_grade);
    paper.paragraph(
        "每一行是到场签到必定落在其中的时间段。整段在时限之前才算达标，整段在时限之后才算超时，跨过时限就不能判定。",
        SMALL,
    );
    let limit = clock
        .limit_minutes
        .map(|minutes| Millis::minutes(i64::from(minutes)));
    picture(paper, &clock, limit, &rows);
    table(paper, &clock, limit, &rows);
}

fn picture(paper: &mut Paper, clock: &Clock, limit: Option<Millis>, rows: &[Span]) {
    let axis = Axis::of(clock, limit, rows);
    let height = rows.len() as f32 * ROW;
    paper.need(height + 44.0);
    let (top, left, right) = (paper.y + 16.0, MARGIN + NAMES, MARGIN + INNER);
    let bottom = top + height;
    let field = Area {
        x: left,
        y: top,
        w: right - left,
        h: height,
    };
    paper.put(Mark::filled(Shape::Box(field), PALE));
    for at in axis.ticks() {
        let x = axis.x(at);
        paper.put(Mark::line(x, top, x, bottom, Pen::new(LINE, 0.5)));
        let day_begins = figures::minute(Timestamp(at)) == "00:00";
        let label = if day_begins {
            figures::day(Timestamp(at))[5..].to_owned()
        } else {
            figures::minute(Timestamp(at))
        };
        paper.put(Mark::centred(
            x,
            bottom + 11.0,
            Style::new(7.5).color(SOFT),
            &label,
        ));
    }
    for (index, row) in rows.iter().enumerate() {
        let y = top + index as f32 * ROW;
        let style = if row.is_counted {
            Style::new(9.0).bold()
        } else {
            Style::new(9.0)
        };
        paper.put(Mark::text(MARGIN, y + ROW / 2.0 + 3.2, style, row.name));
        match row.interval {
            Some(interval) => bar(paper, &axis, interval, row, y),
            None => paper.put(Mark::centred(
                (left + right) / 2.0,
                y + ROW / 2.0 + 3.0,
                SMALL,
                "尚无外部时间",
            )),
        }
    }
    flag(
        paper,
        axis.x(clock.started.earliest.0),
        top,
        bottom,
        INK,
        "报障",
    );
    if let Some(due) = clock.due_at {
        flag(
            paper,
            axis.x(due.0),
            top,
            bottom,
            RED,
            &format!("时限 {}", figures::minute(due)),
        );
    }
    paper.put(Mark::drawn(Shape::Box(field), Pen::new(LINE, 0.6)));
    paper.skip(height + 36.0);
}

/// A bar; one that is too narrow to see is a diamond, one that goes on outside has an arrow.
fn bar(paper: &mut Paper, axis: &Axis, interval: Interval, row: &Span, y: f32) {
    if !interval.is_possible() {
        paper.put(Mark::text(
            MARGIN + NAMES + 6.0,
            y + ROW / 2.0 + 3.0,
            SMALL,
            "前后矛盾，不能判定",
        ));
        return;
    }
    let (from, to) = (axis.x(interval.earliest.0), axis.x(interval.latest.0));
    let (middle, half) = (y + ROW / 2.0, 5.0);
    let figure = |points: Vec<(f32, f32)>| {
        Mark::filled(
            Shape::Path {
                points,
                closed: true,
            },
            row.color,
        )
    };
    if to - from < 3.0 {
        let x = (from + to) / 2.0;
        paper.put(figure(vec![
            (x, middle - half),
            (x + half, middle),
            (x, middle + half),
            (x - half, middle),
        ]));
        return;
    }
    let area = Area {
        x: from,
        y: middle - half,
        w: to - from,
        h: 2.0 * half,
    };
    paper.put(Mark::filled(Shape::Box(area), row.color));
    if interval.latest.0 > axis.to {
        let tip = to - 1.0;
        paper.put(Mark::filled(
            Shape::Path {
                points: vec![
                    (tip - 7.0, middle - 3.5),
                    (tip, middle),
                    (tip - 7.0, middle + 3.5),
                ],
                closed: true,
            },
            PALE,
        ));
    }
    if interval.earliest.0 < axis.from {
        let tip = from + 1.0;
        paper.put(Mark::filled(
            Shape::Path {
                points: vec![
                    (tip + 7.0, middle - 3.5),
                    (tip, middle),
                    (tip + 7.0, middle + 3.5),
                ],
                closed: true,
            },
            PALE,
        ));
    }
}

fn flag(paper: &mut Paper, x: f32, top: f32, bottom: f32, color: crate::mark::Color, label: &str) {
    paper.put(Mark::line(x, top - 2.0, x, bottom, Pen::new(color, 1.1)));
    paper.put(Mark::centred(
        x,
        top - 5.0,
        Style::new(8.0).bold().color(color),
        label,
    ));
}

fn table(paper: &mut Paper, clock: &Clock, limit: Option<Millis>, rows: &[Span]) {
    let table = Table {
        widths: &[128.0, 98.0, 98.0, 84.0, 85.0],
        head: &["等级", "不早于", "不晚于", "宽度", "与时限比较"],
        labelled: false,
    };
    let cells = rows.iter().map(|row| {
        let name = Cell::of(row.name, BODY.bold()).and(row.hint, Style::new(7.0).color(SOFT));
        let style = Style::new(8.5).color(if row.name == "手机自称" {
            crate::mark::CLAIMED
        } else {
            INK
        });
        let Some(interval) = row.interval else {
            return vec![
                name,
                Cell::of("尚无外部时间", style.color(SOFT)),
                Cell::of("尚无外部时间", style.color(SOFT)),
                Cell::of("—", style),
                Cell::of("无法判定", style),
            ];
        };
        let side = if row.name == "手机自称" {
            "不作判定".to_owned()
        } else {
            side(clock, limit, interval).to_owned()
        };
        let width = if interval.earliest == interval.latest {
            "一点".to_owned()
        } else {
            figures::width(interval)
        };
        let counted = if row.is_counted {
            "计入判定"
        } else {
            "仅供参考"
        };
        vec![
            name,
            Cell::of(figures::earliest(interval), style),
            Cell::of(figures::latest(interval), style),
            Cell::of(width, style),
            Cell::of(side, style).and(counted, SMALL),
        ]
    });
    table.draw(paper, cells.collect());
}

fn side(clock: &Clock, limit: Option<Millis>, interval: Interval) -> &'static str {
    let Some(limit) = limit else {
        return "无固定时限";
    };
    let is_open = interval.latest >= UNKNOWN_LATEST || interval.earliest <= UNKNOWN_EARLIEST;
    match Verdict::within(clock.started, interval, limit) {
        _ if !interval.is_possible() => "前后矛盾",
        Verdict::Met => "整段在时限之前",
        Verdict::Breached => "整段在时限之后",
        Verdict::CannotTell if is_open => "没有界限，不能比较",
        Verdict::CannotTell => "跨过时限",
    }
}
