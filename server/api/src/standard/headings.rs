//! The headings of the standard, as its table of contents and its text name them.

use super::{Words, words};

/// A numbered heading.
#[derive(Debug, Clone, Copy)]
pub struct Heading {
    pub number: &'static str,
    pub title: Words,
}

impl Heading {
    /// Whether it opens a chapter.
    pub fn is_chapter(&self) -> bool {
        !self.number.contains('.')
    }
}

const fn heading(number: &'static str, zh: &'static str, en: &'static str) -> Heading {
    Heading {
        number,
        title: words(zh, en),
    }
}

/// All of them in order.
pub const HEADINGS: &[Heading] = &[
    heading("1", "范围", "Scope"),
    heading("2", "规范性引用文件", "Normative references"),
    heading("3", "术语和定义", "Terms and definitions"),
    heading("4", "缩略语", "Abbreviations"),
    heading("5", "总体要求", "General requirements"),
    heading("6", "运维管理对象", "What is maintained"),
    heading("7", "运维服务方式", "Modes of service"),
    heading("7.1", "远程运维", "Remote service"),
    heading("7.2", "现场运维", "Service on site"),
    heading("8", "运维故障分级", "Levels of faults"),
    heading("9", "运维服务机制", "Service mechanism"),
    heading("9.1", "报障方式", "Ways to report"),
    heading("9.2", "服务响应", "Response"),
    heading("9.3", "修复处理", "Repair"),
    heading("9.4", "运维评价", "Evaluation"),
    heading("9.5", "运维回访", "Follow-up"),
    heading(
        "10",
        "运维故障预防及处理",
        "Prevention and handling of faults",
    ),
    heading("10.1", "预防措施", "Prevention"),
    heading("10.1.1", "漏洞扫描", "Vulnerability scans"),
    heading("10.1.2", "安全加固", "Hardening"),
    heading("10.1.3", "数据备份", "Backup"),
    heading("10.2", "处理措施", "Handling"),
    heading("10.2.1", "服务无响应和闪退", "No response and crashes"),
    heading("10.2.2", "应用页面卡顿", "Stuttering pages"),
    heading("10.2.3", "应用出现错误信息", "Error messages"),
    heading("10.2.4", "应用页面无法访问", "Pages that cannot be reached"),
    heading("11", "运维服务要求及流程", "Requirements and processes"),
    heading("11.1", "运维组织及职责", "Organisation and duties"),
    heading("11.2", "故障运维要求", "Requirements on handling faults"),
    heading("11.2.1", "驻场运维要求", "Resident service"),
    heading("11.2.2", "常态化运维要求", "Regular service"),
    heading("11.2.3", "常态化故障运维流程", "Process of regular service"),
];

/// The nearest heading of this clause: its own number, or the longest that is a part of it.
pub fn above(number: &str) -> Option<&'static Heading> {
    let (number, _) = number.split_once(' ').unwrap_or((number, ""));
    let is_above = |heading: &&Heading| {
        let rest = number.strip_prefix(heading.number);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    HEADINGS.iter().rfind(is_above)
}
