//! The work order's own data with the policy it is judged by, and each clock of 9.2 and 9.3.

use crate::figures;
use crate::input::Evidence;
use crate::mark::{INK, SOFT, Style};
use crate::paper::{BODY, Paper, SMALL};
use crate::table::{Cell, Table};
use crate::words;

pub fn data(paper: &mut Paper, evidence: &Evidence) {
    let (work_order, site) = (evidence.work_order, evidence.site);
    let report = &work_order.report.what;
    let label = |text: &str| Cell::of(text, Style::new(8.5).color(SOFT));
    let value = |text: String| Cell::of(text, BODY);
    let mut version = format!("登记版本 {}", work_order.terminal_version);
    if evidence.terminal.version != work_order.terminal_version {
        version = format!("{version}（现为 {}）", evidence.terminal.version);
    }
    let terminal = value(format!(
        "{}  {}",
        work_order.terminal, evidence.terminal.name
    ))
    .and(
        format!("型号 {}，{version}", evidence.terminal.model),
        SMALL,
    );
    let place = value(format!(
        "{}  {}",
        words::district(&work_order.district),
        site.name
    ))
    .and(site.address.clone(), SMALL);
    let policy = value(format!(
        "版本 {}，{} 起施行",
        evidence.policy.version,
        figures::day(evidence.policy.valid_from)
    ))
    .and(format!("SHA-256 {}", work_order.policy), SMALL.mono());
    let fault = value(words::fault(report.fault)).and(
        format!(
            "{}故障，经{}报来",
            words::level(report.level),
            words::channel(report.channel)
        ),
        SMALL,
    );
    let table = Table {
        widths: &[62.0, 185.0, 62.0, 184.0],
        head: &[],
        labelled: true,
    };
    let rows = vec![
        vec![
            label("工单编号"),
            value(work_order.id.to_string()),
            label("故障"),
            fault,
        ],
        vec![label("自助终端"), terminal, label("点位"), place],
        vec![
            label("运维单位"),
            value(evidence.organisation(&work_order.provider).to_owned()),
            label("设备责任人"),
            value(evidence.technician()),
        ],
        vec![
            label("点位管理单位"),
            value(evidence.organisation(&work_order.site_unit).to_owned()),
            label("数据截至"),
            value(figures::instant(evidence.as_of)).and("北京时间，下同", SMALL),
        ],
    ];
    table.draw(paper, rows);
    let whole = Table {
        widths: &[62.0, 431.0],
        head: &[],
        labelled: true,
    };
    paper.skip(-6.0);
    let description = value(if report.text.is_empty() {
        "（无）".to_owned()
    } else {
        report.text.clone()
    });
    whole.draw(
        paper,
        vec![
            vec![label("故障描述"), description],
            vec![label("判定规则"), policy],
        ],
    );
}

pub fn clocks(paper: &mut Paper, evidence: &Evidence) {
    let table = Table {
        widths: &[42.0, 58.0, 113.0, 126.0, 154.0],
        head: &[
            "环节",
            "时限",
            "应在此前完成",
            "完成（服务器证明）",
            "判定与依据",
        ],
        labelled: false,
    };
    let rows = evidence.judgement.clocks.iter().map(|clock| {
        let (word, color) = words::verdict(clock.verdict);
        let mut why = Cell::of(word, Style::new(10.0).bold().color(color));
        for reason in &clock.reasons {
            why = why.and(words::said(reason.code()), SMALL);
        }
        let ended = clock.ended.as_ref().map_or_else(
            || Cell::of("尚未完成", BODY.color(SOFT)),
            |end| {
                Cell::of(figures::span(end.b), BODY)
                    .and(format!("手机自称 {}", figures::instant(end.claimed)), SMALL)
            },
        );
        let due = clock
            .due_at
            .map_or_else(|| "—".to_owned(), figures::instant);
        vec![
            Cell::of(words::clock(clock.kind), BODY.bold()).and(words::clause(clock.clause), SMALL),
            Cell::of(figures::limit(clock.limit_minutes), BODY),
            Cell::of(due, BODY).and(
                format!("起算 {}", figures::instant(clock.started.earliest)),
                SMALL,
            ),
            ended,
            why,
        ]
    });
    table.draw(paper, rows.collect());
    let note = match evidence.judgement.arrival.verdict {
        Some(_) => "到场一栏只看时间；到场判定还要求在场依据达到规则的要求（见“在场依据”）。",
        None => "本工单远程处理，不计到场时限。",
    };
    paper.paragraph(note, SMALL.color(INK));
}
