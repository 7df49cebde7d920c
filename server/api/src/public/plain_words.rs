//! How far a repair is, and what a limit says, in the words of somebody who stands before the terminal. Nobody's
//! name is in them.

use domain::event::{Channel, FilingReason};
use domain::fault::FaultCode;
use domain::sla::clock::{Clock, ClockKind, ClockVerdict};
use domain::work_order::Stage;

use super::form::CHOICES;
use crate::language::{Lang, Wording};
use crate::shenzhen;

/// Where the repair stands.
pub fn stage(stage: &Stage, lang: Lang) -> &'static str {
    match stage {
        Stage::Reported => lang.pick("已登记，等待派单", "Registered, waiting to be assigned"),
        Stage::Assigned { .. } => lang.pick(
            "已派给运维人员，等待响应",
            "Given to a technician, waiting for a response",
        ),
        Stage::Responded { .. } => lang.pick("运维人员已响应", "A technician has responded"),
        Stage::UnderWay { .. } => lang.pick("运维人员在路上", "A technician is on the way"),
        Stage::OnSite { .. } => lang.pick("运维人员已到现场", "A technician is on site"),
        Stage::Restored { .. } => lang.pick(
            "已修复，等待现场管理人员确认",
            "Repaired, waiting for the site to confirm",
        ),
        Stage::Evaluated { .. } => {
            lang.pick("已修复，现场已确认", "Repaired and confirmed on site")
        }
        Stage::ClosedUnevaluated { .. } => lang.pick(
            "已修复，期满无人评价，已关闭",
            "Repaired; closed, as nobody evaluated it in time",
        ),
        Stage::Reopened { .. } => lang.pick(
            "现场确认尚未解决，继续处理",
            "The site says that it is not solved; work goes on",
        ),
    }
}

/// What is wrong, in the words of the form; faults that only an engineer sees by their names in table 1.
pub fn fault(code: FaultCode, lang: Lang) -> &'static str {
    match CHOICES.iter().find(|choice| choice.fault == code) {
        Some(choice) => lang.pick(choice.zh, choice.en),
        None => lang.pick(code.row().zh, code.row().en),
    }
}

/// One limit: its name, until when, and how it went.
pub fn limit(clock: &Clock, lang: Lang) -> (&'static str, String) {
    let name = match clock.kind {
        ClockKind::Response => lang.pick("应响应", "Response due"),
        ClockKind::Arrival => lang.pick("应到场", "Arrival due"),
        ClockKind::Repair => lang.pick("应修复", "Repair due"),
    };
    let due = match clock.due_at {
        Some(due) => shenzhen::minute(due),
        None => lang.pick("尽快", "as soon as possible").to_owned(),
    };
    let how = match clock.verdict {
        ClockVerdict::Running => lang.pick("进行中", "running"),
        ClockVerdict::Overdue => lang.pick("已过时限，仍在处理", "past due, still being worked on"),
        ClockVerdict::Met => lang.pick("按时", "in time"),
        ClockVerdict::Breached => lang.pick("超时", "late"),
        ClockVerdict::CannotTell => lang.pick("无法判定", "cannot be told"),
    };
    (name, format!("{due} · {how}"))
}

/// Why it takes longer.
pub fn filing(reason: FilingReason, lang: Lang) -> &'static str {
    match reason {
        FilingReason::Weather => lang.pick("恶劣天气", "bad weather"),
        FilingReason::Traffic => lang.pick("交通受阻", "traffic"),
        FilingReason::SiteClosed => lang.pick("场所不开放", "the site is closed"),
        FilingReason::NoAccess => lang.pick("无法进入场所", "no access to the site"),
        FilingReason::Safety => lang.pick("存在安全风险", "it is not safe"),
        FilingReason::Parts => lang.pick("等待配件", "a part is missing"),
        FilingReason::Other => lang.pick("其他特殊情况", "other special circumstances"),
    }
}

/// By which way it came.
pub fn channel(channel: Channel, lang: Lang) -> &'static str {
    match channel {
        Channel::PublicQr => lang.pick("扫码报修", "the code at the terminal"),
        Channel::Hotline => lang.pick("服务热线", "the hotline"),
        Channel::Dispatcher => lang.pick("值班台登记", "the desk"),
        Channel::Inspector => lang.pick("现场巡检", "inspection"),
        Channel::Monitoring => lang.pick("监控系统", "monitoring"),
        Channel::Api => lang.pick("其他系统", "another system"),
        Channel::IShenzhen => lang.pick("i深圳", "i\u{6df1}\u{5733}"),
        Channel::TerminalFeedback => lang.pick("终端问题反馈", "feedback at the terminal"),
    }
}

/// How far a complaint is: for programs, and in words.
pub fn complaint(is_answered: bool, lang: Lang) -> (&'static str, &'static str) {
    match is_answered {
        true => ("answered", lang.pick("已答复", "Answered")),
        false => (
            "waiting",
            lang.pick("已登记，等待答复", "Registered, waiting for an answer"),
        ),
    }
}
