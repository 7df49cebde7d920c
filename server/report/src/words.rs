//! Chinese words for what the rules answer with. Codes take theirs from
//! [`domain::text`]; here are the names of the closed lists. Times and lengths are in
//! [`crate::figures`].

use domain::event::{
    Channel, FilingReason, Mode, PhotoSlot, PhotoSource, RepairClass, ResponseKind, ScanMethod,
};
use domain::fault::{FaultCode, Level};
use domain::geo::{Crs, FixSource, Proximity};
use domain::ids::District;
use domain::presence::PresenceResult;
use domain::sla::clock::{Clause, ClockKind, ClockVerdict, Grade};
use domain::sla::escalation::Rung;
use domain::text::{Lang, text};

use crate::mark::{AMBER, BLUE, Color, GREEN, RED, SOFT};

/// The words of a code; an unknown code stands for itself.
pub fn said(code: &str) -> String {
    text(code, Lang::Zh).unwrap_or(code).to_owned()
}

pub fn verdict(verdict: ClockVerdict) -> (&'static str, Color) {
    match verdict {
        ClockVerdict::Met => ("达标", GREEN),
        ClockVerdict::Breached => ("超时", RED),
        ClockVerdict::CannotTell => ("无法判定", AMBER),
        ClockVerdict::Running => ("进行中", BLUE),
        ClockVerdict::Overdue => ("已过时限", RED),
    }
}

pub fn clock(kind: ClockKind) -> &'static str {
    match kind {
        ClockKind::Response => "响应",
        ClockKind::Arrival => "到场",
        ClockKind::Repair => "修复",
    }
}

pub fn clause(clause: Clause) -> &'static str {
    match clause {
        Clause::ResponseAndArrival => "9.2 a",
        Clause::RepairRemote => "9.3 a",
        Clause::RepairOnSite => "9.3 b",
    }
}

pub fn level(level: Level) -> &'static str {
    match level {
        Level::Severe => "严重",
        Level::General => "一般",
    }
}

/// `HW-2 硬件外设驱动无响应`.
pub fn fault(code: FaultCode) -> String {
    format!("{} {}", code.as_str(), code.row().zh)
}

pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::PublicQr => "公众扫码",
        Channel::Hotline => "热线",
        Channel::Dispatcher => "值班台登记",
        Channel::Inspector => "巡检",
        Channel::Monitoring => "监控",
        Channel::Api => "接口",
        Channel::IShenzhen => "i深圳",
        Channel::TerminalFeedback => "终端问题反馈",
    }
}

pub fn response(kind: ResponseKind) -> &'static str {
    match kind {
        ResponseKind::Accepted => "接单",
        ResponseKind::Called => "致电报障人",
        ResponseKind::Messaged => "发消息联系",
        ResponseKind::RemoteDiagnosis => "远程诊断",
    }
}

pub fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Warning => "时限提醒",
        Rung::Overdue => "超时通知",
        Rung::Leader(1) => "升级到上级",
        Rung::Leader(_) => "再升级",
    }
}

pub fn filing(reason: FilingReason) -> &'static str {
    match reason {
        FilingReason::Weather => "恶劣天气",
        FilingReason::Traffic => "交通受阻",
        FilingReason::SiteClosed => "网点未开放",
        FilingReason::NoAccess => "无法进入现场",
        FilingReason::Safety => "存在安全风险",
        FilingReason::Parts => "配件未到",
        FilingReason::Other => "其他情况",
    }
}

pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Remote => "远程修复",
        Mode::OnSite => "现场修复",
    }
}

pub fn repair(class: RepairClass) -> &'static str {
    match class {
        RepairClass::Ordinary => "一般问题",
        RepairClass::Program => "程序问题",
        RepairClass::DepartmentInterface => "业务部门数据接口问题",
        RepairClass::HardwarePart => "更换硬件",
        RepairClass::WholeMachine => "整机更换",
    }
}

pub fn slot(slot: PhotoSlot) -> &'static str {
    match slot {
        PhotoSlot::Before => "修复前",
        PhotoSlot::After => "修复后",
        PhotoSlot::Scene => "现场",
        PhotoSlot::Plate => "铭牌",
        PhotoSlot::Label => "标签",
    }
}

pub fn source(source: PhotoSource) -> &'static str {
    match source {
        PhotoSource::Camera => "应用内拍摄",
        PhotoSource::Gallery => "相册导入",
    }
}

pub fn method(method: ScanMethod) -> &'static str {
    match method {
        ScanMethod::Camera => "扫码",
        ScanMethod::Typed => "手工输入编号",
        ScanMethod::Photo => "拍照识别",
    }
}

pub fn presence(result: PresenceResult) -> (&'static str, Color) {
    match result {
        PresenceResult::Strong => ("强", GREEN),
        PresenceResult::Adequate => ("充分", GREEN),
        PresenceResult::Weak => ("弱", AMBER),
        PresenceResult::None => ("无", AMBER),
        PresenceResult::Contradicted => ("自相矛盾", RED),
    }
}

pub fn proximity(proximity: Proximity) -> &'static str {
    match proximity {
        Proximity::Inside => "在围栏内",
        Proximity::Outside => "在围栏外",
        Proximity::CannotTell => "误差圈跨过围栏，不能判定内外",
        Proximity::NoFix => "没有可用的定位",
    }
}

pub fn fix_source(source: FixSource) -> &'static str {
    match source {
        FixSource::Gnss => "卫星",
        FixSource::Network => "网络",
        FixSource::Unknown => "不明",
    }
}

pub fn crs(crs: Crs) -> &'static str {
    match crs {
        Crs::Wgs84 => "WGS-84",
        Crs::Gcj02 => "GCJ-02",
        Crs::Unknown => "未注明",
    }
}

pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::External => "外部证明",
        Grade::Server => "服务器证明",
        Grade::Device => "设备推算",
    }
}

/// A district of Shenzhen; an unknown one stands for itself.
pub fn district(district: &District) -> String {
    let name = match district.as_str() {
        "FT" => "福田区",
        "LU" => "罗湖区",
        "YT" => "盐田区",
        "NS" => "南山区",
        "BA" => "宝安区",
        "LG" => "龙岗区",
        "LH" => "龙华区",
        "PS" => "坪山区",
        "GM" => "光明区",
        "DP" => "大鹏新区",
        other => other,
    };
    name.to_owned()
}

/// Muted unless it says something good or bad.
pub fn tone(is_good: Option<bool>) -> Color {
    match is_good {
        Some(true) => GREEN,
        Some(false) => RED,
        None => SOFT,
    }
}
