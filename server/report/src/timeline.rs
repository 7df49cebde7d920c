//! Every fact of the work order in one table: what, by whom, between which moments it is proved to
//! have happened, and, in grey, what the phone claims.

use domain::ids::PersonId;
use domain::time::Timestamp;
use domain::work_order::{Alert, Filing, Moment, Work};

use crate::figures;
use crate::input::Evidence;
use crate::mark::{CLAIMED, Style};
use crate::paper::{BODY, Paper, SMALL};
use crate::table::{Cell, Table};
use crate::words;

/// A fact with its moment.
pub struct Fact<'a> {
    pub at: &'a Moment,
    pub by: &'a PersonId,
    pub what: &'static str,
    pub detail: String,
}

/// All facts in the order in which they can have happened; along one device's chain never turned.
pub fn facts<'a>(evidence: &Evidence<'a>) -> Vec<Fact<'a>> {
    let work_order = evidence.work_order;
    let mut facts = Vec::new();
    let mut add = |at: &'a Moment, by: &'a PersonId, what: &'static str, detail: String| {
        facts.push(Fact {
            at,
            by,
            what,
            detail,
        });
    };
    let report = &work_order.report;
    let mut detail = format!(
        "{}，{}",
        words::channel(report.what.channel),
        words::fault(report.what.fault)
    );
    if let Some(at) = report.what.occurred_at {
        detail.push_str(&format!("；报障人称发生于 {}", figures::instant(at)));
    }
    add(&report.at, &report.by, "故障申报", detail);
    for said in &work_order.assignments {
        let reason = said
            .what
            .reason
            .as_ref()
            .map_or(String::new(), |reason| format!("：{reason}"));
        let to = format!("派给 {}{reason}", evidence.name(&said.what.technician));
        add(&said.at, &said.by, "派单", to);
    }
    for said in &work_order.responses {
        let how = words::response(said.what.how);
        let detail = match &said.what.person {
            Some(person) => format!("{how}，由 {} 电话告知", evidence.name(person)),
            None => how.to_owned(),
        };
        add(&said.at, &said.by, "响应", detail);
    }
    for said in &work_order.joins {
        let channel = words::channel(said.what.channel);
        let detail = match said.what.text.as_str() {
            "" => channel.to_owned(),
            text => format!("{channel}：{text}"),
        };
        add(&said.at, &said.by, "他人附议", detail);
    }
    for said in &work_order.clearings {
        let since = figures::instant(said.what.cleared_at);
        let detail = format!("监控称 {since} 起恢复，不作为修复完成");
        add(&said.at, &said.by, "监控告警解除", detail);
    }
    for said in &work_order.set_outs {
        add(&said.at, &said.by, "出发", String::new());
    }
    for said in &work_order.scans {
        let read = match &said.what.terminal {
            Some(terminal) => terminal.to_string(),
            None => format!("不是终端码：{}", said.what.text),
        };
        let detail = format!("{} {read}", words::method(said.what.method));
        add(&said.at, &said.by, "识别终端", detail);
    }
    for visit in &work_order.visits {
        let check_in = &visit.check_in;
        let reason = check_in
            .what
            .reason
            .as_ref()
            .map_or(String::new(), |reason| format!("，说明：{reason}"));
        add(
            &check_in.at,
            &check_in.by,
            "到场签到",
            format!("终端 {}{reason}", check_in.what.terminal),
        );
        if let Some(left) = &visit.left {
            add(left, &check_in.by, "离开现场", String::new());
        }
    }
    for said in &work_order.photos {
        let detail = format!(
            "{}，{}，SHA-256 {}…",
            words::slot(said.what.slot),
            words::source(said.what.source),
            figures::short(&said.what.sha256)
        );
        add(&said.at, &said.by, "拍照", detail);
    }
    for said in &work_order.work {
        add(&said.at, &said.by, "填写处理情况", work_line(&said.what));
    }
    for said in &work_order.notes {
        add(&said.at, &said.by, "诊断记录", said.what.text.clone());
    }
    for said in &work_order.filings {
        let Filing {
            reason,
            text,
            expected_at,
        } = &said.what;
        let detail = format!(
            "{}，预计 {} 到场：{text}",
            words::filing(*reason),
            figures::instant(*expected_at)
        );
        add(&said.at, &said.by, "向主管单位报备", detail);
    }
    for said in &work_order.filing_answers {
        let word = if said.what.accepted {
            "认可"
        } else {
            "不予认可"
        };
        let detail = match said.what.text.as_str() {
            "" => word.to_owned(),
            text => format!("{word}：{text}"),
        };
        add(&said.at, &said.by, "主管单位答复报备", detail);
    }
    for said in &work_order.alerts {
        let Alert {
            clock, rung, to, ..
        } = &said.what;
        let told: Vec<String> = to.iter().map(|person| evidence.name(person)).collect();
        let told = match told.is_empty() {
            true => "无人在班".to_owned(),
            false => format!("已通知 {}", told.join("、")),
        };
        let title = words::rung(*rung);
        add(
            &said.at,
            &said.by,
            title,
            format!("{}：{told}", words::clock(*clock)),
        );
    }
    for said in &work_order.takeovers {
        let clock = words::clock(said.what.clock);
        let detail = match said.what.text.as_str() {
            "" => clock.to_owned(),
            text => format!("{clock}：{text}"),
        };
        add(&said.at, &said.by, "上级接手", detail);
    }
    for said in &work_order.restored {
        add(&said.at, &said.by, "修复完成", String::new());
    }
    for said in &work_order.links {
        let until = format!("有效期至 {}", figures::instant(said.what.expires_at));
        add(&said.at, &said.by, "生成评价链接", until);
    }
    for said in &work_order.link_ends {
        add(&said.at, &said.by, "撤回评价链接", String::new());
    }
    for said in &work_order.closings {
        let due = format!("应于 {} 前评价", figures::instant(said.what.due_at));
        add(&said.at, &said.by, "期满未评价，关闭", due);
    }
    for said in &work_order.evaluations {
        let solved = if said.what.resolved {
            "已解决"
        } else {
            "未解决"
        };
        add(
            &said.at,
            &said.by,
            "运维评价",
            format!("{} 星，{solved}，{}", said.what.stars, said.what.unit),
        );
    }
    facts.sort_by_key(|fact| order(fact.at));
    facts
}

