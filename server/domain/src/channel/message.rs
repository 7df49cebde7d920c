//! What is said through a channel: on which occasion, about which work order, in words for people (Chinese, with
//! the English behind it) and as fields for machines. Nothing in it is personal: who is to act the feed of the
//! app says, and the report's own text stays where it is protected.

use serde::{Deserialize, Serialize};

use super::Topic;
use crate::fault::{FaultCode, Level};
use crate::ids::WorkOrderId;
use crate::sla::calendar::{Calendar, CivilDate, day_in_shenzhen};
use crate::sla::clock::ClockKind;
use crate::sla::escalation::Rung;
use crate::time::Timestamp;

/// Characters of a name in a message; a robot takes 2,048 bytes in all.
const NAME_CHARS_MAX: usize = 50;

/// Why something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Occasion {
    /// A work order was given to a technician.
    Assigned,
    /// A step of the ladder of one clock (9.2 b, 9.3 c).
    Step { clock: ClockKind, rung: Rung },
    /// The authority answered a filing 报备 (9.2 a).
    FilingAnswered { accepted: bool },
    /// A link was made so that the site's manager can evaluate (9.4).
    EvaluationWanted,
    /// Somebody wants to see whether the channel works.
    Test,
}

impl Occasion {
    /// What a channel must want to hear of it; none for a test, which everybody gets who asks for one.
    pub fn topic(&self) -> Option<Topic> {
        Some(match self {
            Occasion::Assigned => Topic::Assigned,
            Occasion::Step { rung, .. } => match rung {
                Rung::Warning => Topic::Warning,
                Rung::Overdue => Topic::Overdue,
                Rung::Leader(_) => Topic::Leader,
            },
            Occasion::FilingAnswered { .. } => Topic::Filing,
            Occasion::EvaluationWanted => Topic::Evaluation,
            Occasion::Test => return None,
        })
    }

    /// A stable name, for machines and for the name of a delivery: `response.leader.2`.
    pub fn name(&self) -> String {
        match self {
            Occasion::Assigned => "assigned".to_owned(),
            Occasion::Step { clock, rung } => {
                let clock = match clock {
                    ClockKind::Response => "response",
                    ClockKind::Arrival => "arrival",
                    ClockKind::Repair => "repair",
                };
                match rung {
                    Rung::Warning => format!("{clock}.warning"),
                    Rung::Overdue => format!("{clock}.overdue"),
                    Rung::Leader(above) => format!("{clock}.leader.{above}"),
                }
            }
            Occasion::FilingAnswered { accepted: true } => "filing.accepted".to_owned(),
            Occasion::FilingAnswered { accepted: false } => "filing.refused".to_owned(),
            Occasion::EvaluationWanted => "evaluation.wanted".to_owned(),
            Occasion::Test => "test".to_owned(),
        }
    }

    /// The headline, Chinese and English.
    fn head(&self) -> (String, String) {
        let fixed = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match self {
            Occasion::Assigned => fixed("新派工单", "New work order"),
            Occasion::Step { clock, rung } => {
                let (zh, en) = clock_words(*clock);
                match rung {
                    Rung::Warning => (
                        format!("{zh}时限临近"),
                        format!("{en}: the limit comes near"),
                    ),
                    Rung::Overdue => (format!("{zh}已超时"), format!("{en}: the limit has passed")),
                    Rung::Leader(above) => (
                        format!("{zh}超时，已升级至第 {above} 级上级"),
                        format!("{en} is late: gone up to leader {above}"),
                    ),
                }
            }
            Occasion::FilingAnswered { accepted: true } => fixed("报备已认可", "Filing accepted"),
            Occasion::FilingAnswered { accepted: false } => fixed("报备未获认可", "Filing refused"),
            Occasion::EvaluationWanted => fixed(
                "请现场管理人员评价",
                "The site manager is asked to evaluate",
            ),
            Occasion::Test => fixed("渠道测试", "Channel test"),
        }
    }

    /// What to do about it, Chinese and English.
    fn advice(&self) -> (&'static str, &'static str) {
        match self {
            Occasion::Assigned => ("请尽快响应。", "Please respond soon."),
            Occasion::Step { clock, rung } => match (rung, clock) {
                (Rung::Leader(_), _) => (
                    "请上级管理领导接手并组织处理。",
                    "A leader is asked to take over and to organise what is needed.",
                ),
                (_, ClockKind::Response) => (
                    "请设备责任人立即响应。",
                    "The responsible person is asked to respond at once.",
                ),
                (_, ClockKind::Arrival) => (
                    "请尽快到场；确实赶不到的，请向主管单位报备。",
                    "Please arrive soon; if that is impossible, file the delay with the authority.",
                ),
                (_, ClockKind::Repair) => ("请尽快修复。", "Please repair it soon."),
            },
            Occasion::FilingAnswered { accepted: true } => (
                "时限和结论不因此改变。",
                "Deadline and verdict stay as they are.",
            ),
            Occasion::FilingAnswered { accepted: false } => (
                "请查看主管单位的答复，并尽快到场处理。",
                "Read the authority's answer, and go there soon.",
            ),
            Occasion::EvaluationWanted => (
                "请向技术员索取评价链接，或登录后评价；3 个工作日后按未评价关闭。",
                "Ask the technician for the link, or sign in to evaluate; after 3 working days it closes without.",
            ),
            Occasion::Test => (
                "收到这条消息，说明渠道可用。",
                "If you read this, the channel works.",
            ),
        }
    }
}

