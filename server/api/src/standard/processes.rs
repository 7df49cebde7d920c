//! 11.2: resident service, regular service, and the way from a report to its handling.

use super::screens::{CODES, COMPLAINTS, DESK, INTEGRATIONS, PHONE, REPORT, TERMINAL, WORK_ORDER};
use super::{Entry, Part, State, planned, words};

pub(super) const ENTRIES: &[Entry] = &[
    planned(
        "11.2.1.1",
        Part::Governing,
        words(
            "频繁发生故障期间，应采取驻场运维，直至恢复正常稳定运行。",
            "While faults are frequent, staff stay on site until the service is stable again.",
        ),
        words(
            "计划：标准没有给数字，系统只提议，由人决定。默认 7 天内一台终端 3 次严重或 5 张工单为频繁，7 天无严重故障为稳定（可调）。",
            "Planned: the standard gives no number, so the system proposes and people decide. By default 3 severe faults or 5 work orders of one terminal in 7 days are frequent, and 7 days without a severe one are stable (adjustable).",
        ),
    ),
    planned(
        "11.2.1.2 a",
        Part::Governing,
        words(
            "驻场期间实行运维监控日报制度，及时汇总每天情况。",
            "A daily report during resident service.",
        ),
        words(
            "计划：每天一份，由当天的工单和签到自动填好，缺报有提醒。",
            "Planned: one a day, filled from the day's work orders and check-ins; a missing one is noticed.",
        ),
    ),
    planned(
        "11.2.1.2 b",
        Part::Governing,
        words(
            "运维人员听从网点现场巡检人员的工作安排，紧密协作。",
            "Technicians follow the arrangements of the site's inspector.",
        ),
        words(
            "计划：巡检人员给驻场人员布置的任务清单。",
            "Planned: a list of tasks from the inspector to the resident technician.",
        ),
    ),
    Entry {
        number: "11.2.2 a",
        demand: words(
            "设立运维报障热线，接收用户报障和投诉。",
            "A hotline takes faults and complaints.",
        ),
        answer: words(
            "热线号码印在标签和扫码页上。热线人员代报障人登记，姓名电话单独封存；能告诉来电者处理到哪一步，看不到照片和定位。投诉单独登记，可针对终端或某张工单，有编号和回执，由运维单位或主管部门答复；标准没有规定投诉时限，只显示已等待多久。",
            "Its number is on the labels and on the page behind the QR code. Agents register faults on somebody's behalf, with name and phone kept apart; they can tell callers how far it is and see neither photos nor positions. A complaint is a record of its own, about a terminal or a work order, with number and slip; the provider or the authority answers it. The standard sets no limit for complaints, so only their age is shown.",
        ),
        state: State::Works,
        part: Part::WorkOrders,
        code: &[
            "server/api/src/reports.rs",
            "server/api/src/complaints.rs",
            "pwa/src/console/report",
            "pwa/src/console/complaints",
        ],
        tests: &[
            "tests/integration/routes/reports/post.rs::only_those_who_may_report_do_and_only_at_home",
            "tests/integration/routes/work_orders/id/evidence/get.rs::the_hotline_sees_the_work_order_but_not_its_evidence",
            "tests/integration/routes/complaints/post.rs::it_gets_a_number_and_a_slip_and_moves_no_work_order",
            "tests/e2e/specs/hotline.spec.mjs::a complaint is written down for a caller and answered, and its slip shows the answer",
        ],
        screens: &[REPORT, COMPLAINTS, DESK],
    },
    Entry {
        number: "11.2.2 b",
        demand: words(
            "对接热线系统，接收热线系统工单，实现自动化运维监控、工单生成、工单处理、工单关闭等。",
            "The hotline system is connected and its tickets are taken; monitoring, creating, handling and closing are automated.",
        ),
        answer: words(
            "报障即成工单，时限自动开始，派单、处理、评价、结束都在系统内，接口与界面相同。同一请求重复发送只生成一张。热线系统工单按外部单号登记一次，同号不同内容报冲突并列出两份；进度可按单号查回。监控告警直接接收 Prometheus Alertmanager 的 webhook 原文：触发即报障，同一终端同一故障已有工单的并入；解除只作记录，不关闭工单；认不出终端的留待人处理，一条不丢。对接账号限定渠道和区，令牌只显示一次，可随时停用。",
            "A report becomes a work order and its clocks start by themselves; assigning, handling, evaluation and end are in the system, by the same API that the screens use. A request sent twice is one work order. Tickets of the hotline’s system are taken once per number there; the same number with another content is a contradiction that shows both, and the number leads back to how far it is. Alarms are taken in the body that Prometheus Alertmanager sends: firing is a report, or joins the open work order about the same fault; its end is written down and closes nothing; what names no known terminal waits for a person. An account has one channel and some districts, its token is told once, and it is taken back at once.",
        ),
        state: State::InPart(words(
            "自带的监控（现接收已有监控系统的告警）；主动向外回传进度（现由对方按单号查询）。",
            "Monitoring of our own (alarms of existing systems are taken); telling other systems how far it is (they ask by number).",
        )),
        part: Part::WorkOrders,
        code: &[
            "server/api/src/integrations.rs",
            "server/api/src/integrations/alarms.rs",
            "server/api/src/integrations/tickets.rs",
            "server/api/src/intake/desk.rs",
        ],
        tests: &[
            "tests/integration/routes/reports/post.rs::the_same_key_is_the_same_report_and_another_body_is_a_contradiction",
            "tests/integration/routes/reports/post.rs::many_reports_at_once_each_keep_their_key",
            "tests/integration/routes/integrations/alarms/post.rs::its_end_is_written_down_once_and_closes_nothing",
            "tests/integration/routes/integrations/alarms/post.rs::an_end_that_overtakes_its_start_waits_for_it",
            "tests/integration/routes/integrations/tickets/post.rs::the_same_ticket_is_the_same_work_order_and_another_content_a_contradiction",
        ],
        screens: &[DESK, INTEGRATIONS],
    },
    planned(
        "11.2.2 c",
        Part::Governing,
        words(
            "提供巡检手册，实行现场巡检日报制度：各网点每日按手册巡检并汇总，发现问题及时报障。",
            "The provider gives a manual; each site's unit inspects daily by it, sums up the day and reports what it finds.",
        ),
        words(
            "计划：按型号分版本的手册，手机离线巡检，缺检提醒，不合格项一点即报障。",
            "Planned: manuals per model with versions, inspection on the phone without network, a notice of missing days, a report by one tap on a failed item.",
        ),
    ),
    planned(
        "11.2.2 d",
        Part::Governing,
        words(
            "全市大面积故障或异常，应在发生后 24 小时内形成报告，报有关部门。",
            "After a large-area fault in the city, a report goes to the departments within 24 hours of it.",
        ),
        words(
            "计划：「发生后」读作最早一起的发生或报障时刻，不是发现时刻。同一原因 60 分钟内涉及一成终端或三个区时提议（可调），由人决定。",
            "Planned: read as 24 hours from the earliest occurrence or report among its members, not from the discovery. A tenth of the terminals or three districts with one cause in 60 minutes are proposed (adjustable); people decide.",
        ),
    ),
    Entry {
        number: "11.2.3 a",
        demand: words(
            "用户可通过运维联系方式报障，或向现场巡检人员反映；联系方式设在终端固定显眼位置，并以二维码呈现，扫码可看运维单位、联系方式等。",
            "Users report by the contact or tell the inspector; the contact is fixed at a conspicuous place and as a QR code that shows the unit and how to reach it.",
        ),
        answer: words(
            "每台终端一张可打印的二维码标签，印有热线。扫码即见运维单位、现场电话、热线、地址和开放时间，不登录、无脚本、小于 50 KB。标准只要求可查看；我们另加报障。标签是否贴在显眼处靠人，每日巡检做好后逐日核对。",
            "A label to print for each terminal, with QR code and hotline. Scanning shows the provider, the phone on site, the hotline, address and hours: no account, no script, under 50 KB. The standard only asks for the contact; reporting there is our addition. Whether the label hangs where it should is up to people, and will be checked by the daily inspection.",
        ),
        state: State::Works,
        part: Part::WorkOrders,
        code: &[
            "server/api/src/public/terminal_page.rs",
            "server/api/src/public/labels.rs",
        ],
        tests: &[
            "server/api/src/tests/public.rs::the_page_says_who_looks_after_the_terminal_and_stays_small",
            "tests/integration/routes/public/terminal.rs::pages_are_small_have_no_script_and_refuse_in_words",
            "tests/integration/routes/public/labels.rs::whoever_may_print_prints_their_own",
        ],
        screens: &[TERMINAL, CODES],
    },
    Entry {
        number: "11.2.3 b",
        demand: words(
            "现场巡检人员或热线客服接收并登记投诉或报障，信息进入运维平台生成工单。",
            "The inspector or a hotline agent registers a complaint or fault, which becomes a work order in the platform.",
        ),
        answer: words(
            "热线和值班台一屏登记：六位终端编号或地点、表 1 分类、报障人、发生时间；提交即成工单并开始计时，回执码念给来电人。终端已有工单的，先列出来，可附议；投诉在同一屏登记。",
            "Hotline and desk register on one screen: six digits of the terminal or its place, class of table 1, reporter, time; sending it makes the work order and starts its clocks, and the slip is read out to the caller. What is open at the terminal is listed first and can be joined; complaints are written down on the same screen.",
        ),
        state: State::InPart(words(
            "现场巡检人员的登记界面（接口已允许）。",
            "A screen for the inspector (the API allows it already).",
        )),
        part: Part::WorkOrders,
        code: &["pwa/src/console/report", "server/api/src/reports.rs"],
        tests: &[
            "tests/e2e/specs/desk.spec.mjs::a report with six digits and a technician becomes a work order, here and on the phone",
            "tests/integration/routes/reports/post.rs::it_starts_a_work_order_with_its_clocks_and_its_channel",
            "tests/e2e/specs/hotline.spec.mjs::what is open at the terminal is offered to be joined, and the slip is read back",
        ],
        screens: &[REPORT, COMPLAINTS],
    },
    Entry {
        number: "11.2.3 c",
        demand: words(
            "运维服务提供方收到工单提示后，通过与用户沟通、日志分析、远程处理等定位原因；业务系统问题联系其开发商，硬件故障联系硬件运维单位。",
            "The provider, told of the work order, finds the cause by talking to the user, reading logs, working remotely; problems of a business system go to its developer, hardware to its maintainer.",
        ),
        answer: words(
            "新工单自动出现在值班台和所派技术员的手机上。排查过程随时记入工单；处理时可改故障分类；需要时改派他人并写理由。",
            "A new work order appears at the desk and on the technician's phone by itself. What is tried is noted in the work order; the class of the fault can be corrected; another technician can take it, with a reason.",
        ),
        state: State::InPart(words(
            "转给开发商、硬件单位的子工单及其时限；邮件、企业微信等通知渠道。",
            "Sub-orders to developer or hardware unit, with clocks of their own; notification by e-mail and messengers.",
        )),
        part: Part::WorkOrders,
        code: &["server/api/src/sync.rs", "pwa/src/features/work-orders"],
        tests: &[
            "tests/integration/routes/sync/stream/get.rs::whoever_is_concerned_is_told_and_nobody_else",
            "tests/e2e/specs/main-story.spec.mjs::a new work order appears while the app is open, with its level and next deadline in words",
        ],
        screens: &[PHONE, WORK_ORDER, DESK],
    },
];