/// The latest proved moment never decreases along a chain.
fn order(at: &Moment) -> (Timestamp, domain::ids::DeviceId, u64) {
    (at.bounds.b.latest, at.dev, at.seq)
}

fn work_line(work: &Work) -> String {
    format!(
        "{}，{}，{}",
        words::mode(work.mode),
        words::fault(work.fault),
        words::repair(work.repair_class)
    )
}

/// Draws the table.
pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    paper.chapter("事实时间线", 90.0);
    paper.paragraph(
        "时间按可信程度分列：“服务器”由服务器签名的回执夹定；“设备”在其内用手机内部计时收窄；灰字为手机自称，可以随意调整，不作依据。",
        SMALL,
    );
    let server = evidence.work_order.report.at.dev;
    let table = Table {
        widths: &[24.0, 196.0, 183.0, 90.0],
        head: &["序", "事项", "能证明的时间区间", "手机自称"],
        labelled: false,
    };
    let rows = facts(evidence)
        .into_iter()
        .enumerate()
        .map(|(index, fact)| {
            let device = fact.at.dev.to_string();
            let is_desk = fact.at.dev == server;
            let chain = if is_desk {
                format!("{}，服务器链第 {} 条", evidence.name(fact.by), fact.at.seq)
            } else {
                format!(
                    "{}，手机 {} 链第 {} 条",
                    evidence.name(fact.by),
                    &device[..6],
                    fact.at.seq
                )
            };
            let mut what = Cell::of(fact.what, BODY.bold());
            if !fact.detail.is_empty() {
                what = what.and(fact.detail, Style::new(8.5));
            }
            let number = Cell::of((index + 1).to_string(), BODY);
            vec![
                number,
                what.and(chain, SMALL),
                proved(evidence, fact.at, is_desk),
                claimed(fact.at, is_desk),
            ]
        });
    table.draw(paper, rows.collect());
}

fn proved(evidence: &Evidence, at: &Moment, is_desk: bool) -> Cell {
    let bounds = &at.bounds;
    let style = Style::new(8.5);
    let server = format!("服务器  {}", figures::span(bounds.b));
    let cell = match evidence.external.get(&at.event) {
        Some(external) => {
            Cell::of(format!("外部  {}", figures::span(external.a)), style).and(server, style)
        }
        None => Cell::of(server, style),
    };
    if is_desk {
        cell
    } else if bounds.clock_conflict {
        cell.and("设备  与回执矛盾，未采用", SMALL)
    } else {
        cell.and(format!("设备  {}", figures::span(bounds.c)), SMALL)
    }
}

fn claimed(at: &Moment, is_desk: bool) -> Cell {
    if is_desk {
        return Cell::of("—", SMALL.color(CLAIMED));
    }
    Cell::of("手机自称", Style::new(7.0).color(CLAIMED))
        .and(figures::instant(at.wall), SMALL.color(CLAIMED))
}