const fn clock_words(clock: ClockKind) -> (&'static str, &'static str) {
    match clock {
        ClockKind::Response => ("响应", "Response"),
        ClockKind::Arrival => ("到场", "Arrival"),
        ClockKind::Repair => ("修复", "Repair"),
    }
}

/// The work order that a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub work_order: WorkOrderId,
    pub terminal: String,
    pub terminal_name: String,
    pub site_name: String,
    pub fault: FaultCode,
    pub level: Level,
    pub reported_at: Timestamp,
    /// The last instant at which the limit that the occasion is about is kept.
    pub limit_at: Option<Timestamp>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub occasion: Occasion,
    /// When the fact was said.
    pub at: Timestamp,
    /// Nothing, for a test.
    pub about: Option<About>,
}

/// A message in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    pub title: String,
    /// Lines.
    pub text: String,
}

impl Message {
    /// In Chinese.
    pub fn zh(&self) -> Words {
        let (head, _) = self.occasion.head();
        let (advice, _) = self.occasion.advice();
        let mut lines = Vec::new();
        if let Some(about) = &self.about {
            let level = match about.level {
                Level::Severe => "严重",
                Level::General => "一般",
            };
            lines.push(format!(
                "终端：{}（{}）",
                cut(&about.terminal_name),
                about.terminal
            ));
            lines.push(format!("点位：{}", cut(&about.site_name)));
            lines.push(format!("故障：{}（{level}）", about.fault.row().zh));
            lines.push(format!("报障：{}", civil(about.reported_at)));
            lines.extend(
                about
                    .limit_at
                    .map(|at| format!("时限：{}（北京时间）", civil(at))),
            );
        }
        lines.push(advice.to_owned());
        Words {
            title: self.titled(&head),
            text: lines.join("\n"),
        }
    }

    /// In English.
    pub fn en(&self) -> Words {
        let (_, head) = self.occasion.head();
        let (_, advice) = self.occasion.advice();
        let mut lines = Vec::new();
        if let Some(about) = &self.about {
            let level = match about.level {
                Level::Severe => "severe",
                Level::General => "general",
            };
            lines.push(format!(
                "Terminal: {} ({})",
                cut(&about.terminal_name),
                about.terminal
            ));
            lines.push(format!("Site: {}", cut(&about.site_name)));
            lines.push(format!("Fault: {} ({level})", about.fault.row().en));
            lines.push(format!("Reported: {}", civil(about.reported_at)));
            lines.extend(
                about
                    .limit_at
                    .map(|at| format!("Limit: {} (Beijing time)", civil(at))),
            );
        }
        lines.push(advice.to_owned());
        Words {
            title: self.titled(&head),
            text: lines.join("\n"),
        }
    }

    /// Both languages and where to look, for people.
    pub fn text(&self, link: &str) -> String {
        let (zh, en) = (self.zh(), self.en());
        let parts = [
            format!("【到场】{}", zh.title),
            zh.text,
            String::new(),
            format!("[Daochang] {}", en.title),
            en.text,
            String::new(),
            link.to_owned(),
        ];
        parts.join("\n")
    }

    fn titled(&self, head: &str) -> String {
        match &self.about {
            Some(about) => format!("{head} · {}", about.work_order),
            None => head.to_owned(),
        }
    }
}

/// A name that fits; control characters have no place in one.
fn cut(name: &str) -> String {
    let clean = name.chars().filter(|letter| !letter.is_control());
    clean.take(NAME_CHARS_MAX).collect()
}

/// Month, day and minute in Shenzhen, `11-24 09:10`.
fn civil(at: Timestamp) -> String {
    let CivilDate { month, day, .. } = day_in_shenzhen(at);
    let (_, minute) = Calendar::day_and_minute(at);
    format!("{month:02}-{day:02} {:02}:{:02}", minute / 60, minute % 60)
}

/// An instant as other people's programs read it, `2026-11-24T01:10:00.001Z`.
pub(super) fn iso(at: Timestamp) -> String {
    const DAY_MS: i64 = 86_400_000;
    let CivilDate { year, month, day } = CivilDate::from_day_number(at.0.div_euclid(DAY_MS));
    let ms = at.0.rem_euclid(DAY_MS);
    let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{:03}Z",
        ms % 1_000
    )
}
