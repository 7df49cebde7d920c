//! The screens that entries point at. Each names its route as the route tables spell it; a test looks it up there.

/// One screen of the console, the phone app, or the public pages.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub zh: &'static str,
    pub en: &'static str,
    /// Its address; `:id` stands for the number of a work order, `:terminal` for that of a terminal.
    pub route: &'static str,
    /// What can be opened without knowing a number: the screen itself, or the list that leads to it.
    pub opens: Option<&'static str>,
}

const fn screen(zh: &'static str, en: &'static str, route: &'static str) -> Screen {
    Screen {
        zh,
        en,
        route,
        opens: Some(route),
    }
}

const fn by_way_of(list: &'static str, screen: Screen) -> Screen {
    Screen {
        opens: Some(list),
        ..screen
    }
}

pub(super) const TERMINAL: Screen = Screen {
    opens: None,
    ..screen(
        "终端扫码页",
        "Page behind a terminal's QR code",
        "/t/:terminal",
    )
};
pub(super) const SLIP: Screen = Screen {
    opens: Some("/s"),
    ..screen("报障回执页", "Page of a slip", "/s/:code")
};
pub(super) const STANDARD: Screen = screen("本页", "This page", "/standard");

pub(super) const DESK: Screen = screen("工单（值班台）", "Work orders (desk)", "/console");
pub(super) const REPORT: Screen = screen("新建报障", "New report", "/console/report");
pub(super) const COMPLAINTS: Screen = screen("投诉", "Complaints", "/console/complaints");
pub(super) const INTEGRATIONS: Screen = screen("对接", "Other systems", "/console/integrations");
pub(super) const WORK_ORDER: Screen = by_way_of(
    DESK.route,
    screen("工单详情", "Work order", "/console/work-orders/:id"),
);
pub(super) const EVIDENCE: Screen = by_way_of(
    DESK.route,
    screen("证据页", "Evidence", "/console/work-orders/:id/evidence"),
);
pub(super) const ESCALATIONS: Screen = screen("升级", "Escalated", "/console/escalations");
pub(super) const ROSTER: Screen = screen("值班表", "Duty roster", "/console/roster");
pub(super) const CHANNELS: Screen = screen("通知渠道", "Channels", "/console/channels");
pub(super) const REVIEWS: Screen = screen("核查", "Reviews", "/console/reviews");
pub(super) const DEVICES: Screen = screen("手机", "Phones", "/console/devices");
pub(super) const CODES: Screen = screen("终端码", "Codes", "/console/codes");
pub(super) const SHOW_CODE: Screen = screen("出示动态码", "Show a code", "/console/show-code");

pub(super) const PHONE: Screen = screen("工单（手机）", "Work orders (phone)", "/");
pub(super) const PHONE_WORK_ORDER: Screen = by_way_of(
    PHONE.route,
    screen("工单页（手机）", "Work order (phone)", "/work-orders/:id"),
);
pub(super) const CHECK_IN: Screen = by_way_of(
    PHONE.route,
    screen("到场签到", "Check in on site", "/work-orders/:id/check-in"),
);
pub(super) const WORK: Screen = by_way_of(
    PHONE.route,
    screen("处理", "Record work", "/work-orders/:id/work"),
);
pub(super) const EVALUATION_LINK: Screen = by_way_of(
    PHONE.route,
    screen(
        "评价链接",
        "Evaluation link",
        "/work-orders/:id/evaluation-link",
    ),
);
pub(super) const EVALUATION_PAGE: Screen = Screen {
    opens: None,
    ..screen(
        "现场管理人员手机上的评价页",
        "Evaluation page on the site manager's phone",
        "/e/:work_order/:secret",
    )
};
pub(super) const EVALUATE: Screen = screen(
    "评价（现场管理人员）",
    "Evaluate (site manager)",
    "/console/evaluations",
);
pub(super) const HAND_OVER: Screen = by_way_of(
    PHONE.route,
    screen("现场确认签收", "Hand over", "/work-orders/:id/hand-over"),
);
